"""Puts finished files in their place: atomically, and never over a different file. Everything here blocks."""

from __future__ import annotations

import filecmp
import os
import shutil
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from tui.api.file_types import ending_of


def settle(incoming: Path, wanted: Path) -> Path:
    """Move `incoming` to `wanted`, or to `wanted-1` and so on where another file is there already.

    Where the same bytes are there, that file is taken and `incoming` dropped. Raises OSError.
    """
    for candidate in candidates(wanted):
        if candidate.exists() or candidate.is_symlink():
            if candidate.is_file() and filecmp.cmp(incoming, candidate, shallow=False):
                incoming.unlink()
                return candidate
            continue
        try:
            # Unlike a rename, a link fails where somebody was quicker.
            os.link(incoming, candidate)
        except FileExistsError:
            continue
        except OSError:
            # This file system has no links.
            incoming.rename(candidate)
            return candidate
        incoming.unlink()
        return candidate
    raise AssertionError("there is always another name")


def copy(source: Path, wanted: Path) -> Path:
    """A copy of `source` at `wanted` or the next free name, whole or not at all. Raises OSError."""
    incoming = wanted.with_name(f".{wanted.name}.{os.getpid()}.copy")
    try:
        shutil.copyfile(source, incoming)
        return settle(incoming, wanted)
    finally:
        incoming.unlink(missing_ok=True)


def candidates(wanted: Path) -> Iterator[Path]:
    """`wanted`, then the same name with a number, for ever."""
    yield wanted
    ending = wanted.name[len(wanted.name) - len(ending_of(wanted.name)) :]
    for number in count(1):
        yield wanted.with_name(f"{wanted.name.removesuffix(ending)}-{number}{ending}")
