"""Puts the watcher's questions to the API, none twice at the same time, and has the answers folded in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime

from tui.api.errors import ApiError, NotFound
from tui.api.types import Prediction
from tui.services.bus import Stale
from tui.services.session import Session
from tui.services.single_flight import Sharing
from tui.services.watching import poll_interval as pace
from tui.services.watching.listed_pages import AnyPage, Listing
from tui.services.watching.live_set import Block, Ledger
from tui.services.watching.reconciler import Seen, Sightings
from tui.store.records import Kind, Record


class Asking:
    """What fails is told as Stale, and raised. `failures` counts them up to the next answer."""

    def __init__(
        self,
        session: Session,
        ledger: Ledger,
        sightings: Sightings,
        answered: Callable[[Record], None],
    ) -> None:
        """`answered` is given each record that was asked for by itself."""
        self._client = session.client
        self._bus = session.bus
        self._ledger = ledger
        self._sightings = sightings
        self._told = answered
        self._now = session.clock.now
        self._clock = session.clock.monotonic
        self._sharing = Sharing()
        self.failures = 0
        self.last_answer: datetime | None = None

    @property
    def left(self) -> int | None:
        """What the rate limit leaves, as far as it was told."""
        return self._client.rate_limit.remaining

    async def one(self, prediction_id: str, kind: Kind) -> Record | None:
        """One prediction or training, whole. Raises an ApiError."""
        return await self._sharing.run(f"{kind} {prediction_id}", lambda: self._get(prediction_id, kind))

    async def one_if_there(self, prediction_id: str, kind: Kind) -> Record | None:
        """The same; None for one that is not there any more."""
        try:
            return await self.one(prediction_id, kind)
        except NotFound:
            return None

    async def first(self, listing: Listing) -> Seen:
        """The first page. Raises an ApiError."""
        seen = await self._sharing.run(f"first {listing.kind}", lambda: self._page(listing, listing.first))
        listing.go_down(seen, first=True)
        busy = self._ledger.live or self._ledger.tracked or self._ledger.wanted or listing.down
        listing.due = self._clock() + pace.until_next_list(self.left, busy=bool(busy), elsewhere=listing.elsewhere)
        return seen

    async def down(self, listing: Listing) -> None:
        """The next page further down. Raises an ApiError."""
        url = listing.down
        if url is not None:
            seen = await self._sharing.run(f"page {url}", lambda: self._page(listing, lambda: listing.at(url)))
            listing.go_down(seen, first=False)

    async def older(self, listing: Listing) -> int | None:
        """The next page below all that were read so far: its number of records; None at the end. Raises an ApiError."""
        return await self._sharing.run(f"older {listing.kind}", lambda: self._older(listing))

    async def around(self, listing: Listing, block: Block) -> None:
        """The page that these are on. What is not where it should be is to be asked for by itself.

        Raises an ApiError.
        """
        ledger, asked = self._ledger, self._clock()
        if listing.on_first(block.end):
            seen = await self.first(listing)
        else:
            key = f"around {listing.kind} {block.start}"
            seen = await self._sharing.run(key, lambda: self._page(listing, lambda: listing.around(block.start)))
        found, last = {one.id for one in seen.page.results}, seen.oldest
        for key in block.ids:
            one = ledger.live.get(key)
            if one is None or key in found or one.confirmed >= asked:
                continue
            if seen.page.next is None or last is None or one.created_at > last:
                ledger.wanted[key] = listing.kind

    def failed(self, error: Exception) -> None:
        """It did not work: what is shown is from before."""
        self.failures += 1
        self._bus.publish(Stale(self.last_answer, str(error)))

    async def aclose(self) -> None:
        """End what is being asked."""
        await self._sharing.aclose()

    async def _older(self, listing: Listing) -> int | None:
        if not listing.older_known:
            await self.first(listing)
        url = listing.older
        if url is None:
            return None
        seen = await self._page(listing, lambda: listing.at(url))
        listing.older = seen.page.next if seen.page.next != url else None
        return len(seen.page.results)

    async def _page(self, listing: Listing, read: Callable[[], Awaitable[AnyPage]]) -> Seen:
        asked = self._clock()
        try:
            page = await read()
        except ApiError as error:
            self.failed(error)
            raise
        self._answered()
        return await self._sightings.page(page, listing.kind, asked)

    async def _get(self, prediction_id: str, kind: Kind) -> Record | None:
        asked, client = self._clock(), self._client
        try:
            found: Prediction = await (
                client.training(prediction_id) if kind == "training" else client.prediction(prediction_id)
            )
        except NotFound:
            self._answered()
            await self._sightings.gone(prediction_id, kind)
            raise
        except ApiError as error:
            self.failed(error)
            raise
        self._answered()
        self._ledger.wanted.pop(prediction_id, None)
        record = await self._sightings.one(found, kind, asked)
        if record is not None:
            self._told(record)
        return record

    def _answered(self) -> None:
        self.last_answer = self._now()
        if self.failures:
            self.failures = 0
            self._bus.publish(Stale(None, None))
