"""Operations on files, and the fetching of outputs from wherever they lie."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path

from tui.api.lost_changes import settled

from . import downloads, uploads
from .core import Repeat, with_params
from .decoding import decode
from .operations import Operations
from .pages import Pages
from .types import File


class FileOperations(Operations):
    """files.*, and downloads of any address."""

    def files(self) -> Pages[File]:
        """The account's files at the Files API."""
        return Pages(self._core, File, self._core.url("files"))

    async def file(self, file_id: str) -> File:
        """What is known of one file."""
        return decode(File, await self._core.get_object(self._core.url("files", file_id)))

    async def upload(
        self,
        path: Path,
        *,
        filename: str | None = None,
        content_type: str | None = None,
        metadata: Mapping[str, object] | None = None,
        progress: uploads.Progress | None = None,
    ) -> File:
        """See `uploads.upload`."""
        return await uploads.upload(
            self._core,
            path,
            filename=filename,
            content_type=content_type,
            metadata=metadata,
            progress=progress,
        )

    async def upload_once(
        self,
        path: Path,
        *,
        filename: str | None = None,
        content_type: str | None = None,
        metadata: Mapping[str, object] | None = None,
        progress: uploads.Progress | None = None,
    ) -> File:
        """As `upload`, but never sent twice: after a lost answer the list is searched for the file's checksum.

        Raises ChangeUnknown where it is not found.
        """
        before = {file.id async for file in self.files()}

        async def send() -> File:
            return await uploads.upload(
                self._core,
                path,
                filename=filename,
                content_type=content_type,
                metadata=metadata,
                progress=progress,
                repeat=Repeat.NEVER,
            )

        async def look() -> File | None:
            digest = await asyncio.to_thread(uploads.sha256, path)
            async for file in self.files():
                if file.id not in before and file.checksums.get("sha256") == digest:
                    return file
            return None

        return await settled(self._core, send, look, f"the file {path.name}")

    async def delete_file(self, file_id: str) -> None:
        """Deletes a file."""
        await self._core.delete(self._core.url("files", file_id))

    async def download(
        self,
        url: str,
        dest: Path,
        *,
        progress: downloads.Progress | None = None,
        media_type: downloads.Heard | None = None,
        anywhere: bool = False,
    ) -> Path:
        """See `downloads.download`."""
        return await downloads.download(
            self._core, url, dest, progress=progress, media_type=media_type, anywhere=anywhere
        )

    async def read_small(self, url: str, limit: int, started: Callable[[int | None], None]) -> bytes:
        """See `downloads.read_small`."""
        return await downloads.read_small(self._core, url, limit, started)

    async def is_there(self, url: str) -> bool:
        """Whether a public address still gives its file, asked without the token. Raises ApiError."""
        return await downloads.is_there(self._core, url)

    async def download_file(
        self,
        file_id: str,
        dest: Path,
        *,
        owner: str,
        expiry: int,
        signature: str,
        progress: downloads.Progress | None = None,
    ) -> Path:
        """A file by its signed link: files.download. `expiry` is in seconds since 1970."""
        address = self._core.url("files", file_id, "download")
        params = {"owner": owner, "expiry": str(expiry), "signature": signature}
        return await downloads.download(self._core, with_params(address, params), dest, progress=progress)
