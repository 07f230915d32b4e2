"""What each part of tui/toolkit/ buys: the same work with it and with Textual's own part in its place, in turns.

Each pair runs in one process, a round of one and a round of the other, so that a machine that does other things does
them to both; the figure is the median. Times are those of the processor, but for the waits, which are of the clock.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import pty
import sys
import threading
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from statistics import median
from typing import Any, cast

from bench.rows import Row

ROUNDS = 31
Work = Callable[[], Awaitable[float]]


def run() -> list[Row]:
    """A row for each override, beside Textual's own part."""
    return asyncio.run(_all())


async def _all() -> list[Row]:
    rows: list[Row] = [
        *await _screen(),
        await _frames(),
        *await _list(),
        await _sheet(),
        await _sections(),
        await _panes(),
        await _queue(),
        await _driver(),
        await _writer(),
        await _escape(),
        _collector(),
    ]
    return rows


async def _pair(what: str, ours: Work, theirs: Work, floor: str, *, rounds: int = ROUNDS) -> Row:
    """The medians of both, each done once before it counts."""
    times: dict[str, list[float]] = {"ours": [], "theirs": []}
    for number in range(rounds + 1):
        for name, work in (("ours", ours), ("theirs", theirs)):
            took = await work()
            if number:
                times[name].append(took)
    return Row(what, median(times["ours"]), "ms", beside=median(times["theirs"]), floor=floor)


async def _painted(screen: Any, change: Callable[[], object]) -> float:
    """Milliseconds of the processor until what was changed is painted."""
    start = time.process_time()
    change()
    await asyncio.sleep(0)
    for _ in range(3):
        await screen.app._animator.wait_for_idle()
        screen._on_timer_update()
        await asyncio.sleep(0)
    return (time.process_time() - start) * 1000


def _app(widgets: Callable[[], list[Any]], css: str = "") -> Any:
    from textual.app import App, ComposeResult

    from tui.toolkit.screen import PartialScreen

    class Program(App[None]):
        CSS = css

        def get_default_screen(self) -> PartialScreen[None]:
            return PartialScreen()

        def compose(self) -> ComposeResult:
            yield from widgets()

    return Program()


async def _screen() -> list[Row]:
    """A letter, a text, a focus on a screen of twenty fields."""
    from textual._compositor import Compositor
    from textual.widgets import Input, Static

    from tui.toolkit.compositor import PartialCompositor
    from tui.toolkit.static import FixedSizeStatic, FixedWidthInput

    app = _app(
        lambda: [
            FixedSizeStatic("x" * 40, id="ours"),
            Static("x" * 40, id="theirs"),
            FixedWidthInput(id="line"),
            Input(id="input"),
            *(FixedWidthInput(f"value {n}") for n in range(18)),
        ],
        "Screen { overflow: hidden; } FixedWidthInput, Input { height: 1; border: none; }",
    )
    rows: list[Row] = []
    async with app.run_test(size=(120, 40)):
        screen = app.screen
        count = 0

        def other() -> str:
            nonlocal count
            count += 1
            return f"{count:040d}"

        def composed(kind: type[Compositor]) -> Work:
            line = app.query_one("#line")

            async def letter() -> float:
                screen._compositor.__class__ = kind
                return await _painted(screen, lambda: setattr(line, "value", other()))

            return letter

        floor = "Textual's Compositor"
        rows.append(
            await _pair(
                "compositor: a letter among 20 fields", composed(PartialCompositor), composed(Compositor), floor
            )
        )
        screen._compositor.__class__ = PartialCompositor

        def text(name: str) -> Work:
            widget = app.query_one(f"#{name}", Static)

            async def update() -> float:
                return await _painted(screen, lambda: widget.update(other()))

            return update

        rows.append(await _pair("static: a text that keeps its size", text("ours"), text("theirs"), "Static"))

        def typed(name: str) -> Work:
            widget = app.query_one(f"#{name}", Input)

            async def letter() -> float:
                return await _painted(screen, lambda: setattr(widget, "value", "x" * (int(other()) % 50)))

            return letter

        rows.append(await _pair("static: a letter in an input", typed("line"), typed("input"), "Input"))

        def focused(repaint: bool) -> Work:
            fields = list(app.query(FixedWidthInput))

            async def move() -> float:
                type(screen).focused._repaint = repaint
                nonlocal count
                count += 1
                return await _painted(screen, lambda: screen.set_focus(fields[count % len(fields)]))

            return move

        rows.append(await _pair("screen: a focus that moves", focused(False), focused(True), "Screen.focused"))
        type(screen).focused._repaint = False

    return rows


