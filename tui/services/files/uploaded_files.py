"""The files that the account keeps at Replicate: listed, uploaded a few at once, deleted, and what uses them."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from tui.api.errors import ApiError, NotFound
from tui.api.text import clean_line, to_json
from tui.api.types import File
from tui.api.uploads import check_readable
from tui.services.bus import FilesChanged
from tui.services.files.placement import settle
from tui.services.files.signed_links import SignedLink
from tui.services.session import Session
from tui.services.tasks import Tasks
from tui.store.filter_query import Query
from tui.store.records import RecordRow

SOON = timedelta(hours=1)
"""A file that expires within that time is about to."""
_JUST = timedelta(seconds=30)
"""An address is looked up with every letter of it that is typed."""
_AT_ONCE = 3
_MOST = 10_000
"""Files that are listed at most."""
_USERS = 50
"""Runs that used a file, at most."""


class Upload(Struct, frozen=True):
    """A file on its way, or one that did not arrive."""

    id: str
    path: Path
    size: int
    sent: int = 0
    state: Literal["waiting", "sending", "failed"] = "waiting"
    error: str = ""
    """Why it did not arrive, in a sentence."""

    @property
    def name(self) -> str:
        """The file's name, harmless."""
        return clean_line(self.path.name, 200)


class UploadedFiles:
    """Knows the account's files as they were listed last, and what is being uploaded from here."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._tasks = Tasks("uploads")
        self._running: dict[str, asyncio.Task[None]] = {}
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self._numbers = itertools.count(1)
        self._files: dict[str, File] = {}
        self.asked_at: datetime | None = None
        """When they were listed last; None for never."""
        self.uploads: dict[str, Upload] = {}
        """What is on its way, and what failed, the oldest first."""

    @property
    def files(self) -> list[File]:
        """The files as they are known, the newest first."""
        first = datetime.min.replace(tzinfo=self._session.clock.now().tzinfo)
        return sorted(self._files.values(), key=lambda one: one.created_at or first, reverse=True)

    async def ask(self) -> None:
        """List them anew. Raises ApiError."""
        found: dict[str, File] = {}
        async for file in self._session.client.files():
            found[file.id] = file
            if len(found) >= _MOST:
                break
        self._files, self.asked_at = found, self._session.clock.now()
        self._session.bus.publish(FilesChanged())

    async def find(self, address: str) -> File | None:
        """The file that an address names; for an unknown one they are listed anew, unless they just were.

        Raises ApiError.
        """
        found = self.about(address)
        if found is None and (self.asked_at is None or self._session.clock.now() - self.asked_at > _JUST):
            await self.ask()
            found = self.about(address)
        return found

    def about(self, address: str) -> File | None:
        """The file that an address names, where it is known."""
        return next((one for one in self._files.values() if one.urls.get == address), None)

    # ---- uploads

    @property
    def on_their_way(self) -> int:
        """How many are being uploaded."""
        return sum(one.state != "failed" for one in self.uploads.values())

    async def begin(self, path: Path) -> Upload:
        """Begin to upload a file. Raises InvalidInput for what cannot be one, OSError; nothing is sent then."""
        size = await asyncio.to_thread(check_readable, path)
        upload = Upload(f"upload {next(self._numbers)}", path, size)
        self.uploads[upload.id] = upload
        task = self._running[upload.id] = self._tasks.start(self._send(upload), upload.id)
        task.add_done_callback(lambda _: self._running.pop(upload.id, None))
        self._session.bus.publish(FilesChanged())
        return upload

    def cancel(self, upload_id: str) -> None:
        """Stop an upload, or forget one that failed."""
        if (task := self._running.get(upload_id)) is not None:
            task.cancel()
        self._forget(upload_id)

    async def aclose(self) -> None:
        """Stop what is on its way."""
        await self._tasks.aclose()

    async def _send(self, upload: Upload) -> None:
        def progress(sent: int, _: int) -> None:
            self._change(upload.id, sent=sent, state="sending")

        try:
            async with self._slots:
                file = await self._session.client.upload_once(upload.path, progress=progress)
        except (ApiError, OSError) as error:
            said = str(error) if isinstance(error, ApiError) else f"It cannot be read: {error.strerror or error}."
            self._change(upload.id, state="failed", error=said)
            return
        self._files[file.id] = file
        self._forget(upload.id)

    def _change(self, upload_id: str, **changes: object) -> None:
        if (known := self.uploads.get(upload_id)) is not None:
            self.uploads[upload_id] = replace(known, **changes)  # pyright: ignore[reportArgumentType]: Upload's fields
            self._session.bus.publish(FilesChanged())

    def _forget(self, upload_id: str) -> None:
        if self.uploads.pop(upload_id, None) is not None:
            self._session.bus.publish(FilesChanged())

    # ---- the files there

    async def delete(self, file: File) -> bool:
        """Delete a file; False where it was gone already. Raises ApiError."""
        try:
            await self._session.client.delete_file(file.id)
        except NotFound:
            there = False
        else:
            there = True
        self._files.pop(file.id, None)
        self._session.bus.publish(FilesChanged())
        return there

    async def save(self, file: File, link: SignedLink, folder: Path) -> Path:
        """Fetch a file by its signed link into a folder, beside what is there. Raises ApiError, OSError."""
        await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
        name = "".join(letter for letter in clean_line(file.name, 200) if letter not in "/\\").strip(". ") or "file"
        incoming = folder / f".{name}.{link.signature[:6].encode().hex()}"
        await self._session.client.download_file(
            link.file_id, incoming, owner=link.owner, expiry=link.expiry, signature=link.signature
        )
        return await asyncio.to_thread(settle, incoming, folder / name)

    async def used_by(self, file: File) -> list[RecordRow]:
        """The predictions and trainings that are kept here whose input names the file, the newest first.

        Raises StoreError.
        """
        store, account = self._session.store, self._session.account
        found: list[RecordRow] = []
        for kind in ("prediction", "training"):
            for row in await store.rows(account, Query(kind=kind, phrases=(file.id,)), _USERS):
                record = await store.get(account, row.id)
                if record is not None and _names(record.prediction.input, file):
                    found.append(row)
        return sorted(found, key=lambda row: row.created_at, reverse=True)[:_USERS]

    async def needed_by(self, files: Iterable[File]) -> Mapping[str, tuple[str, ...]]:
        """By the id of a file what of this machine still means to use it, in words. Raises StoreError."""
        addresses = {one.urls.get: one.id for one in files if one.urls.get}
        found = await self._session.store.uploads.wanted(self._session.account, addresses)
        return {addresses[address]: words for address, words in found.items()}


def expires_soon(file: File, now: datetime) -> bool:
    """Whether it is about to expire."""
    return file.expires_at is not None and file.expires_at - now <= SOON


def _names(values: Mapping[str, object], file: File) -> bool:
    return to_json(dict(values)).find(file.urls.get or file.id) >= 0
