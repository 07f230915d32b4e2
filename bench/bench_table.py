"""The virtual table beside Textual's DataTable: 100,000 rows of 6 columns, keys, changes and inserts in view."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from pathlib import Path
from typing import NamedTuple

from bench.measure import TIMES, Program, Series
from bench.rows import Row

ROWS = 100_000
KEYS = 10
"""Of a kind, in each round."""
CHANGING = 3.0
"""Seconds for which 100 rows a second change."""
MADE = "100 changes a second made and not shown, CPU"
FILLED = f"{ROWS:,} rows until painted"
TOLD, TOLD_AMID = "down, until it is counted", "down, until it is counted, while 100 rows a second change"
DOWN, PAGE_DOWN, HOME = "\x1b[B", "\x1b[6~", "\x1b[H"


class Item(NamedTuple):
    """A row as a list of predictions has it."""

    id: str
    model: str
    status: str
    seconds: float
    source: str
    created: str
    version: int = 0


def items(count: int, prefix: str = "item") -> list[Item]:
    """Rows; `seconds` is what changes."""
    return [
        Item(f"{prefix}-{n}", f"owner/model-{n % 97}", "succeeded", n / 10, "api", f"{n % 24:02}:{n % 60:02}")
        for n in range(count)
    ]


def run() -> list[Row]:
    """Both tables, in turn, each in a pseudo-terminal of its own."""
    found = {"ours": Series(), "theirs": Series()}
    for _ in range(TIMES):
        for name, series in found.items():
            _measure(name, series)
    ours, theirs = found["ours"], found["theirs"]
    peer = "Textual's DataTable"
    rows = [
        Row(f"table: {name}, median", ours.median(name), unit, theirs.median(name), peer, most)
        for name, unit, most in (
            (FILLED, "ms", 50),
            ("down", "ms", 4),
            ("page down", "ms", None),
            ("100 changes a second in view, CPU", "%", 5),
            (TOLD, "ms", None),
            (TOLD_AMID, "ms", None),
            ("ten rows inserted at the top", "ms", None),
            ("peak memory", "MB", None),
        )
    ]
    quiet = ours.median(TOLD)
    unchanged = Row(
        f"table: {TOLD_AMID}, median", ours.median(TOLD_AMID), "ms", quiet, "the same while none changes", ratio=1.5
    )
    made = Row(f"table: {MADE}, median", ours.median(MADE), "%")
    return [*rows, made, unchanged, Row("table: down, p95", ours.p95("down"), "ms", theirs.p95("down"), peer)]


def _measure(which: str, found: Series) -> None:
    with Program([sys.executable, "-m", "bench.bench_table", which]) as program:
        program.shown("ready")
        program.quiet()
        found.add(FILLED, _until(program, "x", "item-5"))
        program.quiet()
        found.add("down", *(program.answer(DOWN) for _ in range(KEYS)))
        found.add("page down", *(program.answer(PAGE_DOWN) for _ in range(KEYS)))
        program.send(HOME)
        program.quiet()
        program.send("n")
        for number in range(KEYS):
            found.add(TOLD, _until(program, DOWN, f"<{number + 1}>"))
            program.quiet(0.1, 0.1)
        program.send(HOME)
        program.quiet()
        program.send("n")
        program.send("c")
        cpu, end = program.cpu(), time.monotonic() + CHANGING
        while time.monotonic() < end:
            program.quiet(0.05, 0.05)
        found.add("100 changes a second in view, CPU", (program.cpu() - cpu) / CHANGING * 100)
        for number in range(KEYS):
            found.add(TOLD_AMID, _until(program, DOWN, f"<{number + 1}>"))
            program.quiet(0.1, 0.1)
        program.send("c")
        program.quiet()
        if which == "ours":
            program.send("m")
            cpu = program.cpu()
            program.quiet(CHANGING, CHANGING)
            found.add(MADE, (program.cpu() - cpu) / CHANGING * 100)
            program.send("m")
        found.add("ten rows inserted at the top", _until(program, "i", "new-3"))
        found.add("peak memory", program.memory())


def _until(program: Program, key: str, wanted: str) -> float:
    place, start = len(program.written), time.monotonic()
    program.send(key)
    return (program.after(place, wanted) - start) * 1000


def program(which: str) -> None:
    """The program that is measured: `x` fills the table, `c` starts and stops the changes, `i` inserts, `n` counts,
    `m` makes changes and shows none.

    While rows change, a key is counted once the cursor has moved: otherwise the screen is never still.
    """
    import gc
    import random

    from textual.app import App, ComposeResult
    from textual.screen import Screen
    from textual.widgets import DataTable

    from tui.toolkit import gc as collector
    from tui.toolkit.app import ToolkitApp
    from tui.toolkit.screen import PartialScreen
    from tui.toolkit.static import FixedSizeStatic
    from tui.widgets.table.virtual_table import Column, VirtualTable

    titles = ("Id", "Model", "Status", "Seconds", "Source", "Created")

    def cells(item: Item) -> tuple[str, ...]:
        return (item.id, item.model, item.status, f"{item.seconds:.1f}", item.source, item.created)

    # Each as its users have it: the table in what the console is made of, DataTable on a screen of Textual's.
    if which == "ours":
        gc.disable()
    base = ToolkitApp[None] if which == "ours" else App[None]

    class Program(base):
        CSS = "DataTable { height: 1fr; } FixedSizeStatic { height: 1; }"

        def get_default_screen(self) -> Screen[None]:
            return PartialScreen() if which == "ours" else Screen()

        def compose(self) -> ComposeResult:
            yield FixedSizeStatic("ready")
            if which == "ours":
                yield VirtualTable[Item](
                    [Column(t, t, lambda item, n=n: cells(item)[n], width=16) for n, t in enumerate(titles)],
                    id_of=lambda item: item.id,
                    version_of=lambda item: item.version,
                )
            else:
                yield DataTable[str](cursor_type="row")

        def on_mount(self) -> None:
            self.rows = items(ROWS)
            if which == "ours":
                collector.begin()
            self.table = self.query_one(VirtualTable if which == "ours" else DataTable)
            self.changing: asyncio.TimerHandle | None = None
            self.downs: int | None = None
            if which != "ours":
                for title in titles:
                    self.query_one(DataTable).add_column(title, key=title, width=16)

        def on_key(self, event: object) -> None:
            match getattr(event, "key", ""):
                case "x":
                    self.show()
                case "c" | "m" as key if self.changing is None:
                    self.change(shown=key == "c")
                case "c" | "m":
                    self.changing.cancel()
                    self.changing = None
                case "n":
                    self.downs = 0
                case "i":
                    self.rows = items(10, "new") + self.rows
                    self.show()
                case _:
                    pass

        def on_virtual_table_highlighted(self) -> None:
            self.count()

        def on_data_table_row_highlighted(self) -> None:
            self.count()

        def count(self) -> None:
            if self.downs is not None:
                self.downs += 1
                self.query_one(FixedSizeStatic).update(f"<{self.downs}>")

        def show(self) -> None:
            if which == "ours":
                self.query_one(VirtualTable).set_rows(self.rows)
                return
            table = self.query_one(DataTable)
            table.clear()
            for item in self.rows:
                table.add_row(*cells(item), key=item.id)

        def change(self, shown: bool) -> None:
            # A timer of Textual's would cost more than what it changes.
            self.changing = asyncio.get_running_loop().call_later(0.01, self.change, shown)
            place = random.randrange(30)
            item = self.rows[place]
            item = item._replace(seconds=item.seconds + 0.1, version=item.version + 1)
            self.rows[place] = item
            if not shown:
                return
            if which == "ours":
                self.table.put_row(item)
            else:
                self.table.update_cell(item.id, "Seconds", f"{item.seconds:.1f}")

    Program(*([Path(os.devnull)] if which == "ours" else [])).run()


if __name__ == "__main__":
    program(sys.argv[1])
