"""The detail of the section Predictions: the result, as on the screen of a run."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tui.screens.base import ConsoleScreen
from tui.screens.records.record_words import advice, cost
from tui.toolkit.workers import work
from tui.widgets.result.result_view import ResultView
from tui.widgets.result.result_words import Shown

if TYPE_CHECKING:
    from tui.api.types import Prediction
    from tui.forms import Form
    from tui.services.bus import Event
    from tui.services.services import Services
    from tui.store.records import Record


class PredictionDetail:
    """Shows a prediction: what is kept of it, what streams, and the form that tells text from files."""

    def __init__(self, screen: ConsoleScreen, record: Callable[[], Record | None]) -> None:
        """`record` gives the record under the cursor."""
        self.view = ResultView(id="result", empty="The one under the cursor is shown here.")
        self._screen = screen
        self._record = record
        self._forms: dict[str, Form] = {}
        self._texts: dict[str, tuple[str, bool]] = {}

    def loaded(self, services: Services, record: Record) -> None:
        """Its schema tells text from files; without it what came decides."""
        work(self._screen, "Schema", "schema", self._know_form, services, record.prediction)
        if record.live:
            work(self._screen, "Past runs", "past", self._know_past, services, record.prediction)

    async def _know_past(self, services: Services, prediction: Prediction) -> None:
        await services.past.of(prediction.model, deployment=prediction.deployment)
        self.draw()

    async def _know_form(self, services: Services, prediction: Prediction) -> None:
        from tui.api.errors import ApiError
        from tui.forms import Form

        key = f"{prediction.model}:{prediction.version}"
        if not prediction.model or key in self._forms:
            return
        try:
            model = await services.catalogue.model(prediction.model)
        except ApiError:
            return
        self._forms[key] = Form.parse(model.latest_version.openapi_schema if model.latest_version else None)
        self.draw()

    def hear(self, event: Event) -> str | None:
        """The text that streams."""
        from tui.services import bus

        if not isinstance(event, bus.OutputText):
            return None
        self._texts[event.prediction_id] = (event.text, event.done)
        if event.done:
            self._texts.pop(event.prediction_id)
        return event.prediction_id

    def draw(self) -> None:
        """Show the record under the cursor."""
        record, services = self._record(), self._screen.services
        if record is None or services is None:
            self.view.show(None)
            return
        prediction = record.prediction
        run = next(
            (r for r in services.runs.active.values() if r.record and r.record.prediction.id == prediction.id),
            None,
        )
        text, done = self._texts.get(prediction.id, (None, False))
        form = self._forms.get(f"{prediction.model}:{prediction.version}")
        self.view.show(
            Shown(
                prediction,
                text=text if text is not None else (run.text or None if run else None),
                text_done=done,
                outputs=record.outputs,
                progress=run.progress if run else _progress_of(prediction),
                kind=form.output if form else None,
                title=f"{prediction.model} · local" if prediction.source == "local" else prediction.model or "",
                gone=not record.live and not prediction.is_terminal,
                advice=advice(prediction),
                cost=cost(services, prediction),
                past=services.past.known(prediction.model, deployment=prediction.deployment),
                code=_code(prediction, form, services.username),
                previews=services.previews,
            )
        )
        self._screen.refresh_bindings()


def _progress_of(prediction: Prediction) -> Any:
    from tui.forms.progress import progress

    return progress(prediction.logs) if prediction.logs and not prediction.is_terminal else None


def _code(prediction: Prediction, form: Form | None, username: str | None) -> Any:
    from tui.api.client import Target
    from tui.forms import redact
    from tui.services.runs.code_samples import writer

    target = Target.of_prediction(prediction, username or "")
    if target is None:
        return None
    return writer(target, redact(form, prediction.input) if form is not None else prediction.input)
