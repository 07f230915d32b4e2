"""A digit with alt opens its section from within a field, which takes the digit alone for itself."""

from __future__ import annotations

from tests.terminal.conftest import Open


def test_a_digit_with_alt_opens_a_section_out_of_a_filter_and_a_question(console: Open) -> None:
    with console("--sandbox") as t:
        t.until("sandbox/guide")
        t.press("/")
        t.type("frac3")
        t.send("\x1b5")
        t.until("Nothing is deployed.")
        t.send("\x1bx")
        t.press("1")
        t.until("No model matches")
        assert "frac3" in t.text()
        t.send("\x1b4")
        t.until("for commands")
        t.type("is 1 a prime")
        t.send("\x1b2")
        t.until("No predictions yet.")
        t.press("4")
        t.until("is 1 a prime")
