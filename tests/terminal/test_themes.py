"""Themes are tried in the console, one of the user's own among them, and one is kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.command import Command
from tests.support.terminal import Terminal
from tests.terminal.conftest import Open

pytestmark = pytest.mark.timeout(180)
OWN = '# mine\n[themes.night]\nbackground = "#102030"\nforeground = "#f0f0f0"\n'
DARK, NIGHT = "0f1115", "102030"


def background(terminal: Terminal) -> str:
    """The colour of the empty row below the top bar."""
    return terminal.screen.buffer[1][60].bg


def test_a_theme_is_seen_before_it_is_kept(console: Open, home: Path) -> None:
    config = home / "config" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text(OWN)
    with console("--sandbox") as t:
        t.until("sandbox/fractal")
        t.settle()
        assert background(t) == DARK
        t.press("f6")
        t.until("as the terminal says")
        t.type("night")
        t.until("your own")
        t.wait(lambda: background(t) == NIGHT, "it is shown behind the dialog")
        t.press("escape")
        t.until_gone("Which theme?")
        t.wait(lambda: background(t) == DARK, "all is as it was")
        assert config.read_text() == OWN
        t.press("f6")
        t.until("as the terminal says")
        t.type("night")
        t.wait(lambda: background(t) == NIGHT, "it is shown again")
        t.press("enter")
        t.until("night: kept in")
        t.wait(lambda: background(t) == NIGHT, "it is shown")
        assert 'theme = "night"\n' in config.read_text() and "# mine\n" in config.read_text()
        t.press("2")
        t.until("status:failed")
        t.wait(lambda: background(t) == NIGHT, "another section has it too")
        t.press("q")
        assert t.wait_exit() == 0
    assert Command(home, home / "work")("config", "check").code == 0
    with console("--sandbox") as t:
        t.until("sandbox/fractal")
        assert background(t) == NIGHT
        t.press("q")
        assert t.wait_exit() == 0


def test_one_that_is_hard_to_read_is_told_at_the_start_and_by_the_check(console: Open, home: Path) -> None:
    config = home / "config" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text('[themes.pale]\nmuted = "#3a3f45"\n[themes.fine]\naccent = "#80c0ff"\n')
    done = Command(home, home / "work")("config", "check")
    (warning,) = done.json["warnings"]
    assert done.code == 2 and "[themes.pale]: muted on " in warning and warning.endswith("text wants 4.5.")
    with console("--sandbox") as t:
        t.until("[themes.pale]: muted on")
        t.press("q")
        assert t.wait_exit() == 0
