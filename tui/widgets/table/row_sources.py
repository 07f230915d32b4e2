"""Where a table's rows come from, and how its columns share the width."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from itertools import chain, count
from typing import Any, Generic, Literal, Protocol, TypeVar

from msgspec import Struct
from rich.text import Text
from textual.content import Content

RowT = TypeVar("RowT")
RowT_co = TypeVar("RowT_co", covariant=True)

# No two lists share a number, so that rows without a version are never mistaken for older ones.
_touches = count()

GAP = 2
"""Cells between two columns."""


class Column(Struct, Generic[RowT], frozen=True):
    """One column: `render` gives the cell of a row (foreign text as str, Text or Content, never markup)."""

    key: str
    title: str
    render: Callable[[RowT], Text | Content | str]
    width: int | None = None
    """Cells; None shares what is left with the other flexible columns, by `flex`."""
    flex: int = 1
    min_width: int = 6
    max_width: int | None = None
    """A flexible column takes no more than this: what is left goes to the others."""
    align: Literal["left", "right"] = "left"
    drop_below: int | None = None
    """Not shown when the table is narrower than this many cells."""
    # What sorts: anything comparable, None last.
    sort_key: Callable[[RowT], Any] | None = None
    largest_first: bool = False
    """Whether the first click on its title sorts downwards: what took longest, what is newest."""
    fitted: Callable[[RowT, int], Text | Content | str] | None = None
    """In place of `render`, for a cell that knows better than its end what to leave out: it is told its cells."""
    needs: Callable[[RowT], int] | None = None
    """The cells that a row wants at least: where it has fewer, it takes them from the flexible column after it."""
    short: str | None = None
    """What the header says where the title is wider than the column."""


class RowSource(Protocol[RowT_co]):
    """A window over any number of rows, of which some may not be loaded."""

    def __len__(self) -> int: ...
    def id_at(self, index: int) -> str: ...
    def row_at(self, index: int) -> RowT_co | None:
        """The row, or None while it is not loaded."""
        ...

    def version_at(self, index: int) -> Hashable:
        """Another value whenever the row would be shown differently."""
        ...

    def index_of(self, id: str) -> int | None: ...


class ListSource(Generic[RowT]):
    """Rows from a list. Without `version` every `touch` makes all rows new (they are rendered and compared)."""

    def __init__(
        self,
        rows: Sequence[RowT] = (),
        *,
        id: Callable[[RowT], str],
        version: Callable[[RowT], Hashable] | None = None,
    ) -> None:
        self.rows: list[RowT] = list(rows)
        self._id = id
        self._version = version
        self._index: dict[str, int] | None = None
        self._touched = next(_touches)

    def __len__(self) -> int:
        return len(self.rows)

    def id_at(self, index: int) -> str:
        return self._id(self.rows[index])

    def row_at(self, index: int) -> RowT | None:
        return self.rows[index]

    def version_at(self, index: int) -> Hashable:
        return self._touched if self._version is None else self._version(self.rows[index])

    def index_of(self, id: str) -> int | None:
        if self._index is None:
            last = len(self.rows) - 1
            # From the end, so that of rows with one id the first is found.
            self._index = {self._id(row): last - i for i, row in enumerate(reversed(self.rows))}
        return self._index.get(id)

    def replace(self, row: RowT, near: int = 0) -> bool:
        """Puts `row` in the place of the one with its id, first looked for around `near`; False without one."""
        index = locate(self, self._id(row), near)
        if index is None:
            return False
        self.rows[index] = row
        self.touch()
        return True

    def touch(self) -> None:
        """Says that rows may have changed in place."""
        self._touched = next(_touches)


class WindowSource(Generic[RowT]):
    """Some rows of a long list that is kept elsewhere: `rows` from place `first` on, of `total`; and a few others.

    The id of a row that is not loaded is "". `pinned` are rows outside of the window, by their places.
    """

    def __init__(
        self,
        total: int,
        first: int,
        rows: Sequence[RowT],
        pinned: Mapping[int, RowT] | None = None,
        *,
        id: Callable[[RowT], str],
        version: Callable[[RowT], Hashable] | None = None,
    ) -> None:
        self.total = max(total, first + len(rows))
        self.first = first
        self.rows: list[RowT] = list(rows)
        self.pinned = dict(pinned or {})
        self._id = id
        self._version = version
        self._places = {id(row): place for place, row in self.pinned.items()}
        self._places.update((id(row), first + number) for number, row in enumerate(self.rows))
        self._touched = next(_touches)

    @property
    def end(self) -> int:
        """The place after the last row of the window."""
        return self.first + len(self.rows)

    def __len__(self) -> int:
        return self.total

    def id_at(self, index: int) -> str:
        row = self.row_at(index)
        return "" if row is None else self._id(row)

    def row_at(self, index: int) -> RowT | None:
        if self.first <= index < self.end:
            return self.rows[index - self.first]
        return self.pinned.get(index)

    def version_at(self, index: int) -> Hashable:
        row = self.row_at(index)
        if row is None:
            return None
        return self._touched if self._version is None else self._version(row)

    def index_of(self, id: str) -> int | None:
        return self._places.get(id)

    def replace(self, row: RowT) -> bool:
        """Puts `row` in the place of the one with its id; False if that is not loaded."""
        place = self._places.get(self._id(row))
        if place is None:
            return False
        if self.first <= place < self.end:
            self.rows[place - self.first] = row
        else:
            self.pinned[place] = row
        self._touched = next(_touches)
        return True


def sort_rows(rows: Sequence[RowT], key: Callable[[RowT], Any], reverse: bool) -> list[RowT]:
    """Rows in order of `key`, stable; those without a value last, whatever the direction.

    Values that cannot be compared with each other are compared as text.
    """
    keyed = [(key(row), row) for row in rows]
    known = [pair for pair in keyed if pair[0] is not None]
    try:
        known.sort(key=lambda pair: pair[0], reverse=reverse)
    except TypeError:
        known.sort(key=lambda pair: str(pair[0]), reverse=reverse)
    return [row for _, row in known] + [row for value, row in keyed if value is None]


def share_width(columns: Sequence[Column[RowT]], width: int, available: int) -> list[tuple[Column[RowT], int]]:
    """The columns shown in a table of `width` cells, with their widths in the `available` ones.

    Fixed columns keep their width; the flexible ones share the rest by `flex`, each at least `min_width` and at most
    `max_width`. Where even that is too much, columns go: those first that wide tables alone show, then from the right.
    """
    shown = [column for column in columns if column.drop_below is None or width >= column.drop_below]
    while len(shown) > 1 and sum(_least(column) for column in shown) + GAP * (len(shown) - 1) > available:
        last = max(range(1, len(shown)), key=lambda n: (shown[n].drop_below or 0, n))
        del shown[last]
    rest = available - GAP * (len(shown) - 1) - sum(column.width or 0 for column in shown)
    widths = {column.key: column.width for column in shown if column.width is not None}
    widths |= _shared([column for column in shown if column.width is None], max(0, rest))
    # The only column that is left may still be wider than the table.
    return [(column, min(widths[column.key], max(0, available))) for column in shown]


def room_beside(columns: Sequence[Column[RowT]], keys: Collection[str], width: int, available: int) -> int:
    """The cells that the columns `keys` share in a table of `width` cells, beside the others that are shown there."""
    shown = [column for column in columns if column.drop_below is None or width >= column.drop_below]
    others = sum(_least(column) for column in shown if column.key not in keys)
    return max(0, available - GAP * (len(shown) - 1) - others)


def _least(column: Column[RowT]) -> int:
    return column.min_width if column.width is None else column.width


def _shared(columns: list[Column[RowT]], rest: int) -> dict[str, int]:
    """The widths of flexible columns: those at a bound first, then the others by what is left."""
    widths: dict[str, int] = {}
    open_ = list(columns)
    while open_:
        total = sum(max(1, column.flex) for column in open_)
        shares = {column.key: rest * max(1, column.flex) // total for column in open_}
        narrow = [column for column in open_ if shares[column.key] < column.min_width]
        wide = [c for c in open_ if c.max_width is not None and shares[c.key] > max(c.max_width, c.min_width)]
        if not narrow and not wide:
            for column in open_:
                weight = max(1, column.flex)
                widths[column.key] = rest * weight // total
                rest -= widths[column.key]
                total -= weight
            break
        for column in narrow or wide:
            bound = column.min_width if narrow else max(column.max_width or 0, column.min_width)
            widths[column.key] = bound
            rest -= bound
            open_.remove(column)
    return widths


# How far from a vanished cursor its neighbours are looked for among the new rows.
_REACH = 2_000
# So many rows on each side are compared before the index of all rows is made.
_NEAR = 100


def neighbours(source: RowSource[RowT], index: int) -> Iterator[str]:
    """The ids around a row, nearest first, of two as near the later."""
    total = len(source)
    for distance in range(1, min(total, _REACH)):
        for place in (index + distance, index - distance):
            if 0 <= place < total and (id_ := source.id_at(place)):
                yield id_


def find_cursor(new: RowSource[RowT], index: int, id: str | None, near: Iterable[str]) -> int:
    """Where the cursor goes: with its row, else to the first of `near` that is still there, else to the top.

    -1 when there are no rows.
    """
    if not len(new):
        return -1
    if id is not None:
        for number, id_ in enumerate(chain((id,), near)):
            found = locate(new, id_, index)
            if found is not None:
                return found
            if number == 0 and isinstance(new, WindowSource) and not new.id_at(min(index, len(new) - 1)):
                # Neither it nor what is around it is loaded: nothing says that it went.
                return min(index, len(new) - 1)
    elif isinstance(new, WindowSource):
        return max(0, min(index, len(new) - 1))
    return 0


def find_top(
    new: RowSource[RowT], top: int, view: Iterable[tuple[int, int, str]], line_of: Callable[[int], int]
) -> int:
    """The line at the top of the view so that the first row of `view` that is still there stays put.

    `view`: of the rows that were visible their places, how many lines below the top each was, and their ids;
    `line_of` gives the line of a row now. At the very top the view stays there.
    """
    if top > 0:
        for index, below, id_ in view:
            found = locate(new, id_, index)
            if found is not None:
                return max(0, line_of(found) - below)
        if isinstance(new, WindowSource):
            return top
    return 0


def locate(source: RowSource[RowT], id: str, hint: int) -> int | None:
    """The place of a row; where it was before, and around it, is looked at first."""
    total = len(source)
    if 0 <= hint < total and source.id_at(hint) == id:
        return hint
    if isinstance(source, WindowSource):
        return source.index_of(id)
    for index in range(max(0, hint - _NEAR), min(total, hint + _NEAR)):
        if source.id_at(index) == id:
            return index
    return source.index_of(id)
