"""Delivers what happens to local runs to a program on this machine, as Replicate would deliver it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from tui.api.errors import ApiError
from tui.api.types import Prediction
from tui.services.session import Session
from tui.services.tasks import Tasks, first_of
from tui.services.webhooks.due_events import EVENTS, Due, DueEvents
from tui.services.webhooks.posting import Posting

_LOOK_EVERY = 0.1
"""Seconds between two looks at a run that goes on, however often it changes."""


class WebhookRelay:
    """Signed, written down and tried again as the section Webhooks does it, and seen there."""

    def __init__(self, session: Session, posting: Posting, url: str, failed: Callable[[str], None]) -> None:
        """`failed` is told in words what was not delivered."""
        self.url = url
        self._clock = session.clock
        self._posting = posting
        self._failed = failed
        self._tasks = Tasks("webhook relay")
        self._events: dict[str, tuple[DueEvents, asyncio.Event]] = {}
        self._done: set[str] = set()

    def see(self, prediction: Prediction) -> None:
        """What a run is like now. One that was over before is no news."""
        id = prediction.id
        if id in self._done or self._tasks.closed:
            return
        if id not in self._events:
            if prediction.is_terminal:
                self._done.add(id)
                return
            self._events[id] = DueEvents(EVENTS), asyncio.Event()
            self._tasks.start(self._follow(id), id)
        events, news = self._events[id]
        events.see(prediction)
        news.set()

    async def _follow(self, id: str) -> None:
        events, news = self._events[id]
        while not events.done:
            due = events.next(self._clock.monotonic())
            if isinstance(due, Due):
                await self._deliver(id, due)
                continue
            if events.done:
                break
            await first_of(news.wait(), *([self._clock.sleep(due)] if due is not None else []))
            news.clear()
            await self._clock.sleep(_LOOK_EVERY)
        self._done.add(id)
        del self._events[id]

    async def _deliver(self, id: str, due: Due) -> None:
        try:
            await self._posting.post(self.url, id, due, retry=due.event == "completed")
        except ApiError as error:
            self._failed(f"{due.event} of {id} was not delivered: {error}")

    async def aclose(self) -> None:
        """Deliver nothing more."""
        await self._tasks.aclose()
