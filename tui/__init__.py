"""replicate-tui: the console for Replicate in a terminal."""

__version__ = "0.1.0"
DISTRIBUTION = "replicate-tui"
"""Whose package this is: another distribution may have one of the same name."""
