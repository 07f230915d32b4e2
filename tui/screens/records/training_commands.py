"""What can be done with a training, besides what can be done with every record."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tui.api.types import Target, Training, is_hidden
from tui.screens.base import ConsoleScreen
from tui.screens.command_host import NOT_CONNECTED
from tui.screens.records.training_detail import destination_of

if TYPE_CHECKING:
    from tui.store.records import Record


class TrainingCommands:
    """Answers for a screen that shows trainings: give it to the screen's `command_objects`."""

    def __init__(self, screen: ConsoleScreen, record: Callable[[], Record | None]) -> None:
        """`record` gives the record that is shown."""
        self._screen = screen
        self._record = record

    def _training(self) -> Training | None:
        record = self._record()
        return record.prediction if record is not None and isinstance(record.prediction, Training) else None

    def why_not_new_training(self) -> str | None:
        """Only once it is known what can be trained."""
        return None if self._screen.services is not None else NOT_CONNECTED

    async def do_new_training(self) -> None:
        """Pick a trainer, then its form."""
        from tui.screens.run.trainer_picker import pick_trainer
        from tui.screens.run.training_form import TrainingFormScreen

        services = self._screen.services
        if services is None:
            return
        ref = await pick_trainer(self._screen.host, services)
        if ref is not None:
            self._screen.host.push_screen(TrainingFormScreen(ref))

    def why_not_run_again(self) -> str | None:
        """Only what is there, and of which the trainer is known."""
        training = self._training()
        if training is None:
            return "There is no training here yet."
        if training.source == "local":
            return "It ran on this machine: t in the section Local (9) opens its form."
        return None if training.model else "The API does not tell which model this trained."

    def do_run_again(self) -> None:
        """The form, filled with this training's input."""
        from tui.screens.run.training_form import TrainingFormScreen

        record, training = self._record(), self._training()
        if record is None or training is None:
            return
        version = None if is_hidden(training.version) else training.version
        self._screen.host.push_screen(
            TrainingFormScreen(
                training.model, version=version, values=training.input, destination=destination_of(record)
            )
        )

    def why_not_run_version(self) -> str | None:
        """Only a training that gave a version."""
        training = self._training()
        if training is None:
            return "There is no training here yet."
        if self._trained(training) is None:
            return "This training has given no version" + (" yet." if not training.is_terminal else ".")
        return None

    why_not_compare_with_base = why_not_run_version

    def _trained(self, training: Training) -> Target | None:
        try:
            return Target.parse(training.trained_version or "")
        except ValueError:
            return None

    def do_run_version(self) -> None:
        """The form of the new version."""
        from tui.screens.run.run_screen import RunScreen

        training = self._training()
        if training is not None and (target := self._trained(training)) is not None:
            self._screen.host.push_screen(RunScreen(target.ref, version=target.version))

    def do_compare_with_base(self) -> None:
        """One input for the new version and for what it was trained from."""
        from tui.screens.run.training_comparison import CompareRunScreen

        training = self._training()
        if training is None or (trained := self._trained(training)) is None:
            return
        try:
            base = Target.parse(f"{training.model}:{training.version}")
        except ValueError:
            self._screen.console.say("The API does not tell which model this trained.", severity="warning")
            return
        self._screen.host.push_screen(CompareRunScreen(trained, base))
