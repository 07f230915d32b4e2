"""replicate-tui: the console for Replicate in a terminal."""

__version__ = "0.1.0"
