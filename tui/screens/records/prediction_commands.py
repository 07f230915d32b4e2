"""What can be done with a prediction, besides what can be done with every record."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tui.api.types import Target, is_hidden
from tui.screens.base import ConsoleScreen

if TYPE_CHECKING:
    from tui.navigation import Place
    from tui.store.records import Record


class PredictionCommands:
    """Answers for a screen that shows predictions: give it to the screen's `command_objects`."""

    def __init__(self, screen: ConsoleScreen, record: Callable[[], Record | None]) -> None:
        """`record` gives the record that is shown."""
        self._screen = screen
        self._record = record

    def why_not_run_again(self) -> str | None:
        """Only what is there, and of which the model is known."""
        record = self._record()
        if record is None:
            return "There is no prediction here yet."
        if _place(record) is not None:
            return None
        known = record.prediction.model and self._target(record) is not None
        return None if known else "The API does not tell which model this was."

    def _target(self, record: Record) -> Target | None:
        services = self._screen.services
        return Target.of_prediction(record.prediction, (services.username if services is not None else None) or "")

    def do_run_again(self) -> None:
        """The form, filled with this input."""
        from tui.screens.run.run_screen import RunScreen

        record = self._record()
        if record is not None and (place := _place(record)) is not None:
            self._screen.console.visit(place)
            return
        target = self._target(record) if record is not None else None
        if record is None or target is None:
            return
        prediction = record.prediction
        version = None if is_hidden(prediction.version) else prediction.version
        through = target.ref if target.deployment else None
        form = RunScreen(prediction.model, version=version, deployment=through, values=prediction.input)
        self._screen.host.push_screen(form)


def _place(record: Record) -> Place | None:
    """Where a run of this machine is run again; None for one at Replicate."""
    from tui.api.text import to_json
    from tui.navigation import Place

    prediction = record.prediction
    where = prediction.raw.get("place")
    if prediction.source != "local" or not isinstance(where, str):
        return None
    texts = {name: one if isinstance(one, str) else to_json(one) for name, one in prediction.input.items()}
    return Place("local", where, texts)
