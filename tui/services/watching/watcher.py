"""Polls for everything that is live or on the screen: one task, few requests, none twice at the same time.

What is open, and a few tracked ones, are fetched one by one. The many are read from the list, a page at a time: those
in sight often, the others in turn. What nobody sees costs little. After a failed poll, what is shown is stale.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import partial

from tui.api.errors import ApiError
from tui.api.types import Prediction
from tui.services.session import Session
from tui.services.tasks import Tasks, first_of
from tui.services.watching import poll_interval as pace
from tui.services.watching.fetcher import Fetcher
from tui.services.watching.listed_pages import ListedPages
from tui.services.watching.live_set import Block, LiveSet, OpenDetail, Tracked
from tui.services.watching.open_text import IsText, OpenText, says_text
from tui.services.watching.poll_interval import RateBudget
from tui.services.watching.reconciler import Reconciler
from tui.services.watching.request_scheduler import NEVER, PendingRequest, RequestScheduler
from tui.store.database import StoreError
from tui.store.records import Kind, Record

_log = logging.getLogger(__name__)

FEW = 4
"""So many tracked ones are asked for one by one; more are read from the list."""
PAGE = 100
"""So many a page of the list holds (docs/replicate.md, Pages and filters); own ones that fit are followed closely."""
_INF = float("inf")


class Watcher:
    """The only poller. `see`, `showing`, `focused`, `track` and `refresh` steer it."""

    def __init__(self, session: Session, *, is_text: IsText = says_text) -> None:
        """`is_text` tells by its model whether a prediction's output is text."""
        client = session.client
        self._session = session
        self._clock = session.clock.monotonic
        self._sleep = session.clock.sleep
        self._tasks = Tasks("watcher")
        self._live_set = LiveSet()
        self._reconciler = Reconciler(session, self._live_set)
        self._fetcher = Fetcher(session, self._live_set, self._reconciler, self._show_text)
        self._open_text = OpenText(session, self.ask, is_text)
        self._lists: dict[Kind, ListedPages] = {
            "prediction": ListedPages("prediction", client),
            "training": ListedPages("training", client),
        }
        self._seen, self._unseen = RateBudget(pace.SEEN_GAP), RateBudget(pace.UNSEEN_GAP)
        self._open: dict[tuple[Kind, str], OpenDetail] = {}
        self._wake = asyncio.Event()
        self._running = False
        self._away_since = _INF
        self._look_back = False
        self._looked_back = False
        self._glance = pace.IN_SIGHT
        self._latency = 0.0
        self._scheduler = RequestScheduler()

    # ---- what is to be watched

    def see(self, list_visible: bool, open_id: str | None, kind: Kind = "prediction", *, by: str = "") -> None:
        """What of a kind is on the screen: its list, and the one that is open. What is known whole is not asked for.

        `by` names who shows it, where several screens show the same kind: none speaks for another.
        """
        listing, clock = self._lists[kind], self._clock()
        place: tuple[Kind, str] = kind, by
        if list_visible and not listing.visible:
            listing.due = min(listing.due, clock)
        (listing.viewers.add if list_visible else listing.viewers.discard)(by)
        known = self._open.get(place)
        if open_id is None:
            self._open.pop(place, None)
        elif known is None or known.id != open_id:
            self._open[place] = OpenDetail(open_id, kind, clock)
        if self._open_text.open_id not in {None, *(one.id for one in self._open.values())}:
            self._open_text.close()
        self._look_back = self._look_back or list_visible
        self._nudge()

    def await_news(self, awaited: bool, kind: Kind = "prediction", *, by: str) -> None:
        """Whether somebody waits for what is new in a list: it is looked at as often as one that lives, seen or not."""
        listing, clock = self._lists[kind], self._clock()
        if awaited and not listing.awaited_by:
            listing.due = min(listing.due, clock)
        (listing.awaited_by.add if awaited else listing.awaited_by.discard)(by)
        self._nudge()

    def showing(self, ids: Iterable[str], kind: Kind = "prediction") -> None:
        """Which rows of the list are in sight: no status of theirs gets older than 3 s while the list is seen."""
        listing = self._lists[kind]
        shown = frozenset(ids)
        if shown != listing.showing:
            listing.moved = listing.moved or not shown <= (listing.showing or frozenset())
            listing.showing = shown
            self._nudge()

    def focused(self, focused: bool) -> None:
        """Whether the terminal has the focus. Long without it, nothing counts as seen: only ends are looked for."""
        was_away = self._is_away()
        if not focused:
            self._away_since = min(self._away_since, self._clock())
            return
        self._away_since = _INF
        if was_away:
            clock = self._clock()
            for listing in self._lists.values():
                listing.due = min(listing.due, clock)
            for one in self._open.values():
                one.due = min(one.due, clock) if one.due < _INF else _INF
        self._nudge()

    def begin(self) -> None:
        """Take up what was live when the last console ended, so that its end is noticed. Costs no request if none.

        Called again, it looks again: the account may have another name by now.
        """
        self._look_back, self._looked_back = True, False
        self._nudge()

    def track(self, prediction_id: str, kind: Kind = "prediction", *, streaming: bool = False) -> None:
        """Follow a prediction or a training until it ends, seen or not."""
        if prediction_id in self._live_set.gone:
            return
        clock = self._clock()
        known = self._live_set.tracked.get(prediction_id)
        if known is None:
            self._live_set.tracked[prediction_id] = Tracked(kind, clock, clock + pace.FASTEST, streaming)
        else:
            known.streaming = streaming
            if not streaming:
                known.due = min(known.due, clock + pace.FASTEST)
        self._nudge()

    def hand_over(self, prediction_id: str) -> str:
        """Leave its text to its run, which publishes it from now on. Returns what was published so far."""
        return self._open_text.hand_over(prediction_id)

    def saw(self, record: Record) -> None:
        """Note a record that is kept and published already: a creation's answer."""
        self._reconciler.note(record, self._clock())
        self._nudge()

    @property
    def tracked(self) -> frozenset[str]:
        """The ids that are followed."""
        return frozenset(self._live_set.tracked)

    @property
    def live(self) -> frozenset[str]:
        """The ids of what is live: followed, or said to be live by the API."""
        return self._live_set.seen_live()

    @property
    def last_answer(self) -> datetime | None:
        """When the API last answered."""
        return self._fetcher.last_answer

    # ---- asking at once

    async def refresh(self, kind: Kind = "prediction") -> None:
        """Read the list's first page now. Raises an ApiError, after telling everybody that the data is stale."""
        await self._fetcher.first(self._lists[kind])

    async def ask(self, prediction_id: str, kind: Kind = "prediction") -> Record | None:
        """Ask for one prediction or training now and fold it in; several who ask at once share one request.

        Raises an ApiError.
        """
        return await self._fetcher.one(prediction_id, kind)

    async def older(self, kind: Kind = "prediction") -> int | None:
        """Read the next older page into the store. How many records it had; None at the end of the list.

        A few pages are read at once, more in their turn within the rate budget. Raises an ApiError.
        """
        listing = self._lists[kind]
        turn = asyncio.get_running_loop().create_future()
        listing.older_turns.append(turn)
        self._nudge()
        try:
            await turn
        finally:
            if turn in listing.older_turns:
                listing.older_turns.remove(turn)
        return await self._fetcher.older(listing)

    async def keep(self, found: Prediction, kind: Kind = "prediction") -> Record | None:
        """Fold in what was learned elsewhere (a creation's answer, a cancellation's, a webhook), and tell about it."""
        record = await self._reconciler.one(found, kind, self._clock())
        if record is not None:
            self._show_text(record)
            self._nudge()
        return record

    async def aclose(self) -> None:
        """Stop asking."""
        await self._tasks.aclose()
        for listing in self._lists.values():
            for turn in listing.older_turns:
                turn.cancel()
        await self._open_text.aclose()
        await self._fetcher.aclose()

    # ---- the loop

    def _nudge(self) -> None:
        if not self._running and self._next() is not None:
            self._running = True
            self._tasks.start(self._loop(), "loop")
        self._wake.set()

    async def _loop(self) -> None:
        """Runs while there is anything to ask for, and ends when there is not."""
        try:
            while (chosen := self._next()) is not None:
                self._wake.clear()
                due, request = chosen
                wait = due - self._clock()
                if wait > 0:
                    # Sleep, or less when something changes.
                    await first_of(self._sleep(wait), self._wake.wait())
                else:
                    await self._send(request)
        finally:
            self._running = False

    def _next(self) -> tuple[float, PendingRequest] | None:
        clock = self._clock()
        return self._scheduler.choose(self._requests(clock), clock)

    async def _send(self, request: PendingRequest) -> None:
        self._scheduler.begin(request, self._clock(), self._fetcher.left)
        try:
            await request.send()
        except (ApiError, StoreError) as error:
            if isinstance(error, StoreError):
                # A full disk: what is on the screen stays, and is not what is there.
                self._fetcher.failed(error)
            self._scheduler.failed(request, self._clock(), self._fetcher.failures)
        except Exception:  # noqa: BLE001 - the edge of the worker
            # A fault of this program in one answer must not end the watching of all others.
            _log.exception("the request %s failed", request.key)
            self._scheduler.failed(request, self._clock(), 1)
        else:
            self._scheduler.done(request)

    # ---- what there is to ask

    def _requests(self, clock: float) -> Iterator[PendingRequest]:
        """Everything that will have to be asked as things stand, the most urgent first."""
        if self._look_back and not self._looked_back:
            yield PendingRequest("back", NEVER, None, self._take_up)
        away = self._is_away()
        lists = [one for one in self._lists.values() if (one.visible and not away) or one.awaited_by]
        for listing in lists:
            yield from self._in_sight(listing)
        # With little to watch, what is close is asked for at its own pace.
        crowded = len(self._live_set.live) > FEW
        if not away:
            yield from self._opened(paced=crowded)
        if len(self._live_set.tracked) <= FEW and not (lists and crowded):
            yield from self._followed(clock, away=away, paced=crowded)
        for listing in lists:
            yield from self._from_the_top(listing)
        yield from self._single(bool(lists))
        for listing in self._lists.values():
            if listing.older_turns:
                ask, waits = partial(self._give_turn, listing), not listing.may_read_at_once(clock)
                yield PendingRequest(f"older {listing.kind}", NEVER, self._seen, ask, waits=waits)
            yield from self._out_of_sight(listing, seen=listing in lists, away=away)

    def _in_sight(self, listing: ListedPages) -> Iterator[PendingRequest]:
        if not listing.showing:
            return
        slack = None if listing.moved else 0.9 * self._glance
        block = self._live_set.block(listing.kind, listing.showing, slack)
        if block is None:
            return
        due = block.confirmed + self._glance
        if listing.moved:
            # What has just come into sight may be long out of date.
            due, waits = max(due, listing.glanced + pace.SEEN_GAP), False
        else:
            # One page is read in time, whatever else was asked; where they are on more, these wait for their turn.
            waits = due < listing.glanced + self._glance / 2
        ask = partial(self._glance_at, listing, block)
        yield PendingRequest(f"sight {listing.kind}", due, self._seen, ask, waits=waits)

    def _opened(self, *, paced: bool) -> Iterator[PendingRequest]:
        for one in self._open.values():
            if one.due < _INF:
                budget = self._seen if paced else None
                ask = partial(self._ask_open, one)
                yield PendingRequest(f"open {one.id}", one.due, budget, ask, waits=not one.fresh)

    def _followed(self, clock: float, *, away: bool, paced: bool) -> Iterator[PendingRequest]:
        for key, one in self._live_set.tracked.items():
            close = not away or clock - one.since < pace.YOUNG
            budget = self._unseen if not close else self._seen if paced else None
            yield PendingRequest(f"track {key}", one.due, budget, partial(self._ask_tracked, key, one))

    def _from_the_top(self, listing: ListedPages) -> Iterator[PendingRequest]:
        if listing.down is not None:
            yield PendingRequest(f"down {listing.kind}", NEVER, self._seen, partial(self._fetcher.down, listing))
        yield PendingRequest(f"first {listing.kind}", listing.due, self._seen, partial(self._fetcher.first, listing))

    def _single(self, seen: bool) -> Iterator[PendingRequest]:
        """What is to be asked for whole: what was run here first, one request at a time."""
        tracked = self._live_set.tracked
        wanted = self._live_set.wanted
        ready = [key for key in wanted if not self._scheduler.failing(f"single {key}")] or list(wanted)
        chosen = next((key for key in ready if key in tracked), ready[0] if ready else None)
        if chosen is not None:
            budget = self._seen if seen or chosen in tracked else self._unseen
            ask = partial(self._fetcher.one_if_there, chosen, wanted[chosen])
            yield PendingRequest(f"single {chosen}", NEVER, budget, ask)

    def _out_of_sight(self, listing: ListedPages, *, seen: bool, away: bool) -> Iterator[PendingRequest]:
        own = self._live_set.tracked
        block = self._live_set.block(listing.kind)
        if block is None or (len(own) <= FEW and set(block.ids) <= own.keys() and not seen):
            # Few are asked for one by one.
            return
        if not seen and not away and FEW < len(own) <= PAGE and set(block.ids) & own.keys():
            pause, budget = pace.LIST_LIVE, self._seen
        else:
            pause, budget = (pace.SWEEP, self._seen) if seen else (pace.UNSEEN_GAP, self._unseen)
        due = block.confirmed + pause
        yield PendingRequest(f"sweep {listing.kind}", due, budget, partial(self._sweep, listing, block, alone=not seen))

    # ---- asking it

    async def _take_up(self) -> None:
        """What was live when the last console ended may have ended, and may be below what the list shows by now."""
        self._live_set.expect(await self._session.store.live_rows(self._session.account))
        self._looked_back = True

    async def _give_turn(self, listing: ListedPages) -> None:
        """Let who waits for an older page read it now; a failure is theirs."""
        listing.note_older(self._clock())
        turn = listing.older_turns.pop(0)
        if not turn.done():
            turn.set_result(None)

    async def _glance_at(self, listing: ListedPages, block: Block) -> None:
        self._glance = pace.until_next_glance(self._latency, self._fetcher.left)
        listing.glanced = asked = self._clock()
        listing.moved = False
        await self._fetcher.around(listing, block)
        self._latency += 0.2 * (self._clock() - asked - self._latency)
        listing.elsewhere = not listing.on_first(block.end)

    async def _sweep(self, listing: ListedPages, block: Block, *, alone: bool) -> None:
        if alone and len(block.ids) == 1:
            await self._fetcher.one_if_there(block.ids[0], listing.kind)
        else:
            await self._fetcher.around(listing, block)

    async def _ask_open(self, one: OpenDetail) -> None:
        one.fresh = False
        tracked = self._live_set.tracked.get(one.id)
        if tracked is not None and tracked.due > self._clock():
            # Its own request answers for the open view as well.
            one.due = tracked.due
            return
        kept = await self._session.store.row(self._session.account, one.id)
        record = None if kept is not None and kept.whole else await self._fetcher.one_if_there(one.id, one.kind)
        if record is None or not record.live:
            one.due = _INF
            return
        age = (self._session.clock.now() - record.row.created_at).total_seconds()
        streaming = self._open_text.streaming == one.id or (tracked is not None and tracked.streaming)
        one.due = self._clock() + self._pace(age, one.kind, streaming=streaming)
        if tracked is not None:
            tracked.due = one.due

    async def _ask_tracked(self, key: str, one: Tracked) -> None:
        await self._fetcher.one_if_there(key, one.kind)
        one.due = self._clock() + self._pace(self._clock() - one.since, one.kind, streaming=one.streaming)

    def _pace(self, age: float, kind: Kind, *, streaming: bool = False) -> float:
        return pace.until_next(age, self._fetcher.left, streaming=streaming, training=kind == "training")

    def _show_text(self, record: Record) -> None:
        """The text of the open one is read as it comes, unless its run tells of it."""
        if record.kind != "prediction" or not any(one.id == record.id for one in self._open.values()):
            return
        if not record.live:
            self._open_text.ended(record)
        elif record.id not in self._live_set.tracked:
            self._open_text.show(record)

    def _is_away(self) -> bool:
        return self._clock() - self._away_since > pace.AWAY
