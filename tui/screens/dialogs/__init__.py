"""Dialogs that every section uses."""
