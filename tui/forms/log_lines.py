"""A log as people read it: which lines are states of one bar, what a failure's traceback is, its last words."""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec import Struct

TRACEBACK = "Traceback (most recent call last)"
TRACEBACK_LINES = 40
"""Lines of a traceback that are shown: its first two and its last ones, which tell what went wrong."""
LAST = 12
TAIL = 64 * 1024
"""How many characters at a log's end are read for its last words."""

# Bounded in length, so that no line can make them slow.
_PERCENT = re.compile(r"(?<![\d.])(\d{1,3}(?:\.\d{1,4})?)\s?%\s?\|")
_COUNT = re.compile(r"(?<![\d.])(\d{1,12})it \[(?:\d{1,4}:)?\d{1,4}:\d{2}")
_ESCAPES = re.compile(r"\x1b\[[0-9;?]{0,16}[A-Za-z]")
_DIGITS = re.compile(r"\d+")
_LONGEST = 1_000
"""A longer line is no bar."""


class Bar(Struct, frozen=True):
    """A line that is the state of a progress bar."""

    name: str
    """What it says of itself, with its numbers left out: `Epoch #/#`."""
    at: float
    """Its share in per cent, or what it counted."""

    def follows(self, before: Bar) -> bool:
        """Whether it is a later state of the same bar. One that went back is another bar of that name."""
        return self.name == before.name and self.at >= before.at


def may_hold_bars(text: str) -> bool:
    """Whether it is worth looking at the lines of a text one by one."""
    return ("%" in text and "|" in text) or "it [" in text


def bar_of(line: str) -> Bar | None:
    """The bar that a line is a state of, as tqdm and its like write them; None for any other line."""
    if not may_hold_bars(line) or len(line) > _LONGEST:
        return None
    text = _ESCAPES.sub("", line)
    found = _PERCENT.search(text) or _COUNT.search(text)
    if found is None or (found.re is _PERCENT and float(found[1]) > 100):
        return None
    return Bar(_DIGITS.sub("#", text[: found.start()].strip(" \t:|-–—")), float(found[1]))


class Failure(Struct, frozen=True):
    """What a log tells of a failure."""

    traceback: tuple[str, ...]
    """The lines of the last traceback; empty where there is none."""
    last: tuple[str, ...]
    """The last lines that are neither of the traceback nor states of a bar."""


def failure_of(log: str, last: int = LAST) -> Failure:
    """The traceback at a log's end, and the log's last words."""
    at = log.rfind(TRACEBACK)
    start = max(0, len(log) - TAIL)
    if at < 0:
        return Failure((), _words(_lines(log[start:]), last))
    begin = log.rfind("\n", 0, at) + 1
    rest = _lines(log[begin : begin + 4 * TAIL])
    length = _traceback_length(rest)
    words = [*_lines(log[max(0, begin - TAIL) : begin]), *rest[length:]]
    return Failure(_cut(rest[:length]), _words(words, last))


def _lines(text: str) -> list[str]:
    """The lines of a text, each as a terminal shows it that was written over."""
    lines = text.split("\n")
    if lines and not lines[-1]:
        lines.pop()
    return [next((state for state in reversed(line.split("\r")) if state), "") for line in lines]


def _words(lines: Sequence[str], last: int) -> tuple[str, ...]:
    found = [line[:_LONGEST].rstrip() for line in lines if line.strip() and bar_of(line) is None]
    return tuple(found[-last:]) if last else ()


def _traceback_length(lines: Sequence[str]) -> int:
    """How many lines a traceback has that begins at the first of them, with its error's message."""
    framed = lines[0].lstrip().startswith(("╭", "┌", "+"))
    at = 1
    if framed:
        # One that rich has drawn into a frame.
        while at < len(lines) and not lines[at].lstrip().startswith(("╰", "└")):
            at += 1
        at += 1
    else:
        indent = len(lines[0]) - len(lines[0].lstrip())
        while at < len(lines) and (not lines[at].strip() or len(lines[at]) - len(lines[at].lstrip()) > indent):
            at += 1
    # The error, and what its message goes on with.
    end = min(at + 1, len(lines))
    while end < len(lines) and end < at + LAST and lines[end].strip() and bar_of(lines[end]) is None:
        if not lines[end].startswith((" ", "\t")):
            break
        end += 1
    return end


def _cut(lines: Sequence[str]) -> tuple[str, ...]:
    shown = [line[:_LONGEST].rstrip() for line in lines]
    if len(shown) <= TRACEBACK_LINES:
        return tuple(shown)
    rest = TRACEBACK_LINES - 3
    return (*shown[:2], f"  … {len(shown) - 2 - rest} lines", *shown[-rest:])
