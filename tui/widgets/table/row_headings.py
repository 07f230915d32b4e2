"""Headings between a table's rows, and on which line each row then is. Rows are counted without them."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from typing import NamedTuple


class Heading(NamedTuple):
    """A line above the row at place `first`: a title, and what is said of the group."""

    first: int
    title: str
    note: str = ""


class Headings:
    """The headings of a list, by the places of the rows below them. Lines are counted from 0, both kinds."""

    def __init__(self, headings: Iterable[Heading] = ()) -> None:
        self._headings = tuple(headings)
        self._rows = [heading.first for heading in self._headings]
        self._lines = [heading.first + number for number, heading in enumerate(self._headings)]

    def __len__(self) -> int:
        return len(self._headings)

    def line_of(self, row: int) -> int:
        """The line that a row is on."""
        return row + bisect_right(self._rows, row)

    def row_from(self, line: int) -> int:
        """The row on a line; the one below it where that is a heading."""
        return line - bisect_left(self._lines, line)

    def at(self, line: int) -> Heading | None:
        """The heading on a line."""
        number = bisect_left(self._lines, line)
        return self._headings[number] if number < len(self._lines) and self._lines[number] == line else None

    def first_line(self, row: int) -> int:
        """The line of a row, or of the heading directly above it."""
        return row + bisect_left(self._rows, row)
