"""What the sparing compositor paints is what Textual's own paints, cell by cell."""

from __future__ import annotations

import asyncio
from random import Random
from typing import NamedTuple

import pytest
from textual._compositor import Compositor
from textual.app import App, ComposeResult
from textual.containers import Container, Horizontal, Vertical, VerticalScroll
from textual.geometry import Region
from textual.strip import Strip
from textual.widgets import Input, Static

from tests.support.screen import until
from tests.support.written import Written
from tui.toolkit.screen import PartialScreen
from tui.widgets.table.virtual_table import Column, VirtualTable

SIZE = (60, 24)


class Crowded(PartialScreen[None]):
    """Edges of every kind, widgets over each other, and one that is scrolled."""

    def compose(self) -> ComposeResult:
        with Horizontal():
            with Vertical(id="left"):
                yield Input("typed")
                yield Static("one\ntwo\nthree")
            with Vertical(id="right"):
                with Container(id="inner"):
                    yield Static("in the container", id="changing")
                yield Static("not to be seen", id="hidden")
                with VerticalScroll(id="scroll"):
                    for number in range(40):
                        yield Static(f"line {number} 一二三")
        with Container(id="over"):
            yield Static("above the others")


class Host(App[None]):
    CSS = """
    Crowded { background: $surface; layers: below above; }
    #left { width: 20; border: round $primary; padding: 1; }
    #right { border-left: heavy $secondary; outline-bottom: solid $error; }
    #inner { height: 8; background: $panel; padding: 1 2; }
    #scroll { height: 1fr; hatch: cross $primary; }
    #over { layer: above; offset: 12 5; width: 30; height: 6; border: thick $accent; background: $boost 60%; }
    #hidden { visibility: hidden; height: 3; }
    Static { margin: 0 1; }
    """

    def get_default_screen(self) -> Crowded:
        return Crowded()


def painted(screen: PartialScreen[None], kind: type[Compositor], crop: Region) -> list[list[tuple[str, str]]]:
    """Every cell of `crop` with its style."""
    chops = kind._render_chops(screen._compositor, crop, lambda y: True)
    lines: list[list[tuple[str, str]]] = []
    for y in crop.line_range:
        ends = screen._compositor.cuts[y][1:]
        strip = Strip.join(
            part if part is not None else Strip.blank(end - x)
            for (x, part), end in zip(chops[y].items(), ends, strict=True)
        )
        lines.append([(s.text, str(s.style)) for s in strip.crop(crop.x, crop.right).simplify()])
    return lines


@pytest.mark.parametrize(
    "crop",
    [
        Region(0, 0, *SIZE),
        Region(0, 6, SIZE[0], 1),
        Region(14, 4, 20, 9),
        Region(25, 2, 10, 1),
        Region(58, 10, 2, 14),
        Region(0, 20, 5, 4),
    ],
    ids=str,
)
async def test_it_paints_what_textual_paints(crop: Region) -> None:
    app = Host()
    async with app.run_test(size=SIZE) as pilot:
        screen = app.screen
        assert isinstance(screen, Crowded)
        await until(pilot, lambda: bool(screen.query_one("#scroll").virtual_size.height))
        screen.query_one("#scroll").scroll_to(y=7, animate=False)
        await pilot.pause()
        wanted = painted(screen, Compositor, crop)
        assert painted(screen, type(screen._compositor), crop) == wanted
        # Again, from what the widgets keep of their lines; and after a change.
        assert painted(screen, type(screen._compositor), crop) == wanted
        screen.query_one("#changing", Static).update("changed, and longer than before")
        await pilot.pause()
        assert painted(screen, type(screen._compositor), crop) == painted(screen, Compositor, crop)


