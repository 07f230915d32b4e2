"""Where one can be in the console: the sections in the order of their number keys, and the places in them.

A section is a line here, a `GoSection` in tui/commands.py, and a ConsoleScreen whose `arrive` opens a place in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

if TYPE_CHECKING:
    from textual.screen import Screen


PlaceKind = Literal[
    "models",
    "model",
    "run",
    "collections",
    "predictions",
    "trainings",
    "deployments",
    "batches",
    "webhooks",
    "chat",
    "usage",
    "files",
    "local",
]


@dataclass(frozen=True)
class Place:
    """One place of the console.

    section      argument                         values
    models       text to search for, or None
    model        "owner/name[:version]"
    run          "owner/name[:version]"           field name → text, as a person types it into the form
    collections  slug, or None for the list
    predictions  prediction id, or None for the list
    trainings    training id, or None for the list
    deployments  "owner/name", or None for the list
    batches      the id of a batch, or None for the list
    webhooks     None
    usage        None
    files        the id of a file, or None for the list
    local        a model's folder, the address of a Cog server, or None for the list
    chat         "owner/name[:version]" for a new conversation, the id of one, or None
    """

    section: PlaceKind = "models"
    argument: str | None = None
    values: Mapping[str, str] = field(default_factory=dict[str, str])
    message: str | None = None
    """What to tell the user on arrival, e.g. which values are still missing."""
    start: bool = False
    """`run` only: the values were checked, none is missing, and the user typed `run`: start it on arrival."""


class Section(NamedTuple):
    """A section: its name in code, its key, what people call it, its screen, and the places that are in it."""

    name: str
    key: str
    title: str
    short: str
    """What it is called where there is little room: at most 8 cells."""
    screen: str
    """"module:Class" below `tui.screens`; imported when the section is opened first."""
    places: tuple[str, ...]
    """What `Place.section` may say for this section."""

    def screen_class(self) -> type[Screen[Any]]:
        """The class of its screen, imported when it is asked for."""
        module, _, name = self.screen.partition(":")
        return getattr(import_module(f"tui.screens.{module}"), name)

    def open(self) -> Screen[Any]:
        """Its screen, new."""
        return self.screen_class()()


SECTIONS = (
    Section(
        "models",
        "1",
        "Models",
        "Models",
        "models.models_screen:ModelsScreen",
        ("models", "model", "collections", "run"),
    ),
    Section(
        "predictions", "2", "Predictions", "Predict", "records.predictions_screen:PredictionsScreen", ("predictions",)
    ),
    Section("trainings", "3", "Trainings", "Train", "records.trainings_screen:TrainingsScreen", ("trainings",)),
    Section("chat", "4", "Chat", "Chat", "chat.chat_screen:ChatScreen", ("chat",)),
    Section(
        "deployments",
        "5",
        "Deployments",
        "Deploy",
        "deployments.deployments_screen:DeploymentsScreen",
        ("deployments",),
    ),
    Section("batches", "6", "Batches", "Batches", "batches.batches_screen:BatchesScreen", ("batches",)),
    Section("webhooks", "7", "Webhooks", "Hooks", "webhooks.webhooks_screen:WebhooksScreen", ("webhooks",)),
    Section("usage", "8", "Usage", "Usage", "usage.usage_screen:UsageScreen", ("usage",)),
    Section("local", "9", "Local", "Local", "local.local_screen:LocalScreen", ("local",)),
    Section("files", "0", "Files", "Files", "files.files_screen:FilesScreen", ("files",)),
)


def section_of(place: str) -> Section:
    """The section that a place is in; the first one for a place of none."""
    return next((section for section in SECTIONS if place in section.places), SECTIONS[0])
