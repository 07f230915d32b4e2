"""The sections of the console in the order of their number keys."""

from __future__ import annotations

from typing import NamedTuple


class Section(NamedTuple):
    """A section: its name in code, its key, and what people call it."""

    name: str
    key: str
    title: str


SECTIONS = (
    Section("models", "1", "Models"),
    Section("predictions", "2", "Predictions"),
)
