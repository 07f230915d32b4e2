"""Posts one webhook to any address, without the token and without following redirects, as Replicate does."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

from msgspec import Struct

from .core import READING, Core
from .errors import ApiError, NetworkError, ReadOnly
from .text import clean_line

if TYPE_CHECKING:
    import httpx

PATIENCE = 5.0
"""Seconds for an answer: "respond within a few seconds" (docs/replicate.md, Webhooks)."""
_SHOWN = 120
"""Letters of what a receiver says that are worth showing."""


class Receipt(Struct, frozen=True):
    """What became of one post."""

    status: int | None
    """The receiver's HTTP status; None where none came."""
    seconds: float
    problem: str = ""
    """Why it was not taken, in words; empty where it was."""

    @property
    def taken(self) -> bool:
        """Whether it was answered with a 2xx."""
        return self.status is not None and 200 <= self.status < 300


async def post(core: Core, url: str, headers: Mapping[str, str], body: bytes, *, patience: float = PATIENCE) -> Receipt:
    """Post `body` once. A refusal or a broken connection is no error, but said in the receipt.

    Raises BadAnswer for what is no web address, BadSetting, and ReadOnly.
    """
    if core.read_only and "POST" not in READING:
        raise ReadOnly("POST")
    await core.ready()
    transport = core.transport
    address = transport.parse(url)
    begun = time.monotonic()
    try:
        response = await transport.open(
            "POST", address, headers=headers, content=body, read_seconds=patience, token=False
        )
    except NetworkError as error:
        return Receipt(None, time.monotonic() - begun, str(error))
    seconds = time.monotonic() - begun
    said = ""
    try:
        if not response.is_success:
            said = await _said(core, response)
    finally:
        await response.aclose()
    return Receipt(response.status_code, seconds, _problem(response.status_code, response.headers, said))


async def _said(core: Core, response: httpx.Response) -> str:
    try:
        content = await core.transport.read(response, 64 * 1024)
    except ApiError:
        return ""
    return clean_line(content.decode("utf-8", "replace"), _SHOWN)


def _problem(status: int, headers: Mapping[str, str], said: str) -> str:
    if 200 <= status < 300:
        return ""
    if 300 <= status < 400:
        where = clean_line(headers.get("location", ""), _SHOWN)
        to = f" to {where}" if where else ""
        return f"It redirects{to}. Replicate follows no redirect: the webhook would be lost."
    return said
