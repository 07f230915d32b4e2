"""The form of a schema: one widget per field."""
