"""From the filled form of a training to the training: what is wrong is said at its field, the rest is sent once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tui.forms.training import DESTINATION, HARDWARE, VISIBILITY, TrainingForm
from tui.navigation import Place
from tui.screens.form_screen import FormScreen, absent_files
from tui.screens.records.record_commands import LostRunCommands
from tui.screens.run.training_plan import data_files, question_words

if TYPE_CHECKING:
    from tui.forms import Checked, Problem
    from tui.forms.training import Wanted
    from tui.services.bus import Event
    from tui.services.runs.run import Run
    from tui.services.runs.trainings import Destination, Trainer
    from tui.services.services import Services


class TrainingSending(FormScreen):
    """The part of a training's form that sends it, and follows it until it is there."""

    def __init__(self, ref: str) -> None:
        super().__init__()
        self.ref = ref
        self.trainer: Trainer | None = None
        self.form: TrainingForm | None = None
        self.run: Run | None = None
        self.destination: Destination | None = None
        self.making = ""
        """What is done before the training itself, in words."""
        self._started = False
        lost = LostRunCommands(self, lambda: self.run if self.run and self.run.state == "unknown" else None, "training")
        self._commands = (lost,)

    @property
    def command_objects(self) -> Sequence[object]:
        """The decision about a training whose answer was lost."""
        return self._commands

    def checked(self) -> tuple[Wanted, Checked] | None:
        """What was typed, judged."""
        raise NotImplementedError

    def draw_plan(self) -> None:
        """Say what the training will do, or does."""
        raise NotImplementedError

    def look_soon(self) -> None:
        """Ask how the destination stands."""
        raise NotImplementedError

    # ---- the start

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
        from tui.screens.dialogs.question import Ask, Option

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
                self.making = f"making {destination.ref}…"
                self.draw_plan()
                await services.trainings.make_destination(
                    destination.ref, hardware=wanted.hardware, visibility=_visibility(wanted.visibility)
                )
                self.look_soon()
        except ApiError as error:
            self._refused(error)
            return
        finally:
            self.making = ""
        self.note("")
        self.run = await services.trainings.start(trainer, values, destination.ref)
        self.draw_plan()

    async def _ready(self, services: Services) -> tuple[Wanted, dict[str, object], Destination] | None:
        """What can be sent; or None, after what is wrong was shown at its fields."""
        from tui.api.errors import ApiError
        from tui.forms import Problem

        found = self.checked()
        if found is None:
            return None
        wanted, checked = found
        problems = list(checked.problems)
        problems += absent_files(checked.input)
        problems += [Problem(file.field, None, file.problem) for file in data_files(checked.input) if file.problem]
        if self._shown(problems):
            return None
        self.note("looking at the destination…")
        try:
            self.destination = await services.trainings.destination(wanted.destination)
        except ApiError as error:
            self.note(f"✗ {error}", "$error")
            return None
        finally:
            self.draw_plan()
        destination = self.destination
        if destination.problem:
            problems.append(Problem(DESTINATION, None, destination.problem))
        if destination.model is None and not wanted.hardware:
            problems.append(Problem(HARDWARE, None, "is required for a new model"))
        if self._shown(problems):
            return None
        self.note("")
        return wanted, checked.input, destination

    def _shown(self, problems: list[Problem]) -> bool:
        """Show problems at their fields; whether there are any."""
        if problems:
            self.remove_class("-result")
        return self.show_problems(problems)

    def _refused(self, error: Exception) -> None:
        """Replicate did not make the model: say so at the field that caused it."""
        from tui.api.errors import InvalidInput
        from tui.forms import Problem

        self.making = ""
        fields = error.fields if isinstance(error, InvalidInput) else {}
        names = {
            "hardware": HARDWARE,
            "owner": DESTINATION,
            "name": DESTINATION,
            "visibility": VISIBILITY,
        }
        problems = [Problem(names.get(name, ""), None, words) for name, words in fields.items()]
        if not self._shown(problems):
            self.remove_class("-result")
        self.note(f"✗ The destination was not made: {error}", "$error")
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
        self.note(f"✗ {run.error or 'not started'}", "$error")

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


def _visibility(text: str) -> Any:
    return "public" if text == "public" else "private"
