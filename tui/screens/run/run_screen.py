"""The run screen: the form that a model's schema asks for, and beside it what comes of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Static

from tui import commands as cmd
from tui.screens.form_commands import COMMANDS
from tui.screens.form_screen import FormScreen, absent_files
from tui.screens.records.record_commands import LostRunCommands, RecordCommands
from tui.screens.records.record_words import advice, estimate
from tui.toolkit.workers import work
from tui.widgets.form.form_view import FormView
from tui.widgets.result.result_view import ResultView
from tui.widgets.result.result_words import Shown

if TYPE_CHECKING:
    from tui.api.types import Model, Version
    from tui.forms import Form
    from tui.services.bus import Event
    from tui.services.runs.runs import Run
    from tui.services.services import Services

FREE_FIELD = "input"
FREE_SCHEMA = {
    "components": {
        "schemas": {
            "Input": {
                "type": "object",
                "properties": {
                    FREE_FIELD: {
                        "type": "object",
                        "description": "The whole input as a JSON object: this model's schema is not known.",
                    }
                },
            }
        }
    }
}
"""The form of a model without a schema: one editor for its whole input."""
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
        cmd.OpenInBrowser,
        cmd.CopyId,
        cmd.ResolveRun,
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
        self.model: Model | None = None
        self.version: Version | None = None
        self.form: Form | None = None
        self.run: Run | None = None
        self._text: str | None = None
        self._text_done = False
        self._code_values: object = None
        self._code: Any = None
        self._free = False
        self._commands = (
            RecordCommands(self, lambda: self.run.record if self.run else None, lambda: self.query_one(ResultView)),
            LostRunCommands(self, lambda: self.run if self.run and self.run.state == "unknown" else None),
        )

    @property
    def command_objects(self) -> Sequence[object]:
        """The commands of the record that came of the run, of a run whose answer was lost, and of every form."""
        return (*self._commands, *super().command_objects)

    def compose_body(self) -> ComposeResult:
        with Horizontal(id="run"):
            yield from self.form_column("run", self._title(), FormView(None, id="form"), "Run  ^r")
            yield ResultView(id="result", empty="Nothing was run yet.\n\nFill the form and press ^r.")

    def on_mount(self) -> None:
        self.set_interval(1.0, self._tick)

    # ---- loading

    def services_ready(self, services: Services) -> None:
        """Load the schema and the draft."""
        if self.form is None:
            # The form of a model that is kept here comes right after the screen: both are painted once.
            work(self, self.ref, "load", self.fill, self._load, services, self.console.hold_updates(HOLD))

    async def _load(self, services: Services) -> None:
        from tui.api.errors import ApiError
        from tui.forms import Form

        view = self.form_view
        self.note("asking for the schema…")
        try:
            self.model = await services.catalogue.model(self.ref)
            self.version = self.model.latest_version
            if self.version_id is not None:
                self.version = await services.catalogue.version(self.ref, self.version_id)
        except ApiError as error:
            self.note(f"{error}  esc goes back.", "$error")
            return
        self.form = Form.parse(self.version.openapi_schema if self.version else None)
        self._free = not self.form.known
        view.set_form(Form.parse(FREE_SCHEMA) if self._free else self.form)
        self.note("")
        await self.put_draft(services, self._given_texts(self.form))
        self._focus_form()
        self.query_one("#run-title", Static).update(self._title())
        self._draw_result()
        if self._message:
            self.console.say(self._message, severity="warning")
        if self._start:
            self._start = False
            self.action_command(cmd.StartRun.id)

    def _given_texts(self, form: Form) -> dict[str, str] | None:
        """What it was opened with, as texts; None where that is nothing."""
        from tui.api.text import to_json
        from tui.forms import to_text

        if self._values is None:
            return dict(self._texts) if self._texts is not None else None
        if self._free:
            return {FREE_FIELD: to_json(dict(self._values), indent=2)}
        fields = ((form.field(name), value) for name, value in self._values.items())
        return {field.name: to_text(field, value) for field, value in fields if field is not None and value is not None}

    def _title(self) -> Content:
        owner, _, name = self.ref.partition("/")
        version = self.version_id or (self.version.id if self.version and self.version.id != "hidden" else "")
        what = Content.assemble(Content.styled(f"{owner}/", "$foreground 60%"), Content.styled(name, "bold $accent"))
        about = version[:12]
        if self.deployment is not None:
            what, about = Content.styled(self.deployment, "bold $accent"), f"{self.ref} {about}"
        return Content.assemble(what, Content.styled(f"  {about}" if about else "", "$foreground 60%"))

    # ---- the form

    def typed(self, name: str | None) -> None:
        """The code of the request follows."""
        self._code = None
        if self.query_one(ResultView).tab == "code":
            self.soon("result", self._draw_result)

    def checked_input(self) -> dict[str, object] | None:
        """The form's input, or None after its problems were shown beside their fields."""
        from tui.forms import Problem

        if self.form is None:
            return None
        view = self.form_view
        if self._free:
            checked = self.form.parse_free(view.values.get(FREE_FIELD, ""))
            problems = [Problem(FREE_FIELD, None, problem.message) for problem in checked.problems]
        else:
            checked = self.form.from_text(view.values)
            problems = [*checked.problems, *(Problem(name, None, "is required") for name in checked.missing)]
        if self.show_problems([*problems, *absent_files(checked.input)]):
            return None
        self.note("")
        return checked.input

    # ---- the run

    def why_not_start_run(self) -> str | None:
        """Nothing to run yet, or the run before is not created yet."""
        if self.services is None:
            return "The console is not connected yet."
        if self.form is None:
            return "The model's schema has not come yet."
        if self.run is not None and self.run.state in ("uploading", "waiting", "creating", "draft"):
            return "The run before is still being sent; it is not sent twice."
        if self.run is not None and self.run.state == "unknown":
            return "The answer to the run before was lost. x decides about it first, so that nothing is paid twice."
        return None

    async def do_start_run(self) -> None:
        """Check, create, follow."""
        from tui.screens.dialogs.question import Ask, Option

        values = self.checked_input()
        services = self.services
        if values is None or services is None or self.form is None:
            return
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
        self._text, self._text_done = None, False
        self.run = None
        self._show_result()
        self.run = await services.runs.start(self.target(), self.form, values)
        self._draw_result()

    def target(self) -> Any:
        """What the prediction is created on: the model where it is official, else the version."""
        from tui.api.client import Target

        if self.deployment is not None:
            owner, _, name = self.deployment.partition("/")
            return Target(owner=owner, name=name, deployment=True)
        owner, _, name = self.ref.partition("/")
        official = bool(self.model and self.model.is_official) and self.version_id is None
        version = self.version_id or (self.version.id if self.version and not official else None)
        return Target(owner=owner, name=name, version=version, official=official)

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
                self._show_refused(event.run.fields)
        elif isinstance(event, bus.OutputText) and event.prediction_id == prediction_id:
            self._text, self._text_done = event.text, event.done
        elif isinstance(event, bus.OutputSaved) and event.prediction_id == prediction_id:
            pass
        elif not (isinstance(event, bus.RecordChanged) and event.record.prediction.id == prediction_id):
            return
        self.soon("result", self._draw_result)

    def _show_refused(self, fields: Mapping[str, str]) -> None:
        """What the API found wrong, at the fields that caused it; nothing typed is lost."""
        from tui.forms import Problem

        view = self.form_view
        view.set_problems([Problem(name, None, message) for name, message in fields.items()])
        self.note("✗ Replicate refused the input", "$error")
        self.remove_class("-result")
        view.focus_first_problem()

    def _draw_result(self) -> None:
        if not self.is_attached:
            return
        self.query_one(ResultView).show(self._shown())
        self.refresh_bindings()

    def _shown(self) -> Shown | None:
        run = self.run
        code = self._request_code()
        if run is None:
            return Shown(None, code=code) if self.form is not None else None
        return Shown(
            run.record.prediction if run.record else None,
            text=self._text if self._text is not None else (run.text or None),
            text_done=self._text_done,
            outputs=run.record.outputs if run.record else (),
            progress=run.progress,
            kind=self.form.output if self.form else None,
            phase=phase_words(run),
            error=run.error or "",
            advice=advice(run.record.prediction if run.record else None, run.error),
            estimate=estimate(self.services, run.record.prediction if run.record else None),
            code=code,
        )

    def _request_code(self) -> Any:
        if self._code is not None or self.form is None:
            return self._code
        from tui.services.runs import code_samples as code

        view = self.form_view
        checked = (
            self.form.parse_free(view.values.get(FREE_FIELD, "")) if self._free else self.form.from_text(view.values)
        )
        shown, target = self.form.redact(checked.input), self.target()

        def write(language: str) -> str:
            return getattr(code, f"as_{language}")(target, shown)

        self._code = write
        return write

    def _tick(self) -> None:
        if self.run is not None and self.run.state in ("following", "waiting", "creating", "uploading"):
            self.query_one(ResultView).tick()

    def _show_result(self) -> None:
        self.add_class("-result")
        self.query_one(ResultView).open_tab("output")
        self.call_after_refresh(self._focus_result)

    def _focus_result(self) -> None:
        view = self.query_one(ResultView)
        view.focus_body()
        if not view.has_focus_within:
            self.set_focus(None)

    def _focus_form(self) -> None:
        view = self.form_view
        names = [FREE_FIELD] if self._free else [field.name for field in self.form.fields] if self.form else []
        if names:
            view.focus_field(view.focused_field or names[0])

    # ---- commands

    def do_switch_pane(self) -> None:
        """Form or result, where both do not fit."""
        self.toggle_class("-result")
        if self.has_class("-result"):
            self._focus_result()
        else:
            self._focus_form()

    def do_back(self) -> None:
        """From the result to the form where one is shown at a time, else to where one came from."""
        view = self.query_one(ResultView)
        if view.has_focus_within or (self.narrow and self.has_class("-result")):
            self.remove_class("-result")
            if self.form is not None:
                self._focus_form()
                return
        self.dismiss(None)


def phase_words(run: Run) -> str:
    """What a run does before its prediction is there."""
    if run.state == "unknown":
        return "The answer was lost: it may be running. x decides."
    if run.message:
        return run.message
    return {"draft": "checked", "uploading": "uploading…", "creating": "sending…", "waiting": "waiting…"}.get(
        run.state, ""
    )
