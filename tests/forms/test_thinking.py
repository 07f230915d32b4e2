"""What of an answer is thinking, and what is said: whole, and however it is cut into pieces as it comes."""

from __future__ import annotations

import pytest

from tui.forms.thinking import Answer, said_in

PARTED = [
    # Between two tags, at the start.
    ("<think>\nHmm.\n</think>\n\nFour.", "Hmm.", "Four."),
    ("<thinking>Hmm.</thinking>Four.", "Hmm.", "Four."),
    ("◁think▷Hmm.◁/think▷Four.", "Hmm.", "Four."),
    # The opening tag is in the prompt's template, so that only the closing one comes.
    ("The user greets me.\nI answer.</think>\n\nHello there!", "The user greets me.\nI answer.", "Hello there!"),
    ("I should answer.</think>\nHello!", "I should answer.", "Hello!"),
    ("I should answer.\n</think>\n\nHello!", "I should answer.", "Hello!"),
    ("I should answer.\n</think> Hello!", "I should answer.", "Hello!"),
    ("I should answer.</think>Hello!", "I should answer.", "Hello!"),
    ("I should answer. </think>\n\nHello!", "I should answer.", "Hello!"),
    ("I should answer.</thinking>\n\nHello!", "I should answer.", "Hello!"),
    ("I should answer.</reasoning>  \n\nHello!", "I should answer.", "Hello!"),
    ("I should answer.[/THINK]Hello!", "I should answer.", "Hello!"),
    ("我应该回答。</think>\n\n你好", "我应该回答。", "你好"),
    ("</think>\n\nHello!", "", "Hello!"),
    # It was stopped while it thought, or just after.
    ("<think>\nHmm", "Hmm", ""),
    ("I should answer.</think>", "I should answer.", ""),
    # Text about tags is text.
    ("Write `</think>` at the end.", "", "Write `</think>` at the end."),
    ("It ends with `</think>`\nand goes on.", "", "It ends with `</think>`\nand goes on."),
    ("The tag </think> ends it.", "", "The tag </think> ends it."),
    ('He wrote "</think>"\nand left.', "", 'He wrote "</think>"\nand left.'),
    ("```\nx</think>\n```\nDone.", "", "```\nx</think>\n```\nDone."),
    ("Use <think> and\n</think>\nto wrap.", "", "Use <think> and\n</think>\nto wrap."),
    ("Just an answer.\n\nIn two parts.", "", "Just an answer.\n\nIn two parts."),
    ("", "", ""),
]  # fmt: skip


@pytest.mark.parametrize(("text", "thought", "said"), PARTED)
def test_an_answer_is_parted_into_thinking_and_what_is_said(text: str, thought: str, said: str) -> None:
    whole = Answer(text, ended=True)
    assert (whole.thought.rstrip(), whole.said) == (thought, said)
    assert said_in(text) == said


@pytest.mark.parametrize(("text", "thought", "said"), PARTED)
@pytest.mark.parametrize("size", [1, 2, 7])
def test_it_is_parted_alike_however_it_comes_in_pieces(text: str, thought: str, said: str, size: int) -> None:
    growing = Answer()
    shown = ""
    for start in range(0, len(text), size):
        new = growing.feed(text[start : start + size])
        shown = growing.said if new is None else shown + new
        assert shown == growing.said, "what is told as new makes the whole"
    new = growing.feed("", ended=True)
    shown = growing.said if new is None else shown + new
    assert (growing.thought.rstrip(), growing.said, shown) == (thought, said, said)
    assert not growing.thinking


def test_only_the_first_end_parts_an_answer() -> None:
    found = Answer("One.</think>\n\nTwo.</think>\n\nThree.", ended=True)
    assert (found.thought, found.said) == ("One.", "Two.</think>\n\nThree.")
