"""Which files an output holds, and what to call them: pure, apart from a look at a file's first bytes."""

from __future__ import annotations

import hashlib
import mimetypes
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import cast
from urllib.parse import unquote, urlsplit

from tui.forms import OutputKind

_HOSTS = ("replicate.delivery", "replicate.com", "replicate.net")
"""Replicate's hosts for outputs, they and what is below them (docs/replicate.md, Retention; Files)."""
_SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,8}")
_DATA = re.compile(r"data:([A-Za-z0-9.+-]+/[A-Za-z0-9.+-]+)?(?:;[^,;]*)*,", re.IGNORECASE)
_DEPTH = 50
_BY_TYPE = {
    "image/jpeg": ".jpg",
    "image/webp": ".webp",
    "audio/wav": ".wav",
    "audio/x-wav": ".wav",
    "audio/mpeg": ".mp3",
    "text/plain": ".txt",
}
_MAGIC: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"GIF8", "image/gif"),
    (8, b"WEBP", "image/webp"),
    (8, b"WAVE", "audio/wav"),
    (4, b"ftyp", "video/mp4"),
    (0, b"\x1aE\xdf\xa3", "video/webm"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"OggS", "audio/ogg"),
    (0, b"fLaC", "audio/flac"),
    (0, b"glTF", "model/gltf-binary"),
    (0, b"%PDF", "application/pdf"),
    (0, b"PK\x03\x04", "application/zip"),
)


def file_urls(output: object, kind: OutputKind, home: str) -> list[str]:
    """The addresses of the files in an output, in its order.

    `kind` is what the schema says of it: where it says files, every address is one; where it says text, none is;
    where it does not say, those on an output host (Replicate's, or `home`, the API's own) and data URIs are.
    """
    if kind in (OutputKind.TEXT, OutputKind.TEXT_STREAM):
        return []
    stated = kind in (OutputKind.FILE, OutputKind.FILES)
    return [text for text in _texts(output, 0) if _is_file(text, home, stated)]


def _texts(value: object, depth: int) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif depth < _DEPTH and isinstance(value, list):
        for item in cast("list[object]", value):
            yield from _texts(item, depth + 1)
    elif depth < _DEPTH and isinstance(value, Mapping):
        for item in cast("Mapping[str, object]", value).values():
            yield from _texts(item, depth + 1)


def _is_file(text: str, home: str, stated: bool) -> bool:
    if text[:5].lower() == "data:":
        return _DATA.match(text[:500]) is not None
    if text[:8].lower().startswith(("http://", "https://")) and len(text) < 8192 and not re.search(r"\s", text):
        try:
            parts = urlsplit(text)
        except ValueError:
            return False
        host = (parts.hostname or "").lower()
        known = parts.netloc.lower() == urlsplit(home).netloc.lower() or any(
            host == one or host.endswith(f".{one}") for one in _HOSTS
        )
        return bool(host) and (stated or known)
    return False


def short_url(url: str) -> str:
    """The address as it is kept: of a data URI its type and a digest, because the bytes are kept as a file."""
    if url[:5].lower() != "data:":
        return url
    digest = hashlib.sha256(url.encode("utf-8", "replace")).hexdigest()
    return f"{url[: url.find(',')][:100]},#{digest[:32]}"


def suffix_of(url: str) -> str:
    """The ending that an address or a data URI promises, with its dot; empty where it promises none."""
    if url[:5].lower() == "data:":
        found = _DATA.match(url[:500])
        return suffix_for(found[1] if found else None)
    try:
        suffix = Path(unquote(urlsplit(url).path)).suffix
    except ValueError:
        return ""
    return suffix.lower() if _SUFFIX.fullmatch(suffix) else ""


def suffix_for(content_type: str | None) -> str:
    """The usual ending for a content type, or nothing."""
    kind = (content_type or "").partition(";")[0].strip().lower()
    if not kind or kind == "application/octet-stream":
        return ""
    return _BY_TYPE.get(kind) or mimetypes.guess_extension(kind) or ""


def type_of(path: Path) -> str | None:
    """What a file is, by its first bytes, else by its name. Blocks."""
    with path.open("rb") as file:
        head = file.read(16)
    for start, magic, kind in _MAGIC:
        if head[start : start + len(magic)] == magic:
            return kind
    return mimetypes.guess_type(path.name)[0]


def type_of_named(path: Path, suffix: str) -> str | None:
    """What a file is that is still without its ending. Blocks."""
    return type_of(path) or mimetypes.guess_type(f"file{suffix}")[0]
