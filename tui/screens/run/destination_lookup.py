"""The destination of a training: looked up as it is typed, or picked among the models of this account."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from textual.timer import Timer

from tui import wording
from tui.forms.training import DESTINATION
from tui.screens.form_screen import FormScreen
from tui.toolkit.workers import work
from tui.widgets.picker import Picker, Row

if TYPE_CHECKING:
    from tui.services.runs.trainings import Destination, Trainer
    from tui.services.services import Services

LOOK_PAUSE = 0.4
"""Seconds after a key until the destination is looked up."""


class DestinationLookup:
    """What is known of the model that a form names as its destination."""

    def __init__(self, screen: FormScreen, trainer: Callable[[], Trainer | None], told: Callable[[], None]) -> None:
        """`told` is called when more is known, or less."""
        self._screen = screen
        self._trainer = trainer
        self._told = told
        self._timer: Timer | None = None
        self.found: Destination | None = None
        self.looking = False

    def look_soon(self) -> None:
        """Look it up once the typing pauses; until then nothing is known of it."""
        if self._timer is not None:
            self._timer.stop()
        self.found = None
        self._timer = self._screen.set_timer(LOOK_PAUSE, self._look)

    def _look(self) -> None:
        self._timer = None
        text = self._screen.form_view.values.get(DESTINATION, "").strip()
        if self._screen.services is not None and text:
            self.looking = True
            self._told()
            work(self._screen, "Destination", "destination", self._look_up, self._screen.services, text)

    async def _look_up(self, services: Services, text: str) -> None:
        from tui.api.errors import ApiError

        try:
            self.found = await services.trainings.destination(text)
        except ApiError as error:
            self._screen.note(f"{text} could not be looked up: {error}", "$warning")
        self.looking = False
        self._told()

    def why_not_choose_destination(self) -> str | None:
        """Only once the form is there."""
        there = self._trainer() is not None and self._screen.services is not None
        return None if there else "The form has not come yet."

    async def do_choose_destination(self) -> None:
        """Pick one of the models of this account that are known."""
        services, trainer, view = self._screen.services, self._trainer(), self._screen.form_view
        if services is None or trainer is None:
            return
        here = view.values.get(DESTINATION, "").strip()
        mine = await services.trainings.mine()
        rows = [Row(m.ref, m.ref, wording.one_line(m.description, 80)) for m in mine]
        name = services.trainings.suggestion(trainer)
        if all(row.value != name for row in rows):
            rows.insert(0, Row(name, name, "a new model"))
        title = "Your models: one of them gets the version"
        row = await self._screen.host.push_screen_wait(Picker(title, rows, here=here))
        if row is not None and row.value:
            view.replace({DESTINATION: row.value})
            view.focus_field(DESTINATION)
            self._screen.changed(DESTINATION)
