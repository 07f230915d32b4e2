"""Sends a file to the Files API: checked before, read in pieces, with progress (docs/replicate.md, Files)."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import secrets
import stat
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import BinaryIO

from .core import Answer, Core, Repeat
from .decoding import decode
from .errors import InvalidInput
from .file_types import type_of
from .text import clean
from .types import File

MAX_UPLOAD = 100 * 1024 * 1024
"""Bytes that the Files API takes at most."""
PIECE = 128 * 1024

Progress = Callable[[int, int], None]
"""Told the bytes sent so far and the bytes in all."""


class _UnreadableError(Exception):
    """Carries the news that the file cannot be read through httpx, which would take an OSError for its own."""


async def upload(
    core: Core,
    path: Path,
    *,
    filename: str | None = None,
    content_type: str | None = None,
    metadata: Mapping[str, object] | None = None,
    progress: Progress | None = None,
    repeat: Repeat = Repeat.SAFELY,
) -> File:
    """The file as the API keeps it. A try that failed starts again from the beginning, and so does `progress`:
    a file that is there twice costs nothing, and goes after a day. `Repeat.NEVER` is for whom it matters.

    Raises InvalidInput for what is no regular file or is too large, before anything is sent; OSError for a file
    that cannot be read; ApiError.
    """
    size = await asyncio.to_thread(check, path)
    name = filename or path.name
    kind = content_type or (await asyncio.to_thread(type_of, path, name)).media_type
    boundary = secrets.token_hex(16)
    head, tail = _frame(boundary, name, kind, metadata)
    trouble: list[OSError] = []

    async def body() -> AsyncIterator[bytes]:
        yield head
        sent = 0
        if progress is not None:
            progress(0, size)
        try:
            file = await asyncio.to_thread(path.open, "rb")
        except OSError as error:
            trouble.append(error)
            raise _UnreadableError from None
        try:
            while sent < size:
                piece = await asyncio.to_thread(_read, file, min(PIECE, size - sent), trouble)
                sent += len(piece)
                yield piece
                if progress is not None:
                    progress(sent, size)
        finally:
            await asyncio.to_thread(file.close)
        yield tail

    answer: Answer | None = None
    with contextlib.suppress(_UnreadableError):
        answer = await core.request(
            "POST",
            core.url("files"),
            repeat=repeat,
            body=body,
            streams=True,
            headers={
                "Content-Type": f"multipart/form-data; boundary={boundary}",
                "Content-Length": str(len(head) + size + len(tail)),
            },
            # The API reads a file to its end before it says anything.
            read_seconds=max(core.timeout, 120.0),
        )
    if answer is None:
        raise trouble[0]
    return decode(File, await core.object_of(answer))


def sha256(path: Path) -> str:
    """The checksum of a file, as the API tells it. Blocks. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def check(path: Path) -> int:
    """The size of a file that can be uploaded. Blocks. Raises InvalidInput for any other, OSError for one not there."""
    facts = path.stat()
    name = clean(path.name)
    if not stat.S_ISREG(facts.st_mode):
        raise InvalidInput(f"{name!r} is no file that could be uploaded.")
    if facts.st_size > MAX_UPLOAD:
        size = facts.st_size / 1024 / 1024
        raise InvalidInput(f"{name!r} has {size:.1f} MB; an upload may have 100 MB at most. Give a link instead.")
    return facts.st_size


def check_readable(path: Path) -> int:
    """As `check`, for one that can be opened too. Blocks. Raises InvalidInput, OSError."""
    size = check(path)
    with path.open("rb"):
        return size


def _read(file: BinaryIO, size: int, trouble: list[OSError]) -> bytes:
    try:
        piece = file.read(size)
        if not piece:
            raise OSError("The file became shorter while it was uploaded.")
    except OSError as error:
        trouble.append(error)
        raise _UnreadableError from None
    return piece


def _frame(boundary: str, name: str, kind: str, metadata: Mapping[str, object] | None) -> tuple[bytes, bytes]:
    """What stands before and after the file's bytes in the multipart body."""
    safe_name = "".join(letter for letter in clean(name) if letter.isprintable()) or "file"
    safe_name = safe_name.replace("\\", "_").replace('"', "%22").replace("/", "_")
    safe_kind = "".join(letter for letter in kind if letter.isascii() and letter.isprintable())
    first = ""
    if metadata:
        first = (
            f'--{boundary}\r\nContent-Disposition: form-data; name="metadata"\r\n'
            f"Content-Type: application/json\r\n\r\n{json.dumps(dict(metadata))}\r\n"
        )
    head = (
        f"{first}--{boundary}\r\n"
        f'Content-Disposition: form-data; name="content"; filename="{safe_name}"\r\n'
        f"Content-Type: {safe_kind}\r\n\r\n"
    )
    return head.encode("utf-8", "replace"), f"\r\n--{boundary}--\r\n".encode()
