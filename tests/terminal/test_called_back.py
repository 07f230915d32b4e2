"""Nobody has to watch: the console calls when something long has ended, and stops everything on one key."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.programs import program
from tests.support.terminal import Terminal
from tests.terminal.conftest import Open

pytestmark = pytest.mark.timeout(180)

BLUR, FOCUS = "\x1b[O", "\x1b[I"


def until_written(terminal: Terminal, sequence: str) -> None:
    terminal.wait(lambda: sequence.encode() in terminal.written, f"{sequence!r} was written", 60)


def test_what_ends_while_the_terminal_is_left_rings_and_is_told_on_return(console: Open) -> None:
    t = console("--sandbox", "run", "sandbox/fractal", "-i", "prompt=a lake", "-i", "steps=12", "-i", "pace=1")
    t.until("▶ running", 60)
    t.send(BLUR)
    until_written(t, "\x07\x1b[22;2t\x1b]2;✓ sandbox/fractal succeeded · replicate-tui\x07")
    until_written(t, "\x1b]9;✓ sandbox/fractal succeeded\x07")
    t.send(FOCUS)
    t.until("While you were away: ✓ sandbox/fractal succeeded.")
    until_written(t, "\x1b[23;2t")


def test_a_program_of_the_users_is_called_with_what_ended_and_gets_neither_a_shell_nor_the_token(
    console: Open, home: Path, tmp_path: Path
) -> None:
    called = tmp_path / "called"
    script = f'printf "%s|" "$@" "[$REPLICATE_API_TOKEN]" > {called}.part; mv {called}.part {called}'
    call = program(tmp_path, "call", script)
    (home / "config").mkdir(parents=True)
    (home / "config" / "config.toml").write_text(f'[attention]\nways = []\ncommand = ["{call}", "$(id) ; x"]\n')
    t = console(
        *("--sandbox", "run", "sandbox/fractal", "-i", "prompt=a lake", "-i", "steps=12", "-i", "pace=1"),
        env={"REPLICATE_API_TOKEN": "r8_canary"},
    )
    t.until("▶ running", 60)
    t.send(BLUR)
    t.wait(called.exists, "the program was called", 60)
    assert called.read_text() == "$(id) ; x|✓ sandbox/fractal succeeded|[]|"
    assert b"\x1b]9;" not in t.written


def test_one_key_finds_and_cancels_everything_that_runs(console: Open) -> None:
    t = console("--sandbox")
    t.until("fractal", 60)
    t.press("X")
    t.until("Nothing of sandbox on this machine is running.")
    other = console("--sandbox", "run", "sandbox/fractal", "-i", "prompt=a lake", "-i", "steps=50", "-i", "pace=2")
    other.until("▶ running", 60)
    t.press("X")
    t.until("Cancel 1 prediction?")
    t.press("k")
    t.until_gone("Cancel 1 prediction?")
    t.press("X")
    t.until("Cancel 1 prediction?")
    t.press("c")
    t.until("1 canceled")
    other.until("canceled")


def test_a_read_only_console_cancels_nothing(console: Open) -> None:
    t = console("--sandbox", "--read-only")
    t.until("fractal", 60)
    t.press("X")
    t.until("this console is read-only")