async def _frames() -> Row:
    """From a change right behind a frame to its own frame."""
    from textual.screen import Screen

    from tui.toolkit.screen import PartialScreen
    from tui.toolkit.static import FixedSizeStatic

    class Grid(PartialScreen[None]):
        """With Textual's own timer, whose ticks lie on a grid."""

        _update_timer = Screen._update_timer

    async def second(kind: type[PartialScreen[None]]) -> list[float]:
        app = _app(lambda: [FixedSizeStatic("0" * 10)])
        app.get_default_screen = kind
        took: list[float] = []
        async with app.run_test():
            text, screen = app.query_one(FixedSizeStatic), app.screen
            for number in range(22):
                await asyncio.sleep(0.05)
                for _ in range(2):
                    start = time.monotonic()
                    text.update(f"{number:09d}{_}")
                    while screen.painted_at < start:
                        await asyncio.sleep(0.0005)
                took.append((screen.painted_at - start) * 1000)
        return took

    times: dict[type[PartialScreen[None]], list[float]] = {PartialScreen: [], Grid: []}
    for kind in (PartialScreen, Grid) * 3:
        times[kind] += await second(kind)
    ours, theirs = median(times[PartialScreen]), median(times[Grid])
    return Row("screen: the second frame of two", ours, "ms", beside=theirs, floor="Screen._update_timer")


async def _list() -> list[Row]:
    """A list of forty lines that are all drawn anew."""
    from textual._styles_cache import StylesCache
    from textual.strip import Strip

    from tui.toolkit.line_cache import LineCache
    from tui.toolkit.line_view import LineView

    class Lines(LineView):
        turn = 0

        def line_strip(self, y: int) -> Strip:
            return Strip([*Strip.blank(self.view.width - 10), *Strip.blank(10)], self.view.width)

    app = _app(lambda: [Lines()], "Lines { height: 1fr; }")
    async with app.run_test(size=(120, 40)):
        screen, lines = app.screen, app.query_one(Lines)
        lines.set_extent(80, 1000)

        def cached(cache: Any) -> Work:
            async def scrolled() -> float:
                lines._styles_cache = cache
                lines._styles_cache.clear()
                return await _painted(screen, lines.refresh)

            return scrolled

        return [
            await _pair("line cache: a list that scrolls", cached(LineCache()), cached(StylesCache()), "StylesCache")
        ]


def _console_sheet() -> list[tuple[str, str]]:
    from tui.resources import styles

    return [(str(path), Path(path).read_text("utf-8")) for path in styles()]


async def _sheet() -> Row:
    """The sheets of the console, asked for again by a screen that was not shown before."""
    from textual.app import App
    from textual.css.stylesheet import Stylesheet

    from tui.toolkit.stylesheet import CachedStylesheet

    app: App[None] = App()
    async with app.run_test():
        variables = app.get_css_variables() | dict.fromkeys(("muted", "faint", "ink", "line"), "#808080")

        def parsed(kind: type[Stylesheet]) -> Work:
            sheet = kind(variables=variables)
            for name, text in _console_sheet():
                sheet.add_source(text, read_from=(name, ""))
            sheet.parse()

            async def again() -> float:
                start = time.process_time()
                sheet.reparse()
                return (time.process_time() - start) * 1000

            return again

        return await _pair("stylesheet: another screen", parsed(CachedStylesheet), parsed(Stylesheet), "Stylesheet")


