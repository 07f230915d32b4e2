"""Whether a file that was sent and one that is listed are the same bytes, told only where that is cheap and allowed."""

from __future__ import annotations

import asyncio
import ipaddress
import socket

from .core import Core
from .downloads import data_uri
from .errors import ApiError
from .recognition import Pair

MOST = 1_000_000
"""Bytes of a file that are fetched to be compared. What is sent inside a request is smaller (services.runs.uploads)."""
SECONDS = 10.0
"""How long one comparison may take."""


async def same_bytes(core: Core, pair: Pair) -> bool | None:
    """None where it cannot be told: the link leads into a private network, or does not answer, or is too large."""
    try:
        async with asyncio.timeout(SECONDS):
            contents = [await _content(core, text) for text in pair if text[:5].lower() == "data:"]
            if len(contents) == 2:
                return contents[0] == contents[1]
            link = next(text for text in pair if text[:5].lower() != "data:")
            return None if len(contents[0]) > MOST else await _serves(core, link, contents[0])
    except (ApiError, TimeoutError):
        return None


async def _content(core: Core, uri: str) -> bytes:
    return await core.worked(len(uri), lambda: data_uri(uri)[1])


async def _serves(core: Core, link: str, content: bytes) -> bool | None:
    """Whether the link gives just these bytes. A redirect is not followed: it may lead anywhere."""
    await core.ready()
    url = core.transport.parse(link)
    if not core.transport.is_home(url) and not await _is_public(url.host):
        return None
    response = await core.transport.open("GET", url, headers={"Accept-Encoding": "identity"}, read_seconds=SECONDS)
    try:
        if response.status_code != 200:
            return None
        found = bytearray()
        async for chunk in core.transport.chunks(response):
            found += chunk
            if len(found) > len(content):
                return False
        return bytes(found) == content
    finally:
        await response.aclose()


async def _is_public(host: str) -> bool:
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
        addresses = [ipaddress.ip_address(one[4][0]) for one in found]
    except (OSError, UnicodeError, ValueError):
        return False
    return bool(addresses) and all(one.is_global and not one.is_multicast for one in addresses)
