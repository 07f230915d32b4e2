"""The runs of this console: started, decided about, and taken up again after a restart."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Literal, cast

from msgspec.structs import replace

from tui.api.errors import ApiError
from tui.api.secret_marks import is_mark
from tui.api.text import to_json
from tui.api.types import Prediction, Target
from tui.forms import REDACTED, Form, OutputKind, redact
from tui.services.bus import Event, Gone, OutputSaved, RecordChanged, RecordsListed, RunChanged, UnknownRuns
from tui.services.files.downloads import Downloads
from tui.services.runs.adoption import Adoption
from tui.services.runs.cancellation import Canceling
from tui.services.runs.run import LOOKING, draft_key
from tui.services.runs.run import Run as Run
from tui.services.runs.run_driver import Driver, Plan
from tui.services.runs.uploads import local_files, mark_files, place
from tui.services.session import Session
from tui.services.tasks import Tasks
from tui.services.watching.watcher import Watcher
from tui.store.database import StoreError
from tui.store.records import Kind, Record, RunIntent

_log = logging.getLogger(__name__)

Decision = Literal["look", "send", "drop"]
_ENDED_KEPT = 50
"""So many ended runs are remembered, for those who ask late."""
NEVER_SENT = "The console ended before this run was sent. Nothing was created; its input is kept as a draft."


class Runs:
    """Starts runs and knows them. `active` has a snapshot of each that has not ended."""

    def __init__(self, session: Session, watcher: Watcher, downloads: Downloads) -> None:
        self._session = session
        self._watcher = watcher
        self._downloads = downloads
        self._tasks = Tasks("runs")
        self._canceling = Canceling(session, watcher)
        self._adoption = Adoption(
            session.client,
            session.store,
            session.ownership.alive,
            session.ownership.name,
            lambda: session.account,
            now=session.clock.now,
            sleep=session.clock.sleep,
        )
        self._drivers: dict[str, Driver] = {}
        self._steps: dict[str, asyncio.Task[None]] = {}
        self._ended: dict[str, Run] = {}
        self._deciding: set[str] = set()
        self._settled: dict[str, asyncio.Event] = {}
        self._unsubscribe = session.bus.subscribe(self._on_event)
        self._unknown: tuple[tuple[str, bool], ...] = ()
        self.active: dict[str, Run] = {}

    @property
    def unknown(self) -> tuple[Run, ...]:
        """The runs whose outcome is unknown, the oldest first, those included that are still being looked for."""
        return tuple(run for run in self.active.values() if run.state == "unknown")

    async def start(
        self,
        target: Target,
        form: Form,
        input: Mapping[str, object],
        *,
        save: bool = True,
        save_dir: Path | None = None,
        cancel_after: float | None = None,
        run_id: str | None = None,
        destination: str = "",
        webhook: str | None = None,
        webhook_events: Sequence[str] = (),
    ) -> Run:
        """Write the run down and begin it. Returns as soon as it is on the disk; the rest is told by RunChanged.

        `input` is a checked input (`Form.check`); `save_dir` is where the outputs go, `cancel_after` in seconds.
        `run_id` is for who keeps the input elsewhere: a run that was never sent is then no draft of the model's form.
        With a `destination` ("owner/name") it is a training, whose result becomes a version of that model. `webhook`
        is told of `webhook_events` (docs/replicate.md, Webhooks). Raises StoreError when it cannot be written down:
        it is not sent then.
        """
        values = dict(input)
        await self._session.secrets.learn(self._session.store, form, target.ref, target.version)
        shown = redact(form, values)
        run = Run(run_id or secrets.token_hex(12), target, shown, destination=destination)
        plan = Plan(
            save,
            place(str(save_dir)) if save_dir else None,
            cancel_after,
            webhook,
            tuple(webhook_events),
            form.output,
        )
        await self._session.store.begin_run(
            self._session.account,
            RunIntent(
                run_id=run.id,
                target=str(target),
                input=shown,
                created_at=self._session.clock.now(),
                save_dir=str(plan.save_dir) if plan.save_dir else None,
                options={
                    "save": save,
                    "cancel_after": cancel_after,
                    "webhook": webhook,
                    "webhook_events": list(webhook_events),
                    "deployment": target.deployment,
                    "official": target.official,
                    "output": form.output.value,
                    "files": local_files(values),
                    "draft": run_id is None,
                    "destination": destination,
                },
                owner=self._session.ownership.name,
            ),
        )
        driver = self._take(run, plan, values, hide=lambda given: redact(form, given))
        self._spawn(driver, driver.send)
        return run

    async def cancel(self, prediction_id: str, kind: Kind = "prediction") -> Record | None:
        """Cancel a prediction or training, of a run or not. Returns its record. Raises an ApiError."""
        return await self._canceling.one(prediction_id, kind)

    def cancel_many(self, items: Iterable[tuple[str, Kind]]) -> AsyncGenerator[tuple[str, Record | ApiError], None]:
        """Cancel them all, a few at a time; each one's outcome as it is known: its record, or why it was not canceled.

        What fails for a while (a broken connection, a server's error, the rate limit) is tried again; canceling twice
        is canceling once. A record may have ended otherwise just before: its status tells.
        """
        return self._canceling.many(items)

    async def abandon(self, run_id: str) -> Run:
        """Give up a run whose files are still being uploaded. Raises KeyError for one that is further than that."""
        driver = self._drivers.get(run_id)
        if driver is None or driver.run.state not in ("draft", "uploading"):
            raise KeyError(run_id)
        await self._stop(run_id)
        if driver.run.state in ("draft", "uploading"):
            await driver.fail("It was given up before it was sent.")
        else:
            # It was just about to be sent: whether it was, the API knows.
            self._spawn(driver, driver.recover)
        return driver.run

    async def resume(self) -> None:
        """Take up the runs of consoles that are gone, and the outputs that were still wanted.

        Returns when they are taken up; what has to be asked of the API goes on in the background. Raises StoreError.
        """
        await self.take_over()
        await self._downloads.resume()

    async def take_over(self) -> set[str]:
        """Take up the runs of consoles and commands that are gone; their ids. Asks nothing where there is none.

        Raises StoreError.
        """
        store, account, mine = self._session.store, self._session.account, self._session.ownership
        taken: set[str] = set()
        for listed in await store.unfinished_runs(account, besides=mine.name):
            if await asyncio.to_thread(mine.alive, listed.owner):
                continue
            intent = await store.claim_run(account, listed.run_id, listed.owner, mine.name)
            if intent is not None:
                taken.add(intent.run_id)
                await self._resume(intent)
        return taken

    async def take_up(self, run_id: str) -> None:
        """Take up one run, if its console is gone and it has not ended. Raises StoreError."""
        store, account, mine = self._session.store, self._session.account, self._session.ownership
        listed = await store.run(account, run_id)
        if listed is None or listed.owner == mine.name or await asyncio.to_thread(mine.alive, listed.owner):
            return
        intent = await store.claim_run(account, run_id, listed.owner, mine.name)
        if intent is not None:
            await self._resume(intent)

    async def resolve(self, run_id: str, decision: Decision) -> Run:
        """Decide about a run whose answer was lost: look for it again, send it once more, or drop it.

        "send" may pay twice: only a person decides it. Raises KeyError for a run that is not unknown, ValueError
        (a sentence for the user) when "send" lacks a secret that was not kept or another decision is being carried
        out, ApiError when looking failed.
        """
        driver = self._drivers.get(run_id)
        if driver is None or driver.run.state != "unknown":
            raise KeyError(run_id)
        if run_id in self._deciding:
            raise ValueError("It is being decided already: wait for what comes of that.")
        if decision == "send" and _has_marks(driver.run.input) and driver.resumed:
            raise ValueError("Its secret inputs were not kept. Fill the form again and run that.")
        self._deciding.add(run_id)
        try:
            await self._stop(run_id)
            await self._carry_out(driver, decision)
        finally:
            self._deciding.discard(run_id)
        return driver.run

    async def _carry_out(self, driver: Driver, decision: Decision) -> None:
        if driver.run.state != "unknown":
            # It was found in this very moment.
            self._spawn(driver, driver.follow)
        elif decision == "look":
            if await driver.look():
                self._spawn(driver, driver.follow)
        elif decision == "send":
            # From here on it is a run that is being sent: nothing can be decided about it, nor can it be given up.
            driver.update(state="creating", message="sending it again", error=None)
            self._spawn(driver, driver.send)
        else:
            await driver.fail("It was dropped: its answer was lost.")

    async def adopt(self, run_id: str, prediction_id: str) -> Run:
        """A person says which prediction an unknown run has created. Raises KeyError for a run that is not unknown,
        ValueError (a sentence for the user) where it belongs to another run, ApiError when it cannot be asked for."""
        driver = self._drivers.get(run_id)
        if driver is None or driver.run.state != "unknown":
            raise KeyError(run_id)
        if run_id in self._deciding:
            raise ValueError("It is being decided already: wait for what comes of that.")
        client = self._session.client
        self._deciding.add(run_id)
        try:
            ask = client.training if driver.run.kind == "training" else client.prediction
            prediction: Prediction = await ask(prediction_id)
            await self._stop(run_id)
            if driver.run.state == "unknown" and not await driver.adopt(prediction):
                raise ValueError(f"{prediction_id} belongs to another run.")
            self._spawn(driver, driver.follow)
        finally:
            self._deciding.discard(run_id)
        return driver.run

    async def wait(self, run_id: str) -> Run:
        """The run once it has ended, outputs saved, or is "unknown", which needs a decision. Raises KeyError."""
        while True:
            run = self.get(run_id)
            if run is None:
                raise KeyError(run_id)
            if run.ended or run.state == "unknown":
                return run
            await self._settled.setdefault(run_id, asyncio.Event()).wait()

    def get(self, run_id: str) -> Run | None:
        """The run, or how it ended if that was lately."""
        return self.active.get(run_id) or self._ended.get(run_id)

    def waiting(self, seconds: float, reason: str) -> None:
        """The client holds a request back: say so in the run whose request it is."""
        task = asyncio.current_task()
        for run_id, step in self._steps.items():
            driver = self._drivers.get(run_id)
            if step is task and driver is not None and driver.run.state in ("creating", "waiting"):
                until = self._session.clock.now() + timedelta(seconds=seconds)
                driver.update(state="waiting", message=f"{reason}: waiting {seconds:.0f} s", waits_until=until)

    async def aclose(self) -> None:
        """Stop. What runs goes on at Replicate, and is taken up at the next start."""
        self._unsubscribe()
        await self._tasks.aclose()
        for driver in list(self._drivers.values()):
            await driver.aclose()

    # ---- taking runs up

    def _take(
        self,
        run: Run,
        plan: Plan,
        values: Mapping[str, object],
        hide: Callable[[Mapping[str, object]], dict[str, object]] | None,
    ) -> Driver:
        driver = Driver(
            self._session,
            self._watcher,
            self._downloads,
            self._adoption,
            run,
            plan,
            values,
            hide=hide,
            changed=self._run_changed,
        )
        self._drivers[run.id] = driver
        self.active[run.id] = run
        self._session.bus.publish(RunChanged(run))
        self._tell_unknown()
        return driver

    async def _resume(self, intent: RunIntent) -> None:
        target = _target(intent)
        if intent.state == "draft":
            await self._never_sent(intent, target)
            return
        store, account = self._session.store, self._session.account
        record = await store.get(account, intent.prediction_id) if intent.prediction_id else None
        files = frozenset(str(path) for path in _list(intent.options.get("files")))
        values = cast("dict[str, object]", mark_files(intent.input, files))
        state = "following" if record else "unknown"
        run = Run(
            intent.run_id,
            target,
            intent.input,
            state=state,
            record=record,
            text=intent.text,
            message=None if record else LOOKING,
            destination=_destination(intent),
        )
        driver = self._take(run, _plan(intent), values, hide=None)
        if record is not None:
            self._spawn(driver, driver.follow_again)
            return
        self._spawn(driver, driver.look_again if intent.state == "unknown" else driver.recover)

    async def _never_sent(self, intent: RunIntent, target: Target) -> None:
        """A run of which nothing left this machine: what was typed stays, as the model's draft."""
        store, account = self._session.store, self._session.account
        texts = {
            name: value if isinstance(value, str) else to_json(value)
            for name, value in intent.input.items()
            if value != REDACTED
        }
        destination = _destination(intent)
        kind = "training" if destination else "prediction"
        keys = (draft_key(target.ref, kind=kind), draft_key(target.ref, target.version, kind))
        wanted = intent.options.get("draft") is not False
        if wanted and all([await store.draft(account, key) is None for key in keys]):
            await store.save_draft(account, keys[0], texts)
        await store.update_run(account, intent.run_id, state="failed", error=NEVER_SENT)
        run = Run(intent.run_id, target, intent.input, state="failed", error=NEVER_SENT, destination=destination)
        self._remember(run)
        self._session.bus.publish(RunChanged(run))

    # ---- steps and news

    def _spawn(self, driver: Driver, step: Callable[[], Awaitable[None]]) -> None:
        task = self._tasks.start(self._guarded(driver, step), driver.run.id)
        self._steps[driver.run.id] = task

    async def _guarded(self, driver: Driver, step: Callable[[], Awaitable[None]]) -> None:
        """Whatever happens in a step, who waits for the run is told; the disk still says how far it came."""
        try:
            await step()
        except StoreError as error:
            _log.error("a run could not be kept: %s", error)
            driver.give_up(str(error))
        except Exception as error:
            driver.give_up(f"This program failed at it ({type(error).__name__}); the log says how.")
            raise

    async def _stop(self, run_id: str) -> None:
        """Cancel what is being done about a run, and wait until that has ended."""
        step = self._steps.pop(run_id, None)
        if step is not None:
            step.cancel()
            await asyncio.gather(step, return_exceptions=True)

    def _run_changed(self, run: Run, tell: bool) -> None:
        if run.ended:
            self.active.pop(run.id, None)
            self._drivers.pop(run.id, None)
            self._steps.pop(run.id, None)
            self._remember(run)
        else:
            self.active[run.id] = run
        if tell:
            self._session.bus.publish(RunChanged(run))
        self._tell_unknown()
        if (run.ended or run.state == "unknown") and (waiters := self._settled.pop(run.id, None)):
            waiters.set()

    def _tell_unknown(self) -> None:
        now = tuple((run.id, run.needs_decision) for run in self.unknown)
        if now != self._unknown:
            self._unknown = now
            self._session.bus.publish(UnknownRuns(self.unknown))

    def _remember(self, run: Run) -> None:
        self._ended[run.id] = run
        while len(self._ended) > _ENDED_KEPT:
            del self._ended[next(iter(self._ended))]

    def _on_event(self, event: Event) -> None:
        if isinstance(event, RecordChanged):
            self._on_record(event.record)
        elif isinstance(event, RecordsListed):
            for record in event.records:
                self._on_record(record)
        elif isinstance(event, Gone):
            for driver in list(self._drivers.values()):
                if driver.prediction_id == event.prediction_id:
                    driver.on_gone()
        elif isinstance(event, OutputSaved):
            for driver in list(self._drivers.values()):
                if driver.prediction_id == event.prediction_id:
                    driver.on_saved(event.output)

    def _on_record(self, record: Record) -> None:
        for driver in list(self._drivers.values()):
            if driver.prediction_id == record.id:
                driver.on_record(record)


def _plan(intent: RunIntent) -> Plan:
    options = intent.options
    cancel_after = options.get("cancel_after")
    webhook, output = options.get("webhook"), options.get("output")
    return Plan(
        save=options.get("save") is not False,
        save_dir=Path(intent.save_dir) if intent.save_dir else None,
        cancel_after=float(cancel_after) if isinstance(cancel_after, int | float) else None,
        webhook=webhook if isinstance(webhook, str) else None,
        webhook_events=tuple(str(event) for event in _list(options.get("webhook_events"))),
        output=next((kind for kind in OutputKind if kind.value == output), OutputKind.ANY),
    )


def _target(intent: RunIntent) -> Target:
    try:
        target = Target.parse(intent.target, deployment=bool(intent.options.get("deployment")), bare=True)
    except ValueError:
        target = Target("", intent.target)
    return replace(target, official=bool(intent.options.get("official")))


def _destination(intent: RunIntent) -> str:
    found = intent.options.get("destination")
    return found if isinstance(found, str) else ""


def _list(value: object) -> list[object]:
    return cast("list[object]", value) if isinstance(value, list) else []


def _has_marks(value: object) -> bool:
    """Whether a secret is missing in an input as it was kept."""
    if isinstance(value, Mapping):
        return any(_has_marks(item) for item in cast("Mapping[str, object]", value).values())
    if isinstance(value, list):
        return any(_has_marks(item) for item in cast("list[object]", value))
    return is_mark(value)
