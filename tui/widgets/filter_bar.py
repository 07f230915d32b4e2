"""The one-line filter above a list."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Input


class FilterBar(Input):
    """Filters as one types; enter and down go on to the list, escape empties it and goes back."""

    HELP = "The filter: type words; the list follows. Enter or down goes to the list, escape clears."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,enter", "leave", "To the list", show=False),
        Binding("escape", "clear", "Clear", show=False),
    ]

    class Left(Message):
        """The filter is done: the list should take the focus."""

    def __init__(self, placeholder: str, *, id: str | None = None) -> None:
        super().__init__(placeholder=placeholder, id=id, compact=True, select_on_focus=False)
        self.cursor_blink = False

    def action_leave(self) -> None:
        """Go on to the list; the filter stays."""
        self.post_message(self.Left())

    def action_clear(self) -> None:
        """Empty the filter and go back to the list."""
        self.value = ""
        self.post_message(self.Left())
