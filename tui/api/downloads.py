"""Fetches a file in pieces to NAME.part, goes on where it broke off, and renames it when it is whole."""

from __future__ import annotations

import asyncio
import base64
import binascii
import contextlib
import hashlib
import json
import os
import urllib.parse
from collections.abc import AsyncGenerator, Callable, Mapping
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, BinaryIO

import msgspec

from tui.api import problem_details as problems
from tui.api.rate_limits import told_wait

from .core import MAX_RETRIES, Core, backoff
from .errors import ApiError, BadAnswer, NetworkError, RateLimited, ServerError, TooLarge

if TYPE_CHECKING:
    import httpx

Progress = Callable[[int, int | None], None]
"""Told the bytes that are there, and the bytes in all where that is known."""
Heard = Callable[[str], None]
"""Told the Content-Type that the server, or the data URI, states."""

BUFFER = 256 * 1024
UNPACKED = 64 * 1024 * 1024
"""Bytes that a packed answer may unpack to whatever it is packed in."""
MOST_PACKED = 50
"""How many times its bytes a packed answer may unpack to beyond that. Text packs to a tenth."""


class _Note(msgspec.Struct):
    """What is known of a .part file: of which address it is the beginning, and of which state of it."""

    source: str = ""
    """A hash, because an address may be a secret."""
    state: str = ""
    """The ETag or the date of the file, as If-Range takes it."""
    total: int | None = None


async def download(
    core: Core,
    url: str,
    dest: Path,
    *,
    progress: Progress | None = None,
    media_type: Heard | None = None,
    anywhere: bool = False,
) -> Path:
    """`dest`, once it holds all that is at `url` (http, https, or a data URI). An older `dest` is replaced.

    What was fetched before a failure stays in `dest.part`, and the next call goes on from there, if the server can
    tell that it is still the same file. `anywhere` is a person's word that a private network may be asked too. Raises
    ApiError, and OSError where the disk refuses.
    """
    part = dest.with_name(dest.name + ".part")
    if url[:5].lower() == "data:":
        stated, content = await core.worked(len(url), lambda: data_uri(url))
        if media_type is not None:
            media_type(stated)
        await asyncio.to_thread(_write_whole, part, content)
        if progress is not None:
            progress(len(content), len(content))
        await asyncio.to_thread(_finish, part, dest)
        return dest
    failures = 0
    waits = 0
    while True:
        before = await asyncio.to_thread(_size, part)
        failure: ApiError
        try:
            await _fetch(core, url, part, progress, media_type, anywhere)
            await asyncio.to_thread(_finish, part, dest)
            return dest
        except (NetworkError, ServerError, RateLimited) as error:
            failure = error
        if isinstance(failure, RateLimited):
            waits += 1
            if waits > MAX_RETRIES or failure.retry_after > 60:
                raise failure
            await core.wait(failure.retry_after, "rate limit")
            continue
        # As long as each try brings something, it goes on.
        failures = 1 if await asyncio.to_thread(_size, part) > before else failures + 1
        if failures > MAX_RETRIES:
            raise failure
        await core.wait(backoff(failures), str(failure))


async def read_small(core: Core, url: str, limit: int, started: Callable[[int | None], None]) -> bytes:
    """The bytes at `url`, asked for once, without the token, and of a public address only.

    `started` is told the size as soon as the server tells it. Raises TooLarge beyond `limit` bytes, and ApiError.
    """
    headers = {"Accept": "*/*", "Accept-Encoding": "identity"}
    response = await core.open_following(url, headers=headers, allow=core.transport.check_public, token=False)
    try:
        if response.status_code >= 300:
            raise _refusal(response.status_code, response.headers, await core.transport.read(response))
        _check_kind(url, response.headers)
        size = _extent(response.status_code, response.headers)[1]
        started(size)
        if size is not None and size > limit:
            raise TooLarge(limit, size)
        content = bytearray()
        async with contextlib.aclosing(_content(core, response)) as chunks:
            async for chunk in chunks:
                content += chunk
                if len(content) > limit:
                    raise TooLarge(limit, None)
        return bytes(content)
    finally:
        await response.aclose()


