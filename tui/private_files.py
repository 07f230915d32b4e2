"""Folders that only their owner can enter."""

from __future__ import annotations

import os
from pathlib import Path


def make_private(folder: Path) -> None:
    """Make a folder for its owner alone, or make one of ours so that others could enter until now. Raises OSError.

    What lies in it needs no rights of its own then. Folders that have to be made above it are private too: mkdir
    gives its mode to the last one only.
    """
    for place in reversed([folder, *folder.parents]):
        if not place.exists():
            place.mkdir(mode=0o700, exist_ok=True)
    facts = folder.stat()
    if facts.st_uid == os.getuid() and facts.st_mode & 0o077:
        folder.chmod(0o700)