async def _panes() -> Row:
    """The focus goes from one of two panes to the other: each has a border that tells of it, a list and a text."""
    from textual.containers import Vertical
    from textual.screen import Screen
    from textual.widgets import Input

    from tui.toolkit.stylesheet import CachedStylesheet
    from tui.widgets.markdown.markdown_view import MarkdownView
    from tui.widgets.table.virtual_table import VirtualTable

    def pane(name: str) -> Any:
        table: Any = VirtualTable([], id_of=str, id=f"{name}-table")
        return Vertical(Input(id=name), table, MarkdownView(), classes="pane")

    app = _app(lambda: [pane("left"), pane("right")])
    app.stylesheet = CachedStylesheet(variables=app.get_css_variables())
    app.stylesheet.add_source(".pane:focus-within { border-left: solid blue; }", read_from=("panes", ""))
    async with app.run_test(size=(120, 40)):
        screen, fields = app.screen, [app.query_one("#left"), app.query_one("#right")]

        def moved(kind: type[Any]) -> Work:
            async def again() -> float:
                left, entered = fields if fields[0].has_focus else reversed(fields)
                screen.set_focus(left)
                await asyncio.sleep(0.02)
                start = time.process_time()
                kind._update_focus_styles(screen, entered, left)
                return (time.process_time() - start) * 1000

            return again

        what = "screen: the styles of a focus in another pane"
        return await _pair(what, moved(type(screen)), moved(Screen), "Screen._update_focus_styles")


async def _sections() -> Row:
    """A screen of a hundred widgets that is shown again."""
    from textual.events import ScreenResume
    from textual.widgets import Static

    from tui.toolkit.screen import PartialScreen, keep_styles

    class Many(PartialScreen[None]):
        def compose(self) -> Any:
            yield from (Static(str(n), classes="one") for n in range(100))

    app = _app(lambda: [Static("below")], ".one { color: $text; }")
    async with app.run_test(size=(120, 40)):
        many = Many()
        await app.push_screen(many)
        keep_styles(many)

        def shown(keeps: bool) -> Work:
            async def again() -> float:
                many._keeps_styles = keeps
                start = time.process_time()
                many.post_message(ScreenResume())
                await asyncio.sleep(0)
                await asyncio.sleep(0.02)
                return (time.process_time() - start) * 1000

            return again

        return await _pair("screen: a section that is shown again", shown(True), shown(False), "styles every widget")


async def _queue() -> Row:
    """How many of a hundred bursts of `a`, backspace, `b` end as `b`."""
    from textual import events
    from textual.app import App, ComposeResult
    from textual.widgets import Input

    from tui.toolkit.app import ToolkitApp

    class Field:
        def compose(self) -> ComposeResult:
            yield Input()

    class Ours(Field, ToolkitApp[None]):
        pass

    class Theirs(Field, App[None]):
        pass

    async def right(app: App[None]) -> int:
        found = 0
        async with app.run_test() as pilot:
            field = app.query_one(Input)
            for _ in range(100):
                field.value = ""
                for key in ("a", "backspace", "b"):
                    app.post_message(events.Key(key, None))
                for _ in range(3):
                    await pilot.pause()
                found += field.value == "b"
        return found

    ours, theirs = await right(Ours(Path("/dev/null"))), await right(Theirs())
    return Row("input queue: bursts that end right", ours, "%", beside=theirs, floor="App.on_event")


ENDING = """
import sys
from textual.app import App
from textual.drivers.linux_driver import LinuxDriver
from tui.toolkit.driver import TerminalDriver
class Ends(App):
    def on_mount(self): self.set_timer(0.3, lambda: self.bell())
    def key_q(self): self.exit()
Ends(driver_class=TerminalDriver if sys.argv[1] == "ours" else LinuxDriver).run()
"""


