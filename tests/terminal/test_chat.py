"""Chatting as a person does it, in a real terminal on the sandbox."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tests.support.terminal import Terminal
from tests.terminal.conftest import Open, wait_until

# Real terminals on a machine that may be busy with other tests.
pytestmark = pytest.mark.timeout(180)

SIZES = ((120, 40), (80, 24))
ENTER_LINE = "\x1b\r"


def _chat(terminal: Terminal) -> None:
    terminal.until("sandbox/guide")
    terminal.press("4")
    terminal.until("Ask guide", 60)


@pytest.mark.parametrize("size", SIZES)
def test_with_only_the_keyboard_one_asks_reads_branches_and_finds_it_again(
    console: Open, size: tuple[int, int], tmp_path: Path
) -> None:
    with console("--sandbox", size=size) as t:
        _chat(t)
        t.type("How do I cancel")
        t.send(ENTER_LINE)
        t.type("a prediction?")
        t.press("enter")
        t.until("┃ a prediction?", 60)
        t.until_match(r"tokens.*read", 60)
        t.until("billed", 60)
        t.until("of 4,000 tokens")
        # Answered anew beside the answer that there is, and back to the first.
        t.press("ctrl+r")
        t.until_match("esc stops", 60)
        t.until("billed", 60)
        t.press("shift+tab")
        t.until("▌  ")
        t.press("left")
        t.until("‹1/2›")
        t.press("right")
        t.until("‹2/2›")
        t.press("y")
        t.until("Answer: sent")
        assert "cancel" in t.clipboard()[-1]
        t.press("K", "e")
        t.until("esc leaves the edit")
        t.type(" Which key")
        t.press("escape")
        t.until_gone("esc leaves the edit")
        t.press("escape")
        t.press("escape")
        t.until("Conversation")
        t.press("/")
        t.type("nosuchword")
        t.until("Nothing has")
        t.press("escape")
        t.until("How do I cancel")
        t.press("W")
        t.until("Export the conversation")
        t.press("m")
        t.until("Into which file")
        t.press("enter")
        t.until("Saved")
        t.press("q")
        t.wait_exit()
    exported = list(tmp_path.glob("*.md"))
    assert len(exported) == 1 and "cancel" in exported[0].read_text()
    with console("--sandbox", size=size) as t:
        t.until("sandbox/guide")
        t.press("4")
        t.until("‹2/2›", 60)


def test_with_only_the_mouse_one_chooses_a_model_and_reads(console: Open) -> None:
    """Text is typed, for a mouse has no letters; everything else is a click."""
    with console("--sandbox") as t:
        t.until("sandbox/guide")
        t.click("4 Chat")
        t.until("Ask guide", 60)
        t.click("sandbox/guide ▾")
        t.until("Which model?")
        t.until("sandbox/bard")
        t.click("sandbox/bard")
        t.until("Ask bard", 60)
        t.click("parameters")
        t.until("max_tokens", 30)
        # Long enough to be stopped, however slow the machine.
        t.into_field("100 (default)")
        t.type("1000")
        t.until("1000")
        t.click(" parameters")
        t.until_gone("max_tokens")
        # The composer has its place again.
        t.settle()
        t.click("Ask bard")
        t.type("Shall I compare thee")
        t.press("enter")
        t.until("esc stops", 60)
        t.until("Stop")
        t.click("Stop")
        t.until("stopped; what had come is kept", 60)
        t.click("New chat")
        t.until("New conversation")
        t.click("Shall I compare")
        t.until("┃ Shall I compare thee")


def test_what_is_written_and_not_sent_survives_a_kill(console: Open, home: Path) -> None:
    t = console("--sandbox")
    _chat(t)
    t.type("an unfinished thought")
    t.until("an unfinished thought")
    wait_until(lambda: "an unfinished thought" in _drafts(home), "the draft is on disk", 10)
    t.kill()
    with console("--sandbox") as again:
        again.until("sandbox/guide")
        again.press("4")
        again.until(" an unfinished thought", 60)


def test_a_question_sent_right_after_it_was_typed_is_not_offered_again(console: Open, home: Path) -> None:
    t = console("--sandbox")
    _chat(t)
    for number in range(4):
        # In one write, as fast as hands and terminals can be: the draft is kept a moment after the last key.
        t.send(f"quick question {number}")
        t.until(f"quick question {number}")
        t.press("enter")
        t.until(f"┃ quick question {number}", 60)
        wait_until(lambda number=number: _answered(home) == number + 1, f"answer {number} is there", 60)
        t.until("Ask guide")
    # Killed as soon as the question is in the conversation.
    t.type("the last one")
    t.press("enter")
    t.until("┃ the last one", 60)
    t.kill()
    assert _drafts(home) == ""
    with console("--sandbox") as again:
        again.until("sandbox/guide")
        again.press("4")
        again.until("┃ the last one", 60)
        again.until("Ask guide")


def test_a_question_asked_of_two_models_is_not_left_in_the_chat_that_it_came_from(console: Open, home: Path) -> None:
    with console("--sandbox") as t:
        _chat(t)
        t.type("which of you?")
        t.until("which of you?")
        t.press("shift+tab")
        t.until("i Write")
        t.press("d")
        t.until("Which model?")
        t.type("bard")
        t.until("sandbox/bard")
        t.press("enter")
        t.until_gone("Which model?")
        t.until("sandbox/bard")
        t.press("enter")
        t.until("Ask both", 60)
        t.until_match("billed[^│]*│.*billed|esc stops", 60)
        t.press("escape")
        t.until_gone("esc stops", 60)
        t.press("escape")
        t.until("Ask guide", 60)
        t.until("┃ which of you?")
        wait_until(lambda: _drafts(home) == "", "nothing is offered to be sent once more", 10)


def test_killed_in_the_middle_of_an_answer_the_next_console_shows_what_had_come_and_the_whole_end(
    console: Open, home: Path
) -> None:
    # The sandbox outlives the console: another one holds it.
    keeper = console("--sandbox")
    keeper.until("sandbox/guide")
    t = console("--sandbox")
    _chat(t)
    t.press("ctrl+t")
    t.until("delay")
    t.press("tab", "tab")
    t.until("▌ delay")
    t.type("0.2")
    t.press("escape")
    t.until_gone("max_tokens")
    t.type("How do I cancel a prediction?")
    t.press("enter")
    t.until("Press c on a", 60)
    t.kill()
    with console("--sandbox") as again:
        again.until("sandbox/guide")
        again.press("4")
        again.until("Press c on a", 60)
        again.until("billed", 120)
        assert again.text().count("Press c on a") == 1


def test_a_read_only_console_sends_nothing_and_keeps_the_text(console: Open) -> None:
    with console("--sandbox", "--read-only") as t:
        _chat(t)
        t.type("hello")
        t.press("enter")
        t.until("read-only (")
        t.until("hello")


def _answered(home: Path) -> int:
    with sqlite3.connect(f"file:{home / 'data' / 'store.db'}?mode=ro", uri=True) as database:
        found = int(
            database.execute("SELECT count(*) FROM turns WHERE role = 'assistant' AND state = 'done'").fetchone()[0]
        )
    database.close()
    return found


def _drafts(home: Path) -> str:
    found = ""
    for path in (home / "data").glob("store.db"):
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
            found += "".join(str(row[0]) for row in database.execute("SELECT draft FROM conversations"))
        database.close()
    return found
