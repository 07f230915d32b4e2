"""What a model prints and returns is shown, and does nothing; the token stays where it belongs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.terminal.conftest import Open

# Real terminals on a machine that may be busy with other tests.
pytestmark = pytest.mark.timeout(180)

FOREIGN = (b"\x1b]0;", b"\x1b]2;", b"\x1b]52;", b"\x9b", b"\x9d", b"pwned")
PLANTED = "r8_PLANTEDplantedPLANTEDplantedPLANTED123"


def test_escape_sequences_and_markup_of_a_model_reach_neither_the_terminal_nor_a_screen(console: Open) -> None:
    with console("--sandbox", "run", "sandbox/trouble", "-i", "kind=escapes") as t:
        t.until("succeeded", 60)
        start = len(t.written)
        for _ in range(6):
            t.press("]")
            t.settle()
        t.press("2")
        t.until("kind=escapes")
        t.press("enter")
        for _ in range(6):
            t.press("]")
            t.settle()
        written = bytes(t.written[:])
        decoded = written.decode(errors="replace")
        for sequence in FOREIGN[:3]:
            assert sequence not in written
        assert not re.search("[\x80-\x9f]", decoded)
        assert len(t.written) > start
        assert t.alive()


def test_a_planted_token_is_found_in_no_file_and_on_no_screen(console: Open, home: Path) -> None:
    with console(env={"REPLICATE_API_TOKEN": PLANTED, "REPLICATE_BASE_URL": "http://127.0.0.1:9"}) as t:
        t.until_match("(?i)not reached|could not|cannot|refused|network", 30)
        t.press("?")
        t.settle()
        t.press("escape", "q")
        t.wait_exit()
        assert PLANTED.encode() not in bytes(t.written)
    for path in home.rglob("*"):
        if path.is_file():
            assert PLANTED.encode() not in path.read_bytes(), path
