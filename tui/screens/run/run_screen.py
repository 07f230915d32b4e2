"""The run screen: the form that a model's schema asks for, and beside it what comes of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Static

from tui import commands as cmd
from tui.api.types import Target
from tui.forms import delivery
from tui.screens.base import ConsoleScreen, fill
from tui.screens.batches.make_batch import FormBatch
from tui.screens.command_host import NOT_CONNECTED
from tui.screens.form_commands import COMMANDS
from tui.screens.form_screen import FormScreen, absent_files
from tui.screens.records.record_commands import LostRunCommands, RecordCommands
from tui.screens.records.record_words import advice, cost
from tui.screens.run.panes import BESIDE, Panes
from tui.screens.run.run_request import RunRequest
from tui.screens.run.start_pane import StartPane
from tui.screens.run.use_output import ResultOutputs, UseOutput
from tui.toolkit.workers import work
from tui.widgets.cost import CostLine
from tui.widgets.form.form_column import FormColumn
from tui.widgets.form.form_part import DELIVERY
from tui.widgets.form.form_view import FormView
from tui.widgets.result.result_view import ResultView
from tui.widgets.result.result_words import Shown

if TYPE_CHECKING:
    from tui.forms.delivery import Delivery
    from tui.services.bus import Event
    from tui.services.runs.runs import Run
    from tui.services.services import Services

FRESH = "-fresh"
"""The class of the screen while nothing was run of it: what the form can begin with is beside it."""
HOLD = 0.06
"""Seconds for which the screen waits for its form before it is painted."""


class RunScreen(FormScreen):
    """Fill the form, run it, watch it, see what came."""

    HELP = "The form of a model. tab goes to the next field, ctrl+r runs it. What is typed is kept."
    SENDS = cmd.StartRun
    BINDINGS = cmd.bindings(
        cmd.StartRun,
        cmd.CancelPrediction,
        cmd.Copy,
        cmd.SaveOutputs,
        cmd.OpenOutput,
        cmd.UseAsInput,
        cmd.OpenInBrowser,
        cmd.CopyId,
        cmd.ResolveRun,
        cmd.MakeBatch,
        cmd.SwitchPane,
        cmd.NextTab,
        cmd.PreviousTab,
        *COMMANDS,
    )

    def __init__(
        self,
        ref: str,
        *,
        version: str | None = None,
        deployment: str | None = None,
        values: Mapping[str, object] | None = None,
        texts: Mapping[str, str] | None = None,
        message: str | None = None,
        start: bool = False,
    ) -> None:
        """A form, filled with `values` (an input) or `texts` (as typed); `message` is said at the start.

        `start` sends it on arrival, as the command line asked. `deployment` ("owner/name") is what it runs through;
        `ref` and `version` are then the model that is deployed there.
        """
        of_model = f"{ref}:{version}" if version else ref
        super().__init__(f"through {deployment}" if deployment is not None else of_model)
        self.ref = ref
        self.version_id = version
        self.deployment = deployment
        self._values = values
        self._texts = texts
        self._message = message
        self._start = start
        self.request: RunRequest | None = None
        """What the form would send; None until the model's schema has come."""
        self.run: Run | None = None
        self._text: str | None = None
        self._text_done = False
        self._code: Callable[[str], str] | None = None
        self._beginnings = StartPane(id="start")
        self._result = ResultView(id="result", empty="Nothing was run yet.")
        self._panes = Panes(self, lambda: _focus_beside(self, self._beginnings, self._result))
        self._commands = (
            RecordCommands(self, lambda: self.run.record if self.run else None, lambda: self._result),
            LostRunCommands(self, lambda: self.run if self.run and self.run.state == "unknown" else None),
            FormBatch(self, lambda: self.request, lambda: self.form_view.values),
            UseOutput(self, lambda: ResultOutputs(self._result), open_filled),
        )

    @property
    def command_objects(self) -> Sequence[object]:
        """The commands of the record that came of the run, of a run whose answer was lost, and of every form."""
        fresh = [self._beginnings] if self.has_class(FRESH) else []
        return (*fresh, *self._commands, self._panes, *super().command_objects)

    def compose_body(self) -> ComposeResult:
        # Not once it is mounted: every widget would be styled a second time.
        self.add_class(FRESH)
        with Horizontal(id="run"):
            title = _title(self.ref, self.version_id, self.deployment)
            yield from self.form_column("run", title, FormView(None, folding=True, part=DELIVERY, id="form"), "Run  ^r")
            yield self._beginnings

    def on_mount(self) -> None:
        def tick() -> None:
            if self.run is not None and self.run.state in ("following", "waiting", "creating", "uploading"):
                self._result.tick()

        self.set_interval(1.0, tick)

    # ---- loading

    def services_ready(self, services: Services) -> None:
        """Load the schema and the draft."""
        if self.request is None:
            # The form of a model that is kept here comes right after the screen: both are painted once.
            work(self, self.ref, "load", fill, self, self._load, services, self.console.hold_updates(HOLD))

    async def _load(self, services: Services) -> None:
        from tui.api.errors import ApiError
        from tui.forms import Form

        self.note("asking for the schema…")
        try:
            model = await services.catalogue.model(self.ref)
            version = model.latest_version
            if self.version_id is not None:
                version = await services.catalogue.version(self.ref, self.version_id)
        except ApiError as error:
            self.note(f"{error}  esc goes back.", "$error")
            return
        form = Form.parse(version.openapi_schema if version else None)
        through = self.deployment
        target = Target.of_deployment(through) if through else Target.of_model(self.ref, model, self.version_id)
        self.request = request = RunRequest(form, target)
        self.form_view.set_form(request.shown)
        self.note("")
        given = dict(self._texts) if self._texts is not None else None
        await self.put_draft(services, request.texts_of(self._values) if self._values is not None else given)
        self._panes.show_form()
        shown = version.id if version is not None and version.id != "hidden" else ""
        self.query_one("#run-title", Static).update(_title(self.ref, self.version_id or shown, self.deployment))
        self._draw_result()
        self._beginnings.show(services, model, request, lambda: self.form_view.values)
        cost = await services.costs.of_run(
            self.ref, deployment=through, official=target.official, given=request.checked(self.form_view.values)[0]
        )
        self.query_one(CostLine).show(cost)
        if self._message:
            self.console.say(self._message, severity="warning")
        if self._start:
            self._start = False
            self.action_command(cmd.StartRun.id)

    # ---- the form

    def typed(self, name: str | None) -> None:
        """The code of the request follows."""
        self._code = None
        self._beginnings.code_changed()
        if self._result.tab == "code":
            self.soon("result", self._draw_result)
        if self.services is not None and not self.deployment and self.services.prices.of_model(self.ref) is not None:
            self.soon("cost", partial(_draw_cost, self))

    @on(StartPane.Chosen)
    def _begin_with(self, event: StartPane.Chosen) -> None:
        """Put an input into the form; what was there comes back by one key."""
        if self.request is None:
            return
        view = self.form_view
        kept = {**self.start_texts(), **delivery.only(view.values)}
        view.replace({**kept, **self.request.texts_of(event.values)}, whole=True)
        self.show_problems([])
        self.changed()
        self._panes.show_form()
        self.note("filled; ^z takes it out again")

    def checked_input(self) -> tuple[dict[str, object], Delivery] | None:
        """The form's input and what is delivered, or None after its problems were shown beside their fields."""
        if self.request is None:
            return None
        values, problems = self.request.checked(self.form_view.values)
        chosen, wrong = delivery.read(self.form_view.values)
        return None if self.show_problems([*problems, *absent_files(values), *wrong]) else (values, chosen)

    # ---- the run

    def why_not_start_run(self) -> str | None:
        """Nothing to run yet, or the run before is not created yet."""
        if self.services is None:
            return NOT_CONNECTED
        if self.request is None:
            return "The model's schema has not come yet."
        if self.run is not None and self.run.state in ("uploading", "waiting", "creating", "draft"):
            return "The run before is still being sent; it is not sent twice."
        if self.run is not None and self.run.state == "unknown":
            return "The answer to the run before was lost. x decides about it first, so that nothing is paid twice."
        return None

    async def do_start_run(self) -> None:
        """Check, create, follow."""
        from tui.screens.dialogs.over_budget import within_budget
        from tui.screens.dialogs.question import Ask, Option

        checked, services, request = self.checked_input(), self.services, self.request
        if checked is None or services is None or request is None:
            return
        values, chosen = checked
        if self.run is not None and self.run.state == "following":
            answer = await self.host.push_screen_wait(
                Ask(
                    "Run a second time?",
                    "The run before is still going, and goes on. Another prediction is billed on its own.",
                    [Option("run", "r", "Run another"), Option("stay", "s", "Stay")],
                )
            )
            if answer != "run":
                return
        dollars = await services.costs.dollars(self.ref, deployment=self.deployment, given=values)
        if not await within_budget(self.host, services, dollars, "This run"):
            return
        self.show_run()
        await services.past.of(self.ref, deployment=self.deployment)
        self.run = await services.runs.start(
            request.target,
            request.form,
            values,
            cancel_after=chosen.cancel_after,
            webhook=chosen.webhook,
            webhook_events=chosen.events,
        )
        self._draw_result()

    def show_run(self) -> None:
        """Show what comes of the run that begins now."""
        self._text, self._text_done, self.run = None, False, None
        self.remove_class(FRESH)
        if not self._result.is_attached:
            # Not with the form, which would be painted the later for it.
            self._result.show(self._shown())
            self.query_one("#run").mount(self._result)
        self._result.open_tab("output")
        self._panes.show_beside()

    def bus_event(self, event: Event) -> None:
        """Follow the run of this screen."""
        from tui.services import bus

        run = self.run
        if run is None:
            return
        prediction_id = run.record.prediction.id if run.record else None
        if isinstance(event, bus.RunChanged) and event.run.id == run.id:
            self.run = event.run
            if event.run.fields:
                self.remove_class(BESIDE)
                own = {field.name for field in self.form_view.fields}
                self.show_problems(delivery.refused(event.run.fields, own), "Replicate refused the input")
        elif isinstance(event, bus.OutputText) and event.prediction_id == prediction_id:
            self._text, self._text_done = event.text, event.done
        elif isinstance(event, bus.OutputSaved) and event.prediction_id == prediction_id:
            pass
        elif not (isinstance(event, bus.RecordChanged) and event.record.prediction.id == prediction_id):
            return
        self.soon("result", self._draw_result)

    def _draw_result(self) -> None:
        if not self.is_attached:
            return
        if self._result.is_attached:
            self._result.show(self._shown())
        self.refresh_bindings()

    def _shown(self) -> Shown | None:
        run, request = self.run, self.request
        if request is not None and self._code is None:
            self._code = request.code(self.form_view.values)
        if run is None:
            return Shown(None, code=self._code) if request is not None else None
        prediction = run.record.prediction if run.record else None
        return Shown(
            prediction,
            text=self._text if self._text is not None else (run.text or None),
            text_done=self._text_done,
            outputs=run.record.outputs if run.record else (),
            progress=run.progress,
            kind=request.form.output if request is not None else None,
            phase=phase_words(run),
            error=run.error or "",
            advice=advice(prediction, run.error),
            cost=cost(self.services, prediction),
            past=self.services.past.known(self.ref, deployment=self.deployment) if self.services is not None else None,
            code=self._code,
            previews=self.services.previews if self.services is not None else None,
        )

    # ---- commands

    def do_back(self) -> None:
        """From the result to the form where one is shown at a time, else to where one came from."""
        inside = self._result.has_focus_within or self._beginnings.has_focus_within
        if not inside and self.query_one(FormColumn).end_find():
            return
        if self.request is not None and (inside or (self.narrow and self.has_class(BESIDE))):
            self._panes.show_form()
        else:
            self.dismiss(None)


