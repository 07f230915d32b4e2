"""Where the fields of a form stand: one or two columns, short fields in one row, air around the tall ones."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from msgspec import Struct
from rich.cells import cell_len
from textual.geometry import NULL_OFFSET, NULL_SPACING, Region, Size
from textual.layout import ArrangeResult, Layout, WidgetPlacement
from textual.widget import Widget

from tui.forms import Field
from tui.forms.field import bounds_words
from tui.toolkit.line_view import printable

TWO_COLUMNS = 100
"""Cells of a form from which its fields stand in two columns."""
BETWEEN = 2
"""Cells between the columns."""
LEAST_CONTROL = 20
"""Cells that a label leaves to the value beside it."""
LONGEST_LABEL = 36
LONGEST_HINT = 20
LEAST_ROW = 44
"""Cells of a column below which every label stands above its value."""
ROOMY_CONTROL = 16
"""Cells of a value from which there is room for a hint after it."""


@dataclass(frozen=True, slots=True)
class RowShape:
    """How the fields that take one row share it: the label, the value, the hint."""

    label: int
    """Cells of the label; 0 where it stands above the value."""
    hint: int
    """Cells after the value."""
    room: int = field(default=0, compare=False)
    """Cells after the label."""


STACKED = RowShape(0, 0)
"""The label above the value."""


def shape_of(labels: Iterable[int], hints: Iterable[int], width: int) -> RowShape:
    """The shape for labels and hints of these lengths in a column; a label that is too long is not beside its value."""
    most = min(LONGEST_LABEL, width - LEAST_CONTROL)
    fitting = [length for length in labels if length <= most]
    if width < LEAST_ROW or not fitting:
        return STACKED
    label = max(fitting)
    hint = min(LONGEST_HINT, max(hints, default=0))
    return RowShape(label, hint if width - label - hint >= ROOMY_CONTROL else 0, width - label)


def label_cells(asked: Field) -> int:
    """The cells that the label of a field needs beside its value, its marks included."""
    return 2 + cell_len(printable(asked.name)) + (2 if asked.required else 0) + 4


def hint_cells(asked: Field) -> int:
    """The cells that the bounds of a field need after its value."""
    words = bounds_words(asked)
    return cell_len(words) + 3 if words else 0


def column_width(width: int) -> int:
    """The cells of one column of a form."""
    return (width - BETWEEN) // 2 if width >= TWO_COLUMNS else width


class Cell(Struct, frozen=True):
    """What a field needs."""

    rows: int
    wide: bool = False
    """Whether it goes across the columns."""


def regions(cells: Sequence[Cell], width: int) -> list[Region]:
    """The place of each: from left to right, then down. A tall one has an empty row above it and below it."""
    found: list[Region] = []
    column, y, before = column_width(width), 0, 0
    for line in _lines(cells, 2 if width >= TWO_COLUMNS else 1):
        tall = max(cell.rows for cell in line)
        if before and max(tall, before) > 1:
            y += 1
        x = 0
        for cell in line:
            across = width if cell.wide else column
            found.append(Region(x, y, across, cell.rows))
            x += across + BETWEEN
        y, before = y + tall, tall
    return found


def _lines(cells: Sequence[Cell], columns: int) -> Iterable[list[Cell]]:
    line: list[Cell] = []
    for cell in cells:
        if line and (cell.wide or len(line) == columns):
            yield line
            line = []
        line.append(cell)
        if cell.wide:
            yield line
            line = []
    if line:
        yield line


class FieldLayout(Layout):
    """Places the children of a form as it says; those that it does not place are not shown."""

    name = "fields"

    def __init__(self, places: Callable[[int], Iterable[tuple[Widget, Region]]]) -> None:
        """`places` gives the region of each child in so many cells."""
        self._places = places

    def arrange(self, parent: Widget, children: list[Widget], size: Size, greedy: bool = True) -> ArrangeResult:
        there = set(children)
        return [
            WidgetPlacement(region, NULL_OFFSET, NULL_SPACING, widget)
            for widget, region in self._places(size.width)
            if widget in there
        ]
