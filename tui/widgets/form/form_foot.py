"""The foot of a form: the button that sends it, what that may cost, and a note."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Grid
from textual.widgets import Button

from tui.toolkit.static import FixedSizeStatic
from tui.widgets.cost import CostLine

ONE_ROW = 76
"""Cells from which all of it stands in one row."""
LOW = 16
"""A terminal of fewer rows has none to spare for the note."""


class FormFoot(Grid):
    """Two rows, or one where there is room beside each other or none below."""

    def __init__(self, send: str, *, id: str) -> None:
        """`send`: what the button says."""
        super().__init__(id=id)
        self._send = send

    def compose(self) -> ComposeResult:
        yield Button(self._send, classes="form-send", variant="primary", compact=True)
        yield CostLine(classes="form-cost")
        yield FixedSizeStatic(classes="form-note")

    def on_resize(self) -> None:
        """The note goes where there is room."""
        self.set_class(self.size.width >= ONE_ROW or self.screen.size.height < LOW, "-one-row")
