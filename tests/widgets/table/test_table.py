"""The virtual table, as a person at the keyboard sees it."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

import pytest
from rich.text import Text
from textual import on
from textual.app import App, ComposeResult
from textual.content import Content
from textual.pilot import Pilot
from textual.theme import Theme

from tests.support.screen import screen_lines, screen_text, until, widget_lines
from tui.appearance import THEMES
from tui.widgets.table.row_sources import share_width
from tui.widgets.table.virtual_table import Column, ListSource, VirtualTable


@dataclass(frozen=True)
class Row:
    id: str
    name: str
    number: int | None = 0
    version: int = 0


def columns() -> list[Column[Row]]:
    return [
        Column("name", "Name", lambda row: row.name, sort_key=lambda row: row.name),
        Column("status", "Status", lambda row: Text(f"ok {row.version}", "bold"), width=10, drop_below=50),
        Column("number", "Number", lambda row: str(row.number), width=8, align="right",
               sort_key=lambda row: row.number),
    ]  # fmt: skip


class TableApp(App[None]):
    def __init__(self, rows: list[Row], versioned: bool = True) -> None:
        super().__init__()
        self.rows = rows
        self.table: VirtualTable[Row] = VirtualTable(
            columns(),
            id_of=lambda row: row.id,
            version_of=(lambda row: row.version) if versioned else None,
            empty="No predictions yet.\nPress r to run a model.",
            id="table",
        )
        self.seen: list[str] = []

    def compose(self) -> ComposeResult:
        yield self.table

    def on_mount(self) -> None:
        self.table.set_rows(self.rows)

    def on_virtual_table_highlighted(self, event: VirtualTable.Highlighted[Row]) -> None:
        self.seen.append(f"highlighted {event.id}")

    @on(VirtualTable.Selected, "#table")
    def opened(self, event: VirtualTable.Selected[Row]) -> None:
        self.seen.append(f"selected {event.row.name}")

    def on_virtual_table_marked(self, event: VirtualTable.Marked) -> None:
        self.seen.append(f"marked {','.join(sorted(event.marked))}")

    def on_virtual_table_sort_requested(self, event: VirtualTable.SortRequested) -> None:
        self.seen.append(f"sort {event.key}")
        event.table.toggle_sort(event.key)

    def on_virtual_table_near_end(self, event: VirtualTable.NearEnd) -> None:
        self.seen.append(f"near end of {len(event.table)}")

    def on_virtual_table_wanted(self, event: VirtualTable.Wanted) -> None:
        self.seen.append(f"wanted {event.first}-{event.last}")


def some(count: int) -> list[Row]:
    return [Row(f"id{n}", f"row {n}", n) for n in range(count)]


def body(app: TableApp) -> list[str]:
    return [line for line in widget_lines(app.table)[1:] if line]


def names(app: TableApp) -> list[str]:
    return [line[3:].split("  ")[0] for line in body(app)]


def under_cursor(app: TableApp) -> str | None:
    found = [line for line in body(app) if line.startswith("›")]
    assert len(found) <= 1
    return found[0][3:].split("  ")[0] if found else None


async def quiet(pilot: Pilot[None]) -> None:
    await pilot.pause(0)
    await pilot.pause(0)


def change(rng: random.Random, rows: list[Row], fresh: int) -> list[Row]:
    """A refresh as a list in use sees it: some rows go, some change, some come, anywhere."""
    rows = [row for row in rows if rng.random() > 0.05]
    rows = [
        replace(row, name=f"{row.name.split('/')[0]}/{fresh}", version=row.version + 1) if rng.random() < 0.2 else row
        for row in rows
    ]
    for n in range(rng.randrange(4)):
        at = 0 if rng.random() < 0.5 else rng.randrange(len(rows) + 1)
        rows.insert(at, Row(f"new{fresh}-{n}", f"new {fresh} {n}", fresh))
    return rows


@pytest.mark.parametrize("versioned", [True, False])
async def test_cursor_marks_and_view_stay_through_a_hundred_refreshes(versioned: bool) -> None:
    rng = random.Random(4)
    app = TableApp(some(120), versioned)
    async with app.run_test(size=(70, 20)) as pilot:
        await quiet(pilot)
        rows = app.rows
        for fresh in range(100):
            table = app.table
            for action in rng.choices(["cursor(1)", "page(1)", "page(-1)", "mark", "last", "first"], k=2):
                await table.run_action(action)
            await quiet(pilot)
            shown, cursor, marked = names(app), table.cursor_id, table.marked
            was_at_top, line = shown[0] == rows[0].name, table.cursor_index
            before = rows
            rows = change(rng, rows, fresh)
            now = {row.id: row for row in rows}
            table.set_rows(rows)
            await quiet(pilot)

            shown_now = names(app)
            place = [row.name for row in rows].index(shown_now[0])
            assert shown_now == [row.name for row in rows[place : place + len(shown_now)]]
            assert len(shown_now) == min(19, len(rows))
            assert table.marked == marked & now.keys()
            stars = {text[3:].split("  ")[0] for text in body(app) if text[1] == "*"}
            assert stars == {now[id_].name for id_ in table.marked} & set(shown_now)
            if cursor in now:
                assert table.cursor_id == cursor
            else:
                near = sorted((abs(at - line), row.id) for at, row in enumerate(before) if row.id in now)
                assert table.cursor_id in [id_ for distance, id_ in near if distance == near[0][0]]
            assert under_cursor(app) == now[table.cursor_id or ""].name, "the cursor stayed in sight"
            if was_at_top:
                # New rows at the top come into sight, unless that would push the cursor out.
                assert shown_now[0] == rows[0].name or under_cursor(app) == shown_now[-1]
            else:
                top = next(row for row in before if row.name == shown[0])
                if top.id in now and now[top.id].name in shown_now and place + 19 < len(rows):
                    moved = shown_now.index(now[top.id].name)
                    assert moved == 0 or under_cursor(app) in (shown_now[0], shown_now[-1])


async def test_an_unchanged_refresh_repaints_nothing_and_one_changed_row_repaints_one_line() -> None:
    app = TableApp(some(1000))
    async with app.run_test(size=(70, 20)) as pilot:
        await quiet(pilot)
        painted: list[int] = []
        original = app.table.render_line

        def spy(y: int) -> object:
            painted.append(y)
            return original(y)

        app.table.render_line = spy  # type: ignore[method-assign,assignment]
        app.table.set_rows(list(app.rows))
        await quiet(pilot)
        assert painted == []
        app.rows[3] = replace(app.rows[3], name="changed", version=1)
        app.rows[500] = replace(app.rows[500], name="out of sight", version=1)
        app.table.set_rows(list(app.rows))
        await until(pilot, lambda: "changed" in screen_text(app))
        assert painted == [4]
        painted.clear()
        assert app.table.put_row(replace(app.rows[5], name="put in place", version=7))
        await until(pilot, lambda: "put in place" in screen_text(app))
        assert painted == [6]
        assert not app.table.put_row(Row("nowhere", "x"))


async def test_rows_inserted_above_the_view_do_not_move_what_is_read() -> None:
    app = TableApp(some(200))
    async with app.run_test(size=(70, 20)) as pilot:
        app.table.move_to("id100")
        await quiet(pilot)
        before = body(app)
        app.table.set_rows([Row(f"new{n}", f"new {n}") for n in range(50)] + app.rows)
        await quiet(pilot)
        assert body(app) == before
        assert app.table.cursor_index == 150


async def test_a_refresh_while_the_table_is_hidden_moves_nothing() -> None:
    app = TableApp(some(200))
    async with app.run_test(size=(70, 20)) as pilot:
        app.table.move_to("id100")
        await quiet(pilot)
        before = body(app)
        app.table.display = False
        await quiet(pilot)
        app.table.set_rows([Row(f"new{n}", f"new {n}") for n in range(50)] + app.rows)
        await quiet(pilot)
        app.table.display = True
        await until(pilot, lambda: body(app) == before)


async def test_the_keys_move_the_cursor() -> None:
    app = TableApp(some(100))
    async with app.run_test(size=(70, 20)) as pilot:  # 19 rows in view
        for key, expected in [
            ("j", 1), ("down", 2), ("k", 1), ("up", 0), ("up", 0), ("pagedown", 18), ("ctrl+d", 27),
            ("ctrl+u", 18), ("pageup", 0), ("G", 99), ("j", 99), ("g", 0), ("end", 99), ("home", 0),
        ]:  # fmt: skip
            await pilot.press(key)
            await quiet(pilot)
            assert under_cursor(app) == f"row {expected}", key
            assert app.table.cursor_index == expected


async def test_space_marks_and_moves_on_and_enter_opens() -> None:
    app = TableApp(some(5))
    async with app.run_test(size=(70, 20)) as pilot:
        await pilot.press("space", "j", "space", "enter")
        await quiet(pilot)
        assert [line[:8] for line in body(app)] == [" * row 0", "   row 1", " * row 2", "›  row 3", "   row 4"]
        assert app.seen[-1] == "selected row 3"
        assert "marked id0,id2" in app.seen
        await pilot.press("g", "space")
        assert app.table.marked == {"id2"}
        app.table.set_rows(app.rows[:1])
        await quiet(pilot)
        assert app.table.marked == frozenset(), "a row that goes away cannot be acted upon unseen"


async def test_a_click_moves_and_a_second_click_opens_once() -> None:
    app = TableApp(some(30))
    async with app.run_test(size=(70, 20)) as pilot:
        await pilot.click("#table", offset=(5, 4))
        await quiet(pilot)
        assert under_cursor(app) == "row 3"
        assert "selected row 3" not in app.seen
        await pilot.click("#table", offset=(5, 7), times=2)
        await quiet(pilot)
        assert app.seen.count("selected row 6") == 1
        await pilot.click("#table", offset=(5, 7), times=1)
        await quiet(pilot)
        assert app.seen.count("selected row 6") == 2


async def test_the_wheel_scrolls_at_once_and_leaves_the_cursor() -> None:
    app = TableApp(some(100))
    async with app.run_test(size=(70, 20)) as pilot:
        await quiet(pilot)
        app.table.scroll_relative(y=30)
        await quiet(pilot)
        assert names(app)[0] == "row 30"
        assert under_cursor(app) is None
        assert app.table.cursor_index == 0
        await pilot.press("j")
        await quiet(pilot)
        assert under_cursor(app) == "row 1"


async def test_a_click_on_a_title_sorts_both_ways_and_back() -> None:
    rows = [Row("a", "beta", 2), Row("b", "alpha", None), Row("c", "gamma", 10)]
    app = TableApp(rows)
    async with app.run_test(size=(70, 10)) as pilot:
        await pilot.click("#table", offset=(4, 0))
        await quiet(pilot)
        assert names(app) == ["alpha", "beta", "gamma"]
        assert "Name ↑" in screen_text(app)
        assert under_cursor(app) == "beta", "the cursor stays with its row"
        await pilot.click("#table", offset=(4, 0))
        await quiet(pilot)
        assert names(app) == ["gamma", "beta", "alpha"]
        await pilot.click("#table", offset=(4, 0))
        await quiet(pilot)
        assert names(app) == ["beta", "alpha", "gamma"]
        app.table.sort = ("number", True)
        await quiet(pilot)
        assert names(app) == ["gamma", "beta", "alpha"], "what has no value comes last"
        app.table.put_row(Row("a", "beta", 99, 1))
        await quiet(pilot)
        assert names(app) == ["beta", "gamma", "alpha"]


async def test_an_empty_table_says_why_and_what_to_press() -> None:
    app = TableApp([])
    async with app.run_test(size=(70, 20)) as pilot:
        await quiet(pilot)
        assert "No predictions yet." in screen_text(app)
        assert "Press r to run a model." in screen_text(app)
        await pilot.press("j", "G", "space", "enter", "pagedown")
        app.table.set_empty(Content("Nothing matches [/] here."))
        await until(pilot, lambda: "Nothing matches [/] here." in screen_text(app))
        app.table.set_rows(some(1))
        await until(pilot, lambda: under_cursor(app) == "row 0")
        assert "Nothing matches" not in screen_text(app)
        app.table.set_rows([])
        await until(pilot, lambda: app.seen[-1:] == ["highlighted None"])


HOSTILE = [
    "\x1b]0;owned\x07title", "\x1b[31mred\x1b[0m", "[/]", "[@click=app.quit]x[/]", "\x9b31m c1", "a\tb\nc\rd",
    "日本語のモデル名はとても長いので切られる", "e\u0301\u0301 combining", "שלום עולם", "\u202eevil\u2066",
    "👩‍👩‍👧 family",
    "\ud800 lone", "x" * 2_000_000, "", "\u200b\u200b", "\u0301" * 5000,
]  # fmt: skip


async def test_hostile_cells_stay_in_their_column_and_send_no_control() -> None:
    rows = [Row(f"id{n}\x1b[/]", text, n) for n, text in enumerate(HOSTILE)]
    app = TableApp(rows)
    async with app.run_test(size=(60, 24)) as pilot:
        await quiet(pilot)
        await pilot.press("j", "j", "j")
        await quiet(pilot)
        for line in screen_lines(app):
            assert not any(ord(char) < 32 or 0x7F <= ord(char) < 0xA0 for char in line), repr(line)
            line.encode()
        text = screen_text(app)
        assert "[/]" in text and "a b c d" in text and "日本語" in text
        for number, line in enumerate(widget_lines(app.table)[1 : len(HOSTILE) + 1]):
            assert line.endswith(f" {number}"), "numbers stay aligned beside any text"


async def test_hostile_text_and_content_objects_are_harmless_too() -> None:
    hostile = "\x1b]52;c;x\x07[/] 日本\n"
    app = TableApp([])
    async with app.run_test(size=(60, 24)) as pilot:
        app.table.set_columns(
            [
                Column("a", "A[/]\x1b", lambda row: Text(hostile, spans=[]), width=12),
                Column("b", "B", lambda row: Content.styled(hostile, "$success"), width=12),
            ]
        )
        app.table.set_rows(some(2))
        await until(pilot, lambda: "[/]" in "".join(body(app)))
        assert "\x1b" not in screen_text(app) and "\x07" not in screen_text(app)


async def test_columns_drop_when_narrow_and_grow_when_wide() -> None:
    app = TableApp(some(3))
    async with app.run_test(size=(80, 24)) as pilot:
        await quiet(pilot)
        assert "Status" in screen_text(app)
        await pilot.resize_terminal(45, 24)
        await until(pilot, lambda: "Status" not in screen_text(app))
        assert [line.split()[-1] for line in body(app)] == ["0", "1", "2"]
        await pilot.resize_terminal(20, 5)
        await quiet(pilot)
        assert names(app)[0].startswith("row 0")
        await pilot.resize_terminal(120, 40)
        await until(pilot, lambda: "Status" in screen_text(app))


@pytest.mark.parametrize("width", range(1, 100))
def test_columns_fit_any_width_and_what_has_no_room_is_not_there_at_all(width: int) -> None:
    asked: list[Column[Row]] = [
        Column("sign", "", lambda row: "", width=1),
        Column("name", "", lambda row: "", flex=2, min_width=10, max_width=20),
        Column("words", "", lambda row: "", flex=4, min_width=8, drop_below=44),
        Column("wide", "", lambda row: "", width=7, drop_below=80),
        Column("number", "", lambda row: "", width=7),
        Column("age", "", lambda row: "", width=6),
    ]
    found = share_width(asked, width, width)
    widths = {column.key: cells for column, cells in found}
    assert sum(widths.values()) + 2 * (len(found) - 1) <= width
    assert list(widths) == [column.key for column in asked if column.key in widths]
    for column, cells in found:
        if len(found) > 1:
            assert column.width is None or cells == column.width
            assert cells >= (column.min_width if column.width is None else 0)
            assert cells <= (column.max_width or width)
    assert ("wide" in widths) == (width >= 80)
    if width >= 91:
        assert widths == {"sign": 1, "name": 20, "words": width - 51, "wide": 7, "number": 7, "age": 6}


async def test_a_title_that_is_wider_than_its_column_has_a_short_one_and_the_arrow_has_its_room() -> None:
    app = TableApp(some(3))
    async with app.run_test(size=(60, 10)) as pilot:
        app.table.set_columns(
            [
                Column("status", "Status", lambda row: "✓", width=1, short="", sort_key=lambda row: row.id),
                Column("name", "Name", lambda row: row.name),
            ]
        )
        await until(pilot, lambda: widget_lines(app.table)[0].strip() == "Name")
        app.table.sort = ("status", True)
        await until(pilot, lambda: widget_lines(app.table)[0].split() == ["↓", "Name"])


async def test_a_resize_keeps_the_cursor_in_sight() -> None:
    app = TableApp(some(100))
    async with app.run_test(size=(80, 40)) as pilot:
        app.table.move_to("id35")
        await quiet(pilot)
        await pilot.resize_terminal(80, 10)
        await until(pilot, lambda: len(body(app)) == 9)
        assert under_cursor(app) == "row 35"


async def test_near_end_is_said_once_for_each_length() -> None:
    app = TableApp(some(100))
    async with app.run_test(size=(70, 20)) as pilot:
        await quiet(pilot)
        assert not [line for line in app.seen if "near" in line]
        await pilot.press("G", "k", "j", "k")
        await quiet(pilot)
        assert [line for line in app.seen if "near" in line] == ["near end of 100"]
        app.table.set_rows(some(105))
        await quiet(pilot)
        assert [line for line in app.seen if "near" in line] == ["near end of 100", "near end of 105"]


class Window(ListSource[Row]):
    """A source of which only the first rows are loaded."""

    loaded = 10

    def row_at(self, index: int) -> Row | None:
        return super().row_at(index) if index < self.loaded else None

    def version_at(self, index: int) -> tuple[bool, object]:
        return index < self.loaded, super().version_at(index)


async def test_rows_that_are_not_loaded_are_asked_for_and_then_shown() -> None:
    app = TableApp([])
    async with app.run_test(size=(70, 20)) as pilot:
        source = Window(some(50), id=lambda row: row.id, version=lambda row: row.version)
        app.table.set_source(source)
        await until(pilot, lambda: "wanted 10-18" in app.seen)
        assert "…" in screen_text(app)
        source.loaded = 50
        app.table.update_rows([f"id{n}" for n in range(10, 50)])
        await until(pilot, lambda: "row 18" in screen_text(app))
        assert "…" not in screen_text(app)
        source.rows[2] = Row("id2", "changed in its place", 2, 1)
        app.table.update_row("id2")
        await until(pilot, lambda: "changed in its place" in screen_text(app))
        await pilot.press("j", "j")
        del source.rows[0]
        source._index = None
        app.table.set_source(source)
        await until(pilot, lambda: names(app)[0] == "row 1")
        assert under_cursor(app) == "changed in its place"


async def test_rows_with_one_id_do_not_trap_the_cursor() -> None:
    app = TableApp([Row("same", f"row {n}", n) for n in range(5)])
    async with app.run_test(size=(70, 20)) as pilot:
        await pilot.press("j", "j", "j")
        app.table.set_rows(list(app.rows))
        await quiet(pilot)
        assert app.table.cursor_index == 3


@pytest.mark.parametrize("theme", THEMES)
async def test_the_cursor_is_seen_without_colour_and_without_focus(
    monkeypatch: pytest.MonkeyPatch, theme: Theme
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = TableApp(some(3))
    async with app.run_test(size=(60, 10)) as pilot:
        app.register_theme(theme)
        app.theme = theme.name
        await quiet(pilot)

        def row(line: int) -> tuple[str, int]:
            """Its sign, and how bright it stands there, 0 to 255: NO_COLOR is greys."""
            segment = next(iter(app.screen._compositor.render_strips()[line]))
            assert segment.style is not None
            ground = segment.style.color if segment.style.reverse else segment.style.bgcolor
            assert ground is not None
            return segment.text[0], ground.get_truecolor().green

        (sign, cursor), (_, other) = row(1), row(2)
        assert sign == "›" and abs(cursor - other) > 100
        app.table.blur()
        await quiet(pilot)
        (sign, cursor), (_, other) = row(1), row(2)
        assert sign == "›" and abs(cursor - other) > 20
