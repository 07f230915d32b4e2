"""The rows above the list of records: runs whose answer was lost, until a person has decided about each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from textual.content import Content

from tui import commands as cmd
from tui import wording
from tui.screens.base import ConsoleScreen
from tui.toolkit.static import FixedSizeStatic

if TYPE_CHECKING:
    from tui.services.runs.run import Run

MOST = 3
"""Rows at most: the list needs its room."""


class LostRuns(FixedSizeStatic):
    """A row for each of them, the one that x decides about first; gone where there is none."""

    def __init__(self) -> None:
        super().__init__(id="records-lost")
        self.display = False

    def show(self, runs: Sequence[Run], summary: Callable[[Mapping[str, object]], str]) -> None:
        """Show these runs; `summary` puts an input on one line."""
        rows = [_row(run, summary(run.input), first=number == 0) for number, run in enumerate(runs[:MOST])]
        if len(runs) > MOST:
            rows.append(Content.styled(f"  and {len(runs) - MOST} more", "$warning"))
        self.display = bool(rows)
        self.update(Content("\n").join(rows))

    def on_click(self) -> None:
        """As the key does."""
        if isinstance(self.screen, ConsoleScreen):
            self.screen.action_command(cmd.ResolveRun.id)


def _row(run: Run, asked: str, *, first: bool) -> Content:
    what = "answer lost" if run.needs_decision else wording.one_line(run.message or "", 40)
    if run.needs_decision and first:
        what += " · x decides"
    return Content.assemble((f"? {what}  ", "bold $warning"), (f"{run.target.ref}  ", "bold"), asked)
