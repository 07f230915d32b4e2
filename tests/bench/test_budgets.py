"""The budgets of bench/, so loosely that only a gross regression breaks them: CPU beside a floor's, no clock."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from bench.bench_table import items
from bench.measure import CONSOLE, FLOOR, Program, api, homes

# Real programs on a machine that may be busy with other tests.
pytestmark = pytest.mark.timeout(240)

GROSS = 3
"""How many times its budget a figure may be here."""
HEAVY = {
    "PIL", "anyio", "argparse", "cog", "httpcore", "httpx", "markdown_it", "pygments", "starlette", "textual_image",
    "textual.widgets._text_area", "tomllib", "tui.screens.records.predictions_screen", "tui.screens.run.run_screen",
    "tui.services.services", "uvicorn",
}  # fmt: skip
"""What the first screen does without; each would be waited for by everyone who starts the console."""


@pytest.fixture(scope="module")
def home() -> Iterator[dict[str, str]]:
    """The environment of a console that knows 200 models."""
    with api() as sandbox, homes(sandbox, 200) as (found,):
        yield found


def least(times: int, measured) -> float:
    """The least of some measurements: what the program needs when nothing is in its way."""
    return min(measured() for _ in range(times))


def started(command: list[str], env: dict[str, str] | None = None) -> float:
    """Seconds of processor time until models are on the screen."""
    with Program(command, env, timeout=90) as program:
        program.shown("model-20", 90)
        return program.cpu()


def spent(command: list[str]) -> float:
    """Seconds of processor time of a command that ends by itself."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, capture_output=True, stdin=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def test_the_first_screen_imports_nothing_heavy() -> None:
    modules = (
        "tui.cli.command, tui.entry, tui.screens.models.models_screen, tui.store.before_connecting, tui.toolkit.driver"
    )
    first = f"import sys, {modules}, tui.toolkit.driver; print(*sys.modules)"
    found = subprocess.run([sys.executable, "-c", first], check=True, capture_output=True, text=True).stdout.split()
    assert HEAVY & set(found) == set()


def test_the_profile_of_a_start_tells_what_was_imported_before_the_first_paint(home: dict[str, str]) -> None:
    command = [sys.executable, "-m", "bench.imported", "models"]
    said = subprocess.run(command, env={**os.environ, **home}, check=True, capture_output=True, text=True).stdout
    listed, _, ends = said.partition(" before the first paint\n")
    assert "tui.app\n" in listed and "httpx" not in listed
    assert "after it" in ends


def test_the_console_starts_nearly_as_fast_as_a_bare_app(home: dict[str, str]) -> None:
    started([CONSOLE], home)  # keeps the bytecode
    assert least(2, lambda: started([CONSOLE], home)) < GROSS * 1.25 * least(2, lambda: started(FLOOR))


def test_the_version_is_said_without_a_start() -> None:
    bare = least(3, lambda: spent([sys.executable, "-c", "import argparse"]))
    assert least(3, lambda: spent([CONSOLE, "--version"])) < GROSS * 3 * bare


def test_keys_idle_memory_and_quit_are_within_reach_of_their_budgets(home: dict[str, str]) -> None:
    with Program([CONSOLE], home, timeout=90) as console, Program(FLOOR, timeout=90) as floor:
        for program in (console, floor):
            program.shown("model-20", 90)
            program.quiet(3.0)
        costs = {program: program.cpu() for program in (console, floor)}
        for number in range(60):
            for program in costs:
                program.answer("\x1b[B" if number % 12 < 6 else "\x1b[A")
        costs = {program: program.cpu() - before for program, before in costs.items()}
        assert costs[console] < GROSS * 1.5 * costs[floor]

        console.quiet(3.0)
        written, cpu = len(console.written), console.cpu()
        end = time.monotonic() + 4
        while time.monotonic() < end:
            console.pump(0.1)
        assert len(console.written) == written
        assert console.cpu() - cpu < 0.25

        assert console.memory() < GROSS * 60
        console.ended("q", 30)
        assert console.status == 0


async def test_a_hundred_thousand_rows_are_shown_without_looking_at_each() -> None:
    from textual.app import App

    from tui.widgets.table.virtual_table import Column, VirtualTable

    table = VirtualTable[object](
        [Column("id", "Id", lambda item: item.id), Column("model", "Model", lambda item: item.model)],
        id_of=lambda item: item.id,
    )
    began = time.process_time()
    rows = items(100_000)
    building = time.process_time() - began
    async with App[None]().run_test(size=(120, 40)) as pilot:
        await pilot.app.mount(table)
        await pilot.pause()
        began = time.process_time()
        table.set_rows(rows)
        await pilot.pause()
        assert time.process_time() - began < GROSS * max(building, 0.05)
