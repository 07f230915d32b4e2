"""A text that came as keys is told from keys that were typed ahead, and both from single keys."""

from __future__ import annotations

import pytest
from textual import events
from textual.message import Message

from tui.toolkit import bursts as bursts_module
from tui.toolkit.bursts import Burst, Bursts, UnmarkedPaste, burst_of
from tui.toolkit.key_parser import KeyParser


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A clock that stands still; its only item is the time."""
    time = [100.0]
    monkeypatch.setattr(bursts_module, "monotonic", lambda: time[0])
    return time


class Reader:
    def __init__(self) -> None:
        self.parser, self.bursts = KeyParser(), Bursts()

    def __call__(self, text: str) -> list[Message]:
        return list(self.bursts.sort(self.parser.read(text), self.parser))


def pastes(messages: list[Message]) -> list[str]:
    return [message.text for message in messages if isinstance(message, UnmarkedPaste)]


def of_bursts(messages: list[Message]) -> str:
    """The keys that belong to a burst."""
    return "".join(m.character or "·" for m in messages if isinstance(m, events.Key) and burst_of(m) is not None)


@pytest.mark.parametrize(
    ("text", "paste"),
    [
        ("First line\rSecond line\rThird", "First line\rSecond line\rThird"),
        ("one line\r", "one line"),
        ("abc\r", "abc"),
        ("a\nb", "a\nb"),
        ("\rXq", "\rXq"),
        ("\tx = 1\r\ty = 2\r\r", "\tx = 1\r\ty = 2"),
        ("日本語\r", "日本語"),
    ],
)
def test_a_text_with_a_line_end_is_a_paste(text: str, paste: str) -> None:
    assert pastes(Reader()(text)) == [paste]


@pytest.mark.parametrize("text", ["a", "\r", "go\r", "ab", "abc def", "\x7f", "\r\r", "\x15abc\r", "a\x1b[Ab\rc"])
def test_what_may_have_been_typed_is_no_paste(text: str) -> None:
    assert not pastes(Reader()(text))


def test_a_paste_in_pieces_is_one_to_its_end(now: list[float]) -> None:
    read = Reader()
    assert pastes(read("x" * 20 + "\r")) == ["x" * 20]
    now[0] += 0.003
    assert pastes(read("more")) == ["\rmore"]
    now[0] += 0.003
    assert pastes(read("q\r\r")) == ["q"]
    now[0] += 0.005
    assert not pastes(read("q"))


def test_a_line_end_right_after_a_text_belongs_to_it_and_one_that_comes_later_is_pressed(now: list[float]) -> None:
    read = Reader()
    assert not pastes(read("hello"))
    now[0] += 0.003
    assert pastes(read("\rXq")) == ["\rXq"]
    now[0] += 0.005
    later = read("\r")
    assert not pastes(later) and not of_bursts(later)


@pytest.mark.parametrize(
    ("text", "typed"),
    [
        ("a\r", True),
        ("go\r", True),
        ("run\r", False),
        ("\r", False),
        ("\r\r", False),
        ("\x7f\r", False),
        ("a\rb", False),
    ],
)
def test_a_letter_or_two_and_an_enter_were_typed(text: str, typed: bool) -> None:
    burst = Burst()
    for character in text:
        burst.add(character)
    assert burst.is_typed_line == typed


@pytest.mark.parametrize(
    ("text", "of_burst"),
    [
        ("q", ""),
        ("qq", "qq"),
        ("\x12", ""),
        ("a\x12", "a\x12"),
        ("\x03\x03", ""),  # a key that was pressed twice
        ("\x15ab\rc", "\x15ab\rc"),
        ("\x1b[B\x1b[Bc", ""),  # arrows are no text
        ("\x1b[113;;113u\x1b[13u", ""),  # pressed, each by itself
        ("\x1b[?62;22cq", "q"),  # nobody types at once with an answer of the terminal
    ],
)
def test_keys_of_a_burst_are_told_from_a_key_that_came_alone(text: str, of_burst: str) -> None:
    assert of_bursts(Reader()(text)) == of_burst
