"""One dialog for every short text that is asked for."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from tui.toolkit.screen import DialogScreen
from tui.toolkit.static import FixedWidthInput


class Prompt(DialogScreen[str | None]):
    """Asks for a line of text; the result is the text, or None after escape."""

    BINDINGS = [("escape", "give_up", "Back")]

    def __init__(self, title: str, text: str, value: str = "") -> None:
        super().__init__()
        self._title = title
        self._text = text
        self._value = value

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog"):
            yield Static(Content.styled(self._title, "bold"), id="dialog-title")
            yield Static(Content(self._text), id="dialog-text")
            field = FixedWidthInput(self._value, compact=True, select_on_focus=False)
            field.cursor_blink = False
            yield field
            yield Static(Content.styled("enter goes on · esc goes back", "$text-muted"), id="dialog-keys")

    def on_mount(self) -> None:
        self.query_one(Input).focus()

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        self.dismiss(event.value.strip() or None)

    def action_give_up(self) -> None:
        """Leave without a text."""
        self.dismiss(None)
