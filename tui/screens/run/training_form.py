"""The form of a training: the trainer's inputs, where the result goes, and what will happen, before it does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Static

from tui import commands as cmd
from tui import wording
from tui.forms.training import DESTINATION, TrainingForm
from tui.screens.run.run_screen import HOLD, phase_words
from tui.screens.run.training_plan import data_files, plan_words
from tui.screens.run.training_submission import TrainingSending
from tui.toolkit.static import FixedSizeStatic
from tui.toolkit.workers import work
from tui.widgets.form.form_view import FormView

if TYPE_CHECKING:
    from tui.forms import Checked
    from tui.forms.training import Wanted
    from tui.services.runs.trainings import Trainer
    from tui.services.services import Services

LOOK_PAUSE = 0.4
"""Seconds after a key until the destination is looked up."""


class TrainingFormScreen(TrainingSending):
    """Fill the trainer's form, choose where the result goes, start."""

    HELP = (
        "A training. tab goes to the next field, ctrl+o lists models of yours for the destination, ctrl+r checks "
        "everything, says what will happen, and starts it. What is typed is kept."
    )
    SENDS = cmd.StartTraining
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
        self._look_timer: Timer | None = None

    @property
    def draft_key(self) -> str:
        """The key of the draft in the store."""
        from tui.services.runs.run import draft_key

        return draft_key(self.ref, self.version_id, "training")

    def compose_body(self) -> ComposeResult:
        with Horizontal(id="run"):
            title = Content.styled("train ", "$foreground 60%") + Content.styled(self.ref, "bold $accent")
            yield from self.form_column("run", title, FormView(None, id="form"), "Start  ^r")
            with VerticalScroll(id="training-plan", can_focus=True):
                yield FixedSizeStatic(id="training-plan-words")

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
        view = self.form_view
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
        return await self.read_draft(services) or {DESTINATION: services.trainings.suggestion(trainer)}

    # ---- the form

    def typed(self, name: str | None) -> None:
        """The plan follows, and what is known of the destination."""
        if name in (None, DESTINATION):
            self.look_soon()
        self.soon("plan", self.draw_plan)

    # ---- the destination

    def look_soon(self) -> None:
        if self._look_timer is not None:
            self._look_timer.stop()
        self.destination = None
        self._look_timer = self.set_timer(LOOK_PAUSE, self._look)

    def _look(self) -> None:
        self._look_timer = None
        text = self.form_view.values.get(DESTINATION, "").strip()
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

        services, view = self.services, self.form_view
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
            self.changed(DESTINATION)

    # ---- what will happen

    def checked(self) -> tuple[Wanted, Checked] | None:
        """What was typed, judged."""
        return self.form.check(self.form_view.values) if self.form is not None else None

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

    # ---- commands

    def do_reset_form(self) -> None:
        """Every field back to its default."""
        view = self.form_view
        view.clear()
        view.set_problems([])
        self.note("")
        self.changed()

    def do_switch_pane(self) -> None:
        """Form or plan, where both do not fit."""
        self.toggle_class("-result")
        if self.has_class("-result"):
            self.query_one("#training-plan").focus()
        else:
            self._focus_form()

    def _focus_form(self) -> None:
        view = self.form_view
        view.focus_field(view.focused_field or DESTINATION)

    async def do_back(self) -> None:
        """From the plan to the form; from the form to where one came from. An upload is given up only when asked."""
        from tui.screens.dialogs.question import Ask, Option

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
