"""How small multiples share the room: so many beside each other, so many below, each wide enough to be read."""

from __future__ import annotations

import math
from typing import NamedTuple

GAP = 2
"""Cells between two of them."""
WIDTH, HEIGHT = 30, 7
"""The least cells of one."""
_SHAPE = 4.0
"""The best width for a height of 1: a curve is read along."""


class Grid(NamedTuple):
    """`columns` by `rows` places of `width` by `height` cells; more curves than places go on other pages."""

    columns: int
    rows: int
    width: int
    height: int

    @property
    def places(self) -> int:
        """How many fit at once."""
        return self.columns * self.rows


def share(count: int, width: int, height: int) -> Grid | None:
    """The grid for `count` of them in so many cells; None where not even two have room."""
    most = max(1, (width + GAP) // (WIDTH + GAP))
    found: list[tuple[float, Grid]] = []
    for columns in range(1, min(most, count) + 1):
        rows = math.ceil(count / columns)
        each = Grid(columns, rows, (width - GAP * (columns - 1)) // columns, height // rows)
        if each.height >= HEIGHT and each.width >= WIDTH:
            found.append((abs(math.log(each.width / each.height / _SHAPE)), each))
    if found:
        return min(found)[1]
    rows = height // HEIGHT
    if width < WIDTH or most * rows < 2:
        return None
    return Grid(most, rows, (width - GAP * (most - 1)) // most, height // rows)
