"""A terminal that shows real pixels gets them, one that says nothing gets characters, and neither is waited for."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from PIL import Image

from tests.support.programs import program
from tests.terminal.conftest import Open
from tui.pictures.canvas import Canvas
from tui.terminal.graphics import Graphics, may_ask
from tui.widgets.media.picture_cells import take

KITTY = "\x1bP>|kitty(0.36.4)\x1b\\"
PART = re.compile(r"\x1b_G([^;]*);([^\x1b]*)\x1b\\")


@pytest.fixture(autouse=True)
def as_it_was() -> Iterator[None]:
    """What is known of the terminal is known to the whole process."""
    before = Graphics.blocks, Graphics.pixels, Graphics.cell
    yield
    Graphics.blocks, Graphics.pixels, Graphics.cell = before


def picture(path: Path, size: tuple[int, int] = (400, 200)) -> Path:
    cast(Any, Image.radial_gradient("L")).resize(size).convert("RGB").save(path)
    return path


@pytest.mark.parametrize(
    ("report", "pixels", "blocks"),
    [
        (KITTY, "kitty", "sextants"),
        ("\x1bP>|ghostty 1.1.0\x1b\\", "kitty", "sextants"),
        ("\x1bP>|WezTerm 20240203\x1b\\", "", "sextants"),
        ("\x1bP>|XTerm(370)\x1b\\", "", "quadrants"),
        ("\x1b[6;20;10t", "", "quadrants"),
    ],
)
def test_a_terminal_is_known_by_what_it_says_of_itself(report: str, pixels: str, blocks: str) -> None:
    Graphics.choose("auto", {"TERM": "xterm-256color"})
    Graphics.hear(report)
    assert (Graphics.pixels, Graphics.blocks) == (pixels, blocks)


@pytest.mark.parametrize(
    ("report", "cell"), [("\x1b[6;20;10t", (10, 20)), ("\x1b[6;0;10t", (8, 16)), ("\x1b[6;201;10t", (8, 16))]
)
def test_a_cells_pixels_are_believed_within_reason(report: str, cell: tuple[int, int]) -> None:
    Graphics.cell = (8, 16)
    Graphics.hear(report)
    assert Graphics.cell == cell


@pytest.mark.parametrize("wanted", ["halves", "quadrants", "sextants", "kitty"])
def test_the_setting_goes_before_what_the_terminal_is(wanted: str) -> None:
    Graphics.choose(wanted, {"TERM": "xterm-kitty"})
    assert Graphics.pixels == ("kitty" if wanted == "kitty" else "")
    assert Graphics.blocks == ("sextants" if wanted == "kitty" else wanted)


@pytest.mark.parametrize("term", ["linux", "dumb", "vt100", "screen-256color", "tmux-256color"])
def test_a_terminal_that_might_print_the_question_is_not_asked(term: str) -> None:
    assert not may_ask({"TERM": term})
    assert may_ask({"TERM": "xterm-256color"})


@pytest.mark.parametrize(
    ("passthrough", "outer", "pixels"),
    [
        ("on", "xterm-kitty kitty(0.36.4)", "kitty in tmux"),
        ("all", "xterm-256color ghostty 1.1.0", "kitty in tmux"),
        ("off", "xterm-kitty kitty(0.36.4)", ""),
        ("", "xterm-kitty kitty(0.36.4)", ""),
        ("on", "xterm-256color XTerm(370)", ""),
    ],
)
async def test_tmux_is_asked_what_it_is_shown_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, passthrough: str, outer: str, pixels: str
) -> None:
    program(tmp_path, "tmux", f'case "$1" in show-options) echo "{passthrough}";; *) echo "{outer}";; esac')
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    Graphics.choose("auto", {"TERM": "tmux-256color", "TMUX": "/tmp/x,1,0"})
    assert await Graphics.ask_tmux() is bool(pixels)
    assert Graphics.pixels == pixels


async def test_a_tmux_that_is_not_there_or_fails_shows_characters(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    Graphics.choose("auto", {})
    assert not await Graphics.ask_tmux()
    program(tmp_path, "tmux", "exit 1")
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert not await Graphics.ask_tmux()
    assert Graphics.pixels == ""


def test_the_picture_is_sent_whole_and_its_cells_name_it(tmp_path: Path) -> None:
    canvas = Canvas(30, 20, "true", (1, 2, 3), cell=(10, 20), pixels="kitty")
    shot = take(picture(tmp_path / "a.png"), canvas)
    assert shot.size == (30, 8), "at its proportions: a cell is twice as high as wide"
    parts = PART.findall(shot.payload)
    assert "".join(f"\x1b_G{keys};{data}\x1b\\" for keys, data in parts) == shot.payload, "nothing else is sent"
    keys = dict(pair.split("=") for pair in parts[0][0].split(","))
    assert (keys["a"], keys["U"], keys["q"], keys["f"]) == ("T", "1", "2", "100"), "q=2: the terminal answers nothing"
    assert (keys["c"], keys["r"]) == ("30", "8")
    assert all(len(data) <= 4096 for _, data in parts)
    assert [dict(pair.split("=") for pair in one.split(","))["m"] for one, _ in parts] == ["1"] * (len(parts) - 1) + [
        "0"
    ]
    with Image.open(io.BytesIO(base64.b64decode("".join(data for _, data in parts)))) as sent:
        assert sent.size == (300, 160), "no more pixels than there is room for"
    first = next(iter(shot.strips[1]))
    assert first.text[:6] == "\U0010eeee\u030d\u0305\U0010eeee\u030d\u030d", "row 1, columns 0 and 1"
    assert all(strip.cell_length == 30 for strip in shot.strips)
    assert first.style is not None and first.style.color is not None and first.style.color.triplet is not None
    red, green, blue = first.style.color.triplet
    assert red << 16 | green << 8 | blue == int(keys["i"])


def test_a_small_picture_is_enlarged_by_the_terminal(tmp_path: Path) -> None:
    canvas = Canvas(30, 20, "true", (1, 2, 3), cell=(10, 20), pixels="kitty")
    shot = take(picture(tmp_path / "a.png", (60, 40)), canvas)
    data = "".join(data for _, data in PART.findall(shot.payload))
    with Image.open(io.BytesIO(base64.b64decode(data))) as sent:
        assert sent.size == (60, 40)
    assert shot.size == (30, 10)


def test_within_tmux_each_part_is_wrapped(tmp_path: Path) -> None:
    path = picture(tmp_path / "a.png")
    plain = take(path, Canvas(30, 20, "true", (1, 2, 3), cell=(10, 20), pixels="kitty")).payload
    wrapped = take(path, Canvas(30, 20, "true", (1, 2, 3), cell=(10, 20), pixels="kitty in tmux")).payload
    pieces = re.findall(r"\x1bPtmux;((?:\x1b\x1b|[^\x1b])*)\x1b\\", wrapped)
    assert "".join(piece.replace("\x1b\x1b", "\x1b") for piece in pieces) == plain


@pytest.mark.timeout(180)
def test_kitty_gets_pixels_as_soon_as_it_has_answered(console: Open) -> None:
    t = console("--sandbox", "run", "sandbox/fractal", "-i", "prompt=a lake", "-i", "steps=2", "-i", "pace=0")
    t.wait(lambda: b"\x1b[>q" in t.written, "the terminal was asked", 60)
    t.send(KITTY + "\x1b[6;20;10t")
    t.until("succeeded", 60)
    t.wait(lambda: b"\x1b_Ga=T,U=1,q=2,f=100," in t.written, "the picture was sent", 30)
    t.wait(lambda: "\U0010eeee\u0305\u0305".encode() in t.written, "its cells were painted", 30)
    assert "kitty(0" not in t.text()


@pytest.mark.timeout(180)
def test_the_setting_keeps_the_terminal_from_being_asked(console: Open, home: Path) -> None:
    (home / "config").mkdir(parents=True)
    (home / "config" / "config.toml").write_text('pictures = "halves"\n')
    t = console("--sandbox", "run", "sandbox/fractal", "-i", "prompt=a lake", "-i", "steps=2", "-i", "pace=0")
    t.until("succeeded", 60)
    t.until("▀", 30)
    assert b"\x1b[>q" not in t.written and b"\x1b_G" not in t.written
    assert not any(shape in t.text() for shape in "▘▝▖▌▞▛▗▚▐▜▙▟")
