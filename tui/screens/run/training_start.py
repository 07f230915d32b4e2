"""From the filled form of a training to the training: what is wrong is said at its field, the rest is sent once."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tui.forms import Problem
from tui.forms.delivery import refused
from tui.forms.training import DESTINATION, HARDWARE, VISIBILITY
from tui.navigation import Place
from tui.screens.command_host import NOT_CONNECTED
from tui.screens.form_screen import FormScreen, absent_files
from tui.screens.run.destination_lookup import DestinationLookup
from tui.screens.run.training_plan import data_files, question_words
from tui.toolkit.workers import work

if TYPE_CHECKING:
    from tui.forms import Checked
    from tui.forms.training import Wanted
    from tui.services.bus import Event
    from tui.services.runs.run import Run
    from tui.services.runs.trainings import Destination, Trainer
    from tui.services.services import Services

_FIELDS = {"hardware": HARDWARE, "owner": DESTINATION, "name": DESTINATION, "visibility": VISIBILITY}
"""Which field of the form a refusal of the new destination is about."""


class TrainingStart:
    """Starts what a form says, and follows it until it is there."""

    def __init__(
        self,
        screen: FormScreen,
        trainer: Callable[[], Trainer | None],
        checked: Callable[[], tuple[Wanted, Checked] | None],
        destination: DestinationLookup,
        told: Callable[[], None],
    ) -> None:
        """`checked`: what was typed, judged; `told` is called when it goes on."""
        self._screen = screen
        self._trainer = trainer
        self._checked = checked
        self._destination = destination
        self._told = told
        self.run: Run | None = None
        self.making = ""
        """What is done before the training itself, in words."""
        self._there = False

    def why_not_start_training(self) -> str | None:
        """Nothing to start yet, or it is being started."""
        if self._screen.services is None:
            return NOT_CONNECTED
        if self._trainer() is None:
            return "The trainer's schema has not come yet."
        if self.lost is not None:
            return (
                "The answer to the training before was lost. x decides about it first, so that nothing is paid twice."
            )
        if self.run is not None and not self.run.ended and self.run.state != "following":
            return "It is being sent already; it is not sent twice."
        return None

    async def do_start_training(self) -> None:
        """Check everything, say what will happen, then make the destination, upload, create."""
        from tui.screens.dialogs.over_budget import within_budget
        from tui.screens.dialogs.question import Ask, Option

        screen, services, trainer = self._screen, self._screen.services, self._trainer()
        if services is None or trainer is None:
            return
        self.run = None
        ready = await self._ready(services)
        if ready is None:
            return
        wanted, values, destination = ready
        question = question_words(trainer, wanted, destination, data_files(values))
        options = [Option("start", "s", "Start it"), Option("back", "b", "Back to the form")]
        if await screen.host.push_screen_wait(Ask("Start the training?", question, options)) != "start":
            return
        dollars = await services.costs.dollars(trainer.model.ref, kind="training")
        if not await within_budget(screen.host, services, dollars, "This training"):
            return
        screen.add_class("-result")
        if destination.model is not None or await self._make(services, wanted, destination):
            screen.note("")
            told = wanted.delivery
            self.run = await services.trainings.start(
                trainer, values, destination.ref, webhook=told.webhook, webhook_events=told.events
            )
            self._told()

    async def _make(self, services: Services, wanted: Wanted, destination: Destination) -> bool:
        """Make the model that gets the version; whether it is there."""
        from tui.api.errors import ApiError

        self.making = f"making {destination.ref}…"
        self._told()
        visibility: Any = "public" if wanted.visibility == "public" else "private"
        try:
            await services.trainings.make_destination(destination.ref, hardware=wanted.hardware, visibility=visibility)
        except ApiError as error:
            self._not_made(error)
            return False
        finally:
            self.making = ""
        self._destination.look_soon()
        return True

    async def _ready(self, services: Services) -> tuple[Wanted, dict[str, object], Destination] | None:
        """What can be sent; or None, after what is wrong was shown at its fields."""
        from tui.api.errors import ApiError

        found = self._checked()
        if found is None:
            return None
        wanted, checked = found
        problems = [*checked.problems, *absent_files(checked.input)]
        problems += [Problem(file.field, None, file.problem) for file in data_files(checked.input) if file.problem]
        if self._shown(problems):
            return None
        self._screen.note("looking at the destination…")
        try:
            destination = self._destination.found = await services.trainings.destination(wanted.destination)
        except ApiError as error:
            self._screen.note(f"✗ {error}", "$error")
            return None
        finally:
            self._told()
        if destination.problem:
            problems.append(Problem(DESTINATION, None, destination.problem))
        if destination.model is None and not wanted.hardware:
            problems.append(Problem(HARDWARE, None, "is required for a new model"))
        return None if self._shown(problems) else (wanted, checked.input, destination)

    def _shown(self, problems: list[Problem]) -> bool:
        """Show problems at their fields; whether there are any."""
        if problems:
            self._screen.remove_class("-result")
        return self._screen.show_problems(problems)

    def _not_made(self, error: Exception) -> None:
        """Replicate did not make the model: say so at the field that caused it."""
        from tui.api.errors import InvalidInput

        fields = error.fields if isinstance(error, InvalidInput) else {}
        self._shown([Problem(_FIELDS.get(name, ""), None, words) for name, words in fields.items()])
        self._screen.remove_class("-result")
        self._screen.note(f"✗ The destination was not made: {error}", "$error")
        self._told()

    # ---- the training on its way

    def heard(self, event: Event) -> None:
        """Follow it until it is there, then open it."""
        from tui.services import bus

        if not isinstance(event, bus.RunChanged) or self.run is None or event.run.id != self.run.id:
            return
        self.run = event.run
        if self.run.state == "failed" and self.run.record is None:
            own = {field.name for field in self._screen.form_view.fields}
            self._shown(refused(self.run.fields, own))
            self._screen.remove_class("-result")
            self._screen.note(f"✗ {self.run.error or 'not started'}", "$error")
        elif self.run.record is not None and not self._there:
            self._there = True
            work(self._screen, "Training", "there", self._open)
        self._screen.soon("plan", self._told)

    async def _open(self) -> None:
        """The training is there: what was sent is no draft any more; show it live in its section."""
        if self._screen.services is not None:
            await self._screen.draft.forget(self._screen.services)
        if self._screen.is_current:
            self.leave_for_training()
        else:
            self._screen.console.say("The training has started; 3 shows it.")

    def leave_for_training(self) -> None:
        """Close the form and open the training, once it is there."""
        if self._there and self.run is not None and self.run.record is not None:
            console = self._screen.console
            self._screen.dismiss(None)
            console.visit(Place("trainings", self.run.record.id))

    @property
    def lost(self) -> Run | None:
        """The training whose answer was lost."""
        return self.run if self.run is not None and self.run.state == "unknown" else None

    async def gave_up(self, services: Services) -> bool:
        """While its data is being uploaded, leaving is a question; whether there was one."""
        from tui.screens.dialogs.question import Ask, Option

        if self.run is None or self.run.state not in ("draft", "uploading"):
            return False
        options = [Option("stop", "s", "Stop the upload"), Option("on", "g", "Let it go on")]
        words = "Its data is being uploaded; nothing was created yet."
        if await self._screen.host.push_screen_wait(Ask("Give the training up?", words, options)) == "stop":
            try:
                await services.runs.abandon(self.run.id)
            except KeyError:
                self._screen.console.say("It was too late: it is created already.", severity="warning")
        return True
