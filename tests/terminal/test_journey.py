"""The first whole journey as a new user walks it, in a real terminal."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.terminal import Terminal
from tests.terminal.conftest import Open

# Real terminals on a machine that may be busy with other tests.
pytestmark = pytest.mark.timeout(180)

SIZES = ((120, 40), (80, 24))


def _open_fractal(terminal: Terminal) -> None:
    terminal.until("sandbox/guide")
    terminal.press("/")
    terminal.type("fractal")
    terminal.until_gone("sandbox/guide")
    terminal.press("enter", "r")
    terminal.until("Run  ^r")
    terminal.until("prompt")


def test_with_only_the_keyboard_a_new_user_runs_a_model_sees_the_picture_and_finds_it_after_a_restart(
    console: Open, home: Path
) -> None:
    with console("--sandbox") as t:
        _open_fractal(t)
        t.until("enter puts this input into the form")
        t.type("a mountain lake")
        t.fill("width", "9000")
        t.fill("height", "abc")
        t.press("ctrl+r")
        t.until("2 fields need a look")
        t.until("1440")
        t.until("whole number")
        # Where the first of them is, the focus goes.
        t.until("▌ width")
        t.fill("width", "256")
        t.fill("height", "256")
        t.press("ctrl+r")
        t.until("succeeded", 60)
        t.until_match(r"\d+×\d+ PNG")
        t.press("escape")
        t.fill("steps", "50")
        t.fill("pace", "1")
        t.press("ctrl+r")
        t.until("▶ running", 60)
        t.until_match(r"\d+ %", 30)
        t.press("c")
        t.until("Cancel sandbox/fractal")
        t.press("c")
        t.until("canceled", 30)
        t.press("2")
        t.until("status:failed")
        t.until_match("✓ +fractal")
        t.until_match("⊘ +fractal")
        t.press("q")
        assert t.wait_exit() == 0, t.text()
    files = list((home / "data" / "outputs").rglob("output*"))
    assert files
    with console("--sandbox", "predictions") as t:
        t.until_match("✓ +fractal")
        t.until_match("⊘ +fractal")
        t.press("down", "enter")
        t.until_match(r"\d+×\d+ PNG")


def test_with_only_the_mouse_the_same_journey_works(console: Open) -> None:
    """Text is typed, for a mouse has no letters; everything else is a click."""
    with console("--sandbox") as t:
        t.click("sandbox/fractal")
        t.until("official")
        t.click("Run…")
        t.until("Run  ^r")
        t.click("long text")
        t.type("night sea")
        t.into_field("768 (default)")
        t.type("9000")
        t.into_field("512 (default)")
        t.type("abc")
        t.click("Run  ^r")
        t.until("2 fields need a look")
        t.until("must be at most 1440")
        t.click("reset")
        t.until("768 (default)")
        t.into_field("abc")
        t.click("reset")
        t.until("512 (default)")
        t.click("Run  ^r")
        t.until("succeeded", 60)
        t.until_match(r"\d+×\d+ PNG")
        t.into_field("0.08 (default)")
        t.type("1")
        t.click("Run  ^r")
        t.until_match(r"\d+ %", 60)
        t.click("c Cancel")
        t.until("Cancel sandbox/fractal")
        t.click("Cancel it")
        t.until("canceled", 30)
        t.click("2 Predict")
        t.until("status:failed")
        t.until_match("✓ +fractal")
        t.until_match("⊘ +fractal")
    with console("--sandbox") as t:
        t.until("sandbox/fractal")
        t.click("2 Predict")
        t.until_match("⊘ +fractal")
        t.click("✓")
        t.until_match(r"\d+×\d+ PNG")


def test_the_first_start_without_a_token_offers_the_sandbox(console: Open) -> None:
    with console() as t:
        t.until("The console for Replicate")
        t.press("ctrl+s")
        t.until_match(r"0 Files .* sandbox")
        t.until("sandbox/fractal")


def test_a_text_model_streams_into_the_run_screen(console: Open) -> None:
    with console("--sandbox", "run", "sandbox/guide", size=(80, 24)) as t:
        t.until("prompt")
        t.type("How do I cancel a prediction?")
        t.press("ctrl+r")
        t.until("succeeded", 60)
        t.until_match("(?i)cancel")
