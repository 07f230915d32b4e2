"""How consoles and the sandbox begin and end: together, alone, killed, hung up."""

from __future__ import annotations

import json
import os
import select
import signal
import sqlite3
import time
from pathlib import Path

import pytest

from tests.terminal.conftest import Open, processes_of, wait_until

# Real terminals on a machine that may be busy with other tests.
pytestmark = pytest.mark.timeout(180)


@pytest.mark.parametrize("way", ["kill", "hang up", "terminate"])
def test_however_the_last_console_ends_nothing_of_the_sandbox_is_left(console: Open, home: Path, way: str) -> None:
    t = console(
        "--sandbox", "run", "sandbox/fractal", "-i", "prompt=slow", "-i", "steps=50", "-i", "pace=1", timeout=60
    )
    t.until("▶ running", 60)
    wait_until(lambda: len(processes_of(home)) >= 3, "console, sandbox and model run", 20)
    if way == "kill":
        t.kill()
    elif way == "hang up":
        t.hang_up()
    else:
        os.kill(t.pid, signal.SIGTERM)
    if way == "terminate":
        t.wait_exit()
    wait_until(lambda: not (set(processes_of(home)) - {t.pid}), f"all ended: {processes_of(home)}", 5)


def test_two_consoles_share_the_sandbox_and_see_each_others_predictions(console: Open) -> None:
    first = console("--sandbox", "predictions")
    first.until("No predictions yet")
    second = console("--sandbox", "run", "sandbox/guide", "-i", "prompt=What is the sandbox?")
    second.until("succeeded", 60)
    first.until("guide", 30)
    second.press("q")
    second.wait_exit()
    first.press("R")
    first.until("succeeded", 30)


def test_a_killed_console_finds_its_draft_again(console: Open, home: Path) -> None:
    t = console("--sandbox", "run", "sandbox/fractal")
    t.until("prompt")
    t.type("an unfinished thought")
    t.until("an unfinished thought")
    wait_until(lambda: b"an unfinished thought" in _store(home), "the draft is on disk", 10)
    t.kill()
    with console("--sandbox", "run", "sandbox/fractal") as again:
        again.until("an unfinished thought")
        again.until("your draft")


def _store(home: Path) -> bytes:
    return b"".join(path.read_bytes() for path in (home / "data").glob("store.db*") if path.is_file())


def _sandbox_pid(home: Path) -> int:
    try:
        return json.loads((home / "data" / "sandbox" / "running.json").read_text())["pid"]
    except (OSError, ValueError):
        return 0


def test_quitting_with_a_run_alive_asks_first(console: Open) -> None:
    t = console("--sandbox", "run", "sandbox/fractal", "-i", "prompt=slow", "-i", "steps=50", "-i", "pace=1")
    t.until("▶ running", 60)
    t.press("q")
    t.until("still running")
    t.until("Leave it and quit")
    t.until("Cancel it and quit")
    t.press("s")
    t.until_gone("still running")
    assert t.alive()
    t.press("q")
    t.until("still running")
    t.press("c")
    assert t.wait_exit(20) == 0


def test_an_idle_console_writes_nothing(console: Open) -> None:
    with console("--sandbox") as t:
        t.until("sandbox/fractal")
        t.settle(1.5, 20)
        before = len(t.written)
        t.pump(5)
        assert len(t.written) == before


def test_a_resized_console_shows_one_pane_and_then_two_again(console: Open) -> None:
    with console("--sandbox") as t:
        t.until("sandbox/fractal")
        t.until("README")
        t.resize(80, 24)
        t.until("What it does")
        t.until_gone("README")
        t.press("enter")
        t.until("README")
        t.resize(120, 40)
        t.until("Runs")
        t.until("README")


def test_a_terminal_that_takes_nothing_does_not_keep_the_console_from_ending(console: Open, home: Path) -> None:
    t = console("--sandbox", size=(200, 60))
    t.until("sandbox/fractal")
    t.settle(0.5, 20)
    terminal = os.open(Path(f"/proc/{t.pid}/fd/0").readlink(), os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY)
    try:
        # From here on nobody reads what it writes.
        for section in "1234" * 20:
            t.send(section)
            time.sleep(0.02)  # all at once they would be left out
        wait_until(lambda: not select.select([], [terminal], [], 0)[1], "the terminal is full", 20)
    finally:
        os.close(terminal)
    os.kill(t.pid, signal.SIGTERM)
    wait_until(lambda: not t.alive(), "it ended", 20)


def test_r_connects_again_where_the_start_could_not(console: Open, home: Path) -> None:
    console("--sandbox", "models").until("sandbox/fractal", 60)
    holder = sqlite3.connect(home / "data" / "store.db", isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    late = console("--sandbox", "predictions")
    late.until("not connected, R tries again", 60)
    holder.execute("ROLLBACK")
    holder.close()
    late.press("R")
    late.until("No predictions yet", 30)
    assert "not connected" not in late.text()


def test_r_starts_a_sandbox_again_that_was_killed_and_shows_it_in_every_section(console: Open, home: Path) -> None:
    t = console("--sandbox", "models")
    t.until("sandbox/fractal", 60)
    before = _sandbox_pid(home)
    os.kill(before, signal.SIGKILL)
    wait_until(lambda: before not in processes_of(home), "the sandbox is gone", 10)
    t.press("R")
    wait_until(lambda: _sandbox_pid(home) != before, "another sandbox is started", 30)
    t.press("2")
    t.until("No predictions yet", 30)
    t.press("R")
    t.press("1")
    t.until("sandbox/fractal", 30)
    assert "ended" not in t.text() and "not reached" not in t.text()
