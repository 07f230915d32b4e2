"""Reads the event stream of a prediction (docs/replicate.md, Streaming)."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator

from tui.api import problem_details as problems

from .core import Core
from .errors import BadAnswer, NetworkError
from .sse import Decoder
from .text import clean_line
from .types import Event

IDLE_SECONDS = 60.0
"""Longest silence. Replicate's own streams end after 30 seconds without an event."""


async def stream(
    core: Core, url: str, last_event_id: str | None = None, idle: float = IDLE_SECONDS
) -> AsyncGenerator[Event, None]:
    """The events at `url`, an opaque address, up to and with `done`; the connection is closed then.

    The token goes along only if `url` is of the API's own origin. Raises NetworkError when the stream is cut or
    silent for `idle` seconds, BadAnswer for what is no event stream, and the errors for refusals. One who stops
    reading early closes it: `async with contextlib.aclosing(client.stream(url)) as events`.
    """
    headers = {"Accept": "text/event-stream", "Cache-Control": "no-store"}
    if last_event_id and last_event_id.isascii() and last_event_id.isprintable():
        headers["Last-Event-ID"] = last_event_id
    response = await core.open_following(url, headers=headers, read_seconds=idle)
    try:
        if response.status_code != 200:
            body = await core.transport.read(response)
            raise problems.error_from(response.status_code, response.headers, body)
        kind = response.headers.get("content-type", "")
        if not kind.lower().startswith("text/event-stream"):
            raise BadAnswer(f"The stream is no event stream but {clean_line(kind, 60) or 'nothing known'}.")
        decoder = Decoder()
        # Each event by itself: to wait for what follows would hold back the words of an answer.
        scrub = core.transport.scrubber.text
        async with contextlib.aclosing(core.transport.chunks(response)) as chunks:
            async for chunk in chunks:
                for event in decoder.feed(chunk):
                    yield Event(kind=scrub(event.kind), data=scrub(event.data), id=event.id and scrub(event.id))
                    if event.kind == "done":
                        return
        raise NetworkError("The stream ended before it was done.", sent=True)
    finally:
        await response.aclose()
