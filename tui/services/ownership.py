"""Tells which console looks after a run: each holds a lock on a file of its own for as long as it lives.

The kernel gives the lock back however the process ends, so that a console that was killed is known to be gone.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
from pathlib import Path


def consoles_of(store_path: Path) -> Path:
    """The folder of the consoles that share a store."""
    return store_path.with_name(f"{store_path.name}.consoles")


class Ownership:
    """This console's name and lock. Blocks for microseconds; `close()` ends it."""

    def __init__(self, folder: Path) -> None:
        """Make the folder and the lock in it. Raises OSError."""
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._folder = folder
        self.name = f"{os.getpid()}-{secrets.token_hex(8)}"
        self._file = os.open(folder / self.name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._file, fcntl.LOCK_EX)

    def alive(self, owner: str | None) -> bool:
        """Whether the console of that name still lives; its own name does. Clears away those that are gone."""
        return owner == self.name or is_alive(self._folder, owner)

    def close(self) -> None:
        """Give the lock back. May be called twice."""
        if self._file >= 0:
            with contextlib.suppress(OSError):
                (self._folder / self.name).unlink(missing_ok=True)
            os.close(self._file)
            self._file = -1


def is_alive(folder: Path, owner: str | None) -> bool:
    """Whether the console of that name lives, by its lock in the folder. Clears away one that is gone."""
    if owner is None or "/" in owner or owner.startswith("."):
        return False
    path = folder / owner
    try:
        file = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        # Shared: two who look at the same moment must not take each other for the owner.
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(file)
    path.unlink(missing_ok=True)
    return False
