"""The section Chat."""