async def _driver() -> Row:
    """From the key that ends a program to its end."""
    from tests.support.terminal import Terminal

    def ended(which: str) -> Work:
        async def end() -> float:
            with Terminal([sys.executable, "-c", ENDING, which], size=(40, 10)) as terminal:
                terminal.wait(lambda: b"\x07" in terminal.written, "it did not start")
                start = time.monotonic()
                terminal.send("q")
                terminal.wait_exit()
                return (time.monotonic() - start) * 1000

        return end

    return await _pair("driver: until a program has ended", ended("ours"), ended("theirs"), "LinuxDriver", rounds=7)


async def _writer() -> Row:
    """From a frame to its first byte at the terminal, while the application computes on."""
    from textual.drivers._writer_thread import WriterThread

    from tui.toolkit.terminal_writer import TerminalWriter, open_terminal

    master, slave = pty.openpty()
    file = os.fdopen(slave, "w")
    terminal = open_terminal(file)
    assert terminal is not None
    ours, theirs = TerminalWriter(file, terminal), WriterThread(file)
    ours.start()
    theirs.start()
    arrived: list[float] = []

    def read() -> None:
        with contextlib.suppress(OSError):  # its other end is closed
            while os.read(master, 65536):
                arrived.append(time.monotonic())

    threading.Thread(target=read, daemon=True).start()

    def written(writer: Any) -> Work:
        async def frame() -> float:
            arrived.clear()
            start = time.monotonic()
            writer.write("x" * 200)
            writer.flush()
            while time.monotonic() - start < 0.012:
                sum(range(100))
            while not arrived:
                await asyncio.sleep(0.001)
            return (arrived[0] - start) * 1000

        return frame

    row = await _pair("terminal writer: until a frame is out", written(ours), written(theirs), "WriterThread")
    ours.stop()
    theirs.stop()
    return row


async def _escape() -> Row:
    """Until an escape is a key, and a reader has ended."""
    from textual._xterm_parser import XTermParser

    from tui.toolkit.key_parser import KeyParser

    async def ours() -> float:
        parser = KeyParser()
        start = time.monotonic()
        list(parser.read("\x1b"))
        time.sleep(parser.wait() or 0)
        assert list(parser.expire())
        return (time.monotonic() - start) * 1000

    async def theirs() -> float:
        # Textual's reader looks every 0.1 s.
        parser = XTermParser()
        start = time.monotonic()
        list(parser.feed("\x1b"))
        while not list(parser.tick()):
            time.sleep(0.1)
        return (time.monotonic() - start) * 1000

    return await _pair("key parser: until an escape is a key", ours, theirs, "XTermParser, looked at each 0.1 s")


def _collector() -> Row:
    """The longest pause of a collection while 300,000 objects are kept and as many come and go."""
    kept = [{"n": [n]} for n in range(300_000)]
    longest = {True: 0.0, False: 0.0}
    thresholds = gc.get_threshold()
    for frozen in (True, False) * 3:
        gc.collect()
        if frozen:
            gc.freeze()
            gc.set_threshold(thresholds[0], thresholds[1], 1_000_000_000)
        started = 0.0

        def note(phase: str, _: object, frozen: bool = frozen) -> None:
            nonlocal started
            if phase == "start":
                started = time.process_time()
            else:
                longest[frozen] = max(longest[frozen], (time.process_time() - started) * 1000)

        gc.callbacks.append(note)
        more = [[cast(Any, n)] for n in range(300_000)]
        gc.callbacks.remove(note)
        del more
        gc.unfreeze()
        gc.set_threshold(*thresholds)
    assert kept
    return Row("gc: the longest pause", longest[True], "ms", beside=longest[False], floor="Python's own thresholds")
