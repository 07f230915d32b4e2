"""Which files an output holds, and what to call them; what a file is, is told by api/file_types.py."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from typing import cast
from urllib.parse import unquote, urlsplit

from tui.api.proxies import is_loopback
from tui.forms import OutputKind

_HOSTS = ("replicate.delivery", "replicate.com", "replicate.net")
"""Replicate's hosts for outputs, they and what is below them (docs/replicate.md, Retention; Files)."""
EXPIRED = "It is no longer there: Replicate deletes output files an hour after the prediction."
_DATA = re.compile(r"data:([A-Za-z0-9.+-]+/[A-Za-z0-9.+-]+)?(?:;[^,;]*)*,", re.IGNORECASE)
_DEPTH = 50


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
        return bool(parts.hostname) and (stated or is_output_host(text, home) or _are_on_this_machine(text, home))
    return False


def is_output_host(url: str, home: str) -> bool:
    """Whether an address is of a host that Replicate, or the API at `home`, gives outputs from. Raises ValueError."""
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    return parts.netloc.lower() == urlsplit(home).netloc.lower() or any(
        host == one or host.endswith(f".{one}") for one in _HOSTS
    )


def _are_on_this_machine(*addresses: str) -> bool:
    """An API on this machine may give files from any address of this machine."""
    return all(is_loopback(urlsplit(address).hostname or "") for address in addresses)


def short_url(url: str) -> str:
    """The address as it is kept: of a data URI its type and a digest, because the bytes are kept as a file."""
    if url[:5].lower() != "data:":
        return url
    digest = hashlib.sha256(url.encode("utf-8", "replace")).hexdigest()
    return f"{url[: url.find(',')][:100]},#{digest[:32]}"


def name_in(url: str) -> str:
    """The file's name in an address; empty for a data URI, and where there is none."""
    if url[:5].lower() == "data:":
        return ""
    try:
        return unquote(urlsplit(url).path).rpartition("/")[2]
    except ValueError:
        return ""