def open_filled(screen: ConsoleScreen, ref: str, texts: Mapping[str, str], message: str | None = None) -> None:
    """Open the form of a model over a screen, with these texts in it."""
    screen.host.push_screen(RunScreen(ref, texts=texts, message=message))


def _draw_cost(screen: RunScreen) -> None:
    """What it may cost with what is typed now."""
    request, services = screen.request, screen.services
    if request is not None and services is not None:
        given, _ = request.checked(screen.form_view.values)
        cost = services.costs.of_known(screen.ref, official=request.target.official, given=given)
        screen.query_one(CostLine).show(cost)


def _focus_beside(screen: RunScreen, beginnings: StartPane, view: ResultView) -> None:
    if screen.has_class(FRESH):
        beginnings.focus_body()
        return
    view.focus_body()
    if not view.has_focus_within:
        screen.set_focus(None)


def _title(ref: str, version: str | None, deployment: str | None) -> Content:
    owner, _, name = ref.partition("/")
    what = Content.assemble(Content.styled(f"{owner}/", "$text-muted"), Content.styled(name, "bold $accent"))
    about = (version or "")[:12]
    if deployment is not None:
        what, about = Content.styled(deployment, "bold $accent"), f"{ref} {about}"
    return Content.assemble(what, Content.styled(f"  {about}" if about else "", "$text-muted"))


def phase_words(run: Run) -> str:
    """What a run does before its prediction is there."""
    if run.state == "unknown":
        return "The answer was lost: it may be running. x decides."
    if run.message:
        return run.message
    return {"draft": "checked", "uploading": "uploading…", "creating": "sending…", "waiting": "waiting…"}.get(
        run.state, ""
    )
