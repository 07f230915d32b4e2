"""Delivers what happens to an account's predictions to one address, as Replicate's webhooks would.

Everything comes from the one watcher. Each prediction has a lane of its own, in which its webhooks keep their order;
a slow receiver holds up that lane only.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from datetime import UTC, datetime
from typing import Any

from msgspec import Struct, field

from tui.api.errors import ApiError, NotFound
from tui.api.types import Prediction
from tui.services.bus import Event, Gone, RecordChanged, RecordsListed
from tui.services.session import Session
from tui.services.tasks import Tasks, first_of
from tui.services.watching.watcher import Watcher
from tui.services.webhooks.due_events import BEFORE, EVENTS, Due, DueEvents
from tui.services.webhooks.posting import FIRST_WAIT, LONGEST, TAKEN_UP, Posting
from tui.store.deliveries import Delivery
from tui.store.records import Kind, Record

_WAITING = "webhooks"


class Route(Struct, frozen=True):
    """What goes where."""

    url: str
    events: tuple[str, ...] = EVENTS
    ids: tuple[str, ...] = ()
    """Only these predictions; all where none is named."""
    model: str = ""
    """Only those of this model, "owner/name"."""
    one_run: bool = False
    """Only what one run of this process creates, as `follow_run` will name it."""
    trainings: bool = False
    """Trainings too."""


class _Lane(Struct):
    """One prediction on its way to its end."""

    kind: Kind
    events: DueEvents
    news: asyncio.Event = field(default_factory=asyncio.Event)
    gone: bool = False
    """Replicate does not know it any more."""


class Forwarding:
    """Begin with `await start()`; end with `await aclose()`. What is under way then is taken up by the next one."""

    def __init__(
        self,
        session: Session,
        watcher: Watcher,
        route: Route,
        told: Callable[[Delivery], None],
        failed: Callable[[str], None],
    ) -> None:
        """`told` is called after each answer of the receiver; `failed` with what keeps a webhook back, in words."""
        self._session = session
        self._watcher = watcher
        self._route = route
        self._told = told
        self._failed = failed
        self._tasks = Tasks("webhooks")
        self._lanes: dict[str, _Lane] = {}
        self._since = datetime.min.replace(tzinfo=UTC)
        """What was created up to then was there when this began; by the server's clock."""
        self._done: set[str] = set()
        """What needs no lane any more, or was over before this began."""
        self._repeated: set[str] = set()
        """The webhooks of an earlier one that are still on their way."""
        self._run_id = ""
        self._early: list[Record] = []
        """What changed before the one run had its name."""
        self._posting: Posting | None = None
        self._unsubscribe: Callable[[], None] = lambda: None
        self.finished = asyncio.Event()
        """Set once everything that was named has come to its end."""

    @property
    def following(self) -> int:
        """How many predictions have not come to their end."""
        return len(self._lanes)

    async def start(self) -> None:
        """Ask for the secret and for what is there, and deliver from now on. Raises ApiError and StoreError."""
        session, route = self._session, self._route
        self._posting = Posting(session, await session.client.webhook_secret(), self._told, self._failed)
        kinds: list[Kind] = ["prediction", "training"] if route.trainings else ["prediction"]
        if route.one_run:
            self._unsubscribe = session.bus.subscribe(self._take)
            return
        if not route.ids:
            for kind in kinds:
                await self._note_what_is_over(kind)
        self._unsubscribe = session.bus.subscribe(self._take)
        await self._take_up()
        if route.ids:
            for id in route.ids:
                await self._begin_with(id)
            self._finish()
            return
        for kind in kinds:
            self._watcher.await_news(True, kind, by=_WAITING)

    def follow_run(self, run_id: str) -> None:
        """Of what this process runs, deliver what this run creates, or has created."""
        self._run_id = run_id
        early, self._early = self._early, []
        self._see(early)

    async def aclose(self) -> None:
        """Stop delivering."""
        self._unsubscribe()
        kinds: tuple[Kind, ...] = ("prediction", "training")
        for kind in kinds:
            self._watcher.await_news(False, kind, by=_WAITING)
        await self._tasks.aclose()

    # ---- what there is at the start

    async def _note_what_is_over(self, kind: Kind) -> None:
        client, route = self._session.client, self._route
        pages = client.trainings() if kind == "training" else client.predictions()
        page = await pages.first()
        self._since = max([self._since, *(one.created_at for one in page.results if one.created_at)])
        for one in page.results:
            if one.is_terminal:
                self._done.add(one.id)
            elif not route.model or one.model == route.model:
                self._lane(one, kind, begun=one.status not in BEFORE)
                self._watcher.track(one.id, kind)

    async def _begin_with(self, id: str) -> None:
        """Follow one that was named, wherever it is in its life. Raises ApiError."""
        if id in self._lanes or id in self._done:
            return
        kinds: tuple[Kind, ...] = ("prediction", "training")
        for kind in kinds:
            try:
                record = await self._watcher.ask(id, kind)
            except NotFound:
                if kind == kinds[-1]:
                    raise
                continue
            if record is not None:
                self._lane(record.prediction, kind, begun=record.prediction.status not in BEFORE)
                if record.live:
                    self._watcher.track(id, kind)
            return

    async def _take_up(self) -> None:
        """Go on with what an earlier one left: webhooks that nobody took, and predictions without their last one."""
        session, url = self._session, self._route.url
        deliveries, since = session.store.deliveries, session.clock.now() - TAKEN_UP
        for one in await deliveries.waiting(session.account, url, since):
            if await self._left(one) is not None:
                if one.event == "completed":
                    self._done.add(one.prediction_id)
                self._repeated.add(one.id)
                self._start(self._repeat(one, await deliveries.body(session.account, one.id)), one.id)
        for one in await deliveries.unfinished(session.account, url, since):
            if one.prediction_id not in self._lanes and (kept := await self._left(one)) is not None:
                self._done.discard(one.prediction_id)
                whole = kept.row.whole and kept.prediction.is_terminal
                self._lane(kept.prediction, kept.kind, begun=True, whole=whole)

    async def _left(self, one: Delivery) -> Record | None:
        """The prediction of a webhook that was left, if it is one of those that are wanted."""
        kept = await self._session.store.get(self._session.account, one.prediction_id)
        return kept if kept is not None and self._wanted(kept) else None

    async def _look(self, id: str, lane: _Lane) -> None:
        """Ask until it is known whole, or not known any more: its last webhook hangs on it."""
        wait = FIRST_WAIT
        while True:
            try:
                record = await self._watcher.ask(id, lane.kind)
            except NotFound:
                # The watcher has told so, and the lane ends by that.
                return
            except ApiError:
                await self._session.clock.sleep(wait)
                wait = min(2 * wait, LONGEST)
                continue
            if record is not None and record.live:
                self._watcher.track(id, lane.kind)
            return

    # ---- what happens

    def _take(self, event: Event) -> None:
        if self._route.one_run and not self._run_id and isinstance(event, RecordChanged):
            self._early.append(event.record)
        elif isinstance(event, RecordChanged):
            self._see([event.record])
        elif isinstance(event, RecordsListed):
            self._see(event.records)
        elif isinstance(event, Gone):
            self._lose(event.prediction_id)

    def _lose(self, id: str) -> None:
        """Replicate does not know it any more: there will be no last webhook."""
        lane = self._lanes.get(id)
        if lane is not None and not lane.gone:
            lane.gone = True
            lane.news.set()
            self._failed(f"The last webhook of {id} was not delivered: Replicate does not know it any more.")

    def _see(self, records: Iterable[Record]) -> None:
        for record in records:
            if record.id in self._done or not self._wanted(record):
                continue
            lane = self._lanes.get(record.id)
            if lane is None:
                was_there = record.row.created_at <= self._since
                if self._route.ids or (was_there and not record.live):
                    continue
                begun = was_there and record.prediction.status not in BEFORE
                self._lane(record.prediction, record.kind, begun=begun, whole=record.live or record.row.whole)
                if record.live:
                    self._watcher.track(record.id, record.kind)
            elif record.live or record.row.whole:
                lane.events.see(record.prediction)
                lane.news.set()

    def _wanted(self, record: Record) -> bool:
        route = self._route
        if route.one_run:
            return record.run_id is not None and record.run_id == self._run_id
        if record.kind == "training" and not route.trainings and not route.ids:
            return False
        if route.ids and record.id not in route.ids:
            return False
        return not route.model or record.row.model == route.model

    def _lane(self, prediction: Prediction, kind: Kind, *, begun: bool, whole: bool = True) -> _Lane:
        """A lane for one that has none. What is not known `whole` is asked for: an end from a list lacks its output."""
        lane = self._lanes[prediction.id] = _Lane(kind, DueEvents(self._route.events, begun=begun))
        if whole or not prediction.is_terminal:
            lane.events.see(prediction)
        if not whole:
            self._start(self._look(prediction.id, lane), prediction.id)
        self._start(self._follow(prediction.id, lane), prediction.id)
        return lane

    def _start(self, work: Coroutine[Any, Any, None], name: str) -> None:
        if self._tasks.closed:
            work.close()
        else:
            self._tasks.start(work, name)

    # ---- a lane

    async def _follow(self, id: str, lane: _Lane) -> None:
        clock = self._session.clock
        try:
            while not lane.gone:
                due = lane.events.next(clock.monotonic())
                if isinstance(due, Due):
                    await self._deliver(id, due)
                elif lane.events.done:
                    break
                elif due is None:
                    await lane.news.wait()
                    lane.news.clear()
                else:
                    await first_of(clock.sleep(due), lane.news.wait())
                    lane.news.clear()
        finally:
            self._lanes.pop(id, None)
            self._done.add(id)
            self._finish()

    def _finish(self) -> None:
        """Whether everything that was named has come to its end."""
        named = bool(self._route.ids) and set(self._route.ids) <= self._done
        if not self._lanes and not self._repeated and (named or self._route.one_run):
            self.finished.set()

    async def _deliver(self, id: str, due: Due) -> None:
        assert self._posting is not None
        try:
            await self._posting.post(self._route.url, id, due, retry=due.event == "completed")
        except ApiError as error:
            self._failed(f"{due.event} of {id} was not delivered: {error}")

    async def _repeat(self, one: Delivery, body: bytes) -> None:
        assert self._posting is not None
        try:
            await self._posting.repeat(one, body, retry=one.event == "completed")
        except ApiError as error:
            self._failed(f"{one.event} of {one.prediction_id} was not delivered: {error}")
        finally:
            self._repeated.discard(one.id)
            self._finish()
