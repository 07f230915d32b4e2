"""The routes: an operation each, by resource; `table` lists them all."""
