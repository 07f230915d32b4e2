"""Cuts what a terminal sends into whole sequences, and gives Textual's parser only those that it understands.

Textual's own types out a sequence that it does not know, letter by letter, and one whose rest comes late: the answer to
a question that some program asked before becomes keys. Here a sequence that is not understood is passed over, one that
is cut is waited for, and what comes of it later still is recognized.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from string import digits
from time import monotonic

from textual import events
from textual._xterm_parser import (
    BRACKETED_PASTE_END,
    BRACKETED_PASTE_START,
    SPECIAL_SEQUENCES,
    XTermParser,
    _re_cursor_position,  # pyright: ignore[reportPrivateUsage] - what Textual's parser takes as its own
    _re_in_band_window_resize,  # pyright: ignore[reportPrivateUsage] - as above
    _re_mouse_event,  # pyright: ignore[reportPrivateUsage] - as above
    _re_terminal_mode_response,  # pyright: ignore[reportPrivateUsage] - as above
)
from textual.message import Message

from tui.toolkit.keyboard_layouts import key_at

ESC = "\x1b"
REST = 1.0
"""Seconds for which the rest of a sequence is waited for; a slow line cuts between any two bytes."""
PASTE_REST = 3.0
"""Seconds without a byte after which a marked paste is over that was never ended: keys would vanish in it."""
LATE = 30.0
"""Seconds after a cut sequence, or an escape, in which what looks like the rest of one is taken for it."""

_CSI_END = re.compile(r"[^ -?]")
_STRING_END = re.compile(r"[\x00-\x1f\x9c]")
_STRING_STARTS = {"]": "0123456789lLI", "P": "0123456789;+$>=|!{", "_": "", "^": "", "X": ""}
"""What begins a string, and which characters it goes on with; with any other one it is a letter with alt."""
_BEGINNINGS = {"[", "O", *_STRING_STARTS}
_C1 = {"\x9b": "[", "\x9d": "]", "\x90": "P", "\x9f": "_", "\x9e": "^", "\x98": "X", "\x8f": "O"}
_KITTY = re.compile(r"\x1b\[([\d:]*)(?:;([\d:]*))?(?:;([\d:]*))?([u~ABCDEFHPQS])")
_MOST_DIGITS = 7
LONGEST = 64
"""Characters of the longest key."""
MOST_CELLS = 2_000
"""Columns and rows of the largest terminal that is believed."""
UNREADABLE = "�"
"""What stands for bytes that are no text."""

_ANSWER = re.compile(
    r"\x1bP>\|[^\x00-\x1f\x9c]{0,200}(?:\x1b\\|\x9c)|\x1b\[6;\d{1,4};\d{1,4}t"
    r"|\x1b\]11;rgba?:[0-9a-fA-F/]{5,19}(?:\x1b\\|\x07|\x9c)"
)
"""Who the terminal is, how many pixels a cell has, and the colour of its background."""
_WITHOUT_ESCAPE = re.compile(
    r"(?:\[(?:[<=>?][\d;:]+[ -/]*[a-zA-Z~]|\d+;\d+(?:;\d+)*[Rt])"
    r"|\](?:\d+|[lL])(?:;|(?<=[lL]))[^\x00-\x1f]*(?:\x07|\x1b?\\)"
    r"|\]\d+;rgba?:[0-9a-fA-F/]*"
    r"|P[01>]?[+$|!][^\x00-\x1f]*(?:\x1b?\\)?"
    r"|_G[^\x00-\x1f]*(?:\x1b?\\)?)+"
)
"""Reports whose escape another program has read, or that came too late after it."""
_LATE_REST = re.compile(
    r"[\d;:<=>?$ ]*[\d;:][\d;:$ ]*[a-zA-Z~]"  # of a CSI sequence
    r"|\[[\d;:<=>?$ ]*[a-zA-Z~]"
    r"|O[A-Za-z]"
    r"|[^\x00-\x1f]*(?:\x07|\x1b\\)"  # of a string
    r"|(?:rgba?:)?[0-9a-fA-F]*/[0-9a-fA-F/]+"
)


class TerminalReport(Message):
    """What the terminal answered to a question of ours, as it came."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


