"""The sections of the console in the order of their number keys, and where each one's screen is.

A section is a line here, a `GoSection` in tui/commands.py, and a ConsoleScreen whose `arrive` opens a place in it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from textual.screen import Screen


class Section(NamedTuple):
    """A section: its name in code, its key, what people call it, its screen, and the places that are in it."""

    name: str
    key: str
    title: str
    screen: str
    """"module:Class"; imported when the section is opened first."""
    places: tuple[str, ...]
    """What `Place.section` may say for this section."""

    def open(self) -> Screen[Any]:
        """Its screen, new."""
        module, _, name = self.screen.partition(":")
        return getattr(import_module(module), name)()


SECTIONS = (
    Section("models", "1", "Models", "tui.screens.models:ModelsScreen", ("models", "model", "collections", "run")),
    Section("predictions", "2", "Predictions", "tui.screens.predictions:PredictionsScreen", ("predictions",)),
    Section("trainings", "3", "Trainings", "tui.screens.trainings:TrainingsScreen", ("trainings",)),
    Section("chat", "4", "Chat", "tui.screens.chat:ChatScreen", ("chat",)),
    Section("deployments", "5", "Deployments", "tui.screens.deployments:DeploymentsScreen", ("deployments",)),
)


def section_of(place: str) -> Section:
    """The section that a place is in; the first one for a place of none."""
    return next((section for section in SECTIONS if place in section.places), SECTIONS[0])
