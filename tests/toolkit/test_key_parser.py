"""What a terminal sends, cut as a slow line cuts it: keys are keys, and its answers to questions are none."""

from __future__ import annotations

import random

import pytest
from textual import events
from textual.message import Message

from tui.toolkit import key_parser
from tui.toolkit.key_parser import KeyParser, TerminalReport

REPLIES = {
    "primary attributes": "\x1b[?62;22c",
    "secondary attributes": "\x1b[>41;390;0c",
    "tertiary attributes": "\x1bP!|00000000\x1b\\",
    "status": "\x1b[0n",
    "colour scheme": "\x1b[?997;1n",
    "terminal's name": "\x1bP>|tmux 3.5\x1b\\",
    "foreground": "\x1b]10;rgb:ffff/ffff/ffff\x1b\\",
    "background": "\x1b]11;rgb:1e1e/1e1e/2e2e\x07",
    "a colour of the palette": "\x1b]4;12;rgb:5c5c/5c5c/ffff\x07",
    "clipboard": "\x1b]52;c;cXVpdA==\x07",
    "kitty graphics": "\x1b_Gi=31;OK\x1b\\",
    "kitty keyboard": "\x1b[?25u",
    "a mode that is not known": "\x1b[?2031;2$y",
    "capability": "\x1bP1+r544e=787465726d\x1b\\",
    "a setting": "\x1bP1$r2 q\x1b\\",
    "size in cells": "\x1b[8;40;120t",
    "size in pixels": "\x1b[4;600;800t",
    "title": "\x1b]lmy quiet title\x1b\\",
    "8-bit": "\x9b?62;22c",
}


def read(*pieces: str, parser: KeyParser | None = None) -> list[Message]:
    parser = parser or KeyParser()
    return [message for piece in pieces for message, _ in parser.read(piece)]


def keys(*pieces: str) -> list[str]:
    return [message.key for message in read(*pieces) if isinstance(message, events.Key)]


