"""Follows a text as it streams: a cut loses no character and doubles none, and what cannot be streamed is polled.

Replicate's streams are not documented to resume (docs/replicate.md, Streaming): one that is opened again may go on,
begin anew, or leave out what was sent meanwhile. So each event is told by its id, what was seen is skipped, and the
result is held against the output list of the prediction, which is the truth.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from math import floor
from typing import cast

from tui.api.client import Client
from tui.api.errors import ApiError, NetworkError, ServerError
from tui.api.types import Event, Prediction

_log = logging.getLogger(__name__)

REOPENS = 5
"""How often a stream is opened again before its prediction is polled instead."""
TELLINGS = 15
"""How often in a second more of a text is told: a thousand tokens a second are fifteen events. Texts that stream side
by side are told at the same moments, so that they are painted together."""


def text_of(output: object) -> str | None:
    """The text that an output stands for: its parts joined; None where it is no text."""
    if isinstance(output, str):
        return output
    if isinstance(output, list):
        parts = cast("list[object]", output)
        if all(isinstance(part, str) for part in parts):
            return "".join(cast("list[str]", parts))
    return None


class TextFollower:
    """The text of one prediction, from its stream, held against what the prediction itself says."""

    def __init__(
        self,
        client: Client,
        url: str,
        *,
        ask: Callable[[], Awaitable[Prediction | None]],
        tell: Callable[[str], None],
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        text: str = "",
        late: bool = False,
    ) -> None:
        """`ask` gets the prediction anew (None: not now); `tell` is given the whole text when there is more of it.

        `text` is what was received in an earlier session. `late`: the model may have begun before the stream is
        opened.
        """
        self._client = client
        self._url = url
        self._ask = ask
        self._tell = tell
        self._sleep = sleep
        self._pieces: list[str] = []
        """What was streamed."""
        self._shown = text
        """The most that is known of the text. It holds what was streamed, or begins with it."""
        self._in_step = not text
        """Whether nothing more is known than what was streamed, so that each piece is simply the next."""
        self._seen: set[str] = set()
        self._last_id: str | None = None
        self._told_apart = True
        """Whether each event had an id of its own, so that a second stream can be told from the first."""
        self._doubted = late or bool(text)
        """Whether the stream may have left something out: the prediction is asked before more of it is shown."""
        self._flush: asyncio.TimerHandle | None = None
        self._due = 0.0
        """The time of the loop before which nothing more is told."""

    async def run(self) -> bool:
        """Follow to the end of the stream. False when it cannot be followed to its end: poll then."""
        failures = 0
        reopened = False
        try:
            while True:
                before = len(self._seen)
                outcome = await self._read(reopened)
                if outcome is not None:
                    return outcome
                failures = 1 if len(self._seen) > before else failures + 1
                prediction = await self._ask()
                if prediction is not None and prediction.status == "starting":
                    # Streams end by themselves while a model starts, which may take minutes.
                    failures = min(failures, REOPENS)
                if prediction is not None and (prediction.is_terminal or not self._agrees(prediction)):
                    return False
                if not self._told_apart or failures > REOPENS:
                    return False
                await self._sleep(min(0.25 * 2**failures, 5.0))
                reopened = self._doubted = True
        finally:
            self._tell_now()

    async def _read(self, reopened: bool) -> bool | None:
        """Read one stream. True: it was done; False: it is of no use; None: it was cut."""
        events = self._client.stream(self._url, self._last_id if reopened else None)
        try:
            async with contextlib.aclosing(events):
                async for event in events:
                    if event.kind == "done":
                        return True
                    if event.kind == "output" and not await self._take(event, reopened):
                        return False
        except ApiError as error:
            # What was read stays. A refusal will not change; a broken connection may.
            _log.info("a stream was cut: %s", error)
            return None if isinstance(error, NetworkError | ServerError) else False
        return None

    async def _take(self, event: Event, reopened: bool) -> bool:
        """Add one piece. False when it contradicts what is known."""
        if event.id is not None and event.id not in self._seen:
            self._seen.add(event.id)
            self._last_id = event.id
        elif not reopened:
            self._told_apart = False
        else:
            # FoldedPage already; or not to be told apart from what was.
            return event.id is not None
        if not event.data:
            return True
        if self._doubted and not await self._trusted(event.data):
            return False
        self._pieces.append(event.data)
        if not self._in_step:
            return self._compare()
        if self._flush is None:
            # At once after a pause, but never before all that came with this piece.
            loop = asyncio.get_running_loop()
            self._due = max(loop.time(), self._due)
            self._flush = loop.call_at(self._due, self._tell_now)
        return True

    async def _trusted(self, piece: str) -> bool:
        """Whether the prediction agrees that `piece` comes next. What was left out of a stream is in its output."""
        self._tell_now()
        streamed = "".join(self._pieces) + piece
        if self._shown.startswith(streamed):
            return True
        prediction = await self._ask()
        if prediction is None or not self._agrees(prediction):
            return False
        self._doubted = False
        return self._shown.startswith(streamed) or streamed.startswith(self._shown)

    def _compare(self) -> bool:
        """Hold what was streamed against what is known already."""
        streamed = "".join(self._pieces)
        if len(streamed) <= len(self._shown):
            self._in_step = streamed == self._shown
            return self._shown.startswith(streamed)
        if not streamed.startswith(self._shown):
            return False
        self._in_step = True
        self._tell_now()
        return True

    def _agrees(self, prediction: Prediction) -> bool:
        """Take over what the prediction says. False when neither it nor what was streamed goes on from the other."""
        self._tell_now()
        said = text_of(prediction.output)
        if said is None or self._shown.startswith(said):
            return True
        fits = said.startswith(self._shown)
        self._shown, self._in_step = said, False
        self._tell(said)
        return fits

    def _tell_now(self) -> None:
        if self._flush is not None:
            self._flush.cancel()
            self._flush = None
        if self._in_step and (streamed := "".join(self._pieces)) != self._shown:
            # One text from now on: what was joined need not be joined again.
            self._pieces = [streamed]
            self._shown = streamed
            # From when it was due: one that was late does not put off what came behind it meanwhile.
            due = min(self._due, asyncio.get_running_loop().time())
            self._due = (floor(due * TELLINGS + 0.01) + 1) / TELLINGS
            self._tell(streamed)
