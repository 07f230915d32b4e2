"""A folder of files that can be had again: found by a key, limited in bytes, the least recently used go first.

Everything here blocks. Several consoles may share the folder.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import threading
from pathlib import Path

from tui.private_files import make_private

LOOK_AFTER = 16
"""The folder is looked through when this part of its limit was written since the last time."""


class FileCache:
    """Files by their keys, of which only a hash becomes a name: a key may be a secret."""

    def __init__(self, folder: Path, limit: int) -> None:
        """`limit` is in bytes."""
        self._folder = folder
        self._limit = limit
        self._lock = threading.Lock()
        self._written: int | None = None

    def path(self, key: str, ending: str = "") -> Path:
        """Where the file of that key lies, or would lie."""
        return self._folder / (hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()[:40] + ending)

    def find(self, path: Path) -> bool:
        """Whether the file is there; it counts as used now."""
        try:
            os.utime(path)
        except OSError:
            return False
        return True

    def put(self, path: Path, content: bytes) -> None:
        """Keep a file whole, and drop what was not used for longest where it becomes too much. Raises OSError."""
        make_private(self._folder)
        fresh = path.with_name(f".{secrets.token_hex(8)}")
        try:
            fresh.write_bytes(content)
            fresh.replace(path)
        finally:
            fresh.unlink(missing_ok=True)
        with self._lock:
            due = self._written is None or self._written + len(content) > self._limit // LOOK_AFTER
            self._written = 0 if due else (self._written or 0) + len(content)
            if due:
                self._drop_oldest(path)

    def _drop_oldest(self, newest: Path) -> None:
        found: list[tuple[float, int, Path]] = []
        with os.scandir(self._folder) as entries:
            for entry in entries:
                with contextlib.suppress(OSError):
                    facts = entry.stat(follow_symlinks=False)
                    found.append((facts.st_mtime, facts.st_size, Path(entry.path)))
        total = sum(size for _, size, _ in found)
        for _, size, path in sorted(found):
            if total <= self._limit:
                return
            if path != newest:
                with contextlib.suppress(OSError):
                    path.unlink()
                    total -= size
