"""A light terminal gets light colours and a dark one dark ones; nobody waits for what the terminal says."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.terminal.conftest import Open, wait_until
from tui.appearance import DARK, LIGHT, first_theme
from tui.terminal.background import Background

XTERM = {"TERM": "xterm-256color"}
WHITE, BLACK = "\x1b]11;rgb:ffff/ffff/ffff\x1b\\", "\x1b]11;rgb:1e1e/1e1e/2e2e\x07"


def asked(folder: Path, environ: dict[str, str] | None = None) -> Background:
    background = Background(environ or XTERM, folder)
    background.asked = True
    return background


@pytest.mark.parametrize(
    ("report", "light"),
    [
        (WHITE, True),
        (BLACK, False),
        ("\x1b]11;rgba:ffff/fdfd/f6f6/ffff\x1b\\", True),
        ("\x1b]11;rgb:f/f/f\x1b\\", True),
        ("\x1b]11;rgb:80/80/80\x1b\\", True),
        ("\x1b]11;rgb:7f/7f/7f\x1b\\", False),
        ("\x1b]11;rgb:00/00/ff\x1b\\", False),
        ("\x1b]11;rgb:00/ff/00\x1b\\", True),
    ],
)
def test_a_background_is_light_by_what_the_eye_sees_of_it(tmp_path: Path, report: str, light: bool) -> None:
    background = asked(tmp_path)
    assert background.hear(report)
    assert background.light is light


def test_what_comes_unasked_or_a_second_time_changes_nothing(tmp_path: Path) -> None:
    background = Background(XTERM, tmp_path)
    assert not background.hear(WHITE)
    background.asked = True
    assert not background.hear("\x1bP>|xterm\x1b\\")
    assert background.hear(BLACK)
    assert not background.hear(WHITE)
    assert background.light is False


def test_the_next_start_in_such_a_terminal_begins_in_its_colours(tmp_path: Path) -> None:
    background = asked(tmp_path / "cache")
    background.hear(WHITE)
    background.keep()
    again = asked(tmp_path / "cache")
    assert again.light is True
    assert not again.hear(WHITE), "nothing has changed"
    assert Background({**XTERM, "TERM_PROGRAM": "other"}, tmp_path / "cache").light is None
    (tmp_path / "cache" / "background").write_bytes(b"\xff")
    assert Background(XTERM, tmp_path / "cache").light is None


@pytest.mark.parametrize(
    ("wanted", "light", "name"),
    [
        (None, None, DARK.name),
        (None, False, DARK.name),
        (None, True, LIGHT.name),
        (DARK.name, True, DARK.name),
        ("zz", True, LIGHT.name),
    ],
)
def test_a_theme_that_was_set_goes_before_the_background(wanted: str | None, light: bool | None, name: str) -> None:
    assert first_theme(wanted, (DARK.name, LIGHT.name), light) == name


def background_of(t: object) -> str:
    """The colour of the last cell of the screen's title line."""
    return str(t.screen.buffer[20][100].bg)  # type: ignore[attr-defined]


@pytest.mark.timeout(180)
def test_the_console_turns_light_when_the_terminal_says_so_and_begins_so_the_next_time(
    console: Open, home: Path
) -> None:
    env: dict[str, str | None] = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "TMUX": None}
    dark, light = "0f1115", "fbfbfa"
    with console("--sandbox", env=env) as t:
        t.until("sandbox/fractal")
        t.wait(lambda: b"\x1b]11;?\x1b\\" in t.written, "the question")
        t.wait(lambda: background_of(t) == dark, "dark colours")
        t.send(WHITE)
        t.wait(lambda: background_of(t) == light, "light colours")
        wait_until((home / "cache" / "background").exists, "what it said is kept", 20)
        t.send(BLACK)
        t.press("2")
        t.until("No predictions yet")
        assert background_of(t) == light
        t.press("q")
        assert t.wait_exit() == 0
    with console("--sandbox", env=env) as t:
        t.until("sandbox/fractal")
        t.wait(lambda: background_of(t) == light, "light colours from the start")
        assert b"48;2;15;17;21m" not in t.written
    with console("--sandbox", "--theme", "replicate-dark", env=env) as t:
        t.until("sandbox/fractal")
        t.wait(lambda: background_of(t) == dark, "the theme that was asked for")
        assert b"\x1b]11;?" not in t.written
