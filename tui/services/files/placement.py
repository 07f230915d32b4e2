"""Puts finished files in their place: atomically, and never over a different file. Everything here blocks."""

from __future__ import annotations

import contextlib
import fcntl
import filecmp
import os
import shutil
from collections.abc import Generator, Iterator
from itertools import count
from pathlib import Path
from typing import IO

from tui.api.file_types import ending_of
from tui.whole_files import unfinished, writing


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


def put(content: bytes, wanted: Path) -> Path:
    """Write a file at `wanted` or the next free name, whole or not at all. Raises OSError."""
    wanted.parent.mkdir(parents=True, exist_ok=True)
    with writing(wanted) as incoming:
        incoming.write_bytes(content)
        return settle(incoming, wanted)


def copy(source: Path, wanted: Path) -> Path:
    """A copy of `source` at `wanted` or the next free name, whole or not at all. Raises OSError.

    What a copy that was killed has left is taken over by the next copy to the same name.
    """
    own = wanted.with_name(f".{wanted.name}.copy")
    with _held(own) as is_ours:
        # Another process copies to the same name at this moment.
        incoming = own if is_ours else unfinished(wanted)
        try:
            shutil.copyfile(source, incoming)
            return settle(incoming, wanted)
        finally:
            incoming.unlink(missing_ok=True)


@contextlib.contextmanager
def _held(path: Path) -> Generator[bool, None, None]:
    """Make the file and lock it; whether nobody else has it. The lock goes with the process, however that ends."""
    while True:
        with path.open("ab") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
                return
            except OSError:
                # This file system has no locks.
                path.unlink(missing_ok=True)
                yield False
                return
            if _is_at(file, path):
                yield True
                return
        # Whoever had it took the file away before the lock was free.


def _is_at(file: IO[bytes], path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False


def candidates(wanted: Path) -> Iterator[Path]:
    """`wanted`, then the same name with a number, for ever."""
    yield wanted
    ending = wanted.name[len(wanted.name) - len(ending_of(wanted.name)) :]
    for number in count(1):
        yield wanted.with_name(f"{wanted.name.removesuffix(ending)}-{number}{ending}")
