"""One kind's list at the API: what of it is in sight, and which of its pages holds what is to be looked at."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from tui.api.client import Client, Pages
from tui.api.repeats import RepeatGuard
from tui.api.types import Page, Prediction, Training
from tui.services.watching import poll_interval as pace
from tui.services.watching.reconciler import FoldedPage
from tui.store.records import Kind

DOWN = 30
"""Pages that are read on from the first to find what is live, or what was missed, further down."""
_PLACES = 64
"""Pages of which it is remembered where they begin and end."""

AnyPage = Page[Prediction]
Read = Callable[[], Awaitable[AnyPage]]


class ListedPages:
    """Reads pages; what is in them is folded by whoever reads. Methods raise ApiErrors."""

    def __init__(self, kind: Kind, client: Client) -> None:
        self.kind: Kind = kind
        self.viewers: set[str] = set()
        """Who shows it."""
        self.showing: frozenset[str] | None = None
        """The rows in sight; None where nobody tells."""
        self.awaited_by: set[str] = set()
        """Who waits for what is new in it, seen or not."""
        self.elsewhere = False
        """Whether what is in sight is further down than the first page."""
        self.glanced = 0.0
        """When what is in sight was looked at."""
        self.moved = False
        """Whether other rows came into sight since then."""
        self.due = 0.0
        """When the first page is looked at again."""
        self.down: str | None = None
        """The next page further down, where there may be something live or missed."""
        self.older: str | None = None
        """The next page below all that were read for who scrolls down; None at the end of the list."""
        self.older_known = False
        """Whether `older` says so already."""
        self.older_turns: list[asyncio.Future[None]] = []
        """Who waits until the next older page may be read."""
        self._older_asked = float("-inf")
        self._older_in_a_row = 0
        self._older_guard = RepeatGuard()
        self._client = client
        self._down_left = 0
        self._bottom: datetime | None = None
        """Down to where it was looked at once, page by page."""
        self._top: datetime | None = None
        """The creation of the oldest one on the first page."""
        self._places: OrderedDict[str, tuple[datetime, datetime]] = OrderedDict()

    @property
    def visible(self) -> bool:
        """Whether somebody shows it."""
        return bool(self.viewers)

    async def first(self) -> AnyPage:
        """The first page."""
        page = await self._read(None)
        times = _times(page)
        self._top = min(times) if times and page.next else None
        if not self.older_known:
            self.older, self.older_known = page.next, True
            self._older_guard.ends(one.id for one in page.results)
        return page

    async def at(self, url: str) -> AnyPage:
        """The page at an address that the API gave."""
        return await self._read(url)

    def may_read_at_once(self, clock: float) -> bool:
        """Whether an older page may be read without waiting for the budget: the first few after a pause."""
        return self._older_in_a_row < pace.OLDER_AT_ONCE or clock - self._older_asked > pace.OLDER_PAUSE

    def note_older(self, clock: float) -> None:
        """An older page is read now."""
        rested = clock - self._older_asked > pace.OLDER_PAUSE
        self._older_in_a_row = 1 if rested else self._older_in_a_row + 1
        self._older_asked = clock

    def went_older(self, url: str, page: AnyPage) -> None:
        """The older page at `url` was read: go on below it, unless the list repeats itself."""
        ends = self._older_guard.ends(one.id for one in page.results) or page.next == url
        self.older = None if ends else page.next

    def on_first(self, oldest: datetime) -> bool:
        """Whether the first page, as it was, goes down to this creation."""
        return self._top is None or oldest >= self._top

    async def around(self, start: datetime) -> AnyPage:
        """The page that begins with what was created at `start`.

        Trainings have no filter by time (docs/replicate.md, Trainings): of them, the page that held `start` the last
        time.
        """
        if self.kind == "training":
            url = next((url for url, (new, old) in self._places.items() if old <= start <= new), None)
            return await (self.first() if url is None else self._read(url))
        # What is kept is exact to the microsecond, the API's times may be finer; the filter leaves its own time out.
        pages = self._client.predictions(created_before=start + timedelta(microseconds=1))
        return await pages.first()

    def go_down(self, seen: FoldedPage, *, first: bool) -> None:
        """Whether the page below this one has to be looked at: something live, or something missed, may be there."""
        if first:
            if self.down is not None:
                return
            self._down_left = DOWN
        oldest = seen.oldest
        unseen = oldest is not None and (self._bottom is None or oldest < self._bottom)
        self._down_left -= 1
        further = ((seen.any_live and unseen) or seen.all_new) and self._down_left > 0
        self.down = seen.page.next if further else None
        if unseen:
            self._bottom = oldest

    async def _read(self, url: str | None) -> AnyPage:
        page: AnyPage
        if self.kind == "training":
            page = await _of(self._client.trainings(), url)
        else:
            page = await _of(self._client.predictions(), url)
        times = _times(page)
        if url is not None and times:
            self._places[url] = (max(times), min(times))
            self._places.move_to_end(url)
            while len(self._places) > _PLACES:
                self._places.popitem(last=False)
        return page


async def _of(pages: Pages[Prediction] | Pages[Training], url: str | None) -> AnyPage:
    page = await (pages.first() if url is None else pages.page(url))
    return Page(results=tuple(page.results), next=page.next, previous=page.previous, raw=page.raw)


def _times(page: AnyPage) -> list[datetime]:
    return [one.created_at for one in page.results if one.created_at]