async def is_there(core: Core, url: str) -> bool:
    """Whether a public address gives a file; nothing of it is read. Raises ApiError where nobody can tell."""
    headers = {"Accept": "*/*", "Range": "bytes=0-0"}
    response = await core.open_following(url, headers=headers, allow=core.transport.check_public, token=False)
    try:
        if response.status_code in (403, 404, 410):
            return False
        # An empty file has no first byte.
        if response.status_code >= 300 and response.status_code != 416:
            raise _refusal(response.status_code, response.headers, await core.transport.read(response))
        return True
    finally:
        await response.aclose()


def data_uri(url: str) -> tuple[str, bytes]:
    """The content type and the bytes of a data URI. Raises BadAnswer."""
    head, comma, rest = url[5:].partition(",")
    content = b""
    try:
        content = urllib.parse.unquote_to_bytes(rest)
        if head.lower().endswith(";base64"):
            head = head[: -len(";base64")]
            content = base64.b64decode(b"".join(content.split()) + b"==", altchars=None, validate=False)
    except (ValueError, binascii.Error):
        comma = ""
    if not comma:
        raise BadAnswer("The output is a data URI that cannot be read.")
    return head.split(";")[0].strip() or "text/plain", content


async def _fetch(
    core: Core, url: str, part: Path, progress: Progress | None, media_type: Heard | None, anywhere: bool
) -> None:
    """One try: from the beginning, or from where `part` ends."""
    have, note = await asyncio.to_thread(_beginning, part, url)
    headers = {"Accept": "*/*", "Accept-Encoding": "identity"}
    if have:
        headers["Range"] = f"bytes={have}-"
        headers["If-Range"] = note.state
    allow = None if anywhere else core.transport.check_public
    response = await core.open_following(url, headers=headers, allow=allow)
    try:
        if response.status_code == 416 and have and have == note.total:
            return
        if response.status_code == 416:
            await asyncio.to_thread(_forget, part)
            raise NetworkError("The file changed while it was fetched.", sent=True)
        if response.status_code >= 300:
            body = await core.transport.read(response)
            raise _refusal(response.status_code, response.headers, body)
        if media_type is not None:
            media_type(response.headers.get("content-type", ""))
        start, total = _extent(response.status_code, response.headers)
        if not have:
            _check_kind(url, response.headers)
        state = _state(response.headers)
        moved = start != have or (note.total is not None and total != note.total)
        # A server that passes over If-Range goes on with whatever lies there now.
        if start and (moved or (state and state != note.state)):
            await asyncio.to_thread(_forget, part)
            raise NetworkError("The server went on at another place than where the file broke off.", sent=True)
        encoded = response.headers.get("content-encoding", "identity") != "identity"
        note = _Note(_fingerprint(url), state, None if encoded else total)
        file = await asyncio.to_thread(_open, part, start, None if encoded else note)
        try:
            await _write(core, response, file, start, note.total, progress)
        finally:
            await asyncio.to_thread(file.close)
    finally:
        await response.aclose()


async def _write(
    core: Core, response: httpx.Response, file: BinaryIO, have: int, total: int | None, progress: Progress | None
) -> None:
    """Writes the body as it comes, in a thread, and to the disk at its end."""
    buffer = bytearray()
    packed = response.headers.get("content-encoding", "identity") != "identity"
    if progress is not None:
        progress(have, total)

    async def flush() -> None:
        nonlocal have
        await asyncio.to_thread(file.write, bytes(buffer))
        have += len(buffer)
        buffer.clear()
        if progress is not None:
            progress(have, total)

    try:
        async with contextlib.aclosing(_content(core, response)) as chunks:
            async for chunk in chunks:
                unpacked = have + len(buffer) + len(chunk)
                if packed and unpacked > max(UNPACKED, MOST_PACKED * response.num_bytes_downloaded):
                    raise BadAnswer("The file is packed so tightly that it would fill the disk; it was not kept.")
                buffer += chunk
                if len(buffer) >= BUFFER:
                    await flush()
    finally:
        if buffer:
            await flush()
    if total is not None and have != total:
        raise NetworkError(f"The file broke off after {have} of {total} bytes.", sent=True)
    await asyncio.to_thread(os.fsync, file.fileno())


