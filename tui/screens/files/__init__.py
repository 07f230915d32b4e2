"""The section Files."""
