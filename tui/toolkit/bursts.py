"""Tells a text that was pasted without marks from keys that were typed ahead, and both from single keys.

tmux' paste-buffer, a web terminal, dictation send a text as if it were typed, all at once; so does a slow line with
what was typed meanwhile. Keys that come in one read, or right after another, are a burst. The rule, which `InputQueue`
keeps where it says "the focus":

1. Plain text with a line end in it is a paste: a line end that text follows, or before which more than `TYPED`
   characters stand. The field with the focus takes it; where there is none it is left out. It sends and runs nothing.
2. Plain text of more than `TYPED` different characters, where no field has the focus and its first key opens none,
   is left out as well.
3. Any other burst of more than one character was typed ahead, and each of its keys acts, but for those that send: enter
   begins a line where it would send a message, and presses no button and answers no question; a command that costs,
   changes, ends or leaves the console is not run. They need a read of their own. In a field, an enter right after no
   more than `TYPED` characters is such a one.

A key that a terminal tells by the kitty protocol was pressed, and is no part of a burst.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from time import monotonic
from typing import Any, cast

from textual import events
from textual.message import Message

from tui.toolkit.key_parser import KeyParser

TYPED = 2
"""How many characters right before an enter, or different ones over a list, may well have been typed."""
GAP = 0.004
"""Seconds between two reads of one burst. Nobody types so fast; a paste comes in pieces of what a terminal takes."""
_LINE_ENDS = "\r\n"


class UnmarkedPaste(events.Event, bubble=False):
    """A text that came as keys."""

    def __init__(self, text: str, burst: Burst) -> None:
        super().__init__()
        self.text = text
        self.burst = burst

    def as_paste(self) -> events.Paste:
        """The same, as widgets know it."""
        paste = events.Paste(self.text.replace("\r\n", "\n").replace("\r", "\n"))
        cast(Any, paste).burst = self.burst
        return paste


class Burst:
    """Keys that came together."""

    def __init__(self) -> None:
        self.text = ""
        self.plain = True
        """Whether it holds characters and line ends alone."""
        self.left_out = False
        """Whether its keys do nothing."""
        self.told = False
        """Whether it was said that some of its keys did nothing."""
        self._is_paste = False
        self._count = 0
        self._characters: set[str] = set()

    def add(self, sequence: str) -> None:
        """One more key, as the terminal sent it."""
        self.text += sequence
        if len(sequence) == 1:
            self._count += 1
            self._characters.add(sequence)
        self.plain = self.plain and len(sequence) == 1 and (sequence.isprintable() or sequence in "\t\r\n")

    @property
    def is_several(self) -> bool:
        """Whether it is more than one character, or one key that was held down; keys like arrows are no text."""
        return self._count > 1 and (self.plain or len(self._characters) > 1)

    @property
    def is_typed_line(self) -> bool:
        """Whether it is a character or two with an enter after them."""
        return self.plain and 2 <= len(self.text) <= TYPED + 1 and self.text.find("\r") == len(self.text) - 1

    @property
    def is_paste(self) -> bool:
        """Whether it is a text with a line end in it."""
        if not self._is_paste and self.plain:
            *lines, last = self.text.replace("\n", "\r").split("\r")
            self._is_paste = bool(lines) and (bool(last) or sum(map(len, lines)) > TYPED)
        return self._is_paste

    @property
    def is_words(self) -> bool:
        """Whether it is more than a few keys of movement."""
        return self.plain and len(set(self.text)) > TYPED


def burst_of(event: Message) -> Burst | None:
    """The burst that a key belongs to."""
    return getattr(event, "burst", None)


class Bursts:
    """Finds the bursts in what is read."""

    def __init__(self) -> None:
        self._burst = Burst()
        self._ended_at = float("-inf")
        self._line_end = ""
        """What a paste ended with so far: it is part of it only if more follows."""

    def sort(self, read: Iterable[tuple[Message, str]], parser: KeyParser) -> Iterator[Message]:
        """The messages of what a parser read, each with the sequence that told it."""
        messages = list(read)
        passed_over = parser.passed_over
        keys = [(message, sequence) for message, sequence in messages if _is_typed(message, sequence)]
        if keys:
            if monotonic() - self._ended_at > GAP:
                self._burst, self._line_end = Burst(), ""
            for _, sequence in keys:
                self._burst.add(sequence)
            self._ended_at = monotonic()
        burst = self._burst
        if keys and burst.is_paste:
            yield from (message for message, sequence in messages if not _is_typed(message, sequence))
            text = self._line_end + "".join(sequence for _, sequence in keys if len(sequence) == 1)
            paste = text.rstrip(_LINE_ENDS)
            self._line_end = text[len(paste) :]
            yield UnmarkedPaste(paste, burst)
            return
        together = passed_over or burst.is_several
        for message, sequence in messages:
            if together and _is_typed(message, sequence):
                cast(Any, message).burst = burst
            yield message


def _is_typed(message: Message, sequence: str) -> bool:
    return isinstance(message, events.Key) and not (sequence.startswith("\x1b[") and sequence.endswith("u"))
