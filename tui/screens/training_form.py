"""The form of a training: the trainer's inputs, where the result goes, and what will happen, before it does."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Button, Static

from tui import commands as cmd
from tui import wording
from tui.forms.training import DESTINATION, HARDWARE, TrainingForm
from tui.places import Place
from tui.screens.acting import Acting
from tui.screens.run import DRAFT_PAUSE, HOLD, phase_words
from tui.screens.training_plan import data_files, plan_words, question_words
from tui.widgets.form_view import FormView
from tui.widgets.work import work

if TYPE_CHECKING:
    from tui.api.types import Prediction
    from tui.forms import Checked, Problem
    from tui.forms.training import Wanted
    from tui.services.bus import Event
    from tui.services.run import Run
    from tui.services.services import Services
    from tui.services.trainings import Destination, Trainer
    from tui.widgets.result_view import ResultView

LOOK_PAUSE = 0.4
"""Seconds after a key until the destination is looked up."""


class TrainingFormScreen(Acting):
    """Fill the trainer's form, choose where the result goes, start."""

    HELP = (
        "A training. tab goes to the next field, ctrl+o lists models of yours for the destination, ctrl+r checks "
        "everything, says what will happen, and starts it. What is typed is kept."
    )
    BINDINGS = cmd.bindings(
        cmd.StartTraining,
        cmd.ChooseDestination,
        cmd.EditInEditor,
        cmd.ResetForm,
        cmd.ResolveRun,
        cmd.SwitchPane,
        cmd.Back,
    )

    def __init__(
        self,
        ref: str,
        *,
        version: str | None = None,
        values: Mapping[str, object] | None = None,
        destination: str | None = None,
    ) -> None:
        """The form of the trainer `ref`, filled with `values` (an input), or as it was left."""
        super().__init__()
        self.ref = ref
        self.version_id = version
        self._values = values
        self._given_destination = destination
        self.trainer: Trainer | None = None
        self.form: TrainingForm | None = None
        self.run: Run | None = None
        self._destination: Destination | None = None
        self._looking = ""
        self._making = ""
        self._draft_timer: Timer | None = None
        self._look_timer: Timer | None = None
        self._draft: dict[str, str] | None = None
        self._started = False

    @property
    def draft_key(self) -> str:
        """The key of the draft in the store."""
        from tui.services.run import draft_key

        return draft_key(self.ref, self.version_id, "training")

    def compose_body(self) -> ComposeResult:
        with Horizontal(id="run"):
            with Vertical(id="run-form"):
                yield Static(id="run-title")
                yield FormView(None, id="form")
                yield Static(id="run-help")
                with Horizontal(id="run-buttons"):
                    yield Button("Start  ^r", id="run-start", variant="primary", compact=True)
                    yield Static(id="run-note")
            with VerticalScroll(id="training-plan", can_focus=True):
                yield Static(id="training-plan-words")

    def on_mount(self) -> None:
        self.query_one("#run-title", Static).update(
            Content.assemble(Content.styled("train ", "$foreground 60%"), Content.styled(self.ref, "bold $accent"))
        )

    # ---- loading

    def services_ready(self, services: Services) -> None:
        """Load the trainer's schema, the hardware and the draft."""
        if self.form is None:
            self.host.delay_update(HOLD)
            work(self, self.ref, "load", self._load, services)

    async def _load(self, services: Services) -> None:
        from tui.api.errors import ApiError

        self._note("asking for the trainer's schema…")
        try:
            self.trainer = await services.trainings.trainer(self.ref, self.version_id)
        except ApiError as error:
            self._note(f"{error}  esc goes back.", "$error")
            return
        skus: list[str] = []
        try:
            skus = [one.sku for one in await services.deployments.hardware() if one.sku]
        except ApiError as error:
            self._note(f"The hardware list could not be had: {error}", "$warning")
        else:
            self._note("")
        self.form = TrainingForm(self.trainer.form, skus)
        view = self.query_one(FormView)
        view.set_form(self.form.shown)
        view.set_values(await self._texts(services, self.trainer))
        view.focus_field(DESTINATION)
        self._look_soon()
        self.draw_plan()

    async def _texts(self, services: Services, trainer: Trainer) -> dict[str, str]:
        """What the form begins with: the given input, else the draft, else a name for the result."""
        from tui.forms import to_text

        if self._values is not None:
            texts: dict[str, str] = {}
            for name, value in self._values.items():
                field = trainer.form.field(name)
                if field is not None and value is not None:
                    texts[name] = to_text(field, value)
            return {DESTINATION: self._given_destination or services.trainings.suggestion(trainer), **texts}
        draft = await services.store.draft(services.account, self.draft_key)
        if draft is not None and draft.values:
            self._note("your draft of " + wording.age(draft.updated_at) + " ago; ^n empties it")
            return draft.values
        return {DESTINATION: services.trainings.suggestion(trainer)}

    def _note(self, words: str, style: str = "$foreground 60%") -> None:
        self.query_one("#run-note", Static).update(Content.styled(words, style))

    # ---- the form

    @on(FormView.FieldFocused)
    def _field_focused(self, event: FormView.FieldFocused) -> None:
        field = event.field
        words = Content.assemble(
            Content.styled(field.name, "bold"),
            Content.styled("  required" if field.required else "", "$warning"),
            Content.styled(f"  {field.hint}", "$foreground 60%"),
            f"\n{wording.one_line(field.description, 600)}",
        )
        self.query_one("#run-help", Static).update(words)

    @on(FormView.Changed)
    def _form_changed(self, event: FormView.Changed | None = None) -> None:
        fields = self.form.trainer.fields if self.form else ()
        secret = {field.name for field in fields if field.kind == "secret"}
        self._draft = {n: t for n, t in self.query_one(FormView).values.items() if n not in secret}
        if self._draft_timer is None:
            self._draft_timer = self.set_timer(DRAFT_PAUSE, self._keep_draft_soon)
        if event is None or event.field.name == DESTINATION:
            self._look_soon()
        self.soon("plan", self.draw_plan)

    def _keep_draft_soon(self) -> None:
        self._draft_timer = None
        work(self, "Keeping the draft", "draft", self.keep_draft)

    async def keep_draft(self) -> None:
        """Write what is typed to the store, but for secrets."""
        services, draft = self.services, self._draft
        if services is None or draft is None:
            return
        self._draft = None
        await services.store.save_draft(services.account, self.draft_key, draft)

    async def on_unmount(self) -> None:
        """The last keys before the screen closes are kept too."""
        await self.keep_draft()

    # ---- the destination

    def _look_soon(self) -> None:
        if self._look_timer is not None:
            self._look_timer.stop()
        self._destination = None
        self._look_timer = self.set_timer(LOOK_PAUSE, self._look)

    def _look(self) -> None:
        self._look_timer = None
        text = self.query_one(FormView).values.get(DESTINATION, "").strip()
        if self.services is not None and text:
            self._looking = text
            self.draw_plan()
            work(self, "Destination", "destination", self._look_up, self.services, text)

    async def _look_up(self, services: Services, text: str) -> None:
        from tui.api.errors import ApiError

        try:
            self._destination = await services.trainings.destination(text)
        except ApiError as error:
            self._note(f"{text} could not be looked up: {error}", "$warning")
        self._looking = ""
        self.draw_plan()

    def why_not_choose_destination(self) -> str | None:
        """Only once the form is there."""
        return None if self.form is not None and self.services is not None else "The form has not come yet."

    async def do_choose_destination(self) -> None:
        """Pick one of the models of this account that are known."""
        from tui.widgets.picker import Picker, Row

        services, view = self.services, self.query_one(FormView)
        if services is None or self.trainer is None:
            return
        here = view.values.get(DESTINATION, "").strip()
        mine = await services.trainings.mine()
        rows = [Row(m.ref, m.ref, wording.one_line(m.description, 80)) for m in mine]
        name = services.trainings.suggestion(self.trainer)
        if all(row.value != name for row in rows):
            rows.insert(0, Row(name, name, "a new model"))
        row = await self.host.push_screen_wait(Picker("Your models: one of them gets the version", rows, here=here))
        if row is not None and row.value:
            view.set_values({DESTINATION: row.value})
            view.focus_field(DESTINATION)
            self._form_changed()

    # ---- what will happen

    def checked(self) -> tuple[Wanted, Checked] | None:
        """What was typed, judged."""
        return self.form.check(self.query_one(FormView).values) if self.form is not None else None

    def draw_plan(self) -> None:
        """Say what the training will do, or does."""
        found = self.checked()
        if found is None or self.trainer is None or not self.is_attached:
            return
        wanted, checked = found
        words = plan_words(
            self.trainer,
            wanted,
            self._destination,
            looking=bool(self._looking),
            files=data_files(checked.input),
            problems=len(checked.problems),
            going=self._making or (phase_words(self.run) if self.run is not None else ""),
            error=self.run.error if self.run is not None else None,
        )
        self.query_one("#training-plan-words", Static).update(words)

    # ---- the start

    @on(Button.Pressed, "#run-start")
    def _start_pressed(self) -> None:
        self.action_command(cmd.StartTraining.id)

    @on(FormView.Submitted)
    def _submitted(self) -> None:
        self.action_command(cmd.StartTraining.id)

    def why_not_start_training(self) -> str | None:
        """Nothing to start yet, or it is being started."""
        if self.services is None:
            return "The console is not connected yet."
        if self.form is None:
            return "The trainer's schema has not come yet."
        if self.run is not None and self.run.state == "unknown":
            return (
                "The answer to the training before was lost. x decides about it first, so that nothing is paid twice."
            )
        if self.run is not None and not self.run.ended and self.run.state != "following":
            return "It is being sent already; it is not sent twice."
        return None

    async def do_start_training(self) -> None:
        """Check everything, say what will happen, then make the destination, upload, create."""
        from tui.api.errors import ApiError
        from tui.screens.ask import Ask, Option

        services, trainer = self.services, self.trainer
        if services is None or trainer is None:
            return
        self.run = None
        ready = await self._ready(services)
        if ready is None:
            return
        wanted, values, destination = ready
        files = data_files(values)
        question = question_words(trainer, wanted, destination, files)
        options = [Option("start", "s", "Start it"), Option("back", "b", "Back to the form")]
        if await self.host.push_screen_wait(Ask("Start the training?", question, options)) != "start":
            return
        self.add_class("-result")
        try:
            if destination.model is None:
                self._making = f"making {destination.ref}…"
                self.draw_plan()
                await services.trainings.make_destination(
                    destination.ref, hardware=wanted.hardware, visibility=_visibility(wanted.visibility)
                )
                self._look_soon()
        except ApiError as error:
            self._refused(error)
            return
        finally:
            self._making = ""
        self._note("")
        self.run = await services.trainings.start(trainer, values, destination.ref)
        self.draw_plan()

    async def _ready(self, services: Services) -> tuple[Wanted, dict[str, object], Destination] | None:
        """What can be sent; or None, after what is wrong was shown at its fields."""
        from tui.api.errors import ApiError
        from tui.forms import Problem, missing_file

        found = self.checked()
        if found is None:
            return None
        wanted, checked = found
        problems = list(checked.problems)
        for name, value in checked.input.items():
            absent = missing_file(value, lambda path: Path(path).expanduser().is_file())
            if absent is not None:
                problems.append(Problem(name, value, f"no such file: {absent}"))
        problems += [Problem(file.field, None, file.problem) for file in data_files(checked.input) if file.problem]
        if self._shown(problems):
            return None
        self._note("looking at the destination…")
        try:
            self._destination = await services.trainings.destination(wanted.destination)
        except ApiError as error:
            self._note(f"✗ {error}", "$error")
            return None
        finally:
            self.draw_plan()
        destination = self._destination
        if destination.problem:
            problems.append(Problem(DESTINATION, None, destination.problem))
        if destination.model is None and not wanted.hardware:
            problems.append(Problem(HARDWARE, None, "is required for a new model"))
        if self._shown(problems):
            return None
        self._note("")
        return wanted, checked.input, destination

    def _shown(self, problems: list[Problem]) -> bool:
        """Show problems at their fields; whether there are any."""
        view = self.query_one(FormView)
        view.set_problems(problems)
        if not problems:
            return False
        self.remove_class("-result")
        view.focus_first_problem()
        fields = "1 field needs" if len(problems) == 1 else f"{len(problems)} fields need"
        whole = next((f": {problem}" for problem in problems if not problem.field), "")
        self._note(f"✗ {fields} a look{whole}", "$error")
        return True

    def _refused(self, error: Exception) -> None:
        """Replicate did not make the model: say so at the field that caused it."""
        from tui.api.errors import InvalidInput
        from tui.forms import Problem

        self._making = ""
        fields = error.fields if isinstance(error, InvalidInput) else {}
        names = {
            "hardware": HARDWARE,
            "owner": DESTINATION,
            "name": DESTINATION,
            "visibility": "new model's visibility",
        }
        problems = [Problem(names.get(name, ""), None, words) for name, words in fields.items()]
        if not self._shown(problems):
            self.remove_class("-result")
        self._note(f"✗ The destination was not made: {error}", "$error")
        self.draw_plan()

    # ---- the training on its way

    def bus_event(self, event: Event) -> None:
        """Follow it until it is there, then open it."""
        from tui.services import bus

        if not isinstance(event, bus.RunChanged) or self.run is None or event.run.id != self.run.id:
            return
        self.run = event.run
        if self.run.state == "failed" and self.run.record is None:
            self._failed(self.run)
        elif self.run.record is not None:
            self._open()
        self.soon("plan", self.draw_plan)

    def _failed(self, run: Run) -> None:
        from tui.forms import Problem

        if not self._shown([Problem(name, None, message) for name, message in run.fields.items()]):
            self.remove_class("-result")
        self._note(f"✗ {run.error or 'not started'}", "$error")

    def _open(self) -> None:
        """The training is there: show it live in its section."""
        run = self.run
        if run is None or run.record is None or self._started:
            return
        self._started = True
        if not self.is_current:
            self.console.say(f"The training of {self.ref} has started; 3 shows it.")
            return
        self._leave(run.record.id)

    def _leave(self, training_id: str) -> None:
        console = self.console
        self.dismiss(None)
        console.visit(Place("trainings", training_id))

    def on_screen_resume(self) -> None:
        """It started while another section was looked at."""
        if self._started and self.run is not None and self.run.record is not None:
            self.call_after_refresh(self._leave, self.run.record.id)

    # ---- commands

    def prediction(self) -> Prediction | None:
        """The training, once it is there."""
        return self.run.record.prediction if self.run and self.run.record else None

    def result_view(self) -> ResultView:
        """There is none here: what came is shown in the section."""
        raise NotImplementedError

    def why_not_resolve_run(self) -> str | None:
        """Only a lost answer needs a decision."""
        return None if self.run and self.run.state == "unknown" else "There is no training whose answer was lost."

    async def do_resolve_run(self) -> None:
        """Decide about a lost answer."""
        if self.run is not None and self.services is not None:
            await self.decide(self.services, self.run.id)

    def do_reset_form(self) -> None:
        """Every field back to its default."""
        view = self.query_one(FormView)
        view.clear()
        view.set_problems([])
        self._note("")
        self._form_changed()

    def do_switch_pane(self) -> None:
        """Form or plan, where both do not fit."""
        self.toggle_class("-result")
        if self.has_class("-result"):
            self.query_one("#training-plan").focus()
        else:
            self._focus_form()

    def _focus_form(self) -> None:
        view = self.query_one(FormView)
        view.focus_field(view.focused_field or DESTINATION)

    def do_edit_in_editor(self) -> None:
        """Edit the focused field in $EDITOR."""
        from tui.screens.acting import edit_text

        view = self.query_one(FormView)
        name = view.focused_field
        field = self.form.shown.field(name) if self.form and name else None
        if name is None or field is None:
            self.console.say("No field has the focus.", severity="warning")
        elif field.kind == "secret":
            self.console.say("A secret is not written into a file for an editor.", severity="warning")
        elif (text := edit_text(self.host, view.values.get(name, ""), name)) is not None:
            view.set_values({**view.values, name: text})
            self._form_changed()

    async def do_back(self) -> None:
        """From the plan to the form; from the form to where one came from. An upload is given up only when asked."""
        from tui.screens.ask import Ask, Option

        run, services = self.run, self.services
        if run is not None and services is not None and run.state in ("draft", "uploading"):
            options = [Option("stop", "s", "Stop the upload"), Option("on", "g", "Let it go on")]
            answer = await self.host.push_screen_wait(
                Ask("Give the training up?", "Its data is being uploaded; nothing was created yet.", options)
            )
            if answer == "stop":
                try:
                    await services.runs.abandon(run.id)
                except KeyError:
                    self.console.say("It was too late: it is created already.", severity="warning")
            return
        if self.narrow and self.has_class("-result"):
            self.remove_class("-result")
            self._focus_form()
            return
        self.dismiss(None)


def _visibility(text: str) -> Any:
    return "public" if text == "public" else "private"
