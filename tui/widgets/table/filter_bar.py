"""The one-line filter above a list."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType

from tui.toolkit.static import FixedWidthInput


class FilterBar(FixedWidthInput):
    """Filters as one types; enter and down go on to the list, escape empties it and goes back."""

    ENTER_SENDS = False
    HELP = "The filter: type words; the list follows. Enter or down goes to the list, escape clears."
    BINDINGS: ClassVar[list[BindingType]] = [
        # With priority: the key that follows must find the list, however slow the machine.
        Binding("down,enter", "leave", "To the list", show=False, priority=True),
        Binding("escape", "clear", "Clear", show=False, priority=True),
    ]

    def __init__(self, placeholder: str, *, list: str, id: str | None = None) -> None:
        """`list` selects the widget that takes the focus when the filter is done."""
        super().__init__(placeholder=placeholder, id=id, compact=True, select_on_focus=True)
        self.cursor_blink = False
        self._list = list

    def action_leave(self) -> None:
        """Go on to the list; the filter stays."""
        self._leave()

    def action_clear(self) -> None:
        """Empty the filter and go back to the list."""
        self.value = ""
        self._leave()

    def _leave(self) -> None:
        # At once, not by a message: the next key must find the list.
        self.screen.set_focus(self.screen.query_one(self._list))
