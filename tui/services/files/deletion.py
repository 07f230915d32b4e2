"""Deletes what is kept on this machine, with the files that were saved of it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from msgspec import Struct

from tui.store.filter_query import Query
from tui.store.store import Store

_AT_ONCE = 200
"""Records of one transaction: other writers come in between."""


class Deleted(Struct, frozen=True):
    """What is gone now."""

    records: int = 0
    files: int = 0
    bytes: int = 0
    left: tuple[str, ...] = ()
    """The files that could not be removed, each with the reason."""


def older_than(age: timedelta, now: datetime) -> Query:
    """What has ended and was created before."""
    return Query(kind=None, status="ended", before=now - age)


async def without_room(store: Store, account: str, most: int, folder: Path) -> list[str]:
    """The oldest of what has ended whose files in `folder` have no room in `most` bytes beside those of newer ones."""
    saved = await store.saved_files(account)
    return await asyncio.to_thread(_without_room, saved, most, folder)


def _without_room(saved: Sequence[tuple[str, Path]], most: int, folder: Path) -> list[str]:
    root = folder.resolve()
    sizes: dict[str, int] = {}
    for one, path in saved:
        with contextlib.suppress(OSError):  # removed by the user
            if path.resolve().is_relative_to(root):
                sizes[one] = sizes.get(one, 0) + path.stat().st_size
    found: list[str] = []
    total = 0
    for one, size in sizes.items():
        total += size
        if total > most:
            found.append(one)
    return found


async def delete(store: Store, account: str, ids: Sequence[str], folder: Path) -> Deleted:
    """Delete records, and their files in `folder`, where the console saves them: copies elsewhere are the user's."""
    records = files = size = 0
    left: list[str] = []
    for start in range(0, len(ids), _AT_ONCE):
        count, paths = await store.delete_records(account, ids[start : start + _AT_ONCE])
        gone, freed, stayed = await asyncio.to_thread(_remove, paths, folder)
        records, files, size = records + count, files + gone, size + freed
        left += stayed
    return Deleted(records, files, size, tuple(left))


def _remove(paths: Sequence[Path], folder: Path) -> tuple[int, int, list[str]]:
    """Remove the files below `folder`, and the folders that they leave empty. How many, their bytes, and which stay."""
    count = size = 0
    left: list[str] = []
    root = folder.resolve()
    for path in paths:
        try:
            if not path.resolve().is_relative_to(root):
                continue
            found = path.stat().st_size
            path.unlink()
        except FileNotFoundError:
            continue
        except OSError as error:
            left.append(f"{path}: {error.strerror or error}")
            continue
        count, size = count + 1, size + found
        if path.parent.resolve() != root:
            with contextlib.suppress(OSError):
                path.parent.rmdir()
    return count, size, left
