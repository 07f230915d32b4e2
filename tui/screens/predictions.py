"""The section Predictions: the live list, beside it the one under the cursor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Input

from tui import commands as cmd
from tui.screens.acting import Acting, open_file, save_outputs
from tui.screens.prediction_columns import COLUMNS, version
from tui.widgets.filter_bar import FilterBar
from tui.widgets.result_view import ResultView
from tui.widgets.result_words import Shown
from tui.widgets.table import VirtualTable
from tui.widgets.work import work

if TYPE_CHECKING:
    from tui.api.types import Prediction
    from tui.forms import Form
    from tui.places import Place
    from tui.services.bus import Event
    from tui.services.services import Services
    from tui.store.records import Record, RecordRow

PAGE = 200
"""Rows that are read from the store at a time."""


class PredictionsScreen(Acting):
    """Everything that ran and runs, of this account; what Replicate has deleted is still here."""

    HELP = "The predictions of this account, newest first. enter goes to the one under the cursor."
    BINDINGS = cmd.bindings(
        cmd.CancelPrediction,
        cmd.RunAgain,
        cmd.Filter,
        cmd.SaveOutputs,
        cmd.Copy,
        cmd.CopyId,
        cmd.OpenOutput,
        cmd.OpenInBrowser,
        cmd.Reload,
        cmd.ResolveRun,
        cmd.NextTab,
        cmd.PreviousTab,
        cmd.Back,
    )

    def __init__(self) -> None:
        super().__init__()
        self._rows: list[RecordRow] = []
        self._record: Record | None = None
        self._limit = PAGE
        self._older = True
        self._forms: dict[str, Form] = {}
        self._texts: dict[str, tuple[str, bool]] = {}
        self._wanted_id = ""
        self._ticker: Timer | None = None

    def compose_body(self) -> ComposeResult:
        with Horizontal(id="predictions"):
            with Vertical(id="predictions-list"):
                yield FilterBar("/  words  status:failed  model:flux  since:2h", list="#predictions-table", id="filter")
                yield VirtualTable(COLUMNS, id_of=lambda r: r.id, version_of=version, id="predictions-table")
            yield ResultView(id="result", empty="enter shows the prediction under the cursor.")

    def on_mount(self) -> None:
        self._table.set_empty("Connecting…")
        self._table.focus()
        self.set_interval(1.0, self._tick)
        self.set_interval(2.0, self._look_elsewhere)
        self.set_interval(30.0, self._redraw_ages)

    @property
    def _table(self) -> VirtualTable[Any]:
        return cast("VirtualTable[Any]", self.query_one("#predictions-table"))

    # ---- data

    def services_ready(self, services: Services) -> None:
        """Show the archive at once, then ask what is new."""
        self._table.set_empty("Asking for the predictions…")
        self.load()
        services.watcher.showing(self._table.in_sight)
        if self.is_current:
            services.watcher.see(list_visible=True, open_id=None)
        work(self, "Predictions", "refresh", self._refresh, services)

    async def _refresh(self, services: Services) -> None:
        try:
            await services.watcher.refresh()
        finally:
            self._table.set_empty(self._why_empty())

    def on_screen_resume(self) -> None:
        self._see()
        if self.services is not None:
            self.load()

    def on_screen_suspend(self) -> None:
        """Nothing is asked for what nobody sees."""
        if self.services is not None:
            self.services.watcher.see(list_visible=False, open_id=None)

    def _see(self) -> None:
        if self.services is not None and self.is_current:
            shown = not self.narrow or self.has_class("-detail")
            record = self._record
            self.services.watcher.see(list_visible=True, open_id=record.prediction.id if record and shown else None)

    def load(self) -> None:
        """Read the list from the store; calls within a frame are folded into one."""
        self.soon("load", self._start_load)

    def _start_load(self) -> None:
        if self.services is not None and self.is_attached:
            work(self, "List", "list", self._load, self.services)

    async def _load(self, services: Services) -> None:
        from tui.store.records import Query

        words = self.query_one("#filter", Input).value
        rows = await services.store.rows(services.account, Query.parse(words), limit=self._limit)
        self._rows = list(rows)
        self._table.set_rows(self._rows)
        self._table.set_empty(self._why_empty())
        if self._wanted_id and any(r.id == self._wanted_id for r in self._rows):
            self._table.move_to(self._wanted_id)
            self._wanted_id = ""

    def _why_empty(self) -> Content:
        if words := self.query_one("#filter", Input).value.strip():
            return Content(f"No prediction matches “{words}”.\n\nesc clears the filter.")
        return Content("No predictions yet.\n\n1 goes to the models; r runs the one under the cursor.")

    async def _load_record(self, services: Services, prediction_id: str) -> None:
        record = await services.store.get(services.account, prediction_id)
        row = self._table.row
        if record is not None and row is not None and row.id == prediction_id:
            self._record = record
            self._draw_result()
            await self._know_form(services, record.prediction)

    async def _know_form(self, services: Services, prediction: Prediction) -> None:
        """The schema tells text from files; without it what came decides."""
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
        self._draw_result()

    def _draw_result(self) -> None:
        record, services = self._record, self.services
        if record is None or services is None:
            self.query_one(ResultView).show(None)
            return
        prediction = record.prediction
        run = next(
            (r for r in services.runs.active.values() if r.record and r.record.prediction.id == prediction.id),
            None,
        )
        text, done = self._texts.get(prediction.id, (None, False))
        form = self._forms.get(f"{prediction.model}:{prediction.version}")
        self.query_one(ResultView).show(
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
                code=_code(prediction, form),
            )
        )
        self.refresh_bindings()

    def bus_event(self, event: Event) -> None:
        """Fold what the services tell into the list and the detail."""
        from tui.services import bus

        if isinstance(event, bus.RecordChanged):
            self._record_changed(event.record)
        elif isinstance(event, bus.RecordsListed):
            for record in event.records:
                self._record_changed(record)
            self.load()
        elif isinstance(event, bus.OutputText):
            self._texts[event.prediction_id] = (event.text, event.done)
            if event.done:
                self._texts.pop(event.prediction_id)
            if self._open_id() == event.prediction_id:
                self.soon("result", self._draw_result)
        elif isinstance(event, bus.OutputSaved) and self._open_id() == event.prediction_id:
            self._reload_record()

    def _record_changed(self, record: Record) -> None:
        if record.prediction.id == self._open_id():
            self._record = record
            self.soon("result", self._draw_result)
        if self.is_current:
            self.load()

    def _open_id(self) -> str | None:
        return self._record.prediction.id if self._record else None

    def _reload_record(self) -> None:
        open_id = self._open_id()
        if self.services is not None and open_id is not None:
            work(self, "Prediction", "record", self._load_record, self.services, open_id)

    def _tick(self) -> None:
        if not self.is_current:
            return
        if self._record is not None and self._record.live:
            self.query_one(ResultView).tick()
        live = [row.id for row in self._rows if row.live]
        if live:
            self._table.update_rows(live)

    def _look_elsewhere(self) -> None:
        """Another console may have written to the archive: what it runs is shown here too."""
        if self.is_current and self.services is not None:
            work(self, "List", "elsewhere", self._load_changed, self.services)

    async def _load_changed(self, services: Services) -> None:
        if await services.store.changed_elsewhere():
            await self._load(services)
            self._reload_record()

    def _redraw_ages(self) -> None:
        if self.is_current and self._rows:
            self._table.update_rows([row.id for row in self._rows])

    # ---- what the user does

    @on(Input.Changed, "#filter")
    def _filter_changed(self) -> None:
        self._limit = PAGE
        self._start_load()

    @on(VirtualTable.Highlighted, "#predictions-table")
    def _highlighted(self, event: VirtualTable.Highlighted[Any]) -> None:
        if self.services is not None and event.id is not None and event.id != self._open_id():
            self._record = None
            work(self, "Prediction", "record", self._load_record, self.services, event.id)
            self.set_timer(0.15, self._see)

    @on(VirtualTable.Selected, "#predictions-table")
    def _selected(self) -> None:
        self.add_class("-detail")
        self._see()
        self.query_one(ResultView).focus_body()

    @on(VirtualTable.InSight, "#predictions-table")
    def _in_sight(self, event: VirtualTable.InSight) -> None:
        if self.services is not None:
            self.services.watcher.showing(event.ids)

    @on(VirtualTable.NearEnd, "#predictions-table")
    def _near_end(self) -> None:
        if self.services is not None:
            work(self, "Older", "older", self._load_older, self.services)

    async def _load_older(self, services: Services) -> None:
        if len(self._rows) >= self._limit:
            self._limit += PAGE
            await self._load(services)
        elif self._older:
            self._older = await services.watcher.older() is not None
            await self._load(services)

    def arrive(self, place: Place) -> None:
        """A prediction by its id."""
        if place.argument:
            self.show_prediction(place.argument)

    def show_prediction(self, prediction_id: str) -> None:
        """Put the cursor on a prediction, asking for it when it is not known here."""
        self._wanted_id = prediction_id
        self.add_class("-detail")
        if self.services is not None:
            work(self, prediction_id, "fetch", self._fetch, self.services, prediction_id)

    async def _fetch(self, services: Services, prediction_id: str) -> None:
        if await services.store.get(services.account, prediction_id) is None:
            await services.watcher.ask(prediction_id)
        await self._load(services)

    def prediction(self) -> Prediction | None:
        """The prediction under the cursor."""
        return self._record.prediction if self._record else None

    def result_view(self) -> ResultView:
        """Where it is shown."""
        return self.query_one(ResultView)

    # ---- commands

    def do_filter(self) -> None:
        """Go to the filter."""
        self.remove_class("-detail")
        self.set_focus(self.query_one("#filter"))

    def do_reload(self) -> None:
        """Ask now."""
        if self.services is not None:
            work(self, "Reload", "refresh", self._refresh, self.services)
            self._reload_record()

    def why_not_cancel_prediction(self) -> str | None:
        """Marked ones that run, or the one under the cursor."""
        if self._marked_live():
            return None
        if self._record is not None and not self._record.live and not self._record.prediction.is_terminal:
            return "Replicate does not know this prediction any more."
        return super().why_not_cancel_prediction()

    def _marked_live(self) -> list[str]:
        marked = self._table.marked
        return [row.id for row in self._rows if row.id in marked and row.live]

    async def do_cancel_prediction(self) -> None:
        """Cancel the marked ones, or the one under the cursor."""
        services, marked = self.services, self._marked_live()
        if services is None or not marked:
            await super().do_cancel_prediction()
            return
        records = [await services.store.get(services.account, id) for id in marked]
        await self.cancel_all(services, [r.prediction for r in records if r is not None])

    why_not_run_again = Acting._need_prediction

    def do_run_again(self) -> None:
        """The form, filled with this input."""
        from tui.screens.run import RunScreen

        prediction = self.prediction()
        if prediction is None or not prediction.model:
            self.console.say("The API does not tell which model this was.", severity="warning")
            return
        version = prediction.version if len(prediction.version or "") == 64 else None
        self.host.push_screen(RunScreen(prediction.model, version=version, values=prediction.input))

    def do_copy_id(self) -> None:
        """The ids of the marked ones, or of the one under the cursor."""
        marked = [row.id for row in self._rows if row.id in self._table.marked]
        if marked:
            self.console.copy_text("\n".join(marked), f"{len(marked)} ids")
        else:
            super().do_copy_id()

    def do_back(self) -> None:
        """From the detail to the list; then the filter is cleared."""
        if self.has_class("-detail") or self.query_one(ResultView).has_focus_within:
            self.remove_class("-detail")
            self._table.focus()
        elif self.query_one("#filter", Input).value:
            self.query_one("#filter", Input).value = ""
        self._see()

    async def do_save_outputs(self) -> None:
        """Save into a folder."""
        await save_outputs(self)

    def do_open_output(self) -> None:
        """Open the file."""
        open_file(self)

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
    from tui.services import code

    owner, _, name = prediction.model.partition("/")
    version = prediction.version if len(prediction.version or "") == 64 else None
    target = Target(owner=owner, name=name, version=version, official=version is None)
    values = redact(form, prediction.input) if form is not None else prediction.input

    def write(language: str) -> str:
        return getattr(code, f"as_{language}")(target, values)

    return write
