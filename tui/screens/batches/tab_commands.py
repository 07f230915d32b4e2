"""What one does with what is shown of a batch: walk through its tabs, filter and sort its rows, open an output."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tui.screens.base import ConsoleScreen
from tui.screens.batches.batch_words import ROWS
from tui.screens.dialogs.sort_by import ask_column
from tui.screens.records.comparing import MOST, compare

if TYPE_CHECKING:
    from tui.screens.batches.batch_view import BatchView
    from tui.screens.batches.batch_words import Shown


class TabCommands:
    """The commands about the tabs of a batch."""

    def __init__(
        self, screen: ConsoleScreen, selected: Callable[[], Shown | None], view: Callable[[], BatchView]
    ) -> None:
        """`selected`: the batch under the cursor; `view`: where it is shown."""
        self._screen = screen
        self._selected = selected
        self._view = view

    def why_not_filter(self) -> str | None:
        """Only where there are rows."""
        return None if self._selected() is not None else "There is no batch under the cursor."

    why_not_sort_list = why_not_filter

    def do_filter(self) -> None:
        """Go to the filter of the rows."""
        self._screen.add_class("-detail")
        self._view().open_tab("rows")
        self._screen.set_focus(self._view().filter)

    async def do_sort_list(self) -> None:
        """Choose the column that the rows are sorted by."""
        table = self._view().table
        chosen = await ask_column(self._screen.host, table.columns, "the order of the input")
        if chosen is not None:
            table.toggle_sort(chosen)

    def do_next_tab(self) -> None:
        """The next tab."""
        self._view().step_tab(1)

    def do_previous_tab(self) -> None:
        """The tab before."""
        self._view().step_tab(-1)

    def why_not_open_output(self) -> str | None:
        """Only a file that is here."""
        view = self._view()
        path = view.sheet.current_path if view.tab == "outputs" else None
        return None if path is not None else "No output is selected that is on this machine."

    async def do_open_output(self) -> None:
        """Open the selected output."""
        if (path := self._view().sheet.current_path) is not None:
            await self._screen.console.open_file(path)

    # ---- compare

    def why_not_compare_marked(self) -> str | None:
        """Rows that are marked, else all of a batch that is small enough."""
        view, shown = self._view(), self._selected()
        marked = len(view.marked)
        if shown is None:
            return "There is no batch under the cursor."
        if marked > MOST or (not marked and shown.count("done") > MOST):
            return f"Up to {MOST} rows can be compared: mark some of them with space."
        if marked == 1 or (not marked and shown.count("done") < 2):
            return "There is only one to compare: two rows or more must have succeeded."
        return None

    async def do_compare_marked(self) -> None:
        """The marked rows, or all that succeeded, in the order of the input."""
        services, shown, marked = self._screen.services, self._selected(), self._view().marked
        if services is None or shown is None:
            return
        found = await services.batches.outputs(shown.id, ROWS if marked else MOST, marked)
        if not compare(self._screen, [record for _, record in found if record is not None]):
            self._screen.console.say("Fewer than two of them have succeeded.", severity="warning")
