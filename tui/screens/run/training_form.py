"""The form of a training: the trainer's inputs, where the result goes, and what will happen, before it does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from tui import commands as cmd
from tui.forms.training import DESTINATION, TrainingForm
from tui.screens.base import fill
from tui.screens.form_commands import COMMANDS
from tui.screens.form_screen import FormScreen
from tui.screens.records.record_commands import LostRunCommands
from tui.screens.run.destination_lookup import DestinationLookup
from tui.screens.run.panes import Panes
from tui.screens.run.run_screen import HOLD, phase_words
from tui.screens.run.training_plan import data_files, plan_words
from tui.screens.run.training_start import TrainingStart
from tui.services.runs.run import draft_key
from tui.toolkit.static import FixedSizeStatic
from tui.toolkit.workers import work
from tui.widgets.cost import CostLine
from tui.widgets.form.form_column import FormColumn
from tui.widgets.form.form_part import TOLD
from tui.widgets.form.form_view import FormView

if TYPE_CHECKING:
    from tui.forms import Checked
    from tui.forms.training import Wanted
    from tui.services.bus import Event
    from tui.services.runs.trainings import Trainer
    from tui.services.services import Services


class TrainingFormScreen(FormScreen):
    """Fill the trainer's form, choose where the result goes, start."""

    HELP = (
        "A training. tab goes to the next field, ctrl+o lists models of yours for the destination, ctrl+r checks "
        "everything, says what will happen, and starts it. What is typed is kept."
    )
    SENDS = cmd.StartTraining
    BINDINGS = cmd.bindings(cmd.StartTraining, cmd.ChooseDestination, cmd.ResolveRun, cmd.SwitchPane, *COMMANDS)

    def __init__(
        self,
        ref: str,
        *,
        version: str | None = None,
        values: Mapping[str, object] | None = None,
        destination: str | None = None,
    ) -> None:
        """The form of the trainer `ref`, filled with `values` (an input), or as it was left."""
        super().__init__(draft_key(ref, version, "training"))
        self.ref = ref
        self.version_id = version
        self._values = values
        self._given_destination = destination
        self.trainer: Trainer | None = None
        self.form: TrainingForm | None = None
        self._destination = DestinationLookup(self, lambda: self.trainer, self._draw_plan)
        self._start = TrainingStart(self, lambda: self.trainer, self._checked, self._destination, self._draw_plan)
        self._panes = Panes(self, lambda: self.query_one("#training-plan").focus())
        self._lost = LostRunCommands(self, lambda: self._start.lost, "training")

    @property
    def command_objects(self) -> Sequence[object]:
        """The start, the destination, a training whose answer was lost, and what every form has."""
        return (self._start, self._destination, self._lost, self._panes, *super().command_objects)

    def compose_body(self) -> ComposeResult:
        with Horizontal(id="run"):
            title = Content.styled("train ", "$text-muted") + Content.styled(self.ref, "bold $accent")
            yield from self.form_column("run", title, FormView(None, folding=True, part=TOLD, id="form"), "Start  ^r")
            with VerticalScroll(id="training-plan", can_focus=True):
                yield FixedSizeStatic(id="training-plan-words")

    # ---- loading

    def services_ready(self, services: Services) -> None:
        """Load the trainer's schema, the hardware and the draft."""
        if self.form is None:
            work(self, self.ref, "load", fill, self, self._load, services, self.console.hold_updates(HOLD))

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
        self.form = TrainingForm(self.trainer.form, skus)
        view = self.form_view
        view.set_form(self.form.shown)
        await self.put_draft(services, self._given_texts(self.trainer))
        view.focus_field(DESTINATION)
        self._destination.look_soon()
        self.query_one(CostLine).show(await services.costs.of_run(self.ref, kind="training"))
        self._draw_plan()

    def start_texts(self) -> dict[str, str]:
        """A name for the result."""
        if self.services is None or self.trainer is None:
            return {}
        return {DESTINATION: self._given_destination or self.services.trainings.suggestion(self.trainer)}

    def _given_texts(self, trainer: Trainer) -> dict[str, str] | None:
        """The input that it was opened with, as texts; None where there is none."""
        from tui.forms import to_text

        if self._values is None:
            return None
        fields = ((trainer.form.field(name), value) for name, value in self._values.items())
        return {field.name: to_text(field, value) for field, value in fields if field is not None and value is not None}

    # ---- the form

    def typed(self, name: str | None) -> None:
        """The plan follows, and what is known of the destination."""
        if name in (None, DESTINATION):
            self._destination.look_soon()
        self.soon("plan", self._draw_plan)

    def _checked(self) -> tuple[Wanted, Checked] | None:
        """What was typed, judged."""
        return self.form.check(self.form_view.values) if self.form is not None else None

    def _draw_plan(self) -> None:
        """Say what the training will do, or does."""
        found = self._checked()
        if found is None or self.trainer is None or not self.is_attached:
            return
        wanted, checked = found
        run = self._start.run
        words = plan_words(
            self.trainer,
            wanted,
            self._destination.found,
            looking=self._destination.looking,
            files=data_files(checked.input),
            problems=len(checked.problems),
            going=self._start.making or (phase_words(run) if run is not None else ""),
            error=run.error if run is not None else None,
            cost=self.query_one(CostLine).cost,
        )
        self.query_one("#training-plan-words", Static).update(words)

    # ---- the training on its way

    def bus_event(self, event: Event) -> None:
        """Follow it until it is there."""
        self._start.heard(event)

    def on_screen_resume(self) -> None:
        """It may have started while another section was looked at."""
        self.call_after_refresh(self._start.leave_for_training)

    # ---- commands

    async def do_back(self) -> None:
        """From the plan to the form; from the form to where one came from. An upload is given up only when asked."""
        if self.services is not None and await self._start.gave_up(self.services):
            return
        if not self._panes.leave_beside() and not self.query_one(FormColumn).end_find():
            self.dismiss(None)
