"""Works on one batch: sends its rows as runs, a few at once, and writes down what became of each.

A row that is "live" has a run, whose id is made of the batch, the row and the try: what was sent of it, and whether
it may have been, the run says. So a batch that was killed goes on without sending anything twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from tui.api.billed import billed
from tui.api.errors import ApiError
from tui.api.types import Prediction, Target
from tui.forms import FileInput, Form
from tui.services.batches.placing import Placing
from tui.services.batches.row_failures import Failure, of_model, of_refusal
from tui.services.batches.shared_uploads import SharedUploads
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
_LATER = (2.0, 8.0, 30.0, 120.0)
"""Seconds before a failed row is tried again."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How fast a batch goes, and when it stops."""

    concurrency: int = 16
    rate: float | None = None
    """Rows a minute."""
    retries: int = 3
    cancel_after: float | None = None
    stop_after_failures: int | None = None
    max_seconds: float | None = None
    """Billed seconds."""
    max_cost: float | None = None
    """Dollars."""


@dataclass(frozen=True, slots=True)
class _Outcome:
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
    ) -> None:
        """`secrets` are the values of every row that were not kept; `tell` is given the batch each time it changes."""
        self._session = session
        self._rows = session.store.batches
        self._runs = runs
        self._placing = placing
        self._prices = prices
        self._batch = batch
        self._limits = limits
        self._runnables = runnables
        self._secrets = secrets
        self._tell = tell
        self._uploads = SharedUploads(session)
        self._tasks = Tasks(f"batch {batch.id}")
        self._live: set[int] = set()
        self._news = asyncio.Event()
        self._next_start = 0.0
        self._stopped: str | None = None
        """Why nothing more is sent."""
        self._canceling = False
        self._canceled: set[str] = set()
        self._before = (0, 0.0, 0.0)
        """The failures, billed seconds and dollars of earlier sessions: who goes on has agreed to them."""
        self._wait = True

    async def run(self, *, wait: bool = True) -> str | None:
        """Work until everything has ended, or, without `wait`, was sent. Why it stopped before. Raises StoreError."""
        self._wait = wait
        try:
            failed = self._batch.counts.get("failed", 0)
            self._before = (failed, *await self._rows.spent(self._batch.id))
            await self._take_up()
            while not await self._turn():
                await first_of(self._news.wait(), asyncio.sleep(_TURN))
                self._news.clear()
        finally:
            await self._tasks.aclose()
        return self._stopped

    async def _turn(self) -> bool:
        """Do what can be done now. Whether nothing is left to do."""
        batch = await self._rows.one(self._session.account, self._batch.id)
        if batch is None:
            self._stopped = "it was deleted"
            return True
        if batch.state == "canceling":
            await self._cancel()
        elif self._stopped is None:
            self._stopped = await self._limit(batch)
        if self._stopped is None:
            await self._fill()
        self._tell(batch)
        return not self._live and (self._stopped is not None or await self._rows.next_due(self._batch.id) is None)

    async def _limit(self, batch: Batch) -> str | None:
        """Which limit is reached, in words."""
        limits, before = self._limits, self._before
        failed = batch.counts.get("failed", 0) - before[0]
        if limits.stop_after_failures is not None and failed >= limits.stop_after_failures:
            return f"{failed} rows failed (--stop-after-failures {limits.stop_after_failures})"
        if limits.max_seconds is None and limits.max_cost is None:
            return None
        seconds, cost = await self._rows.spent(self._batch.id)
        seconds, cost = seconds - before[1], cost - before[2]
        if limits.max_seconds is not None and seconds >= limits.max_seconds:
            return f"{seconds:.0f} seconds are billed (--max-seconds {limits.max_seconds:g})"
        if limits.max_cost is not None and cost >= limits.max_cost:
            return f"it has cost about ${cost:.2f} (--max-cost {limits.max_cost:g})"
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
        """Go on with the rows that an earlier process has begun."""
        after = 0
        while rows := await self._rows.rows(self._batch.id, ("live", "unknown"), after=after):
            after = rows[-1].number
            for row in rows:
                self._start(row, begun=True)
        if self._live:
            await self._runs.take_over()

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
        )
        return None

    def _values(self, form: Form, row: BatchRow) -> dict[str, object]:
        """The input as it is sent: files as such, and secrets as they were given."""
        given = {name: self._secrets.get(name, value) for name, value in row.input.items()}
        if form.known:
            return form.check(given).input
        return {name: _free(value) for name, value in given.items()}

    async def _outcome(self, row: BatchRow) -> _Outcome | None:
        """What became of the row's run, in whichever process it is followed; None where nobody waits for it."""
        store, account, run_id = self._session.store, self._session.account, row.run_id or ""
        bound = row.prediction_id
        while True:
            run = self._runs.get(run_id)
            if run is None:
                intent = await store.run(account, run_id)
                if intent is None:
                    return _Outcome(never_sent=True)
                if intent.state in ("done", "failed"):
                    return await self._ended_elsewhere(intent.prediction_id, intent.error)
                if not self._session.ownership.alive(intent.owner):
                    # Whether it was sent is known once it is taken over: it may have been since it was read.
                    await self._runs.take_over()
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

    async def _ended_elsewhere(self, prediction_id: str | None, error: str | None) -> _Outcome:
        record = await self._session.store.get(self._session.account, prediction_id) if prediction_id else None
        if record is not None:
            return _of_record(record, error)
        if error == NEVER_SENT:
            return _Outcome(never_sent=True)
        return _Outcome(failure=Failure("api", error or "It was not created."))

    async def _settle(self, row: BatchRow, outcome: _Outcome) -> None:
        if outcome.never_sent:
            await self._later(row, 0.0)
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
            await self._later(row, 0.0)
            self._stopped = self._stopped or failure.words
        elif failure.again and row.tries < self._limits.retries and self._stopped is None:
            await self._later(row, _LATER[min(row.tries, len(_LATER) - 1)])
        else:
            await self._change(row, state="failed", reason=failure.reason, error=failure.words, **told)

    def _figures(self, record: Record) -> dict[str, object]:
        prediction = record.prediction
        cost = self._prices.prediction(
            model=prediction.model,
            status=prediction.status,
            predict_time=prediction.predict_time,
            deployment=prediction.deployment,
            created_at=prediction.created_at,
            billed=billed(prediction.metrics, prediction.input, prediction.output),
        )
        dollars = None if cost is None else cost.dollars
        return {"prediction_id": record.id, "seconds": prediction.predict_time, "cost": dollars}

    async def _later(self, row: BatchRow, seconds: float) -> None:
        due = micros(self._session.clock.now() + timedelta(seconds=seconds)) if seconds else 0
        await self._change(row, state="left", tries=row.tries + 1, due=due, run_id=None, prediction_id=None)

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
    return _Outcome(record, failure=of_model(prediction.error or error or f"It ended as {prediction.status}."))


def _free(value: object) -> object:
    """Where no schema tells which field is a file, an @ does."""
    return FileInput.parse(value) if isinstance(value, str) and value.startswith("@") else value