@pytest.fixture
def late(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A clock that stands still; its only item is the time."""
    now = [100.0]
    monkeypatch.setattr(key_parser, "monotonic", lambda: now[0])
    return now


@pytest.mark.parametrize("name", REPLIES)
def test_an_answer_of_the_terminal_is_no_key_wherever_it_is_cut(name: str) -> None:
    reply = REPLIES[name]
    assert keys(reply + "x") == ["x"]
    for cut in range(1, len(reply)):
        assert keys(reply[:cut], reply[cut:], "x") == ["x"]


@pytest.mark.parametrize("reply", ["\x1bP>|kitty(0.36.4)\x1b\\", "\x1b[6;20;10t", "\x1bP>|XTerm(370)\x9c"])
def test_what_the_terminal_says_of_itself_is_told_whole_wherever_it_is_cut(reply: str) -> None:
    for cut in range(1, len(reply)):
        (told,) = read(reply[:cut], reply[cut:])
        assert isinstance(told, TerminalReport) and told.text == reply


@pytest.mark.parametrize("name", [name for name in REPLIES if name not in ("8-bit", "status", "terminal's name")])
def test_an_answer_that_comes_after_its_escape_was_taken_for_a_key_is_no_key(name: str, late: list[float]) -> None:
    parser = KeyParser()
    assert not read("\x1b", parser=parser)
    late[0] += 0.06
    assert [message for message, _ in parser.expire()] and not list(parser.expire())
    assert not read(REPLIES[name][1:], parser=parser)


def test_the_rest_of_an_answer_that_came_too_late_is_no_key(late: list[float]) -> None:
    for head, rest in (
        ("\x1b[?62;", "22c"),
        ("\x1b[<0;10;", "5M"),
        ("\x1b]11;rgb:", "1e1e/1e1e/2e2e\x07"),
        ("\x1bP1+r54", "4e=78\x1b\\"),
    ):
        parser = KeyParser()
        assert not read(head, parser=parser)
        late[0] += 1.1
        assert not list(parser.expire())
        late[0] += 5
        assert not read(rest, parser=parser)
        assert [m.key for m in read("c", parser=parser) if isinstance(m, events.Key)] == ["c"]


@pytest.mark.parametrize(
    "body",
    ["[?62;22c", "]11;rgb:0000/0000/0000\x07", "[<0;10;5M", "P1+r544e=78\x1b\\", "_Gi=31;OK\x1b\\", "[8;40;120t"],
)
def test_an_answer_without_its_escape_is_no_key(body: str) -> None:
    assert not read(body)


@pytest.mark.parametrize("text", ["[1]: a note", "[x] done", "P1", "]", "[", "(5M)", "5M", "a/b", "[2024a]", "rgb:12"])
def test_a_text_that_looks_a_little_like_an_answer_is_typed(text: str) -> None:
    assert "".join(message.character or "" for message in read(text) if isinstance(message, events.Key)) == text


@pytest.mark.parametrize("broken", ["\x1b[", "\x1b]", "\x1bP", "\x1bO", "\x1b_", "\x1b[?6", "\x1b]11;rgb", "\x1bP1+r"])
def test_an_answer_that_is_broken_off_by_another_is_no_key(broken: str) -> None:
    assert keys(f"{broken}\x1b[?62;22c", "x") == ["x"]


def test_a_mouse_report_in_two_pieces_is_a_click() -> None:
    (down,) = read("\x1b[<0;1", "0;5M")
    assert isinstance(down, events.MouseDown) and (down.x, down.y) == (9, 4)


@pytest.mark.parametrize(
    ("sequence", "key"),
    [
        ("\x1b[97;5:1u", "ctrl+a"),
        ("\x1b[97;5:2u", "ctrl+a"),
        ("\x1b[97:65;6u", "ctrl+shift+a"),
        ("\x1b[1;5:1A", "ctrl+up"),
        ("\x1b[1089;5u", "ctrl+c"),
        ("\x1b[1089::99;5u", "ctrl+c"),
        ("\x1b[1082;5u", "ctrl+r"),
        ("\x1b[1110;5u", "ctrl+s"),
        ("\x1b[968;5u", "ctrl+c"),
        ("\x1b[1489;5u", "ctrl+c"),
        ("\x1b[1092::97;5:1u", "ctrl+a"),
        ("\x1b[1092;3u", "alt+a"),
        ("\x1b[1092;;1092u", "ф"),
        ("\x1b[13;2u", "shift+enter"),
        ("\x1b[27u", "escape"),
        ("\x1b[A", "up"),
        ("\x1bOA", "up"),
        ("\x1bx", "alt+x"),
        ("\x1b3", "alt+3"),
        ("\x1b0", "alt+0"),
        ("\x1b\r", "alt+enter"),
        ("@", "at"),
        ("é", "é"),
    ],
)
def test_keys_are_what_they_are(sequence: str, key: str) -> None:
    (found,) = keys(sequence)
    assert sorted(found.split("+")) == sorted(key.split("+"))


@pytest.mark.parametrize(
    "sequence",
    ["\x1b[97;5:3u", "\x1b[99999999999u", "\x1b[97;1;9999999999u", "\x1b[55296u", "\x1b[" + "9" * 5000 + "u"],
)
def test_a_key_that_is_released_or_does_not_exist_is_passed_over(sequence: str) -> None:
    assert keys(sequence, "x") == ["x"]


def test_an_escape_is_a_key_when_nothing_follows_in_time(late: list[float]) -> None:
    parser = KeyParser(escape_delay=0.05)
    assert not read("\x1b", parser=parser) and parser.wait() == pytest.approx(0.05)
    late[0] += 0.04
    assert not list(parser.expire())
    late[0] += 0.01
    assert [message.key for message, _ in parser.expire() if isinstance(message, events.Key)] == ["escape"]
    assert parser.wait() is None


def test_a_marked_paste_is_one_wherever_it_is_cut() -> None:
    paste = "\x1b[200~one\rtwo \x1b[31m three\x1b[201~"
    for cut in range(1, len(paste)):
        (found,) = read(paste[:cut], paste[cut:])
        assert isinstance(found, events.Paste) and found.text == "one\rtwo \x1b[31m three"


def test_a_marked_paste_that_never_ends_takes_no_keys_with_it(late: list[float]) -> None:
    parser = KeyParser()
    assert not read("\x1b[200~lost", parser=parser)
    late[0] += 3
    (found,) = [message for message, _ in parser.expire()]
    assert isinstance(found, events.Paste) and found.text == "lost"
    assert [m.key for m in read("x", parser=parser) if isinstance(m, events.Key)] == ["x"]


def test_whatever_bytes_come_the_parser_goes_on() -> None:
    chance = random.Random(7)
    alphabet = "\x1b\x1b\x1b[[]]PO_^X\\0123456789;:;<>=?$ ~mMuRcnytab\x07\x9b\x9c\x18\r\n\té�"
    for _ in range(3000):
        parser = KeyParser()
        pieces = ["".join(chance.choices(alphabet, k=chance.randint(1, 30))) for _ in range(3)]
        read(*pieces, parser=parser)
        parser._deadline = 0.0 if parser.wait() is not None else None  # pyright: ignore[reportPrivateUsage]
        list(parser.expire())
        assert [m.key for m in read("z", parser=parser) if isinstance(m, events.Key)] == ["z"], pieces
