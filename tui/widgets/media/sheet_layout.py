"""Where the tiles of a contact sheet lie: as large as the room allows, and never other than their number says."""

from __future__ import annotations

from msgspec import Struct
from textual.geometry import Region

GAP = 2
"""Cells between two tiles beside each other."""
LEAST_WIDTH = 14
LEAST_HEIGHT = 5
"""Cells of a tile, its caption included, below which there are pages instead."""


class Grid(Struct, frozen=True):
    """Columns and rows of one page, and the cells of each tile."""

    columns: int
    rows: int
    width: int
    height: int

    @property
    def on_page(self) -> int:
        """How many tiles a page has."""
        return self.columns * self.rows

    def place(self, index: int) -> Region:
        """Where the tile of an item lies on its page."""
        row, column = divmod(index % self.on_page, self.columns)
        return Region(column * (self.width + GAP), row * (self.height + 1), self.width, self.height)

    def at(self, x: int, y: int) -> int | None:
        """The place on the page under a cell, counted from 0; None between the tiles."""
        column, row = x // (self.width + GAP), y // (self.height + 1)
        inside = x % (self.width + GAP) < self.width and y % (self.height + 1) < self.height
        return row * self.columns + column if inside and column < self.columns and row < self.rows else None


def grid(count: int, width: int, height: int) -> Grid:
    """The grid in which a square picture would be the largest; with pages where the tiles would be too small."""
    most_columns = max(1, (width + GAP) // (LEAST_WIDTH + GAP))
    most_rows = max(1, (height + 1) // (LEAST_HEIGHT + 1))
    shown = max(1, min(count, most_columns * most_rows))
    best: tuple[tuple[int, int], Grid] | None = None
    for columns in range(1, min(shown, most_columns) + 1):
        rows = -(-shown // columns)
        if rows > most_rows:
            continue
        one = Grid(columns, rows, (width - GAP * (columns - 1)) // columns, (height - (rows - 1)) // rows)
        # A cell is about twice as high as wide; the caption takes a line.
        worth = (min(one.width, 2 * (one.height - 1)), -columns * rows)
        if best is None or worth > best[0]:
            best = (worth, one)
    assert best is not None
    return best[1]
