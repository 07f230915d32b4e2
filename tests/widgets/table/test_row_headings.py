"""Headings between a table's rows: seen, never under the cursor, and nothing jumps for them."""

from __future__ import annotations

import random
from dataclasses import dataclass

import pytest
from textual.app import App, ComposeResult
from textual.pilot import Pilot

from tests.support.screen import until, widget_lines
from tui.widgets.table.row_headings import Headings
from tui.widgets.table.virtual_table import Column, Heading, VirtualTable


@dataclass(frozen=True)
class Row:
    id: str
    day: int
    version: int = 0


def headings(rows: list[Row]) -> list[Heading]:
    """One above the first row of each day."""
    days = [row.day for row in rows]
    return [
        Heading(n, f"day {day}", f"{days.count(day)} runs")
        for n, day in enumerate(days)
        if n == 0 or days[n - 1] != day
    ]


class TableApp(App[None]):
    def __init__(self, rows: list[Row]) -> None:
        super().__init__()
        self.rows = rows
        self.table: VirtualTable[Row] = VirtualTable(
            [Column("name", "Name", lambda row: row.id, sort_key=lambda row: row.id)],
            id_of=lambda row: row.id,
            version_of=lambda row: row.version,
            id="table",
        )
        self.opened: list[str] = []

    def compose(self) -> ComposeResult:
        yield self.table

    def on_mount(self) -> None:
        self.show(self.rows)

    def show(self, rows: list[Row]) -> None:
        self.rows = rows
        self.table.set_rows(rows, headings(rows))

    def on_virtual_table_selected(self, event: VirtualTable.Selected[Row]) -> None:
        self.opened.append(event.id)

    @property
    def lines(self) -> list[str]:
        """What stands below the header: `day 3 · 4 runs`, `row 17`."""
        return [line[3:].strip() for line in widget_lines(self.table)[1:] if line]

    @property
    def under_cursor(self) -> str | None:
        found = [line[3:].strip() for line in widget_lines(self.table)[1:] if line.startswith("›")]
        assert len(found) <= 1
        return found[0] if found else None


