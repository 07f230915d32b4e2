"""A text that a terminal pastes without marks, and what a terminal answers late, in the real command."""

from __future__ import annotations

import pytest

from tests.terminal.conftest import Open

pytestmark = pytest.mark.timeout(180)
LEFT_OUT = "do nothing here"
PASTED = "That came all at once"


def test_a_paste_without_marks_stands_in_the_composer_and_enter_sends_it(console: Open) -> None:
    with console("--sandbox", "chat", "sandbox/guide") as t:
        t.until("Ask guide · / for commands", 60)
        t.send("How do I\rremap a key\rin the config file?\r")
        t.until("in the config file?")
        t.until(PASTED)
        assert [line for line in t.text().split("\n") if "How do I" in line] != []
        assert "How do Iremap" not in t.text() and "billed" not in t.text()
        t.press("enter")
        t.until("billed", 60)


def test_a_paste_without_marks_runs_nothing_in_a_list_and_quits_nothing_in_a_filter(console: Open) -> None:
    with console("--sandbox") as t:
        t.until("sandbox/fractal", 60)
        t.send("Fix this query\rXq\rD\r")
        t.until(LEFT_OUT)
        assert t.find("sandbox/fractal")
        t.press("/")
        t.send("hello\rXq")
        t.until("hello Xq")
        t.press("escape")
        t.until("sandbox/fractal")
        assert t.alive()


def test_what_a_terminal_answers_late_or_in_pieces_changes_nothing(console: Open) -> None:
    with console("--sandbox") as t:
        t.until("sandbox/fractal", 60)
        t.settle(0.5, 10)
        before = t.text()
        for pieces in (
            ("\x1b]11;rgb:1e1e/1e1e/2e2e\x07",),
            ("\x1b[?62;2", "2c"),
            ("\x1b[<35;10;", "5M"),
            ("[?62;22c",),
            ("\x1bP>|tmux 3.", "5\x1b\\"),
            ("\x1b_Gi=3", "1;OK\x1b\\"),
        ):
            for piece in pieces:
                t.send(piece)
                t.pump(0.15)
        t.settle(0.3, 3)
        assert t.text() == before
        t.press("2")
        t.until("No predictions yet")


def test_a_key_of_another_alphabet_with_ctrl_is_the_key_in_its_place(console: Open) -> None:
    with console("--sandbox", "predictions") as t:
        t.until("No predictions yet", 60)
        t.send("\x1b[1079;5u")  # ctrl+з, where p is
        t.until("Find a command, a model")
        t.press("escape")
        t.send("\x1b[1081;5u")  # ctrl+й, where q is
        assert t.wait_exit() == 0
