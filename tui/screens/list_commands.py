"""What screens with a list and a detail beside it do alike: to the filter, another order, and the way back."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tui.screens.command_host import AT_THE_TOP

if TYPE_CHECKING:
    from textual.widget import Widget
    from textual.widgets import Input

    from tui.screens.base import ConsoleScreen
    from tui.widgets.table.virtual_table import VirtualTable


class ListCommands:
    """The commands about a list with a filter above it."""

    def __init__(
        self, screen: ConsoleScreen, table: Callable[[], VirtualTable[Any]], filter: Callable[[], Input]
    ) -> None:
        self._screen = screen
        self._table = table
        self._filter = filter

    def do_filter(self) -> None:
        """Go to the filter."""
        self._screen.remove_class("-detail")
        self._screen.set_focus(self._filter())

    async def do_sort_list(self) -> None:
        """Choose the column that the list is sorted by."""
        from tui.screens.dialogs.sort_by import ask_column

        table = self._table()
        chosen = await ask_column(self._screen.host, table.columns, "newest first")
        if chosen is not None:
            table.toggle_sort(chosen)


class WayBack:
    """From the detail to the list; then the filter is cleared."""

    def __init__(
        self,
        screen: ConsoleScreen,
        table: Callable[[], VirtualTable[Any]],
        detail: Callable[[], Widget],
        filter: Callable[[], Input],
    ) -> None:
        self._screen = screen
        self._table = table
        self._detail = detail
        self._filter = filter

    def _in_detail(self) -> bool:
        return self._screen.has_class("-detail") or self._detail().has_focus_within

    def why_not_back(self) -> str | None:
        """Not from the list itself, where nothing is filtered."""
        return None if self._in_detail() or self._filter().value else AT_THE_TOP

    def do_back(self) -> None:
        """A step of it."""
        if self._in_detail():
            self._screen.remove_class("-detail")
            self._table().focus()
        else:
            self._filter().value = ""
