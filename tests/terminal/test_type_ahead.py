"""Keys that come all at once, as they do when a slow line catches up: each acts where the one before left things."""

from __future__ import annotations

import contextlib

import pytest

from tests.support.terminal import click_at
from tests.terminal.conftest import Open

pytestmark = pytest.mark.timeout(120)
BACKSPACE, CLEAR, TAB, ENTER, PALETTE = "\x7f", "\x15", "\t", "\r", "\x10"


def test_a_filter_and_what_is_typed_into_it(console: Open) -> None:
    t = console("--sandbox")
    t.until("sandbox/fractal", 60)
    t.send(f"/fractl{BACKSPACE}al")
    t.until_gone("sandbox/strings")
    t.until("fractal")
    t.send(f"{CLEAR}bx{BACKSPACE}ard{ENTER}")
    t.until("sandbox/bard")
    t.until_gone("sandbox/fractal")


def test_a_message_ends_at_its_enter_and_the_next_one_begins(console: Open) -> None:
    with console("--sandbox", "chat", "sandbox/guide") as t:
        t.until("Ask guide · / for commands", 60)
        t.send(f"How do I remapp{BACKSPACE} a key in the config file?")
        t.until("How do I remap a key in the config file?")
        t.send(ENTER)
        t.pump(0.05)
        t.send("And then what")
        t.until("And then what", 30)
        t.until("How do I remap a key in the config file?", 30)
        t.until("billed", 60)
        assert "file?And" not in t.text() and "remapp" not in t.text()


def test_the_fields_of_a_form(console: Open) -> None:
    with console("--sandbox", "run", "sandbox/upscale") as t:
        t.to_field("image")
        t.send(f"first.pngx{BACKSPACE}{TAB}{CLEAR}3{TAB}")
        t.until_match(r"first\.png +│")
        t.until_match(r"scale • +3 ")
        t.until_gone("▌ scale")
        assert not t.find("▌ image")


def test_fields_that_are_clicked(console: Open) -> None:
    with console("--sandbox", "run", "sandbox/fractal") as t:
        t.until("▌ prompt")
        width, height = t.find("768 (default)"), t.find("512 (default)")
        assert width is not None and height is not None
        t.send(f"night sea{click_at(*width)}9000{click_at(*height)}abcx{BACKSPACE}")
        t.until_match(r"  night sea +│")
        t.until_match(r"width • +9000 ")
        t.until_match(r"▌ height • +abc ")


def test_a_command_of_the_palette(console: Open) -> None:
    t = console("--sandbox", "predictions")
    t.until("No predictions yet", 60)
    t.send(f"{PALETTE}deployx{BACKSPACE}m{ENTER}")
    t.until("Nothing is deployed", 20)


def test_a_key_after_one_that_closes_the_console_is_left_alone(console: Open) -> None:
    t = console("--sandbox")
    t.until("sandbox/fractal", 60)
    place = len(t.written)
    t.send("q")
    # Keys that are read together with it would be a paste, in which it closes nothing.
    t.wait(lambda: b"\x1b[?1049l" in t.written[place:], "it did not leave its screen")
    with contextlib.suppress(OSError):  # it may be gone
        t.send("qq/abc")
    assert t.wait_exit() == 0
