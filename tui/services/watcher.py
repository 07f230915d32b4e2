"""Asks for everything that is live or seen: one task, few requests, none twice at once, none for what nobody sees.

What is open, or one of a few tracked predictions, is asked for by itself; many are read from the list, a page at
a time. A failure makes what is shown stale, never failed; it goes on, slower.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from tui.api.client import Client, Pages
from tui.api.errors import ApiError, NotFound
from tui.api.types import Page, Prediction
from tui.store.database import StoreError
from tui.store.records import Kind, Record
from tui.store.store import Store

from . import pace
from .bus import Bus, Gone, RecordChanged, RecordsListed, Stale
from .sharing import Sharing
from .tasks import Tasks, first_of

FEW = 4
"""So many tracked predictions are asked for one by one; more are read from the list."""
SWEEP_PAGES = 12
"""Pages that are read on from the first to find what is live, or what was missed, further down."""
KEPT = timedelta(hours=1)
"""How long Replicate keeps a prediction's data (FACTS §4)."""


@dataclass(slots=True)
class _Tracked:
    """A prediction that is followed until it ends."""

    since: float
    due: float
    streaming: bool = False
    """Its text comes by itself, so that asking is for status and logs only."""


class Watcher:
    """The one poller. `see`, `track` and `refresh` steer it."""

    def __init__(
        self,
        client: Client,
        store: Store,
        bus: Bus,
        account: Callable[[], str],
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._client = client
        self._store = store
        self._bus = bus
        self._account = account
        self._now = now
        self._clock = clock
        self._sleep = sleep
        self._tasks = Tasks("watcher")
        self._sharing = Sharing()
        self._wake = asyncio.Event()
        self._running = False
        self._list_visible = False
        self._open_id: str | None = None
        self._open_due = 0.0
        self._list_due = 0.0
        self._tracked: dict[str, _Tracked] = {}
        self._live: dict[str, datetime] = {}
        """What the list showed as live, with its creation time."""
        self._bodies: dict[str, None] = {}
        """What ended and was seen in the list only, so that its logs and output are still to be fetched."""
        self._gone: set[str] = set()
        self._kinds: dict[str, Kind] = {}
        self._told: dict[str, object] = {}
        self._sweep: str | None = None
        self._sweep_left = 0
        self._sweep_turn = False
        self._looked = False
        self._older: str | None = None
        self._older_known = False
        self._failures = 0
        self._last_answer: datetime | None = None

    def see(self, list_visible: bool, open_id: str | None, kind: Kind = "prediction") -> None:
        """What of a kind is on the screen: its list, and the one that is open. What is known whole is not asked for."""
        if open_id is not None:
            self._kinds[open_id] = kind
        elif self._open_id is not None and self._kinds.get(self._open_id, "prediction") != kind:
            open_id = self._open_id
        if kind == "training":
            list_visible = self._list_visible
        if list_visible and not self._list_visible:
            self._list_due = min(self._list_due, self._clock())
        if open_id is not None and open_id != self._open_id:
            self._open_due = self._clock()
        self._list_visible, self._open_id = list_visible, open_id
        self._nudge()

    def showing(self, ids: Iterable[str], kind: Kind = "prediction") -> None:
        """Which rows of the list are in sight: they are read more often than the others."""

    def focused(self, focused: bool) -> None:
        """Whether the terminal has the focus: while it has not for long, little is asked."""

    def begin(self) -> None:
        """Take up what was live when the last console ended, so that its end is noticed."""

    def track(self, prediction_id: str, kind: Kind = "prediction", *, streaming: bool = False) -> None:
        """Follow a prediction or a training until it ends, seen or not."""
        self._kinds[prediction_id] = kind
        if prediction_id in self._gone:
            return
        known = self._tracked.get(prediction_id)
        if known is not None:
            known.streaming = streaming
            if not streaming:
                known.due = min(known.due, self._clock() + pace.FASTEST)
        else:
            clock = self._clock()
            self._tracked[prediction_id] = _Tracked(clock, clock + pace.FASTEST, streaming)
        self._nudge()

    @property
    def tracked(self) -> frozenset[str]:
        """The ids that are followed."""
        return frozenset(self._tracked)

    @property
    def live(self) -> frozenset[str]:
        """The ids of what is live as far as was asked: tracked, or seen in the list."""
        return frozenset(self._tracked) | frozenset(self._live)

    @property
    def last_answer(self) -> datetime | None:
        """When the API last answered."""
        return self._last_answer

    async def refresh(self, kind: Kind = "prediction") -> None:
        """Read the list's first page now. Raises an ApiError, after telling everybody that the data is stale."""
        if kind == "training":
            page = await self._client.trainings().first()
            changed = await self._store.save(self._account(), page.results, self._now(), kind=kind, listed=True)
            if changed:
                self._bus.publish(RecordsListed(tuple(changed)))
            return
        await self._list_first()

    async def ask(self, prediction_id: str, kind: Kind = "prediction") -> Record | None:
        """Ask for one prediction or training now and fold it in; several who ask at once share one request.

        Raises an ApiError.
        """
        return await self._sharing.run(f"get {prediction_id}", lambda: self._get(prediction_id, kind))

    async def older(self, kind: Kind = "prediction") -> int | None:
        """Read the next older page into the store. How many records it had; None at the end of the list.

        Raises an ApiError.
        """
        if kind == "training":
            return None
        return await self._sharing.run("older", self._next_older)

    async def keep(self, prediction: Prediction, kind: Kind = "prediction") -> Record | None:
        """Fold in what was learned elsewhere (a creation's or a cancellation's answer), and tell about it."""
        changed = await self._store.save(self._account(), [prediction], self._now(), kind=kind)
        record = changed[0] if changed else await self._store.get(self._account(), prediction.id)
        # Another console may have written it down first: then it is no news to the store, but it is to this one.
        if record is not None and (changed or self._told.get(record.id) != _sight(record)):
            self._told[record.id] = _sight(record)
            self._note(record)
            self._bus.publish(RecordChanged(record))
        return record

    async def aclose(self) -> None:
        """Stop asking."""
        await self._tasks.aclose()
        await self._sharing.aclose()

    # ---- the loop

    def _nudge(self) -> None:
        if not self._running and self._next_due() is not None:
            self._running = True
            self._tasks.start(self._loop(), "loop")
        self._wake.set()

    async def _loop(self) -> None:
        """Runs while there is anything to ask for, and ends when there is not."""
        try:
            while (due := self._next_due()) is not None:
                self._wake.clear()
                wait = due - self._clock()
                if wait > 0:
                    await self._pause(wait)
                    continue
                await self._round()
        finally:
            self._running = False

    async def _pause(self, seconds: float) -> None:
        """Sleep, or less when something changes."""
        await first_of(self._sleep(seconds), self._woken())

    async def _woken(self) -> object:
        return await self._wake.wait()

    def _wants_list(self) -> bool:
        return self._list_visible or len(self._tracked) > FEW

    def _next_due(self) -> float | None:
        """When the next question is due by the clock; None when there is nothing to ask."""
        dues: list[float] = []
        if self._wants_list():
            dues.append(self._list_due)
        if self._open_id is not None and self._open_due < float("inf"):
            dues.append(self._open_due)
        if len(self._tracked) <= FEW:
            dues.extend(one.due for one in self._tracked.values())
        return min(dues, default=None)

    async def _round(self) -> None:
        """Ask for what is due. One failure ends the round: the others would fail as well."""
        clock = self._clock()
        try:
            if self._open_id is not None and self._open_due <= clock:
                await self._ask_open(self._open_id)
            if len(self._tracked) <= FEW:
                for prediction_id, tracked in list(self._tracked.items()):
                    if tracked.due <= clock and prediction_id in self._tracked:
                        await self._ask_tracked(prediction_id, tracked)
            if self._wants_list() and self._list_due <= clock:
                await self._look_at_list()
        except ApiError:
            self._delay_all()
        except StoreError as error:
            # A full disk: what is on the screen stays, and is not what is there.
            self._failures += 1
            self._bus.publish(Stale(self._last_answer, str(error)))
            self._delay_all()

    async def _ask_open(self, prediction_id: str) -> None:
        tracked = self._tracked.get(prediction_id)
        if tracked is not None and tracked.due > self._clock():
            # Its own question answers for the open view as well.
            self._open_due = tracked.due
            return
        kept = await self._store.row(self._account(), prediction_id)
        record = None if kept is not None and kept.whole else await self._asked(prediction_id)
        if record is None or not record.live:
            if self._open_id == prediction_id:
                self._open_due = float("inf")
            return
        age = (self._now() - record.row.created_at).total_seconds()
        self._open_due = self._clock() + self._pace(age, streaming=tracked is not None and tracked.streaming)
        if tracked is not None:
            tracked.due = self._open_due

    async def _ask_tracked(self, prediction_id: str, tracked: _Tracked) -> None:
        await self._asked(prediction_id)
        tracked.due = self._clock() + self._pace(self._clock() - tracked.since, streaming=tracked.streaming)

    async def _asked(self, prediction_id: str) -> Record | None:
        try:
            return await self.ask(prediction_id, self._kinds.get(prediction_id, "prediction"))
        except NotFound:
            return None

    def _pace(self, age: float, *, streaming: bool = False) -> float:
        return pace.until_next(age, self._client.rate_limit.remaining, streaming=streaming)

    # ---- the list

    async def _look_at_list(self) -> None:
        """The first page and one further down in turn; and one of those that are still to be asked for whole."""
        if not self._looked:
            self._looked = True
            # What was live when the last console ended may be below what the list shows by now.
            left = await self._store.live_rows(self._account())
            self._bodies.update((row.id, None) for row in left if row.id not in self._tracked)
        if self._bodies:
            await self._asked(next(iter(self._bodies)))
        if self._sweep is not None and self._sweep_turn:
            self._sweep_turn = False
            url = self._sweep
            self._plan_sweep(await self._sharing.run("sweep", lambda: self._page(lambda pages: pages.page(url))))
            self._list_later()
        else:
            self._sweep_turn = True
            await self._list_first()

    async def _list_first(self) -> None:
        seen = await self._sharing.run("list", lambda: self._page(lambda pages: pages.first()))
        if not self._older_known:
            self._older, self._older_known = seen.page.next, True
        if self._sweep is None:
            self._sweep_left = SWEEP_PAGES
            self._plan_sweep(seen)
        self._list_later()

    def _list_later(self) -> None:
        busy = self._live or self._tracked or self._sweep or self._bodies
        left = self._client.rate_limit.remaining
        self._list_due = self._clock() + pace.until_next_list(left, busy=bool(busy))

    def _plan_sweep(self, seen: _Seen) -> None:
        """Whether the next page has to be looked at: something live, or something missed, may be further down."""
        oldest = min((one.created_at for one in seen.page.results if one.created_at), default=None)
        # Where even the oldest one of a page is live, the next page may well begin with others.
        below = oldest is not None and any(created <= oldest for created in self._live.values())
        self._sweep_left -= 1
        self._sweep = seen.page.next if (below or seen.all_new) and self._sweep_left > 0 else None

    async def _next_older(self) -> int | None:
        if not self._older_known:
            await self._list_first()
        if self._older is None:
            return None
        url = self._older
        seen = await self._page(lambda pages: pages.page(url))
        self._older = seen.page.next if seen.page.next != url else None
        return len(seen.page.results)

    async def _page(self, read: Callable[[Pages[Prediction]], Awaitable[Page[Prediction]]]) -> _Seen:
        """Read a page and fold it in."""
        try:
            page = await read(self._client.predictions())
        except ApiError as error:
            self._failed(error)
            raise
        self._answered()
        account, confirmed = self._account(), self._now()
        ids = [one.id for one in page.results]
        known = await self._store.known_ids(account, ids)
        had_some = bool(known) or await self._store.count(account) > 0
        changed = await self._store.save(account, page.results, confirmed, listed=True)
        changed += await self._written_elsewhere(page, {record.id for record in changed})
        for record in changed:
            if record.id in self._tracked:
                self._told[record.id] = _sight(record)
            self._note(record, listed=True, new=record.id not in known)
        if changed:
            self._bus.publish(RecordsListed(tuple(changed)))
        return _Seen(page, all_new=had_some and bool(ids) and not known)

    async def _written_elsewhere(self, page: Page[Prediction], told: set[str]) -> list[Record]:
        """What this console follows and another one wrote down first."""
        found: list[Record] = []
        for prediction in page.results:
            if prediction.id in self._tracked and prediction.id not in told:
                record = await self._store.get(self._account(), prediction.id)
                if record is not None and self._told.get(record.id) != _sight(record):
                    found.append(record)
        return found

    # ---- single predictions

    async def _get(self, prediction_id: str, kind: Kind) -> Record | None:
        try:
            read = self._client.training if kind == "training" else self._client.prediction
            prediction: Prediction = await read(prediction_id)
        except NotFound:
            self._answered()
            await self._note_gone(prediction_id)
            raise
        except ApiError as error:
            self._failed(error)
            raise
        self._answered()
        self._bodies.pop(prediction_id, None)
        record = await self.keep(prediction, kind)
        if record is not None and not record.live:
            self._forget(prediction_id)
        return record

    async def _note_gone(self, prediction_id: str) -> None:
        """It is not there (any more): what is kept of it stays, not as live, and nobody asks again."""
        self._forget(prediction_id)
        self._gone.add(prediction_id)
        self._bus.publish(Gone(prediction_id))
        record = await self._store.mark_gone(self._account(), prediction_id)
        if record is not None:
            self._bus.publish(RecordChanged(record))

    def _note(self, record: Record, *, listed: bool = False, new: bool = False) -> None:
        """Keep account of what is live, and of what is still to be fetched whole."""
        if record.live:
            self._live[record.id] = record.row.created_at
            self._gone.discard(record.id)
            return
        was_watched = self._live.pop(record.id, None) is not None or record.id in self._tracked
        if record.row.whole:
            self._forget(record.id)
        elif listed and (was_watched or (new and self._now() - record.row.created_at < KEPT)):
            self._bodies[record.id] = None

    def _forget(self, prediction_id: str) -> None:
        self._tracked.pop(prediction_id, None)
        self._told.pop(prediction_id, None)
        self._live.pop(prediction_id, None)
        self._bodies.pop(prediction_id, None)

    # ---- the state of the connection

    def _answered(self) -> None:
        self._last_answer = self._now()
        if self._failures:
            self._failures = 0
            self._bus.publish(Stale(None, None))

    def _failed(self, error: ApiError) -> None:
        self._failures += 1
        self._bus.publish(Stale(self._last_answer, str(error)))

    def _delay_all(self) -> None:
        """After a failure everything waits, longer each time."""
        until = self._clock() + pace.after_failures(self._failures)
        self._list_due = max(self._list_due, until)
        if self._open_due < float("inf"):
            self._open_due = max(self._open_due, until)
        for tracked in self._tracked.values():
            tracked.due = max(tracked.due, until)


def _sight(record: Record) -> object:
    """What is told of a record: another value whenever there is news of it."""
    row, prediction = record.row, record.prediction
    return (row.status, row.live, row.whole, row.started_at, row.has_outputs, len(prediction.logs), prediction.metrics)


@dataclass(frozen=True, slots=True)
class _Seen:
    """A page as it was folded in."""

    page: Page[Prediction]
    all_new: bool
    """Whether nothing of it was known, though something is kept here: there may be a gap below it."""