class KeyParser(XTermParser):
    """Textual's parser behind a reader of whole sequences."""

    def __init__(self, debug: bool = False, *, escape_delay: float = 0.05) -> None:
        """`escape_delay`: seconds after which an escape is a key of its own."""
        super().__init__(debug)
        self._escape_delay = escape_delay
        self._unread = ""
        self._pasted: list[str] | None = None
        self._deadline: float | None = None
        self._cut_at = float("-inf")
        self.passed_over = False
        """Whether the last read held something that was neither a key nor a report that is understood."""

    # ---- what the driver calls

    def read(self, text: str) -> Iterator[tuple[Message, str]]:
        """What a read of the terminal tells, each message with the sequence that it was."""
        self.passed_over = False
        if not self._unread and self._pasted is None and self._is_rest_of_report(text):
            self.passed_over = True
            return
        self._unread += text
        yield from self._messages()
        self._set_deadline()

    def wait(self) -> float | None:
        """Seconds until `expire` is due; None where nothing is unfinished."""
        return None if self._deadline is None else max(0.0, self._deadline - monotonic())

    def expire(self) -> Iterator[tuple[Message, str]]:
        """What is unfinished, once no more of it came in time: an escape is a key, the rest is passed over."""
        if self._deadline is None or monotonic() < self._deadline:
            return
        if self._pasted is not None:
            yield from self._end_paste(self._unread)
        elif self._unread == ESC:
            self._cut_at = monotonic()
            yield events.Key("escape", ESC), ESC
        else:
            self._cut_at = monotonic()
        self._unread = ""
        self._deadline = None

    # ---- reading

    def _set_deadline(self) -> None:
        if self._pasted is not None:
            self._deadline = monotonic() + PASTE_REST
        elif self._unread:
            self._deadline = monotonic() + (self._escape_delay if self._unread == ESC else REST)
        else:
            self._deadline = None

    def _is_rest_of_report(self, text: str) -> bool:
        if _WITHOUT_ESCAPE.fullmatch(text):
            return True
        return len(text) > 1 and monotonic() - self._cut_at < LATE and _LATE_REST.fullmatch(text) is not None

    def _messages(self) -> Iterator[tuple[Message, str]]:
        while self._unread:
            if self._pasted is not None:
                before, mark, after = self._unread.partition(BRACKETED_PASTE_END)
                if not mark:
                    # The end may be cut.
                    kept = len(BRACKETED_PASTE_END) - 1
                    self._pasted.append(self._unread[:-kept])
                    self._unread = self._unread[-kept:]
                    return
                self._unread = after
                yield from self._end_paste(before)
                continue
            length = self._length()
            if length == 0:
                return
            sequence, self._unread = self._unread[:length], self._unread[length:]
            yield from self._understand(sequence)

    def _end_paste(self, last: str) -> Iterator[tuple[Message, str]]:
        text = "".join([*(self._pasted or ()), last])
        self._pasted = None
        yield events.Paste(text.replace("\x00", "")), ""

    def _length(self) -> int:
        """How many characters of what is unread belong together; 0 where more must come."""
        text = self._unread
        if text[0] in _C1:
            text = self._unread = ESC + _C1[text[0]] + text[1:]
        if text[0] != ESC:
            return 1
        if len(text) == 1:
            return 0
        kind = text[1]
        if kind == ESC:
            return 1
        if kind == "[":
            return self._control_length(text)
        if kind == "O":
            return 3 if len(text) > 2 and text[2] >= " " else 2 if len(text) > 2 else 0
        if kind in _STRING_STARTS:
            if len(text) == 2:
                return 0
            if not _STRING_STARTS[kind] or text[2] in _STRING_STARTS[kind]:
                return self._string_length(text)
        return 2

    def _control_length(self, text: str) -> int:
        if text.startswith("\x1b[["):  # the function keys of Linux' own terminal
            return 4 if len(text) > 3 else 0
        end = _CSI_END.search(text, 2)
        if end is None:
            return 0
        if end[0] == "M" and end.start() == 2:  # a mouse report of three bytes
            return 6 if len(text) > 5 else 0
        return end.start() + 1 if "@" <= end[0] <= "~" else end.start()

    def _string_length(self, text: str) -> int:
        end = _STRING_END.search(text, 2)
        if end is None:
            return 0
        if end[0] != ESC:
            return end.end() if end[0] in "\x07\x9c\x18\x1a" else end.start()
        if len(text) == end.end():
            return 0
        return end.end() + 1 if text[end.end()] == "\\" else end.start()

    # ---- understanding

    def _understand(self, sequence: str) -> Iterator[tuple[Message, str]]:
        messages: Iterable[Message] | None = None
        if sequence == BRACKETED_PASTE_START:
            self._pasted = []
            return
        if sequence == ESC:
            messages = (events.Key("escape", ESC),)
        elif len(sequence) == 1:
            messages = None if sequence == UNREADABLE else self._keys(sequence)
        elif len(sequence) == 2 and sequence[1] in _BEGINNINGS and self._unread.startswith(ESC):
            messages = None  # broken off: another sequence has begun
        elif len(sequence) == 2:
            # A letter with alt; Textual would wait whether more comes of it, and takes a digit for a sign of Macs.
            plain = None if sequence[1] in digits else self._keys(sequence)
            messages = plain or self._keys(sequence[1], alt=True)
        elif _ANSWER.fullmatch(sequence):
            messages = (TerminalReport(sequence),)
        elif _is_known(sequence):
            messages = self.feed(sequence)
        elif sequence[1] in "[O" and len(sequence) < LONGEST:
            messages = self._keys(_plain(sequence))
        if messages is None:
            self.passed_over = True
            return
        for message in messages:
            yield message, sequence

    def _keys(self, sequence: str | None, alt: bool = False) -> list[events.Key] | None:
        """The keys of a sequence; none for one that is passed over, None for one that no key has."""
        if sequence is None:
            return []
        if alt and sequence in "\r\n":
            return [events.Key("alt+enter", None)]
        try:
            keys = list(self._sequence_to_key_events(sequence, alt))
        except (ValueError, OverflowError):  # no character has this number
            return None
        if any(key.character and "\ud800" <= key.character <= "\udfff" for key in keys):
            return None
        return [_unwritten(key) for key in keys if key.key != "<ignore>"] if keys else None


