"""Works on one batch: sends its rows as runs, a few at once, and writes down what became of each.

A row that is "live" has a run: what was sent of it, and whether it may have been, the run says. So a batch that was
killed goes on without sending anything twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import cast

from msgspec import Struct

from tui.api.errors import ApiError
from tui.api.types import Prediction, Target
from tui.forms import Form
from tui.services.batches.placing import Placing
from tui.services.batches.row_failures import Failure, of_model, of_refusal
from tui.services.batches.shared_uploads import SharedUploads
from tui.services.runs.input_check import free_value
from tui.services.runs.runs import NEVER_SENT, Runs
from tui.services.session import Session
from tui.services.tasks import Tasks, first_of
from tui.services.usage.prices import Prices
from tui.store.batch import Batch, BatchRow
from tui.store.database import StoreError
from tui.store.records import Record
from tui.store.timestamps import micros

_TURN = 0.5
"""Seconds after which is looked whether another process wants the batch to end, or a row is due."""
_LOOK = 0.25
"""Seconds between two looks at a run that another process follows, or that is being looked for."""
PAUSED = "it was paused"
_LATER = (2.0, 8.0, 30.0, 120.0)
"""Seconds before a failed row is tried again."""


class Limits(Struct, frozen=True):
    """How fast a batch goes, and when it stops."""

    concurrency: int = 16
    rate: float | None = None
    """Rows a minute."""
    retries: int = 3
    retry_paid: bool = False
    """Whether a failure that was billed is tried again as well."""
    cancel_after: float | None = None
    stop_after_failures: int | None = None
    max_seconds: float | None = None
    """Billed seconds."""
    max_cost: float | None = None
    """Dollars."""


class _Outcome(Struct, frozen=True):
    """What became of a row's run."""

    record: Record | None = None
    failure: Failure | None = None
    unknown: str | None = None
    """Its answer was lost, and a person decides."""
    never_sent: bool = False


