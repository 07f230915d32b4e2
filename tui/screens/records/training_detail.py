"""The detail of the section Trainings: the curves and the log as they grow, and all that is told of a training."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from tui.api.types import Target, Training
from tui.forms.curves import Curves
from tui.screens.base import ConsoleScreen
from tui.screens.records.record_words import advice, cost
from tui.toolkit.workers import work
from tui.widgets.result.plot import EMPTY
from tui.widgets.result.result_words import Shown
from tui.widgets.result.training_view import TrainingView

if TYPE_CHECKING:
    from tui.api.types import Prediction
    from tui.forms import Form
    from tui.forms.progress import Progress
    from tui.services.bus import Event
    from tui.services.services import Services
    from tui.store.records import Record

AT_ONCE = 64 * 1024
"""Characters of a log that are read between two keys; more are read in a thread."""
KEPT = 8
"""Trainings whose curves are kept, so that walking through the list reads no log twice."""


class TrainingDetail:
    """Shows a training, and reads its curves from its log."""

    def __init__(self, screen: ConsoleScreen, record: Callable[[], Record | None]) -> None:
        """`record` gives the record under the cursor."""
        self.view = TrainingView(id="result", empty="The one under the cursor is shown here.")
        self._screen = screen
        self._record = record
        self._curves: dict[str, Curves] = {}
        self._forms: dict[str, Form] = {}
        self._reading_curves = False

    def loaded(self, services: Services, record: Record) -> None:
        """Its schema tells which inputs are files and which are secrets."""
        work(self._screen, "Schema", "schema", self._know_form, services, record.prediction)
        if record.live:
            work(self._screen, "Past trainings", "past", self._know_past, services, record.prediction)

    async def _know_past(self, services: Services, training: Prediction) -> None:
        await services.past.of(training.model, kind="training")
        self.draw()

    async def _know_form(self, services: Services, prediction: Prediction) -> None:
        from tui.api.errors import ApiError

        # Replicate knows nothing of what ran on this machine.
        if not prediction.model or prediction.source == "local" or prediction.model in self._forms:
            return
        try:
            trainer = await services.trainings.trainer(prediction.model)
        except ApiError:
            return
        self._forms[prediction.model] = trainer.form
        self.draw()

    def hear(self, event: Event) -> str | None:
        """A training streams nothing besides its record."""
        return None

    def draw(self) -> None:
        """Show the record under the cursor."""
        record, services = self._record(), self._screen.services
        if record is None or services is None:
            self.view.show(None)
            self.view.set_curves((), self.view.empty)
            return
        training = record.prediction
        self.view.show(
            Shown(
                training,
                outputs=record.outputs,
                progress=progress_of(training, datetime.now(UTC)),
                title=_title(record),
                gone=not record.live and not training.is_terminal,
                advice=advice(training),
                cost=cost(services, training),
                past=services.past.known(training.model, kind="training"),
                code=_code(record, self._forms.get(training.model)),
            )
        )
        self._draw_curves(record)
        self._screen.refresh_bindings()

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
            self.view.set_curves((), "Reading the log…")
            self._reading_curves = True
            work(self._screen, "Curves", "curves", self._read_curves)

    async def _read_curves(self) -> None:
        """Read a long log in a thread, and what came of it meanwhile."""
        import asyncio

        try:
            while (record := self._record()) is not None:
                curves, logs = self._curves_of(record.id), record.prediction.logs
                if not curves.waiting(logs):
                    break
                await asyncio.to_thread(curves.read, logs, ended=not record.live)
                if record.live and curves.waiting(logs) <= AT_ONCE:
                    break
        finally:
            self._reading_curves = False
        if (record := self._record()) is not None:
            self._show_curves(record.id)

    def _curves_of(self, training_id: str) -> Curves:
        found = self._curves.pop(training_id, None) or Curves()
        self._curves[training_id] = found
        while len(self._curves) > KEPT:
            del self._curves[next(iter(self._curves))]
        return found

    def _show_curves(self, training_id: str) -> None:
        record = self._record()
        if record is None or record.id != training_id:
            return
        self.view.set_curves(self._curves_of(training_id).families(), _why_no_curves(record))


def _why_no_curves(record: Record) -> str:
    """Of a log that has none, or of one that is not here."""
    if record.prediction.logs:
        return EMPTY if record.live else "Its log reports no curve."
    if record.prediction.data_removed:
        return "Replicate has deleted the log of this training, and it was never seen here."
    if record.live:
        return "No log yet: the curves come with it."
    return "It has left no log." if record.row.whole else "Asking for its log…"


def progress_of(training: Prediction, now: datetime) -> Progress | None:
    """How far a live training is by its log, with the time that is left."""
    from tui.forms.progress import progress, time_left

    found = progress(training.logs) if training.logs and not training.is_terminal else None
    if found is None or training.started_at is None:
        return found
    return replace(found, eta_seconds=time_left(found, (now - training.started_at).total_seconds()))


def destination_of(record: Record) -> str | None:
    """Where its result goes or went, as far as that is known."""
    training = record.prediction
    return (training.goes_to if isinstance(training, Training) else None) or record.row.destination or None


def _title(record: Record) -> str:
    model, destination = record.prediction.model, destination_of(record)
    name = f"{model} · local" if record.prediction.source == "local" else model
    return f"{name or '?'} → {destination}" if destination else name


def _code(record: Record, form: Form | None) -> Any:
    from tui.forms import redact
    from tui.services.runs.code_samples import writer

    training = record.prediction
    target = Target.of_prediction(training)
    if target is None or not target.owner or not isinstance(training, Training):
        return None
    values = redact(form, training.input) if form is not None else training.input
    return writer(target, values, destination_of(record) or "OWNER/NAME")
