"""Server-sent events for clients, byte for byte as Replicate's streams were recorded (docs/replicate.md, Streaming)."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

from tui.sandbox.live import Event, Live

_TIMEOUT = 30.0


def encode(event: Event) -> str:
    """One event; each line of its data has a `data:` of its own."""
    lines = event.data.split("\n")
    return f"event: {event.name}\nid: {event.id}\n" + "".join(f"data: {line}\n" for line in lines) + "\n"


async def stream(
    source: Live | list[Event] | None,
    outward: Callable[[str], str],
    closing: asyncio.Event,
    cut_after: int | None,
) -> AsyncIterator[bytes | None]:
    """The body of a stream; None in it means that the connection shall break here.

    `source` is None when the data was removed. After `done` the connection stays until the 408 comment.
    """
    yield b": hi\n\n"
    sent = 0
    async for event in _events(source, closing):
        if cut_after is not None and sent >= cut_after:
            yield None
            return
        yield outward(encode(event)).encode("utf-8", "replace")
        sent += 1
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(closing.wait(), _TIMEOUT)
    yield b":408: 408 Request Timeout\n\n"


async def _events(source: Live | list[Event] | None, closing: asyncio.Event) -> AsyncIterator[Event]:
    if source is None:
        return
    if not isinstance(source, Live):
        for event in source:
            yield event
        return
    at = 0
    while not closing.is_set():
        while at < len(source.events):
            yield source.events[at]
            at += 1
        if source.job.done:
            return
        await source.next_change()
