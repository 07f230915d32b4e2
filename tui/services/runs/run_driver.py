"""Drives one run: uploads, creates, follows and finishes it, and writes down each step before the next.

What is written says at each moment what may have happened: "draft" was never sent, "creating" may have been,
"following" has its prediction. So a console that is killed loses no run and sends none twice.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from pathlib import Path

from msgspec import Struct

from tui.api.creation import Candidate
from tui.api.errors import ApiError, InvalidInput, NetworkError, NotFound, OutcomeUnknown, RateLimited, ServerError
from tui.api.types import Prediction
from tui.forms import OutputKind
from tui.forms.progress import progress as read_progress
from tui.services.bus import OutputText, RecordChanged
from tui.services.files.downloads import Downloads
from tui.services.files.output_files import file_urls
from tui.services.runs.adoption import Adoption, Look
from tui.services.runs.run import LOOKING, Run, why
from tui.services.runs.uploads import prepare
from tui.services.session import Session
from tui.services.tasks import Tasks
from tui.services.watching.text_follower import TextFollower, text_of
from tui.services.watching.watcher import Watcher
from tui.store.database import StoreError
from tui.store.records import Record, SavedOutput
from tui.store.store import Store

_log = logging.getLogger(__name__)

_TEXTS = (OutputKind.TEXT, OutputKind.TEXT_STREAM)
_TEXT_PAUSE = 2.0
"""Seconds between two times that a streaming text is written down."""
_LOOK_AGAIN = (2.0, 5.0, 15.0, 30.0, 60.0, 120.0, 300.0)
"""Seconds between the tries to look for a lost creation while the API is out of reach."""
_ENDS = {"succeeded": "done", "canceled": "canceled"}
_STORE_AGAIN = 5.0
"""Seconds between the tries to write down what was created, while the disk is full."""


class Plan(Struct, frozen=True):
    """How a run was asked for."""

    save: bool = True
    save_dir: Path | None = None
    cancel_after: float | None = None
    """Seconds."""
    webhook: str | None = None
    webhook_events: tuple[str, ...] = ()
    """Of what the webhook is told; empty for the API's choice."""
    output: OutputKind = OutputKind.ANY


