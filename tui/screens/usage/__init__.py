"""The section Usage: what was used and what it may have cost."""
