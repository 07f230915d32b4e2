"""Follows the answers that still come: each is a run of the same id, and its turn says how far that is.

A change of a turn is kept before it is told. The text that streams is told at once and kept by the run, until the
end moves it into the turn.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection
from dataclasses import replace

from msgspec import Struct, field

from tui.api.errors import ApiError
from tui.api.text import to_json
from tui.services.bus import ChatChanged, Event, OutputText, RecordChanged, RecordsListed, RunChanged
from tui.services.chat.answer_metrics import Watch, measure
from tui.services.runs.run import Run
from tui.services.runs.runs import Runs
from tui.services.session import Session
from tui.services.tasks import Tasks
from tui.services.watching.text_follower import text_of
from tui.store.conversation import Turn, TurnState
from tui.store.database import StoreError
from tui.store.records import FINISHED, Record, RunIntent

_log = logging.getLogger(__name__)

COLD = 4.0
"""Seconds in "starting" after which a model is said to start cold: a warm one begins within one or two."""
_NEVER_SENT = "The console ended before this was sent. Nothing was created."
_STATES: dict[str, TurnState] = {"done": "done", "failed": "failed", "canceled": "canceled", "unknown": "unknown"}


class _Live(Struct):
    """One answer on its way."""

    turn: Turn
    asked: int | None
    """An estimate of the tokens that were sent; None for an answer of an earlier session."""
    watch: Watch
    run: Run | None = None
    cold: bool = False
    stop: bool = False
    """Whether it is to be canceled as soon as there is something to cancel."""
    news: asyncio.Event = field(default_factory=asyncio.Event)
    settled: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def undecided(self) -> bool:
        """Whether a person has to say what becomes of it."""
        if self.turn.state != "unknown" or self.run is None:
            return False
        # While it is being looked for, the run says so.
        return self.run.state == "unknown" and not self.run.message


class Answers:
    """The answers that this console looks after."""

    def __init__(self, session: Session, runs: Runs) -> None:
        self._session = session
        self._runs = runs
        self._clock = session.clock.monotonic
        self._tasks = Tasks("answers")
        self._live: dict[str, _Live] = {}
        self._elsewhere: dict[str, str] = {}
        """The turns that were shown and that other consoles look after, by prediction."""
        self._unsubscribe = session.bus.subscribe(self._on_event)

    def expect(self, turn: Turn, asked: int) -> None:
        """A turn was kept whose run is about to begin; `asked` is the estimate of what is sent, in tokens."""
        self._take(turn, asked, Watch(sent=self._clock()))

    def of(self, turn_id: str) -> Turn | None:
        """The turn with what has come of it, if it is on its way and looked after here."""
        live = self._live.get(turn_id)
        return live.turn if live is not None else None

    async def wait(self, turn_id: str) -> None:
        """Wait until the turn has ended, or needs a decision; at once for one that is not on its way."""
        live = self._live.get(turn_id)
        while live is not None and turn_id in self._live and not live.undecided:
            live.settled.clear()
            await live.settled.wait()

    def decided(self, turn_id: str) -> None:
        """A lost answer is sent for once more: it is on its way again."""
        live = self._live.get(turn_id)
        if live is not None:
            live.turn = replace(live.turn, state="sending", error=None)
            self._session.bus.publish(ChatChanged(live.turn.conversation_id, live.turn))

    async def stop(self, turn_id: str) -> None:
        """Cancel the prediction, or give up what was not sent yet; what came stays.

        Returns as soon as the API has taken it; while the creation is on its way, at once, and it is canceled as
        soon as it is there. Raises KeyError for a turn that is not on its way here, and an ApiError.
        """
        live = self._live[turn_id]
        run = live.run
        if run is not None and run.record is not None:
            await self._runs.cancel(run.record.id)
            return
        live.stop = True
        if run is not None and run.state in ("draft", "uploading"):
            try:
                await self._runs.abandon(turn_id)
            except KeyError:
                _log.info("%s was sent in the very moment of its stop", turn_id)

    async def resume(self, only: Collection[str] | None = None) -> None:
        """Take up the answers of consoles that are gone, or `only` those of these runs. Raises StoreError."""
        session, account = self._session, self._session.account
        for turn in await session.store.chats.unfinished(account):
            if turn.id in self._live or (only is not None and turn.id not in only):
                continue
            run = self._runs.get(turn.id)
            intent = await session.store.run(account, turn.id)
            if run is None and intent is not None:
                other = intent.owner != session.ownership.name
                if other and await asyncio.to_thread(session.ownership.alive, intent.owner):
                    continue
            if run is None and (intent is None or intent.state in FINISHED):
                await self._finish_late(turn, intent)
                continue
            live = self._take(turn, None, Watch())
            if run is not None:
                self._see(live, run)

    async def as_recorded(self, turn: Turn) -> Turn:
        """A turn that another console looks after, with what is known here of its prediction."""
        if turn.prediction_id is None:
            return turn
        self._elsewhere[turn.prediction_id] = turn.id
        record = await self._session.store.get(self._session.account, turn.prediction_id)
        if record is None:
            return turn
        if record.row.whole:
            return _ended(turn, record, None)
        text = text_of(record.prediction.output)
        return replace(turn, text=text) if text is not None and len(text) > len(turn.text) else turn

    async def fail(self, turn: Turn, error: str) -> None:
        """The turn's run could not even begin. Raises StoreError."""
        live = self._live.pop(turn.id, None)
        failed = replace(turn, state="failed", error=error, note="", waits_until=None)
        await self._session.store.chats.change_turn(self._session.account, failed, durable=True)
        self._session.bus.publish(ChatChanged(turn.conversation_id, failed))
        if live is not None:
            live.settled.set()

    async def aclose(self) -> None:
        """Stop. The runs go on, and are taken up at the next start."""
        self._unsubscribe()
        await self._tasks.aclose()

    # ---- news

    def _take(self, turn: Turn, asked: int | None, watch: Watch) -> _Live:
        live = _Live(turn, asked, watch)
        self._live[turn.id] = live
        self._tasks.start(self._follow(live), turn.id)
        return live

    def _on_event(self, event: Event) -> None:
        if isinstance(event, RunChanged):
            live = self._live.get(event.run.id)
            if live is not None:
                self._see(live, event.run)
        elif isinstance(event, OutputText):
            live = self._live.get(event.run_id or "")
            if live is not None:
                self._text(live, event.text)
        elif isinstance(event, RecordChanged | RecordsListed):
            for record in (event.record,) if isinstance(event, RecordChanged) else event.records:
                turn_id = self._elsewhere.pop(record.id, None)
                if turn_id is not None and not self._tasks.closed:
                    self._tasks.start(self._tell_elsewhere(turn_id), f"elsewhere {turn_id}")

    def _see(self, live: _Live, run: Run) -> None:
        live.run = run
        live.news.set()

    def _text(self, live: _Live, text: str) -> None:
        """More of the answer is there. Whoever shows it has heard the same event."""
        if text == live.turn.text:
            return
        if live.watch.first is None:
            live.news.set()
        live.watch.came(self._clock())
        live.turn = replace(live.turn, text=text)

    async def _tell_elsewhere(self, turn_id: str) -> None:
        """The prediction of another console's answer went on: its turn is different."""
        turn = await self._session.store.chats.turn(self._session.account, turn_id)
        if turn is not None:
            turn = await self.as_recorded(turn) if turn.live else turn
            self._session.bus.publish(ChatChanged(turn.conversation_id, turn))

    async def _follow(self, live: _Live) -> None:
        """Keep and tell each change of the turn until it has ended."""
        while True:
            await live.news.wait()
            live.news.clear()
            run = live.run
            if run is None:
                continue
            before, turn = live.turn, self._turn(live, run)
            if turn != before:
                live.turn = turn
                await self._keep(before, turn, ended=run.ended)
                # The text may have gone on meanwhile; it is never told backwards.
                self._session.bus.publish(ChatChanged(turn.conversation_id, live.turn))
            if run.ended:
                self._live.pop(turn.id, None)
                live.settled.set()
                return
            if live.undecided:
                live.settled.set()
            if turn.state == "starting" and not live.cold:
                self._later(live)
            if live.stop and run.record is not None:
                live.stop = False
                await self._cancel(live, run.record.id)

    async def _keep(self, before: Turn, turn: Turn, *, ended: bool) -> None:
        def bare(one: Turn) -> Turn:
            return replace(one, text="", note="", waits_until=None)

        if not ended and bare(before) == bare(turn):
            return
        try:
            await self._session.store.chats.change_turn(self._session.account, turn, durable=ended)
        except StoreError as error:
            # The run has kept the text; the next start moves it into the turn.
            _log.error("a turn could not be kept: %s", error)

    async def _cancel(self, live: _Live, prediction_id: str) -> None:
        """The stop that came before there was anything to cancel."""
        try:
            await self._runs.cancel(prediction_id)
        except (ApiError, StoreError) as error:
            _log.warning("%s could not be canceled: %s", prediction_id, error)
            live.turn = replace(live.turn, note=f"not stopped: {error}")
            self._session.bus.publish(ChatChanged(live.turn.conversation_id, live.turn))

    def _later(self, live: _Live) -> None:
        """Look again when the start has taken too long for a warm model."""
        live.cold = True

        def look() -> None:
            live.news.set()

        asyncio.get_running_loop().call_later(COLD + 0.1, look)

    # ---- from a run to its turn

    def _turn(self, live: _Live, run: Run) -> Turn:
        turn, record = live.turn, run.record
        if record is not None:
            version = record.prediction.version
            turn = replace(turn, prediction_id=record.id, version=version or turn.version)
        if run.ended:
            if record is None:
                given_up = live.stop and run.refusal is None
                state, error = ("canceled", None) if given_up else ("failed", run.error)
                return replace(turn, state=state, error=error, note="", waits_until=None)
            measured = measure(record.prediction, live.asked, run.text, live.watch)
            return _ended(replace(turn, text=run.text, metrics={**turn.metrics, **measured}), record, run)
        turn = replace(turn, state=self._state(live, run), error=run.error, note=run.message or "", waits_until=None)
        if run.state == "waiting" and run.waits_until is not None and run.waits_until > self._session.clock.now():
            turn = replace(turn, waits_until=run.waits_until)
        if turn.state == "starting":
            turn = replace(turn, note=self._starting(record))
        if live.watch.first is not None and live.watch.sent is not None:
            measured = {"seconds_to_first": live.watch.first - live.watch.sent}
            turn = replace(turn, metrics={**turn.metrics, **measured})
        return turn

    def _state(self, live: _Live, run: Run) -> TurnState:
        if run.state in _STATES:
            return _STATES[run.state]
        if run.record is None:
            return "sending"
        begun = live.turn.text or run.record.prediction.status != "starting"
        return "streaming" if begun else "starting"

    def _starting(self, record: Record | None) -> str:
        if record is None:
            return ""
        seconds = (self._session.clock.now() - record.first_seen).total_seconds()
        return "cold start: the model is being loaded" if seconds >= COLD else ""

    async def _finish_late(self, turn: Turn, intent: RunIntent | None) -> None:
        """The run of an earlier session has ended, or never began; its turn was not told."""
        account, record = self._session.account, None
        prediction_id = (intent.prediction_id if intent else None) or turn.prediction_id
        if prediction_id is not None:
            record = await self._session.store.get(account, prediction_id)
        if intent is not None:
            turn = replace(turn, text=intent.text or turn.text)
        if record is None:
            error = intent.error if intent is not None and intent.error else _NEVER_SENT
            ended = replace(turn, state="failed", error=error)
        else:
            measured = measure(record.prediction, None, turn.text, Watch())
            ended = _ended(replace(turn, metrics={**measured, **turn.metrics}), record, None)
        await self._session.store.chats.change_turn(account, ended, durable=True)
        self._session.bus.publish(ChatChanged(turn.conversation_id, ended))


def _ended(turn: Turn, record: Record, run: Run | None) -> Turn:
    """The turn at its end: the text is the joined output of the prediction, or what came where it kept none."""
    prediction = record.prediction
    turn = replace(turn, prediction_id=record.id, version=prediction.version or turn.version, note="", waits_until=None)
    text = text_of(prediction.output)
    if text is not None:
        turn = replace(turn, text=text)
    elif prediction.output is not None and not turn.text:
        # No text after all, though the schema let one hope for it: shown, not lost.
        turn = replace(turn, text=f"```json\n{to_json(prediction.output, indent=2)}\n```")
    if prediction.status == "succeeded":
        return replace(turn, state="done", error=None)
    if prediction.status == "canceled":
        return replace(turn, state="canceled", error=None)
    error = (run.error if run is not None else None) or prediction.error or f"It ended as {prediction.status}."
    return replace(turn, state="failed", error=error)
