"""Uploads a large file once for all rows that name it, and anew when the API no longer keeps it.

A file that changed is another file: it is known by its path, its size and the time of its change.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from tui.api.errors import InvalidInput
from tui.api.text import clean_line
from tui.services.runs.uploads import SMALL, local_files, place, replaced
from tui.services.session import Session

_KEPT = timedelta(hours=24)
"""How long the API keeps an upload (docs/replicate.md, Files)."""
_SPARE = timedelta(hours=1)
"""A row may wait for a machine, which reads its files only then."""


class SharedUploads:
    """Makes the inputs of rows ready. One for all rows of a process."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._locks: dict[str, asyncio.Lock] = {}

    async def ready(self, values: Mapping[str, object]) -> dict[str, object]:
        """The input with the address of each large file; small ones stay paths, and travel inside the request.

        Raises ApiError, OSError.
        """
        found: dict[str, str] = {}
        for path in local_files(dict(values)):
            address = await self._address(place(path))
            if address is not None:
                found[path] = address
        return {name: replaced(value, found) for name, value in values.items()} if found else dict(values)

    async def _address(self, path: Path) -> str | None:
        stat = await asyncio.to_thread(path.stat)
        if stat.st_size < SMALL:
            return None
        file = f"{path} {stat.st_size} {stat.st_mtime_ns}"
        store, account, clock = self._session.store, self._session.account, self._session.clock
        async with self._locks.setdefault(file, asyncio.Lock()):
            known = await store.uploads.get(account, file, clock.now() + _SPARE)
            if known is not None:
                return known
            uploaded = await self._session.client.upload(path)
            if not uploaded.urls.get:
                raise InvalidInput(f"{clean_line(path.name, 80)!r} was uploaded, but the API gave no address for it.")
            expires = uploaded.expires_at or clock.now() + _KEPT
            await store.uploads.keep(account, file, uploaded.urls.get, expires)
            return uploaded.urls.get