def _unwritten(key: events.Key) -> events.Key:
    """What is pressed with alt is a command: a field would write the letter of one that nothing is bound to."""
    return events.Key(key.key, None) if key.key.startswith("alt+") else key


def _is_known(sequence: str) -> bool:
    """Whether it is a report that Textual's parser takes whole."""
    if len(sequence) >= LONGEST:
        return False
    if size := _re_in_band_window_resize.fullmatch(sequence):
        return all(0 < int(number.partition(":")[0]) <= MOST_CELLS for number in size.groups()[:2])
    return (
        (sequence in SPECIAL_SEQUENCES and sequence != BRACKETED_PASTE_END)
        or _re_cursor_position.fullmatch(sequence) is not None
        or _re_mouse_event.match(sequence) is not None
        or _re_terminal_mode_response.fullmatch(sequence) is not None
    )


def _plain(sequence: str) -> str | None:
    """A key of the kitty protocol without its optional parts, which Textual cannot read; None for one let go.

    With ctrl, alt or super a letter of another alphabet is the key in its place: what is bound is bound to places.
    """
    match = _KITTY.fullmatch(sequence)
    if match is None or sequence[2:].isalpha():
        return sequence
    if any(len(number) > _MOST_DIGITS for number in re.findall(r"\d+", sequence)):
        return None
    code, _, others = match[1].partition(":")
    held, _, happened = (match[2] or "").partition(":")
    if happened == "3":
        return None
    text = match[3] or ""
    if match[4] == "u" and code and held and (int(held) - 1) & 0b101110 and int(code) > 127:
        base = others.partition(":")[2]
        code, text = str(key_at(int(code), int(base) if base.isdigit() else None)), ""
    held = held if held not in ("", "0") else ""
    tail = f";{held};{text}" if text else f";{held}" if held else ""
    return f"{ESC}[{code}{tail}{match[4]}"
