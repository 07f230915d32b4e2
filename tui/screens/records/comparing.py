"""Opens the comparison that so many records have: two word for word, more beside each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tui.screens.base import ConsoleScreen

if TYPE_CHECKING:
    from tui.store.records import Record

MOST = 100
"""Records that are compared at most."""


def compare(screen: ConsoleScreen, records: Sequence[Record]) -> bool:
    """Open the comparison over a screen. False for fewer than two: nothing is opened."""
    from tui.screens.records.compare_many import CompareMany
    from tui.screens.records.compare_screen import CompareScreen

    if len(records) == 2:
        screen.host.push_screen(CompareScreen(records[0], records[1]))
    elif len(records) > 2:
        screen.host.push_screen(CompareMany(records))
    return len(records) > 1