def _content(core: Core, response: httpx.Response) -> AsyncGenerator[bytes, None]:
    """The body as it comes. The API's own host, which has the token, may quote it there too."""
    chunks = core.transport.chunks(response)
    return core.transport.scrubber.chunks(chunks) if core.transport.is_home(response.url) else chunks


def _refusal(status: int, headers: Mapping[str, str], body: bytes) -> ApiError:
    error = problems.error_from(status, headers, body)
    if isinstance(error, RateLimited):
        error.retry_after = told_wait(headers, None) or error.retry_after
    return error


def _extent(status: int, headers: Mapping[str, str]) -> tuple[int, int | None]:
    """Where the body starts in the file, and how long the whole file is."""
    if status == 206:
        span, _, whole = headers.get("content-range", "").removeprefix("bytes ").partition("/")
        start = span.partition("-")[0].strip()
        if start.isdecimal():
            return int(start), int(whole) if whole.isdecimal() else None
        raise BadAnswer("The server sent a part of the file without saying which.")
    length = headers.get("content-length", "")
    return 0, int(length) if length.isdecimal() else None


def _fingerprint(url: str) -> str:
    return hashlib.sha256(url.encode("utf-8", "replace")).hexdigest()


def _note_path(part: Path) -> Path:
    return part.with_name(part.name + ".json")


def _beginning(part: Path, url: str) -> tuple[int, _Note]:
    """How many bytes of the same address lie in `part`, and what is known of them."""
    try:
        note = msgspec.json.decode(_note_path(part).read_bytes(), type=_Note)
        size = part.stat().st_size
    except (OSError, msgspec.MsgspecError):
        return 0, _Note()
    # Without a tag or a date nothing would tell the rest of another file from the rest of this one.
    if note.source != _fingerprint(url) or not note.state:
        return 0, _Note()
    return size, note


def _state(headers: Mapping[str, str]) -> str:
    """What tells this state of the file from another: a strong ETag, else its date; "" where the server tells none."""
    etag = headers.get("etag", "")
    if etag.startswith('"') and etag.isascii() and etag.isprintable():
        return etag
    changed = headers.get("last-modified", "")
    return changed if changed.isascii() and changed.isprintable() else ""


def _check_kind(url: str, headers: Mapping[str, str]) -> None:
    """Raises NetworkError for a web page in the place of another file: a login page, a notice of a gateway."""
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    suffix = PurePosixPath(urllib.parse.urlsplit(url).path).suffix.lower()
    if kind in ("text/html", "application/xhtml+xml") and suffix not in ("", ".html", ".htm", ".xhtml", ".txt"):
        raise NetworkError(
            f"A web page came in the place of the {suffix} file; somebody in between answers.", sent=True
        )


def _open(part: Path, start: int, note: _Note | None) -> BinaryIO:
    """`part` for writing from `start` on. A link in its place is not followed."""
    part.parent.mkdir(parents=True, exist_ok=True)
    if start == 0:
        _forget(part)
    if note is not None:
        _note_path(part).write_bytes(json.dumps(msgspec.to_builtins(note)).encode())
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0)
    return os.fdopen(os.open(part, flags, 0o666), "ab")


def _write_whole(part: Path, content: bytes) -> None:
    with _open(part, 0, None) as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _size(part: Path) -> int:
    try:
        return part.stat().st_size
    except OSError:
        return 0


def _finish(part: Path, dest: Path) -> None:
    part.replace(dest)
    _note_path(part).unlink(missing_ok=True)


def _forget(part: Path) -> None:
    part.unlink(missing_ok=True)
    _note_path(part).unlink(missing_ok=True)
