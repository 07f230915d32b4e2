"""The virtual table beside Textual's DataTable: 100,000 rows of 6 columns, keys, changes and inserts in view."""

from __future__ import annotations

import statistics
import sys
import time
from pathlib import Path
from typing import NamedTuple

from bench.rows import Row

ROWS = 100_000
KEYS = 60
CHANGING = 5.0
"""Seconds for which 100 rows a second change."""


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
    """Both tables, one after the other, each in a pseudo-terminal of its own."""
    ours, theirs = _measure("ours"), _measure("theirs")
    peer = "Textual's DataTable"
    units = {"CPU": "%", "memory": "MB"}
    most = {f"{ROWS:,} rows until painted": 50, "down, median": 4, "100 changes a second in view, CPU": 5}
    return [
        Row(f"table: {name}", ours[name], units.get(name.rsplit(", ")[-1], "ms"), theirs[name], peer, most.get(name))
        for name in ours
    ]


def _measure(which: str) -> dict[str, float]:
    from tests.terminal import Terminal

    with Terminal([sys.executable, "-m", "bench.bench_table", which], timeout=60) as terminal:
        terminal.until("ready")
        terminal.settle(0.3)
        found = {f"{ROWS:,} rows until painted": _until(terminal, "x", b"item-5")}
        terminal.settle(0.5)
        downs = [_answer(terminal, "\x1b[B") for _ in range(KEYS)]
        found["down, median"] = statistics.median(downs)
        found["down, p95"] = statistics.quantiles(downs, n=20)[-1]
        found["page down, median"] = statistics.median(_answer(terminal, "\x1b[6~") for _ in range(20))
        terminal.send("\x1b[H")
        terminal.settle(0.5)
        terminal.send("c")
        cpu, end = _cpu(terminal.pid), time.monotonic() + CHANGING
        while time.monotonic() < end:
            terminal.pump(0.05)
        found["100 changes a second in view, CPU"] = (_cpu(terminal.pid) - cpu) / CHANGING * 100
        terminal.send("c")
        terminal.settle(0.5)
        found["ten rows inserted at the top"] = _until(terminal, "i", b"new-3")
        found["peak, memory"] = _memory(terminal.pid)
        return found


def _until(terminal: object, key: str, wanted: bytes) -> float:
    from tests.terminal import Terminal

    assert isinstance(terminal, Terminal)
    before, start = len(terminal.written), time.monotonic()
    terminal.send(key)
    while wanted not in terminal.written[before:]:
        terminal.pump(0.002)
        if time.monotonic() - start > 60:
            raise AssertionError(f"{wanted!r} never came")
    return (time.monotonic() - start) * 1000


def _answer(terminal: object, key: str) -> float:
    from tests.terminal import Terminal

    assert isinstance(terminal, Terminal)
    terminal.settle(0.04, 1)
    before, start = len(terminal.written), time.monotonic()
    terminal.send(key)
    while len(terminal.written) == before and time.monotonic() - start < 2:
        terminal.pump(0.002)
    return (time.monotonic() - start) * 1000


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / 100


def _memory(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1000
    return 0.0


def program(which: str) -> None:
    """The program that is measured: `x` fills the table, `c` starts and stops the changes, `i` inserts."""
    import random

    from textual.app import App, ComposeResult
    from textual.timer import Timer
    from textual.widgets import DataTable, Label

    from tui.widgets.table import Column, VirtualTable

    titles = ("Id", "Model", "Status", "Seconds", "Source", "Created")

    def cells(item: Item) -> tuple[str, ...]:
        return (item.id, item.model, item.status, f"{item.seconds:.1f}", item.source, item.created)

    class Program(App[None]):
        CSS = "DataTable { height: 1fr; }"

        def compose(self) -> ComposeResult:
            yield Label("ready")
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
            self.changing: Timer | None = None
            if which != "ours":
                for title in titles:
                    self.query_one(DataTable).add_column(title, key=title, width=16)

        def on_key(self, event: object) -> None:
            match getattr(event, "key", ""):
                case "x":
                    self.show()
                case "c" if self.changing is None:
                    self.changing = self.set_interval(0.01, self.change)
                case "c":
                    assert self.changing is not None
                    self.changing.stop()
                case "i":
                    self.rows = items(10, "new") + self.rows
                    self.show()
                case _:
                    pass

        def show(self) -> None:
            if which == "ours":
                self.query_one(VirtualTable).set_rows(self.rows)
                return
            table = self.query_one(DataTable)
            table.clear()
            for item in self.rows:
                table.add_row(*cells(item), key=item.id)

        def change(self) -> None:
            place = random.randrange(30)
            item = self.rows[place]
            item = item._replace(seconds=item.seconds + 0.1, version=item.version + 1)
            self.rows[place] = item
            if which == "ours":
                self.query_one(VirtualTable).put_row(item)
            else:
                self.query_one(DataTable).update_cell(item.id, "Seconds", f"{item.seconds:.1f}")

    Program().run()


if __name__ == "__main__":
    program(sys.argv[1])
