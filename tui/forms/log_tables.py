"""Tables in logs: a line that names columns, and the lines of numbers below it, as measures."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tui.forms.measures import LINE, NO_MEASURE, Told, is_measure, key_of, number_of

_NAME = re.compile(r"[A-Za-z%#][A-Za-z0-9 _./@%#()-]{0,40}")
_NUMBER = re.compile(
    r"[+-]?(?:\d{1,40}(?:[.,]\d{0,40})?|\.\d{1,40})(?:[eE][+-]?\d{1,6})?|[+-]?(?:nan|inf(?:inity)?)", re.I
)
_COUNT = re.compile(r"(\d{1,12})(?:/\d{1,12})?")
_ESCAPES = re.compile(r"\x1b\[[0-9;?]{0,16}[A-Za-z]")
_BAR = re.compile(r":?\s{0,3}\d{1,3}%\s?\|.*")
_RULE = re.compile(r"[\s|+:=─━┼│-]+")
_GAP, _SPACE, _PIPE = re.compile(r"\s{2,}"), re.compile(r"\s+"), re.compile(r"\s*[|│]\s*")
_SEPARATORS = (re.compile(r"\s*\t\s*"), _PIPE, re.compile(r"\s*,\s*"), _GAP, _SPACE)
_MAYBE_HEADER = re.compile(r"[\s|│#]*[A-Za-z%][^=.:;!?]*(?:\)?:?\s{0,3}\d{1,3}%\s?\|.*)?")
"""Without a sentence's marks; cheap, because most lines are no header."""
_PLACES = ("step", "steps", "iter", "iteration", "iterations", "it", "batch", "global_step")
_COLUMNS = 40


class LogTable:
    """The table that a log is in, if it is in one. Give it every line in order."""

    def __init__(self) -> None:
        self._columns: tuple[str, ...] = ()
        self._separator = _SPACE
        self._subject: str | None = None
        """What the first row says in a first column of words: the rows of other subjects are other curves."""

    def read(self, line: str) -> Told | None:
        """What a row tells; None for a header and for what is no row of the table."""
        if len(line) > LINE:
            return None
        maybe_header = _MAYBE_HEADER.fullmatch(line) is not None
        if not maybe_header and not self._columns:
            return None
        line = _BAR.sub("", _ESCAPES.sub("", line) if "\x1b" in line else line).strip()
        if not line or _RULE.fullmatch(line):
            return None
        if self._columns and (told := self._row(line)) is not None:
            return told
        if maybe_header:
            self._header(line)
        return None

    def _header(self, line: str) -> None:
        for separator in _SEPARATORS:
            cells = _cells(line, separator)
            if len(cells) < 2:
                continue
            if len(cells) <= _COLUMNS and all(_NAME.fullmatch(cell) for cell in cells) and _is_header(cells, separator):
                self._columns, self._separator, self._subject = tuple(map(_plain, cells)), separator, None
                return

    def _row(self, line: str) -> Told | None:
        cells = _cells(line, self._separator)
        if self._separator is _GAP and len(cells) < len(self._columns):
            cells = _cells(line, _SPACE)
        # A row may go on with a bar, which names no column.
        if not len(self._columns) <= len(cells) <= len(self._columns) + 2:
            return None
        step, epoch = None, None
        readings: list[tuple[str, float, str]] = []
        for name, cell in zip(self._columns, cells, strict=False):
            key = key_of(name)
            number = cell.removesuffix("%").rstrip()
            if key in _PLACES and (count := _COUNT.fullmatch(cell)):
                step = int(count[1])
            elif key in ("epoch", "epochs") and (count := _COUNT.fullmatch(cell)):
                epoch = float(count[1])
            elif key in ("epoch", "epochs") and _NUMBER.fullmatch(number):
                epoch = number_of(number)
            elif _NUMBER.fullmatch(number):
                if key.rpartition("_")[2] not in NO_MEASURE:
                    readings.append((name, number_of(number), "%" if cell.endswith("%") else ""))
            elif is_measure(key) and cell.lower() not in ("", "-", "–", "n/a", "none", "no log"):
                return None
        if not readings or not self._same_subject(cells[0]):
            return None
        return Told(tuple(readings), step, epoch)

    def _same_subject(self, first: str) -> bool:
        if _COUNT.match(first) or _NUMBER.fullmatch(first):
            return True
        self._subject = self._subject or first
        return first == self._subject


def _cells(line: str, separator: re.Pattern[str]) -> list[str]:
    if separator is _PIPE:
        line = line.strip("|│ ")
    return [cell.strip() for cell in separator.split(line)]


def _plain(name: str) -> str:
    """A column's name without brackets that its separator cut open: `Box(P` is `Box P`."""
    return " ".join(re.sub(r"[()#]", " ", name).split())


def _is_header(cells: Sequence[str], separator: re.Pattern[str]) -> bool:
    keys = [key_of(_plain(cell)) for cell in cells]
    if len(set(keys)) < len(keys) or not any(is_measure(key) for key in keys):
        return False
    # Words with one space between them are prose, unless they begin as a table of a trainer does.
    return separator is not _SPACE or keys[0] in (*_PLACES, "epoch", "epochs", "ep")
