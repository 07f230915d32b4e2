"""Opening a form of 73 fields and its choice of 1,001 values, beside 100 Selects that are mounted plainly.

Then, in the console, that of a model whose schema is known, however far the API is.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Callable
from typing import Any

from textual.app import App, ComposeResult
from textual.containers import VerticalScroll
from textual.screen import ModalScreen, Screen
from textual.widgets import Input, OptionList, Select

from bench.measure import CONSOLE, Program, Series, api, homes, near_and_away
from bench.rows import Row
from tui.appearance import DARK
from tui.forms import Form
from tui.resources import styles
from tui.widgets.form.form_view import FormView
from tui.widgets.picker import Picker
from tui.widgets.picker import Row as Row_

FIELDS, VALUES, ROUNDS = 73, 1001, 10


def schema() -> dict[str, object]:
    """As the largest public schema: mostly numbers and choices, some long texts, files and booleans."""
    kinds: list[dict[str, object]] = [
        {"type": "integer", "minimum": 1, "maximum": 500, "default": 50},
        {"type": "number", "minimum": 1, "maximum": 20, "default": 7},
        {"type": "string", "enum": [f"value {n}" for n in range(12)], "default": "value 3"},
        {"type": "boolean", "default": False},
        {"type": "string", "default": "0:(0)"},
        {"type": "string", "format": "uri"},
    ]
    properties = {f"field_{n}": {**kinds[n % len(kinds)], "x-order": n} for n in range(FIELDS - 2)}
    properties["prompt"] = {"type": "string", "default": "a teddy bear " * 12, "x-order": -2}
    properties["class"] = {"type": "string", "enum": [f"class {n}" for n in range(VALUES)], "x-order": -1}
    return {"components": {"schemas": {"Input": {"type": "object", "properties": properties}}}}


class Bare(App[None]):
    """An app with nothing in it yet."""

    CSS_PATH = styles()

    def __init__(self) -> None:
        super().__init__()
        self.register_theme(DARK)
        self.theme = DARK.name
        self.mounted = 0.0
        self.painted = 0.0

    async def opened(self, make: Callable[[], Screen[Any]]) -> float:
        """Milliseconds until a dialog is painted."""
        async with self.run_test(size=(120, 40)) as pilot:
            await pilot.pause()
            start = time.perf_counter()
            screen = make()
            await self.push_screen(screen)
            done = asyncio.Event()
            screen.call_after_refresh(done.set)
            await done.wait()
            return (time.perf_counter() - start) * 1000

    async def measure(self, *widgets: VerticalScroll) -> tuple[float, float]:
        """Milliseconds to the first paint, and until nothing is left to do."""
        async with self.run_test(size=(120, 40)) as pilot:
            await pilot.pause()
            start = time.perf_counter()
            await self.screen.mount(*widgets)
            done = asyncio.Event()
            self.screen.call_after_refresh(done.set)
            await done.wait()
            painted = time.perf_counter()
            form = next((w for w in widgets if isinstance(w, FormView)), None)
            while form is not None and form.query(".form-room"):
                await asyncio.sleep(0.001)
            await pilot.pause()
            return (painted - start) * 1000, (time.perf_counter() - start) * 1000


class Plain(ModalScreen[None]):
    """The floor of a choice: all its values in an OptionList."""

    def __init__(self, values: list[str]) -> None:
        super().__init__()
        self._values = values

    def compose(self) -> ComposeResult:
        yield Input()
        yield OptionList(*self._values)


class Selects(VerticalScroll):
    """The floor: one Select per choice."""

    def compose(self) -> ComposeResult:
        for _ in range(100):
            yield Select([(f"value {n}", n) for n in range(12)])


def run() -> list[Row]:
    """Both, interleaved; medians."""
    form = Form.parse(schema())
    assert len(form.fields) == FIELDS
    rows = [Row_(f"class {n}", f"class {n}", "") for n in range(VALUES)]
    ours: list[tuple[float, float]] = []
    floor: list[tuple[float, float]] = []
    opened: list[float] = []
    lists: list[float] = []
    for _ in range(ROUNDS):
        opened.append(asyncio.run(Bare().opened(lambda: Picker("class", rows))))
        lists.append(asyncio.run(Bare().opened(lambda: Plain([row.words for row in rows]))))
        ours.append(asyncio.run(Bare().measure(FormView(form))))
        floor.append(asyncio.run(Bare().measure(Selects())))
    ours_first, ours_all = (statistics.median(row[i] for row in ours) for i in (0, 1))
    floor_first, floor_all = (statistics.median(row[i] for row in floor) for i in (0, 1))
    what = f"form of {FIELDS} fields, one of {VALUES:,} values"
    return [
        Row(f"{what}: first paint", ours_first, "ms", floor_first, "100 Selects mounted plainly", 150),
        Row(f"{what}: all mounted", ours_all, "ms", floor_all, "100 Selects mounted plainly"),
        Row(
            f"a choice of {VALUES:,} values opens",
            statistics.median(opened),
            "ms",
            statistics.median(lists),
            f"Textual's OptionList of {VALUES:,}",
            150,
        ),
        *near_and_away(lambda chaos, where: _in_the_console(chaos, where, floor_first)),
    ]


def _in_the_console(chaos: str, where: str, floor: float) -> list[Row]:
    """From the key in the list of models until the form is painted, for one model after the other."""
    found = Series()
    with api(chaos) as sandbox, homes(sandbox, 100) as (home,), Program([CONSOLE], home) as console:
        console.shown("model-20")
        console.quiet(2.0)
        # Those of the fixture alone: the sandbox's own models have other forms.
        console.send("/lab-")
        console.quiet(1.0)
        console.send("\r")
        console.quiet(1.0)
        for _ in range(ROUNDS):
            place, start = len(console.written), time.monotonic()
            console.send("r")
            found.add("opened", (console.after(place, "field_0") - start) * 1000)
            console.quiet(1.0)
            console.send("\x1b")
            console.quiet(1.0)
            console.send("\x1b[B")
            console.quiet(0.5)
    what = f"the form of a known model, 40 fields, from the list{where}"
    return [
        Row(
            f"{what}: first paint",
            found.median("opened"),
            "ms",
            floor,
            "100 Selects mounted plainly, in no console",
            150,
        )
    ]
