"""Asks for everything that is live or seen: one task, few requests, none twice at once, little for what nobody sees.

What is open, or one of a few tracked ones, is asked for by itself; the many are read from the list, a page at a
time: those in sight often, the others in turn. A failure makes what is shown stale, never failed; it goes on, slower.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import partial

from tui.api.errors import ApiError
from tui.api.types import Prediction
from tui.services.session import Session
from tui.services.tasks import Tasks, first_of
from tui.services.watching import poll_interval as pace
from tui.services.watching.fetcher import Asking
from tui.services.watching.listed_pages import Listing
from tui.services.watching.live_set import Block, Ledger, Open, Tracked
from tui.services.watching.open_text import IsText, Reading, says_text
from tui.services.watching.poll_interval import Purse
from tui.services.watching.reconciler import Sightings
from tui.services.watching.request_scheduler import NEVER, Question, Turns
from tui.store.database import StoreError
from tui.store.records import Kind, Record

FEW = 4
"""So many tracked ones are asked for one by one; more are read from the list."""
PAGE = 100
"""So many a page of the list holds (docs/replicate.md, Pages and filters); own ones that fit are followed closely."""
_INF = float("inf")


class Watcher:
    """The one poller. `see`, `showing`, `focused`, `track` and `refresh` steer it."""

    def __init__(self, session: Session, *, is_text: IsText = says_text) -> None:
        """`is_text` tells by its model whether a prediction's output is text."""
        client = session.client
        self._session = session
        self._clock = session.clock.monotonic
        self._sleep = session.clock.sleep
        self._tasks = Tasks("watcher")
        self._ledger = Ledger()
        self._sightings = Sightings(session, self._ledger)
        self._asking = Asking(session, self._ledger, self._sightings, self._show_text)
        self._reading = Reading(session, self.ask, is_text)
        self._lists: dict[Kind, Listing] = {
            "prediction": Listing("prediction", client),
            "training": Listing("training", client),
        }
        self._seen, self._unseen = Purse(pace.SEEN_GAP), Purse(pace.UNSEEN_GAP)
        self._open: dict[tuple[Kind, str], Open] = {}
        self._wake = asyncio.Event()
        self._running = False
        self._away_since = _INF
        self._look_back = False
        self._looked_back = False
        self._glance = pace.IN_SIGHT
        self._latency = 0.0
        self._turns = Turns()

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
            self._open[place] = Open(open_id, kind, clock)
        if self._reading.open_id not in {None, *(one.id for one in self._open.values())}:
            self._reading.close()
        self._look_back = self._look_back or list_visible
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
        """Take up what was live when the last console ended, so that its end is noticed. Costs no request if none."""
        self._look_back = True
        self._nudge()

    def track(self, prediction_id: str, kind: Kind = "prediction", *, streaming: bool = False) -> None:
        """Follow a prediction or a training until it ends, seen or not."""
        if prediction_id in self._ledger.gone:
            return
        clock = self._clock()
        known = self._ledger.tracked.get(prediction_id)
        if known is None:
            self._ledger.tracked[prediction_id] = Tracked(kind, clock, clock + pace.FASTEST, streaming)
        else:
            known.streaming = streaming
            if not streaming:
                known.due = min(known.due, clock + pace.FASTEST)
        self._nudge()

    def hand_over(self, prediction_id: str) -> str:
        """Leave the telling of its text to its run. Returns what was told of it so far."""
        return self._reading.hand_over(prediction_id)

    def saw(self, record: Record) -> None:
        """The API just told of this record, which is kept and told of already: a creation's answer."""
        self._sightings.note(record, self._clock())
        self._nudge()

    @property
    def tracked(self) -> frozenset[str]:
        """The ids that are followed."""
        return frozenset(self._ledger.tracked)

    @property
    def live(self) -> frozenset[str]:
        """The ids of what is live as far as was asked: tracked, or told of by the API."""
        return self._ledger.seen_live()

    @property
    def last_answer(self) -> datetime | None:
        """When the API last answered."""
        return self._asking.last_answer

    # ---- asking at once

    async def refresh(self, kind: Kind = "prediction") -> None:
        """Read the list's first page now. Raises an ApiError, after telling everybody that the data is stale."""
        await self._asking.first(self._lists[kind])

    async def ask(self, prediction_id: str, kind: Kind = "prediction") -> Record | None:
        """Ask for one prediction or training now and fold it in; several who ask at once share one request.

        Raises an ApiError.
        """
        return await self._asking.one(prediction_id, kind)

    async def older(self, kind: Kind = "prediction") -> int | None:
        """Read the next older page into the store. How many records it had; None at the end of the list.

        Raises an ApiError.
        """
        return await self._asking.older(self._lists[kind])

    async def keep(self, found: Prediction, kind: Kind = "prediction") -> Record | None:
        """Fold in what was learned elsewhere (a creation's answer, a cancellation's, a webhook), and tell about it."""
        record = await self._sightings.one(found, kind, self._clock())
        if record is not None:
            self._show_text(record)
            self._nudge()
        return record

    async def aclose(self) -> None:
        """Stop asking."""
        await self._tasks.aclose()
        await self._reading.aclose()
        await self._asking.aclose()

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
                due, question = chosen
                wait = due - self._clock()
                if wait > 0:
                    # Sleep, or less when something changes.
                    await first_of(self._sleep(wait), self._wake.wait())
                else:
                    await self._put(question)
        finally:
            self._running = False

    def _next(self) -> tuple[float, Question] | None:
        clock = self._clock()
        return self._turns.choose(self._questions(clock), clock)

    async def _put(self, question: Question) -> None:
        self._turns.begin(question, self._clock(), self._asking.left)
        try:
            await question.ask()
        except (ApiError, StoreError) as error:
            if isinstance(error, StoreError):
                # A full disk: what is on the screen stays, and is not what is there.
                self._asking.failed(error)
            self._turns.failed(question, self._clock(), self._asking.failures)
        else:
            self._turns.done(question)

    # ---- what there is to ask

    def _questions(self, clock: float) -> Iterator[Question]:
        """Everything that will have to be asked as things stand, the most urgent first."""
        if self._look_back and not self._looked_back:
            yield Question("back", NEVER, None, self._take_up)
        away = self._is_away()
        lists = [one for one in self._lists.values() if one.visible and not away]
        for listing in lists:
            yield from self._in_sight(listing)
        # With little to watch, what is close is asked for at its own pace.
        crowded = len(self._ledger.live) > FEW
        if not away:
            yield from self._opened(paced=crowded)
        if len(self._ledger.tracked) <= FEW and not (lists and crowded):
            yield from self._followed(clock, away=away, paced=crowded)
        for listing in lists:
            yield from self._from_the_top(listing)
        yield from self._single(bool(lists))
        for listing in self._lists.values():
            yield from self._out_of_sight(listing, seen=listing in lists, away=away)

    def _in_sight(self, listing: Listing) -> Iterator[Question]:
        if not listing.showing:
            return
        slack = _INF if listing.moved else 0.9 * self._glance
        block = self._ledger.block(listing.kind, listing.showing, slack)
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
        yield Question(f"sight {listing.kind}", due, self._seen, ask, waits=waits)

    def _opened(self, *, paced: bool) -> Iterator[Question]:
        for one in self._open.values():
            if one.due < _INF:
                purse = self._seen if paced else None
                ask = partial(self._ask_open, one)
                yield Question(f"open {one.id}", one.due, purse, ask, waits=not one.fresh)

    def _followed(self, clock: float, *, away: bool, paced: bool) -> Iterator[Question]:
        for key, one in self._ledger.tracked.items():
            close = not away or clock - one.since < pace.YOUNG
            purse = self._unseen if not close else self._seen if paced else None
            yield Question(f"track {key}", one.due, purse, partial(self._ask_tracked, key, one))

    def _from_the_top(self, listing: Listing) -> Iterator[Question]:
        if listing.down is not None:
            yield Question(f"down {listing.kind}", NEVER, self._seen, partial(self._asking.down, listing))
        yield Question(f"first {listing.kind}", listing.due, self._seen, partial(self._asking.first, listing))

    def _single(self, seen: bool) -> Iterator[Question]:
        """What is to be asked for whole: what was run here first, one question at a time."""
        tracked = self._ledger.tracked
        wanted = self._ledger.wanted
        ready = [key for key in wanted if not self._turns.troubled(f"single {key}")] or list(wanted)
        chosen = next((key for key in ready if key in tracked), ready[0] if ready else None)
        if chosen is not None:
            purse = self._seen if seen or chosen in tracked else self._unseen
            ask = partial(self._asking.one_if_there, chosen, wanted[chosen])
            yield Question(f"single {chosen}", NEVER, purse, ask)

    def _out_of_sight(self, listing: Listing, *, seen: bool, away: bool) -> Iterator[Question]:
        own = self._ledger.tracked
        block = self._ledger.block(listing.kind)
        if block is None or (len(own) <= FEW and set(block.ids) <= own.keys() and not seen):
            # Few are asked for one by one.
            return
        if not seen and not away and FEW < len(own) <= PAGE and set(block.ids) & own.keys():
            pause, purse = pace.LIST_LIVE, self._seen
        else:
            pause, purse = (pace.SWEEP, self._seen) if seen else (pace.UNSEEN_GAP, self._unseen)
        due = block.confirmed + pause
        yield Question(f"sweep {listing.kind}", due, purse, partial(self._sweep, listing, block, alone=not seen))

    # ---- asking it

    async def _take_up(self) -> None:
        """What was live when the last console ended may have ended, and may be below what the list shows by now."""
        self._looked_back = True
        self._ledger.expect(await self._session.store.live_rows(self._session.account))

    async def _glance_at(self, listing: Listing, block: Block) -> None:
        self._glance = pace.until_next_glance(self._latency, self._asking.left)
        listing.glanced = asked = self._clock()
        listing.moved = False
        await self._asking.around(listing, block)
        self._latency += 0.2 * (self._clock() - asked - self._latency)
        listing.elsewhere = not listing.on_first(block.end)

    async def _sweep(self, listing: Listing, block: Block, *, alone: bool) -> None:
        if alone and len(block.ids) == 1:
            await self._asking.one_if_there(block.ids[0], listing.kind)
        else:
            await self._asking.around(listing, block)

    async def _ask_open(self, one: Open) -> None:
        one.fresh = False
        tracked = self._ledger.tracked.get(one.id)
        if tracked is not None and tracked.due > self._clock():
            # Its own question answers for the open view as well.
            one.due = tracked.due
            return
        kept = await self._session.store.row(self._session.account, one.id)
        record = None if kept is not None and kept.whole else await self._asking.one_if_there(one.id, one.kind)
        if record is None or not record.live:
            one.due = _INF
            return
        age = (self._session.clock.now() - record.row.created_at).total_seconds()
        streaming = self._reading.streaming == one.id or (tracked is not None and tracked.streaming)
        one.due = self._clock() + self._pace(age, one.kind, streaming=streaming)
        if tracked is not None:
            tracked.due = one.due

    async def _ask_tracked(self, key: str, one: Tracked) -> None:
        await self._asking.one_if_there(key, one.kind)
        one.due = self._clock() + self._pace(self._clock() - one.since, one.kind, streaming=one.streaming)

    def _pace(self, age: float, kind: Kind, *, streaming: bool = False) -> float:
        return pace.until_next(age, self._asking.left, streaming=streaming, training=kind == "training")

    def _show_text(self, record: Record) -> None:
        """The text of the open one is read as it comes, unless its run tells of it."""
        if record.kind != "prediction" or not any(one.id == record.id for one in self._open.values()):
            return
        if not record.live:
            self._reading.ended(record)
        elif record.id not in self._ledger.tracked:
            self._reading.show(record)

    def _is_away(self) -> bool:
        return self._clock() - self._away_since > pace.AWAY
