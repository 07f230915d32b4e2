"""The form of a training: the trainer's inputs, where the result goes, and what will happen, before it does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Button, Static

from tui import commands as cmd
from tui import wording
from tui.forms.training import DESTINATION, TrainingForm
from tui.screens.run import DRAFT_PAUSE, HOLD, phase_words
from tui.screens.training_plan import data_files, plan_words
from tui.screens.training_sending import TrainingSending
from tui.widgets.field_help import FieldHelp
from tui.widgets.form_view import FormView
from tui.widgets.steady import Steady
from tui.widgets.work import work

if TYPE_CHECKING:
    from tui.forms import Checked
    from tui.forms.training import Wanted
    from tui.services.services import Services
    from tui.services.trainings import Trainer
    from tui.widgets.result_view import ResultView

LOOK_PAUSE = 0.4
"""Seconds after a key until the destination is looked up."""


class TrainingFormScreen(TrainingSending):
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
        super().__init__(ref)
        self.version_id = version
        self._values = values
        self._given_destination = destination
        self._looking = ""
        self._draft_timer: Timer | None = None
        self._look_timer: Timer | None = None
        self._draft: dict[str, str] | None = None

    @property
    def draft_key(self) -> str:
        """The key of the draft in the store."""
        from tui.services.run import draft_key

        return draft_key(self.ref, self.version_id, "training")

    def compose_body(self) -> ComposeResult:
        with Horizontal(id="run"):
            with Vertical(id="run-form"):
                yield Steady(id="run-title")
                yield FormView(None, id="form")
                yield FieldHelp(id="run-help")
                with Horizontal(id="run-buttons"):
                    yield Button("Start  ^r", id="run-start", variant="primary", compact=True)
                    yield Steady(id="run-note")
            with VerticalScroll(id="training-plan", can_focus=True):
                yield Steady(id="training-plan-words")

    def on_mount(self) -> None:
        self.query_one("#run-title", Static).update(
            Content.assemble(Content.styled("train ", "$foreground 60%"), Content.styled(self.ref, "bold $accent"))
        )

    # ---- loading

    def services_ready(self, services: Services) -> None:
        """Load the trainer's schema, the hardware and the draft."""
        if self.form is None:
            work(self, self.ref, "load", self.fill, self._load, services, self.console.hold_updates(HOLD))

    async def _load(self, services: Services) -> None:
        from tui.api.errors import ApiError

        self.note("asking for the trainer's schema…")
        try:
            self.trainer = await services.trainings.trainer(self.ref, self.version_id)
        except ApiError as error:
            self.note(f"{error}  esc goes back.", "$error")
            return
        skus: list[str] = []
        try:
            skus = [one.sku for one in await services.deployments.hardware() if one.sku]
        except ApiError as error:
            self.note(f"The hardware list could not be had: {error}", "$warning")
        else:
            self.note("")
        texts = await self._texts(services, self.trainer)
        self.form = TrainingForm(self.trainer.form, skus)
        view = self.query_one(FormView)
        view.set_form(self.form.shown)
        view.set_values(texts)
        view.focus_field(DESTINATION)
        self.look_soon()
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
            self.note("your draft of " + wording.age(draft.updated_at) + " ago; ^n empties it")
            return draft.values
        return {DESTINATION: services.trainings.suggestion(trainer)}

    # ---- the form

    @on(FormView.FieldFocused)
    def _field_focused(self, event: FormView.FieldFocused) -> None:
        self.query_one(FieldHelp).explain(event.field, self.query_one(FormView).fields)

    @on(FormView.Changed)
    def _form_changed(self, event: FormView.Changed | None = None) -> None:
        fields = self.form.trainer.fields if self.form else ()
        secret = {field.name for field in fields if field.kind == "secret"}
        self._draft = {n: t for n, t in self.query_one(FormView).values.items() if n not in secret}
        if self._draft_timer is None:
            self._draft_timer = self.set_timer(DRAFT_PAUSE, self._keep_draft_soon)
        if event is None or event.field.name == DESTINATION:
            self.look_soon()
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

    def look_soon(self) -> None:
        if self._look_timer is not None:
            self._look_timer.stop()
        self.destination = None
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
            self.destination = await services.trainings.destination(text)
        except ApiError as error:
            self.note(f"{text} could not be looked up: {error}", "$warning")
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
            self.destination,
            looking=bool(self._looking),
            files=data_files(checked.input),
            problems=len(checked.problems),
            going=self.making or (phase_words(self.run) if self.run is not None else ""),
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

    # ---- commands

    def result_view(self) -> ResultView:
        """There is none here: what came is shown in the section."""
        raise NotImplementedError

    def do_reset_form(self) -> None:
        """Every field back to its default."""
        view = self.query_one(FormView)
        view.clear()
        view.set_problems([])
        self.note("")
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