class Driver:
    """One run on its way. `run` is the present snapshot; `changed` is given each new one, and whether to tell of it."""

    def __init__(
        self,
        session: Session,
        watcher: Watcher,
        downloads: Downloads,
        adoption: Adoption,
        run: Run,
        plan: Plan,
        values: Mapping[str, object],
        *,
        hide: Callable[[Mapping[str, object]], dict[str, object]] | None,
        changed: Callable[[Run, bool], None],
    ) -> None:
        """`values` is the real input, secrets included, which stays in memory. `hide` makes of it what may be kept;
        None for a run of an earlier session, whose values are what was kept."""
        self.run = run
        self.plan = plan
        self.resumed = hide is None
        """Whether it is of an earlier session, so that its secrets are not known any more."""
        self._session = session
        self._watcher = watcher
        self._downloads = downloads
        self._adoption = adoption
        self._values = dict(values)
        self._hide: Callable[[Mapping[str, object]], dict[str, object]] = hide or dict
        self._changed = changed
        self._ended = asyncio.Event()
        self._tasks = Tasks(f"run {run.id}")
        self._is_gone = False
        self._streaming = False
        self._text_kept_at = float("-inf")
        self._files = 0

    @property
    def prediction_id(self) -> str | None:
        """The prediction, once it is known."""
        return self.run.record.id if self.run.record else None

    def update(self, **changes: object) -> None:
        """Go on to another snapshot."""
        changed = replace(self.run, **changes)  # pyright: ignore[reportArgumentType]: names of Run's own fields
        if changed != self.run:
            self.run = changed
            self._changed(changed, True)

    async def aclose(self) -> None:
        """Stop what goes on beside the steps, and keep the text so far."""
        await self._tasks.aclose()
        if self.run.text and not self.run.ended:
            await self._keep_text()

    # ---- sending

    async def send(self) -> None:
        """Upload, create, follow, finish."""
        try:
            ready = await self._prepared()
            shown = self._hide(ready)
            await self._adoption.begin(self.run, shown)
            self.update(state="creating", input=shown, message=None, error=None, fields={}, refusal=None, candidates=())
            prediction = await self._create(ready)
        except OutcomeUnknown as error:
            await self._adoption.lost(self.run, error)
            self.update(message=LOOKING)
            await self._find()
            return
        except ApiError as error:
            await self.refuse(error)
            return
        except OSError as error:
            await self.fail(f"A file cannot be read: {error.strerror or error}.")
            return
        await self.bind(prediction)
        await self.follow()

    async def _create(self, ready: Mapping[str, object]) -> Prediction:
        client, target, plan = self._session.client, self.run.target, self.plan
        webhook, events = plan.webhook, plan.webhook_events or None
        if self.run.kind == "training":
            return await client.create_training(
                target, self.run.destination, ready, webhook=webhook, webhook_events_filter=events
            )
        return await client.create_prediction(
            target, ready, cancel_after=plan.cancel_after, webhook=webhook, webhook_events_filter=events
        )

    async def _prepared(self) -> dict[str, object]:
        shown = -1

        def progress(name: str, sent: int, total: int) -> None:
            nonlocal shown
            part = 100 * sent // max(total, 1)
            if part != shown:
                shown = part
                self.update(state="uploading", message=f"uploading {name}: {part} %")

        return await prepare(self._session.client, self._values, progress)

    async def refuse(self, error: ApiError) -> None:
        """The API refused it, or it never left: nothing was created."""
        await self._store.refuse_creation(self._account, self.run.id, error=str(error))
        fields = error.fields if isinstance(error, InvalidInput) else {}
        self.update(state="failed", message=None, error=str(error), fields=fields, refusal=error)

    async def fail(self, error: str) -> None:
        """It is given up."""
        await self._store.update_run(self._account, self.run.id, state="failed", error=error)
        self.update(state="failed", message=None, error=error)

    def give_up(self, error: str) -> None:
        """Nothing drives it any more. What is on the disk stays, so that the next start takes it up from there."""
        record = self.run.record
        state = "failed" if record is None else _ENDS.get(record.prediction.status, "failed")
        if record is None and self.run.state in ("creating", "unknown"):
            # It was about to leave, and may have left.
            state = "unknown"
        if record is not None and not record.prediction.is_terminal:
            error = f"{error} The {self.run.kind} goes on at Replicate."
        if not self.run.ended:
            self.update(state=state, message=None, progress=None, error=error)

    async def bind(self, prediction: Prediction) -> None:
        """Write down which prediction it is, however long the disk takes to have room for it."""
        while True:
            try:
                record = await self._store.bind_run(
                    self._account, self.run.id, prediction, self._session.clock.now(), self.run.kind
                )
                break
            except StoreError as error:
                self.update(message=f"It runs, but cannot be written down: {error}")
                await self._session.clock.sleep(_STORE_AGAIN)
        self._bound(record)

    def _bound(self, record: Record) -> None:
        """It is written down whose prediction it is: tell of it."""
        self._take_over(record.id)
        self.update(state="following", record=record, message=None, error=None, candidates=())
        self._watcher.saw(record)
        self._session.bus.publish(RecordChanged(record))

    def _take_over(self, prediction_id: str) -> None:
        """Go on from what was told of its text while nobody knew whose it is: it may be open before it is bound."""
        told = self._watcher.hand_over(prediction_id)
        if len(told) > len(self.run.text):
            self.run = replace(self.run, text=told)

    # ---- looking for a lost creation

    async def look(self) -> bool:
        """Look for the lost creation once more; when it is surely the run's, it is adopted. Raises an ApiError."""
        return await self._take_or_leave(await self._adoption.look(self.run))

    async def recover(self) -> None:
        """Look for what an earlier session, or a step that was stopped, may have created; then follow it."""
        await self._adoption.lost(self.run, None)
        await self._find()

    async def look_again(self) -> None:
        """As `recover`, for a run that an earlier session has looked for in vain: once will do."""
        await self._find(self._adoption.look)

    async def adopt(self, prediction: Prediction) -> bool:
        """A person says that this is what the run has created. False where it belongs to another run."""
        record = await self._adoption.claim(self.run, prediction)
        if record is None:
            return False
        self._bound(record)
        return True

    async def _find(self, find: Callable[[Run], Awaitable[Look]] | None = None) -> None:
        """Look, again and again while the API is out of reach; then follow what was found, or leave it to a person."""
        trouble = ""
        for delay in (0.0, *_LOOK_AGAIN):
            if delay:
                await self._session.clock.sleep(delay)
            try:
                look = await (find or self._adoption.find)(self.run)
            except (NetworkError, ServerError, RateLimited) as error:
                trouble = str(error)
                self.update(state="unknown", message=f"looking for it: {error}", error=_lost_words(self.run))
                continue
            except ApiError as error:
                trouble = str(error)
                break
            if await self._take_or_leave(look):
                await self.follow()
            return
        await self._leave(f"{_lost_words(self.run)} It could not be looked for: {trouble}", ())

    async def _take_or_leave(self, look: Look) -> bool:
        """Go on with what was adopted; without that, a person decides."""
        if look.record is not None:
            self._bound(look.record)
            return True
        await self._leave(look.words(_lost_words(self.run)), look.candidates)
        return False

    async def _leave(self, error: str, candidates: tuple[Candidate, ...]) -> None:
        await self._store.update_run(self._account, self.run.id, state="unknown", error=error)
        self.update(state="unknown", message=None, error=error, candidates=candidates)

    # ---- following

    async def follow(self) -> None:
        """Follow the prediction to its end, then finish."""
        record = self.run.record
        if record is None:
            return
        self.update(state="following")
        watcher = self._watcher
        if not record.row.whole and not self._ended.is_set():
            url = record.prediction.urls.stream
            self._streaming = bool(url) and self.plan.output in _TEXTS
            watcher.track(record.id, self.run.kind, streaming=self._streaming)
            self._take_over(record.id)
            if url and self._streaming:
                self._tasks.start(self._follow_text(record.id, url), "text")
            self.on_record(record)
            await self._ended.wait()
        await self._finish()

    async def follow_again(self) -> None:
        """Follow the prediction of an earlier session: ask how it stands first."""
        record = self.run.record
        if record is None:
            return
        try:
            fresh = await self._watcher.ask(record.id, self.run.kind)
            if fresh is not None:
                self.update(record=fresh)
        except NotFound:
            await self.fail(f"The {self.run.kind} is no longer there.")
            return
        except ApiError as error:
            _log.info("%s is followed from what is known: %s", record.id, error)
        await self.follow()

    def on_record(self, record: Record) -> None:
        """The record is different: show it, and see whether it has ended."""
        if self.run.ended:
            return
        logs = record.prediction.logs
        changes: dict[str, object] = {"record": record}
        changes["progress"] = read_progress(logs) if logs and record.live else None
        self.update(**changes)
        if not self._streaming and self.plan.output in _TEXTS:
            text = text_of(record.prediction.output)
            if text is not None and len(text) > len(self.run.text):
                self._tell(text)
        self._save_early(record)
        if record.row.whole:
            self._ended.set()

    def on_gone(self) -> None:
        """The API does not know it any more: nothing else will come."""
        self._is_gone = True
        self._ended.set()

    def on_saved(self, output: SavedOutput) -> None:
        """A file of the output was saved, or was not."""
        record = self.run.record
        if record is not None and not self.run.ended:
            others = [one for one in record.outputs if one.index != output.index]
            ordered = tuple(sorted([*others, output], key=lambda one: one.index))
            self.update(record=replace(record, outputs=ordered))

    async def _follow_text(self, prediction_id: str, url: str) -> None:
        watcher = self._watcher

        async def ask() -> Prediction | None:
            with contextlib.suppress(ApiError, StoreError):
                record = await watcher.ask(prediction_id)
                return record.prediction if record else None
            return None

        follower = TextFollower(
            self._session.client,
            url,
            ask=ask,
            tell=self._tell,
            sleep=self._session.clock.sleep,
            text=self.run.text,
            late=self.resumed,
        )
        try:
            whole = await follower.run()
        finally:
            self._streaming = False
        watcher.track(prediction_id)
        prediction = await ask()
        if not whole and prediction is not None and self.run.record is not None:
            self.on_record(self.run.record)

    def _tell(self, text: str) -> None:
        """There is more text, or another."""
        before = self.run.text
        if text == before or self.run.record is None or self.run.ended:
            return
        goes_on = text.startswith(before)
        self.run = replace(self.run, text=text)
        self._changed_text(before, goes_on=goes_on, done=False)
        clock = asyncio.get_running_loop().time()
        # What comes at the very end is kept by who ends it.
        if clock - self._text_kept_at >= _TEXT_PAUSE and not self._tasks.closed:
            self._text_kept_at = clock
            self._tasks.start(self._keep_text(), "keep text")

    def _changed_text(self, before: str, *, goes_on: bool, done: bool) -> None:
        text = self.run.text
        # OutputText tells of the text; at a thousand tokens a second, once is enough.
        self._changed(self.run, False)
        if self.prediction_id is not None:
            delta = text[len(before) :] if goes_on else text
            self._session.bus.publish(
                OutputText(self.prediction_id, text, delta, done, restarted=not goes_on, run_id=self.run.id)
            )

    async def _keep_text(self) -> None:
        try:
            await self._store.save_run_text(self._account, self.run.id, self.run.text)
        except (StoreError, KeyError) as error:
            _log.warning("a text was not kept: %s", error)

    def _save_early(self, record: Record) -> None:
        """Save what an iterator of files gave so far: Replicate may delete it before the last one is there."""
        if not (self.plan.save and record.live and self.plan.output is OutputKind.FILES):
            return
        count = len(file_urls(record.prediction.output, self.plan.output, self._session.client.base_url))
        if count > self._files:
            self._files = count
            self._tasks.start(self._save(record.prediction), f"save {count}")

    async def _save(self, prediction: Prediction) -> None:
        await self._downloads.save(prediction, self.plan.save_dir)

    # ---- the end

    async def _finish(self) -> None:
        """The prediction has ended: its text is whole, its files are saved, and the run is done."""
        record = self.run.record
        await self._tasks.aclose()
        self._tasks = Tasks(f"run {self.run.id}")
        if record is None:
            return
        if self._is_gone and not record.prediction.is_terminal:
            await self._keep_text()
            await self.fail(f"The {self.run.kind} is no longer there.")
            return
        prediction = record.prediction
        if self.plan.output in _TEXTS:
            before = self.run.text
            text = text_of(prediction.output)
            # A failed prediction may keep no output, though some came.
            text = before if text is None else text
            self.run = replace(self.run, text=text, progress=None)
            self._changed_text(before, goes_on=text.startswith(before), done=True)
            await self._keep_text()
        elif self.plan.save and prediction.output is not None:
            self.update(message="saving the outputs", progress=None)
            await self._downloads.save_at_end(prediction, self.plan.save_dir, self._saving)
            record = await self._store.get(self._account, prediction.id) or record
        error = None if prediction.status in ("succeeded", "canceled") else why(prediction)
        state = "done" if error is None else "failed"
        await self._store.update_run(self._account, self.run.id, state=state, error=error)
        if prediction.status == "canceled":
            state = "canceled"
        self.update(state=state, record=record, message=None, progress=None, error=error)

    def _saving(self, index: int, done: int, total: int | None) -> None:
        if total:
            self.update(message=f"saving output {index + 1}: {100 * done // total} %")

    @property
    def _store(self) -> Store:
        return self._session.store

    @property
    def _account(self) -> str:
        return self._session.account


def _lost_words(run: Run) -> str:
    return f"The {run.kind} of {run.target} was sent, but its answer was lost."
