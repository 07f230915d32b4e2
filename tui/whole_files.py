"""Files that are there whole or not at all: written under a name beside their own, then put in their place."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Generator
from pathlib import Path


def unfinished(wanted: Path) -> Path:
    """Where this process writes what is to lie at `wanted`: in the same folder, and hidden."""
    return wanted.with_name(f".{wanted.name}.{os.getpid()}.new")


@contextlib.contextmanager
def writing(wanted: Path) -> Generator[Path]:
    """Where to write what the block then puts at `wanted`; what it has not put there is taken away. Blocks."""
    incoming = unfinished(wanted)
    try:
        yield incoming
    finally:
        incoming.unlink(missing_ok=True)
