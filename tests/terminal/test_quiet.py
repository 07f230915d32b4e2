"""Over a slow line every byte counts: what does not change is not written again, whatever lies over or under it."""

from __future__ import annotations

import time

import pytest

from tests.support.terminal import Terminal
from tests.terminal.conftest import Open

pytestmark = pytest.mark.timeout(180)

STILL = 2.0
"""Seconds that are watched."""
SECOND = 6_000
"""Bytes that a second of a run may take at 120 by 40: its clock, its bar, its last line. A picture alone has 30,000."""


def written(terminal: Terminal, seconds: float) -> int:
    """Bytes that come in some seconds."""
    before, end = len(terminal.written), time.monotonic() + seconds
    while time.monotonic() < end:
        terminal.pump(0.1)
    return len(terminal.written) - before


def running(console: Open, steps: int) -> Terminal:
    """A run over the list of models, as `enter` and `r` open it."""
    t = console("--sandbox", "run", "sandbox/fractal", "-i", "prompt=a lake", "-i", f"steps={steps}", "-i", "pace=1")
    t.until("▶ running", 60)
    t.until("%", 60)
    return t


def test_a_second_of_a_run_writes_little_and_its_result_nothing_at_all(console: Open) -> None:
    t = running(console, 8)
    assert written(t, STILL) < STILL * SECOND
    t.until("succeeded", 60)
    t.settle(1.0, 30.0)
    assert written(t, STILL) == 0


@pytest.mark.parametrize(("key", "shows"), [(":", "Find a command"), ("?", "Help")])
def test_what_runs_behind_a_dialog_goes_on_and_writes_little(console: Open, key: str, shows: str) -> None:
    t = running(console, 50)
    t.press(key)
    t.until(shows)
    t.settle(0.5, 3.0)
    before = t.text()
    assert written(t, STILL) < STILL * SECOND
    t.wait(lambda: t.text() != before, "the clock of the run behind the dialog stands still")


def test_the_list_with_a_run_under_its_cursor_writes_little(console: Open) -> None:
    t = running(console, 50)
    t.press("2")
    t.until("1 prediction")
    t.settle(0.5, 3.0)
    assert written(t, STILL) < STILL * SECOND


PLACES = [
    (("z",), "z goes back"),
    (("escape", "2"), "1 prediction"),
    ((":",), "Find a command"),
    (("escape", "?"), "esc closes"),
    (("escape", "S"), "Sort by"),
    (("escape", "3"), "No trainings yet"),
    (("5",), "Nothing is deployed"),
    (("1",), "2 files saved here"),
    (("4",), "enter sends it"),
]
"""Keys, one place after the other, and what is seen there."""


def test_no_place_writes_anything_while_nothing_happens(console: Open) -> None:
    t = console("--sandbox", "run", "sandbox/fractal", "-i", "prompt=a lake", "-i", "num_outputs=2", "-i", "pace=0")
    t.until("succeeded", 60)
    t.until("2/2" if t.find("2/2") else "1/2", 60)
    for keys, shows in PLACES:
        t.press(*keys)
        t.until(shows)
        t.settle(1.0, 10.0)
        assert written(t, 1.5) == 0, f"written at rest at {shows!r}"
