"""Stubs: models of which only the schema is known, and whose outputs are made up in its shape."""
