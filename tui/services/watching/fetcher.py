"""Puts the watcher's requests to the API, none twice at the same time, and has the answers folded in."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from datetime import datetime

from tui.api.errors import ApiError, NotFound
from tui.api.types import Prediction
from tui.services.bus import Stale
from tui.services.session import Session
from tui.services.single_flight import SingleFlight
from tui.services.watching import poll_interval as pace
from tui.services.watching.listed_pages import AnyPage, ListedPages
from tui.services.watching.live_set import Block, LiveSet
from tui.services.watching.reconciler import FoldedPage, Reconciler
from tui.store.records import Kind, Record

SILENT = 5.0
"""Seconds without any answer after which it is told, though a request may wait for longer before it fails."""
NO_ANSWER_YET = "Replicate has not answered yet."


class Fetcher:
    """A failure is published as Stale, and raised. `failures` counts them up to the next answer."""

    def __init__(
        self,
        session: Session,
        live_set: LiveSet,
        reconciler: Reconciler,
        answered: Callable[[Record], None],
    ) -> None:
        """`answered` is given each record that was asked for by itself."""
        self._client = session.client
        self._bus = session.bus
        self._live_set = live_set
        self._reconciler = reconciler
        self._told = answered
        self._now = session.clock.now
        self._clock = session.clock.monotonic
        self._flights = SingleFlight()
        self.failures = 0
        self.last_answer: datetime | None = None
        self._silent = False
        self._heard = 0.0
        """When the last answer came, by the loop's clock."""

    @property
    def left(self) -> int | None:
        """What the rate limit leaves, as far as it was told."""
        return self._client.rate_limit.remaining

    async def one(self, prediction_id: str, kind: Kind) -> Record | None:
        """One prediction or training, whole. Raises an ApiError."""
        return await self._flights.run(f"{kind} {prediction_id}", lambda: self._get(prediction_id, kind))

    async def one_if_there(self, prediction_id: str, kind: Kind) -> Record | None:
        """The same; None for one that is not there any more."""
        try:
            return await self.one(prediction_id, kind)
        except NotFound:
            return None

    async def first(self, listing: ListedPages) -> FoldedPage:
        """The first page. Raises an ApiError."""
        seen = await self._flights.run(f"first {listing.kind}", lambda: self._page(listing, listing.first))
        listing.go_down(seen, first=True)
        live_set = self._live_set
        busy = live_set.live or live_set.tracked or live_set.wanted or listing.down or listing.awaited_by
        elsewhere = listing.elsewhere and not listing.awaited_by
        listing.due = self._clock() + pace.until_next_list(self.left, busy=bool(busy), elsewhere=elsewhere)
        return seen

    async def down(self, listing: ListedPages) -> None:
        """The next page further down. Raises an ApiError."""
        url = listing.down
        if url is not None:
            seen = await self._flights.run(f"page {url}", lambda: self._page(listing, lambda: listing.at(url)))
            listing.go_down(seen, first=False)

    async def older(self, listing: ListedPages) -> int | None:
        """The next page below all that were read so far: its number of records; None at the end. Raises an ApiError."""
        return await self._flights.run(f"older {listing.kind}", lambda: self._older(listing))

    async def around(self, listing: ListedPages, block: Block) -> None:
        """The page that these are on. What is not where it should be is to be asked for by itself.

        Raises an ApiError.
        """
        live_set, asked = self._live_set, self._clock()
        if listing.on_first(block.end):
            seen = await self.first(listing)
        else:
            key = f"around {listing.kind} {block.start}"
            seen = await self._flights.run(key, lambda: self._page(listing, lambda: listing.around(block.start)))
        found, last = {one.id for one in seen.page.results}, seen.oldest
        for key in block.ids:
            one = live_set.live.get(key)
            if one is None or key in found or one.confirmed >= asked:
                continue
            if seen.page.next is None or last is None or one.created_at > last:
                live_set.wanted[key] = listing.kind

    def failed(self, error: Exception) -> None:
        """It did not work: what is shown is from before."""
        self.failures += 1
        self._bus.publish(Stale(self.last_answer, str(error)))

    async def aclose(self) -> None:
        """End what is being asked."""
        await self._flights.aclose()

    async def _older(self, listing: ListedPages) -> int | None:
        if not listing.older_known:
            await self.first(listing)
        url = listing.older
        if url is None:
            return None
        seen = await self._page(listing, lambda: listing.at(url))
        listing.went_older(url, seen.page)
        return len(seen.page.results)

    async def _page(self, listing: ListedPages, read: Callable[[], Awaitable[AnyPage]]) -> FoldedPage:
        asked = self._clock()
        try:
            with self._heeding_silence():
                page = await read()
        except ApiError as error:
            self.failed(error)
            raise
        self._answered()
        return await self._reconciler.page(page, listing.kind, asked, awaited=bool(listing.awaited_by))

    async def _get(self, prediction_id: str, kind: Kind) -> Record | None:
        asked, client = self._clock(), self._client
        try:
            with self._heeding_silence():
                found: Prediction = await (
                    client.training(prediction_id) if kind == "training" else client.prediction(prediction_id)
                )
        except NotFound:
            self._answered()
            await self._reconciler.gone(prediction_id, kind)
            raise
        except ApiError as error:
            self.failed(error)
            raise
        self._answered()
        self._live_set.wanted.pop(prediction_id, None)
        record = await self._reconciler.one(found, kind, asked)
        if record is not None:
            self._told(record)
        return record

    @contextmanager
    def _heeding_silence(self) -> Generator[None]:
        """While this is waited for, it is told when nothing at all is answered: what is shown is old by then."""
        loop, asked = asyncio.get_running_loop(), asyncio.get_running_loop().time()

        def look() -> None:
            nonlocal timer
            left = max(asked, self._heard) + SILENT - loop.time()
            if left > 0:
                timer = loop.call_later(left, look)
            elif not self.failures and not self._silent:
                self._silent = True
                self._bus.publish(Stale(self.last_answer, "" if self.last_answer else NO_ANSWER_YET))

        timer = loop.call_later(SILENT, look)
        try:
            yield
        finally:
            timer.cancel()

    def _answered(self) -> None:
        self.last_answer, self._heard = self._now(), asyncio.get_running_loop().time()
        if self.failures or self._silent:
            self.failures, self._silent = 0, False
            self._bus.publish(Stale(None, None))
