"""The command in a real terminal: words for JSON, the console where it belongs, ctrl-c as a person presses it."""

from __future__ import annotations

import re

import pytest

from tests.support.command import Command
from tests.support.sandbox import RunningSandbox
from tests.support.terminal import Terminal

ALTERNATE_SCREEN = b"\x1b[?1049h"


def open_terminal(command: Command, *words: str, **environment: str) -> Terminal:
    """The command in a terminal of its own."""
    return Terminal(command.argv(*words), env={**command.env, **environment}, cwd=command.folder, timeout=40)


def colours(written: bytes) -> list[bytes]:
    """The sequences other than the one that erases the status line."""
    return [found for found in re.findall(rb"\x1b\[[0-9;?]*[a-zA-Z]", written) if found != b"\x1b[K"]


def test_the_account_is_told_in_words(replicate: Command) -> None:
    with open_terminal(replicate, "account") as terminal:
        terminal.until("sandbox (Local sandbox), user")
        assert terminal.wait_exit() == 0
        assert ALTERNATE_SCREEN not in terminal.written
    with open_terminal(replicate, "account", "--json") as terminal:
        terminal.until('"username": "sandbox"')
        assert terminal.wait_exit() == 0


def test_the_doctor_is_a_list_for_people(replicate: Command) -> None:
    with open_terminal(replicate, "doctor") as terminal:
        assert terminal.wait_exit(30) == 0
        text = terminal.text()
    for word in ("Python", "terminal", "colours", "16 million", "token", "REPLICATE_API_TOKEN", "ms to answer", "Cog"):
        assert word in text, text
    assert replicate.environment["REPLICATE_API_TOKEN"] not in text


def test_a_stream_leaves_nothing_but_its_text_on_the_screen(replicate: Command) -> None:
    words = ("-i", "kind=slow", "-i", "amount=5", "-i", "pause=0.05", "--stream")
    with open_terminal(replicate, "run", "sandbox/trouble", *words) as terminal:
        assert terminal.wait_exit(40) == 0
        assert terminal.text().strip() == "1 2 3 4 5"
        assert not colours(bytes(terminal.written))


def test_the_status_line_is_rewritten_and_gone_at_the_end(replicate: Command) -> None:
    words = ("-i", "prompt=x", "-i", "width=64", "-i", "height=64", "--save", "out")
    with open_terminal(replicate, "run", "sandbox/fractal", *words) as terminal:
        terminal.until_match(r"processing +\d+ %")
        assert terminal.wait_exit(40) == 0
        lines = terminal.text().strip().splitlines()
        assert len(lines) == 2, lines
        assert all(line.endswith("out/output-0.png") for line in lines)


def test_refused_values_open_no_console(replicate: Command) -> None:
    with open_terminal(replicate, "run", "sandbox/fractal", "-i", "width=abc") as terminal:
        assert terminal.wait_exit(30) == 2
        terminal.until("width: must be a whole number between 64 and 1440, got 'abc'")
        assert ALTERNATE_SCREEN not in terminal.written


def test_missing_values_open_the_form(replicate: Command) -> None:
    with open_terminal(replicate, "run", "sandbox/fractal", "-i", "width=100") as terminal:
        terminal.until("Still to be filled in: prompt")
        terminal.until("fractal")
        assert ALTERNATE_SCREEN in terminal.written


def test_whole_values_run_in_the_console(replicate: Command, sandbox: RunningSandbox) -> None:
    words = ("-i", "prompt=a lake, told by the console", "-i", "steps=1", "-i", "pace=0")
    with open_terminal(replicate, "run", "sandbox/fractal", *words) as terminal:
        terminal.until("succeeded")
    newest = sandbox.get("/v1/predictions")["results"][0]
    assert sandbox.get(f"/v1/predictions/{newest['id']}")["input"]["prompt"] == "a lake, told by the console"


@pytest.mark.parametrize(
    ("words", "place"), [(["predictions"], "2 Predict"), (["model", "sandbox/guide"], "1 Models"), ([], "1 Models")]
)
def test_each_place_opens_the_console(replicate: Command, words: list[str], place: str) -> None:
    with open_terminal(replicate, *words) as terminal:
        terminal.until(place)
        assert ALTERNATE_SCREEN in terminal.written


def paints(written: bytes) -> list[str]:
    """The parameters of every sequence that sets colours or styles."""
    return [found.decode() for found in re.findall(rb"\x1b\[([0-9;]*)m", written)]


def test_a_console_without_colour_shows_its_list_in_greys(replicate: Command) -> None:
    with open_terminal(replicate, "models", NO_COLOR="1", COLORTERM="truecolor") as terminal:
        terminal.until("fractal")
        assert "Models" in terminal.text()
        triples = [found for one in paints(terminal.written) for found in re.findall(r"[34]8;2;(\d+);(\d+);(\d+)", one)]
        assert [triple for triple in triples if len(set(triple)) > 1] == []
        rest = [re.sub(r"[34]8;2;\d+;\d+;\d+", "", one) for one in paints(terminal.written)]
        assert not any(re.search(r"(^|;)(3[1-6]|4[1-6]|9[1-6]|10[1-6]|[34]8;5)(;|$)", one) for one in rest)


def test_a_terminal_of_16_colours_gets_no_others(replicate: Command) -> None:
    with open_terminal(replicate, "models", COLORTERM="", TERM="xterm-16color") as terminal:
        terminal.until("fractal")
        assert "Models" in terminal.text()
        assert not any(re.search(r"[34]8;[25];", one) for one in paints(terminal.written))
        # A chosen row must be told from the others.
        assert any(one not in ("", "0") for one in paints(terminal.written))


def test_ctrl_c_leaves_the_prediction_alive(replicate: Command, sandbox: RunningSandbox) -> None:
    with open_terminal(replicate, "run", "sandbox/trouble", "-i", "kind=hang", "--wait") as terminal:
        terminal.until("processing")
        terminal.press("ctrl+c")
        found = terminal.until_match(r"replicate-tui cancel (\w+)")
        assert terminal.wait_exit() == 130
    assert sandbox.get(f"/v1/predictions/{found[1]}")["status"] == "processing"
    with open_terminal(replicate, "cancel", found[1]) as terminal:
        terminal.until_match(rf"{found[1]} +(canceled|is being canceled)")
        assert terminal.wait_exit() == 0


def test_no_colour_and_a_dumb_terminal_get_plain_lines(replicate: Command) -> None:
    words = ("-i", "prompt=x", "-i", "width=64", "-i", "height=64", "-i", "steps=1", "-i", "pace=0", "--wait")
    with open_terminal(replicate, "run", "sandbox/fractal", *words, NO_COLOR="1", TERM="dumb") as terminal:
        assert terminal.wait_exit(40) == 0
        assert b"\x1b" not in terminal.written


def test_the_batches_open_in_the_console_and_one_that_there_is_not_is_told(replicate: Command) -> None:
    with open_terminal(replicate, "batches") as terminal:
        terminal.until("No batches yet.")
        assert ALTERNATE_SCREEN in terminal.written
    with open_terminal(replicate, "batches", "nosuch") as terminal:
        terminal.until("There is no batch nosuch among the last 200.")
