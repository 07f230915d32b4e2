"""The run screen: the form that a model's schema asks for, and beside it what comes of it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Button, Static

from tui import commands as cmd
from tui import wording
from tui.screens.acting import Acting, open_file, save_outputs
from tui.screens.base import ConsoleScreen
from tui.widgets.field_help import FieldHelp
from tui.widgets.form_view import FormView
from tui.widgets.result_view import ResultView
from tui.widgets.result_words import Shown
from tui.widgets.steady import Steady
from tui.widgets.work import work

if TYPE_CHECKING:
    from tui.api.types import Model, Prediction, Version
    from tui.forms import Form
    from tui.services.bus import Event
    from tui.services.runs import Run
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
DRAFT_PAUSE = 0.2
"""Seconds after a key until the draft is on disk."""
HOLD = 0.06
"""Seconds for which the screen waits for its form before it is painted."""


class RunScreen(Acting, ConsoleScreen):
    """Fill the form, run it, watch it, see what came."""

    HELP = "The form of a model. tab goes to the next field, ctrl+r runs it. What is typed is kept."
    BINDINGS = cmd.bindings(
        cmd.StartRun,
        cmd.CancelPrediction,
        cmd.Copy,
        cmd.SaveOutputs,
        cmd.OpenOutput,
        cmd.OpenInBrowser,
        cmd.CopyId,
        cmd.EditInEditor,
        cmd.ResetForm,
        cmd.ResolveRun,
        cmd.SwitchPane,
        cmd.NextTab,
        cmd.PreviousTab,
        cmd.Back,
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
        super().__init__()
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
        self._draft_timer: Timer | None = None
        self._draft: dict[str, str] | None = None
        self._code_values: object = None
        self._code: Any = None
        self._free = False

    @property
    def draft_key(self) -> str:
        """The key of the draft in the store."""
        if self.deployment is not None:
            return f"through {self.deployment}"
        return f"{self.ref}:{self.version_id}" if self.version_id else self.ref

    def compose_body(self) -> ComposeResult:
        with Horizontal(id="run"):
            with Vertical(id="run-form"):
                yield Steady(id="run-title")
                yield FormView(None, id="form")
                yield FieldHelp(id="run-help")
                with Horizontal(id="run-buttons"):
                    yield Button("Run  ^r", id="run-start", variant="primary", compact=True)
                    yield Steady(id="run-note")
            yield ResultView(id="result", empty="Nothing was run yet.\n\nFill the form and press ^r.")

    def on_mount(self) -> None:
        self._draw_title()
        self.set_interval(1.0, self._tick)

    # ---- loading

    def services_ready(self, services: Services) -> None:
        """Load the schema and the draft."""
        if self.form is None:
            # The form of a model that is kept here comes right after the screen: both are painted once.
            work(self, self.ref, "load", self.fill, self._load, services, self.console.hold_updates(HOLD))

    async def _load(self, services: Services) -> None:
        from tui.api.errors import ApiError
        from tui.forms import Form, to_text

        view = self.query_one(FormView)
        self.query_one("#run-note", Static).update(Content.styled("asking for the schema…", "$foreground 60%"))
        try:
            self.model = await services.catalogue.model(self.ref)
            self.version = self.model.latest_version
            if self.version_id is not None:
                self.version = await services.catalogue.version(self.ref, self.version_id)
        except ApiError as error:
            self.query_one("#run-note", Static).update(Content.styled(f"{error}  esc goes back.", "$error"))
            return
        self.form = Form.parse(self.version.openapi_schema if self.version else None)
        self._free = not self.form.known
        view.set_form(Form.parse(FREE_SCHEMA) if self._free else self.form)
        self.query_one("#run-note", Static).update("")
        texts: dict[str, str] = {}
        if self._values is not None and self._free:
            from tui.api.text import to_json

            texts[FREE_FIELD] = to_json(dict(self._values), indent=2)
        elif self._values is not None:
            for name, value in self._values.items():
                field = self.form.field(name)
                if field is not None and value is not None:
                    texts[name] = to_text(field, value)
        elif self._texts is not None:
            texts = dict(self._texts)
        else:
            draft = await services.store.draft(services.account, self.draft_key)
            if draft is not None:
                texts = draft.values
                if texts:
                    self._note("your draft of " + wording.age(draft.updated_at) + " ago; ^n empties it")
        view.set_values(texts)
        self._focus_form()
        self._draw_title()
        self._draw_result()
        if self._message:
            self.console.say(self._message, severity="warning")
        if self._start:
            self._start = False
            self.action_command(cmd.StartRun.id)

    def _draw_title(self) -> None:
        owner, _, name = self.ref.partition("/")
        version = self.version_id or (self.version.id if self.version and self.version.id != "hidden" else "")
        what = Content.assemble(Content.styled(f"{owner}/", "$foreground 60%"), Content.styled(name, "bold $accent"))
        about = version[:12]
        if self.deployment is not None:
            what, about = Content.styled(self.deployment, "bold $accent"), f"{self.ref} {about}"
        title = Content.assemble(what, Content.styled(f"  {about}" if about else "", "$foreground 60%"))
        self.query_one("#run-title", Static).update(title)

    def _note(self, words: str, style: str = "$foreground 60%") -> None:
        self.query_one("#run-note", Static).update(Content.styled(words, style))

    # ---- the form

    @on(FormView.FieldFocused)
    def _field_focused(self, event: FormView.FieldFocused) -> None:
        self.query_one(FieldHelp).explain(event.field, self.query_one(FormView).fields)

    @on(FormView.Changed)
    def _form_changed(self) -> None:
        secret = {field.name for field in self.form.fields if field.kind == "secret"} if self.form else set[str]()
        self._draft = {n: t for n, t in self.query_one(FormView).values.items() if n not in secret}
        if self._draft_timer is None:
            self._draft_timer = self.set_timer(DRAFT_PAUSE, self._keep_draft_soon)
        self._code = None
        if self.query_one(ResultView).tab == "code":
            self.soon("result", self._draw_result)

    def _keep_draft_soon(self) -> None:
        self._draft_timer = None
        work(self, "Keeping the draft", "draft", self.keep_draft)

    async def keep_draft(self) -> None:
        """Write what is typed to the store, but for secrets; only where it differs from what is there."""
        services, draft = self.services, self._draft
        if services is None or draft is None:
            return
        self._draft = None
        await services.store.save_draft(services.account, self.draft_key, draft)

    async def on_unmount(self) -> None:
        """The last keys before the screen closes are kept too."""
        await self.keep_draft()

    def checked_input(self) -> dict[str, object] | None:
        """The form's input, or None after its problems were shown beside their fields."""
        from tui.forms import Problem, missing_file

        if self.form is None:
            return None
        view = self.query_one(FormView)
        if self._free:
            checked = self.form.parse_free(view.values.get(FREE_FIELD, ""))
            problems = [Problem(FREE_FIELD, None, problem.message) for problem in checked.problems]
        else:
            checked = self.form.from_text(view.values)
            problems = [*checked.problems, *(Problem(name, None, "is required") for name in checked.missing)]
        for name, value in checked.input.items():
            absent = missing_file(value, lambda path: Path(path).expanduser().is_file())
            if absent is not None:
                problems.append(Problem(name, value, f"no such file: {absent}"))
        view.set_problems(problems)
        if problems:
            view.focus_first_problem()
            fields = "1 field needs" if len(problems) == 1 else f"{len(problems)} fields need"
            whole = next((f": {problem}" for problem in problems if not problem.field), "")
            self._note(f"✗ {fields} a look{whole}", "$error")
            return None
        self._note("")
        return checked.input

    # ---- the run

    @on(Button.Pressed, "#run-start")
    def _run_pressed(self) -> None:
        self.action_command(cmd.StartRun.id)

    @on(FormView.Submitted)
    def _form_submitted(self) -> None:
        self.action_command(cmd.StartRun.id)

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
        from tui.screens.ask import Ask, Option

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

        view = self.query_one(FormView)
        view.set_problems([Problem(name, None, message) for name, message in fields.items()])
        self._note("✗ Replicate refused the input", "$error")
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
            advice=self.advice(run.record.prediction if run.record else None, run.error),
            estimate=self.estimate(run.record.prediction if run.record else None),
            code=code,
        )

    def _request_code(self) -> Any:
        if self._code is not None or self.form is None:
            return self._code
        from tui.services import code

        view = self.query_one(FormView)
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
        view = self.query_one(FormView)
        names = [FREE_FIELD] if self._free else [field.name for field in self.form.fields] if self.form else []
        if names:
            view.focus_field(view.focused_field or names[0])

    def prediction(self) -> Prediction | None:
        """The prediction that the commands are about."""
        return self.run.record.prediction if self.run and self.run.record else None

    def result_view(self) -> ResultView:
        """Where it is shown."""
        return self.query_one(ResultView)

    # ---- commands

    def why_not_resolve_run(self) -> str | None:
        """Only a lost answer needs a decision."""
        return None if self.run and self.run.state == "unknown" else "There is no run whose answer was lost."

    async def do_resolve_run(self) -> None:
        """Decide about a lost answer."""
        if self.run is not None and self.services is not None:
            await self.decide(self.services, self.run.id)

    def do_reset_form(self) -> None:
        """Every field back to its default."""
        view = self.query_one(FormView)
        for name in list(view.values):
            view.clear_field(name)
        view.set_problems([])
        self._note("")
        self._form_changed()

    def do_switch_pane(self) -> None:
        """Form or result, where both do not fit."""
        self.toggle_class("-result")
        if self.has_class("-result"):
            self._focus_result()
        else:
            self._focus_form()

    def do_edit_in_editor(self) -> None:
        """Edit the focused field in $EDITOR."""
        from tui.screens.acting import edit_text

        view = self.query_one(FormView)
        name = view.focused_field
        if name is None:
            self.console.say("No field has the focus.", severity="warning")
            return
        field = self.form.field(name) if self.form else None
        if field is not None and field.kind == "secret":
            self.console.say("A secret is not written into a file for an editor.", severity="warning")
            return
        text = edit_text(self.host, view.values.get(name, ""), name)
        if text is not None:
            view.set_values({**view.values, name: text})
            self._form_changed()

    def do_back(self) -> None:
        """From the result to the form where one is shown at a time, else to where one came from."""
        view = self.query_one(ResultView)
        if view.has_focus_within or (self.narrow and self.has_class("-result")):
            self.remove_class("-result")
            if self.form is not None:
                self._focus_form()
                return
        self.dismiss(None)

    async def do_save_outputs(self) -> None:
        """Save into a folder of the user's choice."""
        await save_outputs(self)

    def do_open_output(self) -> None:
        """Open the file."""
        open_file(self)


def phase_words(run: Run) -> str:
    """What a run does before its prediction is there."""
    if run.state == "unknown":
        return "The answer was lost: it may be running. x decides."
    if run.message:
        return run.message
    return {"draft": "checked", "uploading": "uploading…", "creating": "sending…", "waiting": "waiting…"}.get(
        run.state, ""
    )
