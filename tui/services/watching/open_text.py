"""Reads the text of the live prediction that is open, as it streams or as it is polled, and tells of it.

A prediction that this console runs tells of its text by itself (`driving`); this is for all others.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable

from tui.api.errors import ApiError
from tui.api.types import Prediction
from tui.services.bus import OutputText
from tui.services.session import Session
from tui.services.tasks import Tasks
from tui.services.watching.text_follower import TextFollower, text_of
from tui.store.database import StoreError
from tui.store.records import Record

_log = logging.getLogger(__name__)

Ask = Callable[[str], Awaitable[Record | None]]
IsText = Callable[[Prediction], Awaitable[bool]]


async def says_text(prediction: Prediction) -> bool:
    """Whether what came so far is one text: all that can be told without the model's schema."""
    return isinstance(prediction.output, str)


class OpenText:
    """One at a time. `streaming` is the prediction whose text comes by a stream just now."""

    def __init__(self, session: Session, ask: Ask, is_text: IsText) -> None:
        """`ask` gets a prediction anew and folds it in; `is_text` tells by its model whether its output is text."""
        self._client = session.client
        self._bus = session.bus
        self._ask = ask
        self._is_text = is_text
        self._sleep = session.clock.sleep
        self._tasks = Tasks("reading")
        self._task: asyncio.Task[None] | None = None
        self._id: str | None = None
        self._text = ""
        self._told = False
        self._reads: bool | None = None
        self.streaming: str | None = None

    @property
    def open_id(self) -> str | None:
        """Which prediction is read, however."""
        return self._id

    def show(self, record: Record) -> None:
        """The open one as it is now: begin to read it, or go on."""
        if record.id != self._id:
            self.close()
            self._id = record.id
        if self._task is None and record.live:
            self._task = self._tasks.start(self._read(record), record.id)
        elif self._reads and self.streaming is None:
            self._tell(text_of(record.prediction.output), done=not record.live)

    def ended(self, record: Record) -> None:
        """It has ended: its output is the truth."""
        if record.id == self._id and (self._told or self.streaming):
            text = text_of(record.prediction.output)
            self._tell(self._text if text is None else text, done=True)
            self.close()

    def close(self) -> None:
        """Nobody looks any more."""
        if self._task is not None:
            self._task.cancel()
        self._task = self._id = self._reads = self.streaming = None
        self._text, self._told = "", False

    def hand_over(self, prediction_id: str) -> str:
        """Close it if it is this one, because another tells of it from now on. Returns what was told so far."""
        if prediction_id != self._id:
            return ""
        told = self._text
        self.close()
        return told

    async def aclose(self) -> None:
        """Close, and wait until it has ended."""
        self.close()
        await self._tasks.aclose()

    async def _read(self, record: Record) -> None:
        prediction_id, url = record.id, record.prediction.urls.stream
        try:
            reads = await self._is_text(record.prediction)
        except (ApiError, StoreError) as error:
            _log.info("whether %s is text is not known: %s", prediction_id, error)
            reads = bool(text_of(record.prediction.output))
        if prediction_id != self._id:
            return
        self._reads = reads
        if not reads:
            return
        if not url:
            self._tell(text_of(record.prediction.output), done=False)
            return
        self.streaming = prediction_id
        try:
            await self._follow(prediction_id, url)
        finally:
            if self._id == prediction_id:
                self.streaming = None
        # How it stands now: at its end, `ended` is called with it; else it is polled from here on.
        await self._latest(prediction_id)

    async def _follow(self, prediction_id: str, url: str) -> bool:
        async def ask() -> Prediction | None:
            record = await self._latest(prediction_id)
            return record.prediction if record else None

        def tell(text: str) -> None:
            if self._id == prediction_id:
                self._tell(text, done=False)

        follower = TextFollower(self._client, url, ask=ask, tell=tell, sleep=self._sleep, late=True)
        return await follower.run()

    async def _latest(self, prediction_id: str) -> Record | None:
        with contextlib.suppress(ApiError, StoreError):
            return await self._ask(prediction_id)
        return None

    def _tell(self, text: str | None, *, done: bool) -> None:
        if self._id is None or text is None or (text == self._text and not done):
            return
        before, self._text = self._text, text
        # Who read a part of it before is given the whole again.
        goes_on = self._told and text.startswith(before)
        self._told = True
        delta = text[len(before) :] if goes_on else text
        self._bus.publish(OutputText(self._id, text, delta, done, restarted=not goes_on))
