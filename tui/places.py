"""Where in the console to begin: what the command line hands to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Section = Literal["models", "model", "run", "collections", "predictions", "trainings", "deployments", "chat"]


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
    chat         "owner/name[:version]" for a new conversation, the id of one, or None
    """

    section: Section = "models"
    argument: str | None = None
    values: Mapping[str, str] = field(default_factory=dict[str, str])
    message: str | None = None
    """What to tell the user on arrival, e.g. which values are still missing."""
    start: bool = False
    """`run` only: the values were checked, none is missing, and the user typed `run`: start it on arrival."""
