"""The section Trainings: the live list, beside it the one under the cursor with its curves and its log."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from textual.app import ComposeResult
from textual.content import Content

from tui import commands as cmd
from tui.api.types import Target, Training
from tui.forms.curves import Curves
from tui.screens.records.prediction_columns import COLUMNS, version
from tui.screens.records.record_commands import Acting
from tui.screens.records.records_screen import RecordsScreen
from tui.toolkit.workers import work
from tui.widgets.result.plot import EMPTY
from tui.widgets.result.result_words import Shown
from tui.widgets.result.training_view import TrainingView

if TYPE_CHECKING:
    from tui.api.types import Prediction
    from tui.forms import Form
    from tui.forms.progress import Progress
    from tui.navigation import Place
    from tui.services.services import Services
    from tui.store.records import Record, RecordRow

AT_ONCE = 64 * 1024
"""Characters of a log that are read between two keys; more are read in a thread."""
KEPT = 8
"""Trainings whose curves are kept, so that walking through the list reads no log twice."""


class TrainingsScreen(RecordsScreen):
    """Every training of this account; what Replicate has deleted is still here."""

    HELP = (
        "The trainings of this account, newest first. n starts one, enter goes to the one under the cursor. "
        "/ filters by words, status:, model: and since:."
    )
    BINDINGS = cmd.bindings(cmd.NewTraining, cmd.RunVersion, cmd.CompareWithBase, cmd.ResolveRun)

    kind = "training"
    noun = "training"
    columns = COLUMNS
    placeholder = "/  words  status:failed  model:bard  since:2h"

    def __init__(self) -> None:
        super().__init__()
        self._curves: dict[str, Curves] = {}
        self._forms: dict[str, Form] = {}
        self._reading_curves = False
        self._arriving = ""

    def arrive(self, place: Place) -> None:
        """A training by its id: its detail gets the focus as soon as it is there."""
        self._arriving = place.argument or ""
        super().arrive(place)

    def compose_detail(self) -> ComposeResult:
        """The curves, the log, and all that is told of it."""
        yield TrainingView(id="result", empty="enter shows the training under the cursor.")

    def result_view(self) -> TrainingView:
        """Where it is shown."""
        return self.query_one(TrainingView)

    def row_version(self, row: RecordRow) -> object:
        """Its facts, its running times and its age."""
        return version(row)

    def why_empty(self) -> Content:
        """Nothing was ever trained."""
        return Content("No trainings yet.\n\nn picks a trainer and fills its form.")

    # ---- the detail

    def record_loaded(self, services: Services, record: Record) -> None:
        """Its schema tells which inputs are files and which are secrets."""
        if record.id == self._arriving:
            self._arriving = ""
            self.call_after_refresh(self.focus_detail)
        work(self, "Schema", "schema", self._know_form, services, record.prediction)

    async def _know_form(self, services: Services, prediction: Prediction) -> None:
        from tui.api.errors import ApiError

        if not prediction.model or prediction.model in self._forms:
            return
        try:
            trainer = await services.trainings.trainer(prediction.model)
        except ApiError:
            return
        self._forms[prediction.model] = trainer.form
        self.draw_detail()

    def draw_detail(self) -> None:
        """Show the record under the cursor."""
        record, services, view = self.record, self.services, self.result_view()
        if record is None or services is None:
            view.show(None)
            view.set_curves((), "")
            return
        training = record.prediction
        view.show(
            Shown(
                training,
                outputs=record.outputs,
                progress=progress_of(training, datetime.now(UTC)),
                title=_title(training),
                gone=not record.live and not training.is_terminal,
                advice=self.advice(training, None),
                estimate=self.estimate(training),
                code=_code(training, self._forms.get(training.model)),
            )
        )
        self._draw_curves(record)
        self.refresh_bindings()

    # ---- curves

    def _draw_curves(self, record: Record) -> None:
        """Read what the log has more, here or in a thread, and draw it."""
        curves = self._curves_of(record.id)
        logs, ended = record.prediction.logs, not record.live
        if self._reading_curves:
            return
        if curves.waiting(logs) <= AT_ONCE:
            curves.read(logs, ended=ended)
            self._show_curves(record.id)
        else:
            self.result_view().set_curves((), "Reading the log…")
            self._reading_curves = True
            work(self, "Curves", "curves", self._read_curves)

    async def _read_curves(self) -> None:
        """Read a long log in a thread, and what came of it meanwhile."""
        import asyncio

        try:
            while (record := self.record) is not None:
                curves, logs = self._curves_of(record.id), record.prediction.logs
                if not curves.waiting(logs):
                    break
                await asyncio.to_thread(curves.read, logs, ended=not record.live)
                if record.live and curves.waiting(logs) <= AT_ONCE:
                    break
        finally:
            self._reading_curves = False
        if (record := self.record) is not None:
            self._show_curves(record.id)

    def _curves_of(self, training_id: str) -> Curves:
        found = self._curves.pop(training_id, None) or Curves()
        self._curves[training_id] = found
        while len(self._curves) > KEPT:
            del self._curves[next(iter(self._curves))]
        return found

    def _show_curves(self, training_id: str) -> None:
        record = self.record
        if record is None or record.id != training_id:
            return
        logs = record.prediction.logs
        if record.prediction.data_removed and not logs:
            empty = "Replicate has deleted the log of this training, and it was never seen here."
        else:
            empty = EMPTY if logs else "No log yet: the curves come with it."
        self.result_view().set_curves(self._curves_of(training_id).families(), empty)

    # ---- commands

    def training(self) -> Training | None:
        """The training under the cursor."""
        found = self.prediction()
        return found if isinstance(found, Training) else None

    def why_not_new_training(self) -> str | None:
        """Only once it is known what can be trained."""
        return None if self.services is not None else "The console is not connected yet."

    async def do_new_training(self) -> None:
        """Pick a trainer, then its form."""
        from tui.screens.run.trainer_picker import pick_trainer
        from tui.screens.run.training_form import TrainingFormScreen

        services = self.services
        if services is None:
            return
        ref = await pick_trainer(self.host, services)
        if ref is not None:
            self.host.push_screen(TrainingFormScreen(ref))

    why_not_run_again = Acting._need_prediction

    def do_run_again(self) -> None:
        """The form, filled with this training's input."""
        from tui.screens.run.training_form import TrainingFormScreen

        training = self.training()
        if training is None or not training.model:
            self.console.say("The API does not tell which model this trained.", severity="warning")
            return
        version = training.version if len(training.version) == 64 else None
        self.host.push_screen(
            TrainingFormScreen(
                training.model, version=version, values=training.input, destination=destination_of(training)
            )
        )

    def why_not_run_version(self) -> str | None:
        """Only a training that gave a version."""
        training = self.training()
        if training is None:
            return "There is no training here yet."
        if self._trained(training) is None:
            return "This training has given no version" + (" yet." if not training.is_terminal else ".")
        return None

    why_not_compare_with_base = why_not_run_version

    def _trained(self, training: Training) -> Target | None:
        try:
            return Target.parse(training.trained_version or "")
        except ValueError:
            return None

    def do_run_version(self) -> None:
        """The form of the new version."""
        from tui.screens.run.run_screen import RunScreen

        training = self.training()
        if training is not None and (target := self._trained(training)) is not None:
            self.host.push_screen(RunScreen(target.ref, version=target.version))

    def do_compare_with_base(self) -> None:
        """One input for the new version and for what it was trained from."""
        from tui.screens.run.training_comparison import CompareRunScreen

        training = self.training()
        if training is None or (trained := self._trained(training)) is None:
            return
        try:
            base = Target.parse(f"{training.model}:{training.version}")
        except ValueError:
            self.console.say("The API does not tell which model this trained.", severity="warning")
            return
        self.host.push_screen(CompareRunScreen(trained, base))

    def _lost(self) -> str | None:
        if self.services is None:
            return None
        active = self.services.runs.active.values()
        return next((run.id for run in active if run.state == "unknown" and run.kind == "training"), None)

    def why_not_resolve_run(self) -> str | None:
        """Only a lost answer needs a decision."""
        return None if self._lost() else "There is no training whose answer was lost."

    async def do_resolve_run(self) -> None:
        """Decide about a lost answer."""
        if (run_id := self._lost()) is not None and self.services is not None:
            await self.decide(self.services, run_id)


def progress_of(training: Prediction, now: datetime) -> Progress | None:
    """How far a live training is by its log, with the time that is left."""
    from tui.forms.progress import progress, time_left

    found = progress(training.logs) if training.logs and not training.is_terminal else None
    if found is None or training.started_at is None:
        return found
    return replace(found, eta_seconds=time_left(found, (now - training.started_at).total_seconds()))


def destination_of(training: Training) -> str | None:
    """Where its result went, as far as it is told."""
    return training.destination or (training.trained_version or "").partition(":")[0] or None


def _title(training: Prediction) -> str:
    if not isinstance(training, Training):
        return training.model
    destination = destination_of(training)
    return f"{training.model or '?'} → {destination}" if destination else training.model


def _code(training: Prediction, form: Form | None) -> Any:
    if not training.model or not isinstance(training, Training):
        return None
    from tui.forms import redact
    from tui.services.runs import code_samples as code

    owner, _, name = training.model.partition("/")
    target = Target(owner, name, training.version)
    destination = destination_of(training) or "OWNER/NAME"
    values = redact(form, training.input) if form is not None else training.input

    def write(language: str) -> str:
        return getattr(code, f"as_{language}")(target, values, destination=destination)

    return write