async def test_what_is_covered_is_not_rendered() -> None:
    app = Host()
    async with app.run_test(size=SIZE) as pilot:
        screen = app.screen
        assert isinstance(screen, Crowded)
        await pilot.pause()
        asked: list[Region] = []
        inner = screen.query_one("#inner")
        render = inner.render_lines
        inner.render_lines = lambda crop: asked.append(crop) or render(crop)
        over = screen.query_one("#over").region
        screen._compositor._render_chops(over.shrink((1, 1, 1, 1)), lambda y: True)
        assert not asked
        screen._compositor._render_chops(Region(0, 0, *SIZE), lambda y: True)
        assert asked


class Row(NamedTuple):
    id: str
    name: str
    version: int


class Listed(App[None]):
    """A table on a sparing screen."""

    def get_default_screen(self) -> PartialScreen[None]:
        return PartialScreen()

    def compose(self) -> ComposeResult:
        yield VirtualTable[Row](
            [
                Column("Id", "id", lambda row: row.id, width=8),
                Column("Name", "name", lambda row: row.name, width=24),
                Column("Version", "version", lambda row: str(row.version), width=8, align="right"),
            ],
            id_of=lambda row: row.id,
            version_of=lambda row: row.version,
        )


NAMES = ("a name", "a name that is longer", "", "日本語の名前", "naïve", "cafe\u0301", "🚀 lab", "e" * 40, "a-name")


async def test_what_is_written_bit_by_bit_is_what_stands_there() -> None:
    random, app = Random(7), Listed()
    async with app.run_test(size=SIZE) as pilot:
        table, written = app.query_one(VirtualTable), Written(app)
        rows = [Row(f"row-{number}", random.choice(NAMES), 0) for number in range(60)]
        table.set_rows(rows)
        await until(pilot, lambda: "row-5" in written.terminal.display[6])
        for step in range(120):
            place = random.randrange(len(rows))
            rows[place] = Row(rows[place].id, random.choice(NAMES), step + 1)
            table.put_row(rows[place])
            if random.random() < 0.3:
                await pilot.press(random.choice(("down", "up", "pagedown", "pageup", "G", "g")))
            await pilot.pause()
        table.put_row(Row(rows[0].id, "the last", 1_000))
        await pilot.press("g")
        await until(pilot, lambda: "the last" in written.terminal.display[1])
        assert written.cells() == written.painted_anew()


async def test_of_a_row_that_changes_only_what_changes_is_written() -> None:
    app = Listed()
    async with app.run_test(size=SIZE) as pilot:
        table, written = app.query_one(VirtualTable), Written(app)
        table.set_rows([Row(f"row-{number}", "its name", number) for number in range(9)])
        await until(pilot, lambda: "row-8" in written.terminal.display[9])
        before = written.characters
        table.put_row(Row("row-5", "its name", 6))
        await until(pilot, lambda: written.terminal.display[6].rstrip().endswith("6"))
        assert written.characters - before < 100


class Late(Static):
    """Notes what it was told."""

    def __init__(self) -> None:
        super().__init__("late")
        self.told: list[str] = []

    def on_resize(self) -> None:
        self.told.append("resize")

    def on_show(self) -> None:
        self.told.append("show")


async def test_a_widget_that_comes_between_a_scroll_and_the_layout_after_it_is_told_its_size() -> None:
    app = Host()
    async with app.run_test(size=SIZE) as pilot:
        screen = app.screen
        compositor, inner, late = screen._compositor, screen.query_one("#inner"), Late()
        inner.mount(late)
        while late not in compositor.full_map:
            # A scroll lays out what is in sight alone; then somebody asks where a widget is.
            compositor.reflow_visible(screen, screen.size)
            await asyncio.sleep(0)
        await until(pilot, lambda: late.size.width and late.told)
        assert sorted(late.told) == ["resize", "show"]


async def test_a_screen_that_was_closed_paints_blanks() -> None:
    async with Host().run_test(size=SIZE) as pilot:
        compositor = pilot.app.screen._compositor
        assert compositor.cuts
        compositor.clear()
        lines = [list(line) for line in compositor.render_full_update().strips]
        assert ["".join(strip.text for strip in line) for line in lines] == [" " * SIZE[0]] * SIZE[1]