class Worker:
    """One batch at work in this process."""

    def __init__(
        self,
        session: Session,
        runs: Runs,
        placing: Placing,
        prices: Prices,
        batch: Batch,
        limits: Limits,
        runnables: Sequence[tuple[Target, Form]],
        *,
        secrets: Mapping[str, object],
        tell: Callable[[Batch], None],
        send_unknown: bool = False,
        pause: asyncio.Event | None = None,
    ) -> None:
        """`secrets` are the values of every row that were not kept; `tell` is given the batch each time it changes.

        With `send_unknown`, a person has decided that the rows whose answers were lost are sent once more. Once
        `pause` is set, nothing more is sent.
        """
        self._session = session
        self._rows = session.store.batches
        self._runs = runs
        self._placing = placing
        self._prices = prices
        self._batch = batch
        self._limits = limits
        webhook, events = batch.options.get("webhook"), batch.options.get("webhook_events")
        self._webhook = webhook if isinstance(webhook, str) else None
        self._events = [str(event) for event in cast("list[object]", events)] if isinstance(events, list) else []
        self._runnables = runnables
        self._secrets = secrets
        self._tell = tell
        self._uploads = SharedUploads(session)
        self._tasks = Tasks(f"batch {batch.id}")
        self._send_unknown = send_unknown
        self._pause = pause
        self._live: set[int] = set()
        self._taken_up: int | None = 0
        """The last row of earlier processes that was taken up; None once all of them are."""
        self._news = asyncio.Event()
        self._next_start = 0.0
        self._stopped: str | None = None
        """Why nothing more is sent."""
        self._canceling = False
        self._canceled: set[str] = set()
        self._look_at = 0.0
        """When is looked again at what another process wants, and told how far it is."""
        self._failed, self._seconds, self._cost = 0, 0.0, 0.0
        """The failures, billed seconds and dollars since it goes on: who goes on has agreed to the earlier ones."""
        self._wait = True

    async def run(self, *, wait: bool = True) -> str | None:
        """Work until everything has ended, or, without `wait`, was sent. Why it stopped before. Raises StoreError."""
        self._wait = wait
        try:
            while not await self._turn():
                await first_of(self._news.wait(), asyncio.sleep(_TURN))
                self._news.clear()
        finally:
            await self._tasks.aclose()
        return self._stopped

    async def _turn(self) -> bool:
        """Do what can be done now. Whether nothing is left to do."""
        if self._session.clock.monotonic() >= self._look_at and not await self._look():
            return True
        self._stopped = self._stopped or self._limit()
        await self._take_up()
        if self._stopped is None and self._taken_up is None:
            await self._fill()
        if self._live or self._taken_up is not None:
            return False
        return self._stopped is not None or await self._rows.next_due(self._batch.id) is None

    async def _look(self) -> bool:
        """See what another process wants, and tell how far it is: its rows are counted. False where it is gone."""
        batch = await self._rows.one(self._session.account, self._batch.id)
        if batch is None:
            self._stopped = "it was deleted"
            return False
        if batch.state == "canceling":
            await self._cancel()
        self._tell(batch)
        self._look_at = self._session.clock.monotonic() + _TURN
        return True

    def _limit(self) -> str | None:
        """Which limit is reached, in words."""
        limits = self._limits
        if self._pause is not None and self._pause.is_set():
            return PAUSED
        if limits.stop_after_failures is not None and self._failed >= limits.stop_after_failures:
            return f"{self._failed} rows failed (--stop-after-failures {limits.stop_after_failures})"
        if limits.max_seconds is not None and self._seconds >= limits.max_seconds:
            return f"{self._seconds:.0f} seconds are billed (--max-seconds {limits.max_seconds:g})"
        if limits.max_cost is not None and self._cost >= limits.max_cost:
            return f"it has cost about ${self._cost:.2f} (--max-cost {limits.max_cost:g})"
        return None

    async def _fill(self) -> None:
        free = self._limits.concurrency - len(self._live)
        clock = self._session.clock
        if self._limits.rate is not None:
            if clock.monotonic() < self._next_start:
                return
            free = min(free, 1)
        if free <= 0:
            return
        rows = await self._rows.begin(self._batch.id, clock.now(), free)
        if rows and self._limits.rate is not None:
            self._next_start = clock.monotonic() + 60 / self._limits.rate
        for row in rows:
            self._start(row, begun=False)

    def _start(self, row: BatchRow, *, begun: bool) -> None:
        self._live.add(row.number)
        self._tasks.start(self._whole_way(row, begun=begun), f"row {row.number}")

    async def _take_up(self) -> None:
        """Go on with the rows that earlier processes have begun, as many at a time as may be live."""
        free = self._limits.concurrency - len(self._live)
        if self._taken_up is None or free <= 0:
            return
        rows = await self._rows.rows(self._batch.id, ("live", "unknown"), after=self._taken_up, limit=free)
        self._taken_up = rows[-1].number if rows else None
        for row in rows:
            self._start(row, begun=True)

    # ---- one row

    async def _whole_way(self, row: BatchRow, *, begun: bool) -> None:
        try:
            outcome = None if begun else await self._sent(row)
            outcome = outcome or await self._outcome(row)
            if outcome is not None:
                await self._settle(row, outcome)
        except StoreError as error:
            # What is on the disk says how far it came.
            self._stopped = self._stopped or str(error)
        finally:
            self._live.discard(row.number)
            self._news.set()

    async def _sent(self, row: BatchRow) -> _Outcome | None:
        """Begin the row's run. An outcome where that could not be."""
        target, form = self._runnables[row.target]
        try:
            values = await self._uploads.ready(self._values(form, row))
        except OSError as error:
            return _Outcome(failure=Failure("file", f"{error.filename}: {error.strerror or error}"))
        except ApiError as error:
            return _Outcome(failure=of_refusal(error))
        await self._runs.start(
            target,
            form,
            values,
            save_dir=self._placing.stage(row.number),
            cancel_after=self._limits.cancel_after,
            run_id=row.run_id,
            webhook=self._webhook,
            webhook_events=self._events,
        )
        return None

    def _values(self, form: Form, row: BatchRow) -> dict[str, object]:
        """The input as it is sent: files as such, and secrets as they were given."""
        given = {name: self._secrets.get(name, value) for name, value in row.input.items()}
        if form.known:
            return form.check(given).input
        return {name: free_value(value) for name, value in given.items()}

    async def _outcome(self, row: BatchRow) -> _Outcome | None:
        """What became of the row's run, in whichever process it is followed; None where nobody waits for it."""
        store, account, run_id = self._session.store, self._session.account, row.run_id or ""
        bound, send = row.prediction_id, self._send_unknown and row.state == "unknown"
        while True:
            run = self._runs.get(run_id)
            if run is None:
                intent = await store.run(account, run_id)
                if intent is None:
                    return _Outcome(never_sent=True)
                if intent.state in ("done", "failed"):
                    return await self._ended_elsewhere(intent.prediction_id, intent.error)
                # Whether it was sent is known once it is taken up: it may have been since it was read.
                await self._runs.take_up(run_id)
                if self._runs.get(run_id) is not None:
                    continue
                if intent.state == "unknown":
                    # Another console holds it, and a person decides there: that may take days.
                    return _Outcome(unknown=intent.error or "Its answer was lost.")
            elif run.needs_decision and send:
                # Once: where the answer is lost again, it is asked again.
                send = False
                refused = await self._send_again(run_id)
                if refused is not None:
                    return _Outcome(unknown=refused)
                continue
            elif run.ended or run.needs_decision:
                if run.state == "unknown":
                    return _Outcome(unknown=run.error or "Its answer was lost.")
                if run.record is None:
                    if run.error == NEVER_SENT:
                        return _Outcome(never_sent=True)
                    refusal = run.refusal
                    words = run.error or "It was not created."
                    return _Outcome(failure=of_refusal(refusal) if refusal else Failure("file", words))
                return _of_record(run.record, run.error)
            else:
                if run.record is not None and bound is None:
                    bound = run.record.id
                    await self._rows.change_row(self._batch.id, row.number, prediction_id=bound)
                if bound is not None and not self._wait:
                    return None
                if run.state != "unknown":
                    await first_of(self._runs.wait(run_id), asyncio.sleep(_LOOK))
                    continue
            await asyncio.sleep(_LOOK)

    async def _send_again(self, run_id: str) -> str | None:
        """A person has decided that it is sent once more. Why that cannot be."""
        try:
            await self._runs.resolve(run_id, "send")
        except ValueError as error:
            return str(error)
        except KeyError:
            # It was found in this very moment.
            return None
        return None

    async def _ended_elsewhere(self, prediction_id: str | None, error: str | None) -> _Outcome:
        record = await self._session.store.get(self._session.account, prediction_id) if prediction_id else None
        if record is not None:
            return _of_record(record, error)
        if error == NEVER_SENT:
            return _Outcome(never_sent=True)
        return _Outcome(failure=Failure("api", error or "It was not created."))

    async def _settle(self, row: BatchRow, outcome: _Outcome) -> None:
        if outcome.never_sent:
            await self._later(row, row.tries)
            return
        if outcome.unknown is not None:
            await self._change(row, state="unknown", reason="unknown", error=outcome.unknown)
            return
        failure = outcome.failure
        told: dict[str, object] = {}
        if outcome.record is not None:
            told = self._figures(outcome.record)
            if outcome.record.prediction.status == "canceled":
                await self._change(row, state="canceled", reason="canceled", error="It was canceled.", **told)
                return
            if failure is None:
                file, problem = await self._placing.place(row, outcome.record, self._runnables[row.target][1])
                if problem is None:
                    await self._change(row, state="done", reason="", error=None, file=file, **told)
                    return
                # It is paid for: what is tried again is the saving alone.
                failure = Failure("saving", problem)
        assert failure is not None
        if failure.stops:
            await self._later(row, row.tries)
            self._stopped = self._stopped or failure.words
        elif self._may_retry(row, failure):
            await self._later(row, row.tries + 1, _LATER[min(row.tries, len(_LATER) - 1)])
        else:
            self._failed += 1
            await self._change(row, state="failed", reason=failure.reason, error=failure.words, **told)

    def _figures(self, record: Record) -> dict[str, object]:
        prediction = record.prediction
        cost = self._prices.of(prediction)
        dollars = None if cost is None else cost.dollars
        self._seconds += prediction.predict_time or 0.0
        self._cost += dollars or 0.0
        return {"prediction_id": record.id, "seconds": prediction.predict_time, "cost": dollars}

    def _may_retry(self, row: BatchRow, failure: Failure) -> bool:
        if not failure.again or (failure.paid and not self._limits.retry_paid):
            return False
        return row.tries < self._limits.retries and self._stopped is None

    async def _later(self, row: BatchRow, tries: int, seconds: float = 0.0) -> None:
        due = micros(self._session.clock.now() + timedelta(seconds=seconds)) if seconds else 0
        await self._change(row, state="left", tries=tries, due=due, run_id=None, prediction_id=None)

    async def _change(self, row: BatchRow, **changes: object) -> None:
        await self._rows.change_row(self._batch.id, row.number, **changes)

    # ---- canceling

    async def _cancel(self) -> None:
        """Send nothing more, and cancel what is live."""
        if not self._canceling:
            self._canceling = True
            self._stopped = self._stopped or "it was canceled"
            await self._rows.move(self._batch.id, ("left",), "canceled")
        live = {row.prediction_id for row in await self._rows.rows(self._batch.id, ("live",), limit=1000)}
        asked = [id_ for id_ in live if id_ is not None and id_ not in self._canceled]
        async for id_, _ in self._runs.cancel_many([(id_, "prediction") for id_ in asked]):
            self._canceled.add(id_)


def _of_record(record: Record, error: str | None) -> _Outcome:
    prediction: Prediction = record.prediction
    if prediction.status in ("succeeded", "canceled"):
        return _Outcome(record)
    words = prediction.error or error or f"It ended as {prediction.status}."
    return _Outcome(record, failure=of_model(words, prediction.predict_time))
