"""A cell that is longer than its column, and knows what of it may be left out."""

from __future__ import annotations

from typing import Any

from textual.app import App, ComposeResult

from tests.support.screen import until, widget_lines
from tui.widgets.table.virtual_table import Column, VirtualTable

COLUMNS: list[Column[str]] = [
    Column("name", "Name", lambda row: "", width=12, fitted=lambda row, width: row[-width:], needs=len),
    Column("what", "What", lambda row: "words about it that go on and on", flex=1),
]


class Host(App[object]):
    def compose(self) -> ComposeResult:
        yield VirtualTable(COLUMNS, id_of=lambda row: row)


async def test_a_long_cell_takes_the_room_of_the_flexible_column_after_it() -> None:
    app = Host()
    async with app.run_test(size=(60, 10)) as pilot:
        table: VirtualTable[Any] = app.query_one(VirtualTable)
        table.set_rows(["short", "a-name-of-twenty-six-cells", "x" * 99])
        await until(pilot, lambda: "short" in widget_lines(table)[1])
        lines = [line[3:] for line in widget_lines(table)[1:4]]
        assert lines[0].startswith("short         words about it")
        assert lines[1].startswith("a-name-of-twenty-six-cells  words about it")
        # The next column keeps a dozen cells, however long the name is.
        assert lines[2].startswith("x" * 42 + "  words about") and "xxx" not in lines[2][43:]