def some(count: int, a_day: int = 4) -> list[Row]:
    return [Row(f"row {n}", n // a_day) for n in range(count)]


async def quiet(pilot: Pilot[None]) -> None:
    await pilot.pause(0)
    await pilot.pause(0)


def test_lines_and_rows_tell_each_other() -> None:
    found = Headings([Heading(0, "a"), Heading(3, "b"), Heading(4, "c")])
    assert [found.line_of(row) for row in range(6)] == [1, 2, 3, 5, 7, 8]
    assert [found.first_line(row) for row in range(6)] == [0, 2, 3, 4, 6, 8]
    assert [found.row_from(line) for line in range(9)] == [0, 0, 1, 2, 3, 3, 4, 4, 5]
    assert [heading.title if (heading := found.at(line)) else "" for line in range(9)] == [
        "a", "", "", "", "b", "", "c", "", "",
    ]  # fmt: skip


async def test_each_group_has_its_heading_and_the_keys_step_over_it() -> None:
    app = TableApp(some(10))
    async with app.run_test(size=(50, 20)) as pilot:
        await quiet(pilot)
        assert app.lines == [
            "day 0 · 4 runs", "row 0", "row 1", "row 2", "row 3",
            "day 1 · 4 runs", "row 4", "row 5", "row 6", "row 7",
            "day 2 · 2 runs", "row 8", "row 9",
        ]  # fmt: skip
        assert app.under_cursor == "row 0"
        for key, row in [("j", 1), ("j", 2), ("j", 3), ("j", 4), ("k", 3), ("G", 9), ("g", 0), ("k", 0)]:
            await pilot.press(key)
            await quiet(pilot)
            assert app.under_cursor == f"row {row}", key
        await pilot.press("j", "j", "j", "space", "space", "enter")
        await quiet(pilot)
        assert app.table.marked == {"row 3", "row 4"}
        assert app.opened == ["row 5"]


async def test_the_first_row_and_the_thousandth_show_all_that_belongs_to_them() -> None:
    app = TableApp(some(1000))
    async with app.run_test(size=(50, 12)) as pilot:
        await pilot.press("G")
        await quiet(pilot)
        assert app.lines[-1] == app.under_cursor == "row 999"
        assert app.lines[-5] == "day 249 · 4 runs"
        await pilot.press("g")
        await quiet(pilot)
        assert app.lines[:2] == ["day 0 · 4 runs", "row 0"], "the heading above the first row comes into sight"
        await pilot.press("pagedown", "pagedown", "pageup", "pageup")
        await quiet(pilot)
        assert app.lines[0] == "day 0 · 4 runs"
        assert app.under_cursor == "row 0"


async def test_going_up_brings_the_heading_of_a_group_with_its_first_row() -> None:
    app = TableApp(some(40))
    async with app.run_test(size=(50, 6)) as pilot:  # five lines
        await pilot.press("G")
        for _ in range(19):
            await pilot.press("k")
        await quiet(pilot)
        assert app.under_cursor == "row 20"
        assert app.lines[:2] == ["day 5 · 4 runs", "row 20"]


async def test_a_click_on_a_heading_does_nothing_and_one_below_it_finds_its_row() -> None:
    app = TableApp(some(10))
    async with app.run_test(size=(50, 20)) as pilot:
        await quiet(pilot)
        await pilot.click("#table", offset=(5, 6))
        await quiet(pilot)
        assert app.under_cursor == "row 0"
        await pilot.click("#table", offset=(5, 7))
        await quiet(pilot)
        assert app.under_cursor == "row 4"
        assert app.opened == []
        await pilot.click("#table", offset=(5, 7))
        await quiet(pilot)
        assert app.opened == ["row 4"]


async def test_rows_in_another_order_have_no_headings_until_it_is_theirs_again() -> None:
    app = TableApp([Row("b", 0), Row("a", 0), Row("c", 1)])
    async with app.run_test(size=(50, 20)) as pilot:
        await quiet(pilot)
        app.table.sort = ("name", False)
        await quiet(pilot)
        assert app.lines == ["a", "b", "c"]
        app.table.sort = None
        await until(pilot, lambda: app.lines == ["day 0 · 2 runs", "b", "a", "day 1 · 1 runs", "c"])


async def test_only_the_lines_that_changed_are_painted_again() -> None:
    app = TableApp(some(40))
    async with app.run_test(size=(50, 12)) as pilot:
        await pilot.press("j", "j", "j")
        await quiet(pilot)
        painted: list[int] = []
        original = app.table.render_line

        def spy(y: int) -> object:
            painted.append(y)
            return original(y)

        app.table.render_line = spy  # type: ignore[method-assign,assignment]
        app.show(list(app.rows))
        await quiet(pilot)
        assert painted == []
        # From the last row of a day, on line 5, to the first of the next one, on line 7.
        await pilot.press("j")
        await quiet(pilot)
        assert painted == [5, 7]
        painted.clear()
        app.table.put_row(Row("row 5", 1, 1))
        await quiet(pilot)
        assert painted in ([8], [])


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_cursor_marks_and_view_stay_whatever_comes_and_goes(seed: int) -> None:
    rng = random.Random(seed)
    app = TableApp(some(90, 7))
    async with app.run_test(size=(50, 16)) as pilot:
        for fresh in range(40):
            for key in rng.choices(["j", "k", "space", "pagedown", "pageup", "G", "g"], (6, 4, 3, 3, 2, 1, 1), k=3):
                await pilot.press(key)
            await quiet(pilot)
            cursor, lines, marked = app.under_cursor, app.lines, app.table.marked
            assert cursor is not None
            # Younger rows come on a day of their own or on the youngest one; some in the middle go, with their day.
            gone = {row.id for row in rng.sample(app.rows, 4)} - {cursor} - marked
            day = app.rows[0].day - rng.randrange(2)
            news = [Row(f"new {fresh}-{n}", day) for n in range(rng.randrange(4))]
            app.show([*news, *(row for row in app.rows if row.id not in gone)])
            await quiet(pilot)
            assert app.under_cursor == cursor
            assert app.table.marked == marked
            rows = [line for line in app.lines if "·" not in line]
            expected = [row.id for row in app.rows]
            start = expected.index(rows[0])
            assert rows == expected[start : start + len(rows)]
            there = [line for line in lines if "·" not in line and line not in gone]
            first = lines.index(there[0])
            if app.lines[0] != lines[0] and start > 0 and rows[-1] != expected[-1] and first == 0:
                # It moved only as far as the cursor had to stay in sight.
                assert app.lines[0] == there[0] or cursor in (rows[0], rows[-1])
