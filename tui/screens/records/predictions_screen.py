"""The section Predictions: the live list, beside it the one under the cursor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual.app import ComposeResult
from textual.content import Content

from tui import commands as cmd
from tui.screens.records.prediction_columns import COLUMNS, version
from tui.screens.records.record_commands import Acting
from tui.screens.records.records_screen import RecordsScreen
from tui.toolkit.workers import work
from tui.widgets.result.result_view import ResultView
from tui.widgets.result.result_words import Shown

if TYPE_CHECKING:
    from tui.api.types import Prediction
    from tui.forms import Form
    from tui.services.bus import Event
    from tui.services.services import Services
    from tui.store.records import Record, RecordRow


class PredictionsScreen(RecordsScreen):
    """Everything that ran and runs, of this account; what Replicate has deleted is still here."""

    HELP = (
        "The predictions of this account, newest first. enter goes to the one under the cursor, space marks it. "
        '/ filters: words of prompts, outputs and logs by their beginnings, "words in quotes" as they follow each '
        "other, and status: model: source: since: before: id: version: deployment: for the rest."
    )
    BINDINGS = cmd.bindings(cmd.ResolveRun)

    columns = COLUMNS

    def __init__(self) -> None:
        super().__init__()
        self._forms: dict[str, Form] = {}
        self._texts: dict[str, tuple[str, bool]] = {}

    def compose_detail(self) -> ComposeResult:
        """The result, as on the screen of a run."""
        yield ResultView(id="result", empty="enter shows the prediction under the cursor.")

    def result_view(self) -> ResultView:
        """Where it is shown."""
        return self.query_one(ResultView)

    def row_version(self, row: RecordRow) -> object:
        """Its facts, its running times and its age."""
        return version(row)

    def why_empty(self) -> Content:
        """Nothing was ever run."""
        return Content("No predictions yet.\n\n1 goes to the models; r runs the one under the cursor.")

    # ---- the detail

    def record_loaded(self, services: Services, record: Record) -> None:
        """Its schema tells text from files; without it what came decides."""
        work(self, "Schema", "schema", self._know_form, services, record.prediction)

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
        self.draw_detail()

    def draw_detail(self) -> None:
        """Show the record under the cursor."""
        record, services = self.record, self.services
        if record is None or services is None:
            self.result_view().show(None)
            return
        prediction = record.prediction
        run = next(
            (r for r in services.runs.active.values() if r.record and r.record.prediction.id == prediction.id),
            None,
        )
        text, done = self._texts.get(prediction.id, (None, False))
        form = self._forms.get(f"{prediction.model}:{prediction.version}")
        self.result_view().show(
            Shown(
                prediction,
                text=text if text is not None else (run.text or None if run else None),
                text_done=done,
                outputs=record.outputs,
                progress=run.progress if run else _progress_of(prediction),
                kind=form.output if form else None,
                title=prediction.model or "",
                gone=not record.live and not prediction.is_terminal,
                advice=self.advice(prediction, None),
                estimate=self.estimate(prediction),
                code=_code(prediction, form),
            )
        )
        self.refresh_bindings()

    def bus_event(self, event: Event) -> None:
        """Besides the records: the text that streams."""
        from tui.services import bus

        super().bus_event(event)
        if isinstance(event, bus.OutputText):
            self._texts[event.prediction_id] = (event.text, event.done)
            if event.done:
                self._texts.pop(event.prediction_id)
            if self.record_id == event.prediction_id:
                self.soon("detail", self.draw_detail)

    # ---- commands

    why_not_run_again = Acting._need_prediction

    def do_run_again(self) -> None:
        """The form, filled with this input."""
        from tui.screens.run.run_screen import RunScreen

        prediction = self.prediction()
        if prediction is None or not prediction.model:
            self.console.say("The API does not tell which model this was.", severity="warning")
            return
        version = prediction.version if len(prediction.version or "") == 64 else None
        through = prediction.deployment if "/" in (prediction.deployment or "") else None
        self.host.push_screen(RunScreen(prediction.model, version=version, deployment=through, values=prediction.input))

    def _run_id(self) -> str | None:
        if self.services is None:
            return None
        return next((run.id for run in self.services.runs.active.values() if run.state == "unknown"), None)

    def why_not_resolve_run(self) -> str | None:
        """Only a lost answer needs a decision."""
        return None if self._run_id() else "There is no run whose answer was lost."

    async def do_resolve_run(self) -> None:
        """Decide about a lost answer."""
        run_id = self._run_id()
        if run_id is not None and self.services is not None:
            await self.decide(self.services, run_id)


def _progress_of(prediction: Prediction) -> Any:
    from tui.forms.progress import progress

    return progress(prediction.logs) if prediction.logs and not prediction.is_terminal else None


def _code(prediction: Prediction, form: Form | None) -> Any:
    if not prediction.model:
        return None
    from tui.api.client import Target
    from tui.forms import redact
    from tui.services.runs import code_samples as code

    owner, _, name = prediction.model.partition("/")
    version = prediction.version if len(prediction.version or "") == 64 else None
    target = Target(owner=owner, name=name, version=version, official=version is None)
    values = redact(form, prediction.input) if form is not None else prediction.input

    def write(language: str) -> str:
        return getattr(code, f"as_{language}")(target, values)

    return write
