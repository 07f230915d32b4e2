"""A table of any number of rows that renders only the visible ones and is reconciled by id."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any, ClassVar, Generic, TypeVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.timer import Timer

from tui.widgets.table.row_cursor import RowCursor
from tui.widgets.table.row_headings import Heading, Headings
from tui.widgets.table.row_sources import GAP, Column, ListSource, RowSource, RowT, WindowSource, sort_rows
from tui.widgets.table.table_lines import GUTTER

__all__ = ["Column", "Heading", "ListSource", "RowSource", "VirtualTable", "WindowSource"]

EventRowT = TypeVar("EventRowT")

_PAUSE = 0.25
"""Seconds between two repaints for changing rows; the first of them is shown at once."""
_AHEAD = 60
"""Rows of a window that are left on one side of the view when the next window is asked for."""


class VirtualTable(RowCursor[RowT], Generic[RowT]):
    """Rows in columns, with a cursor, marks and a header.

    Only visible lines are rendered; a strip is kept by the id and version of its row. Every change of rows
    is reconciled by id: cursor, marks and the row at the top of the view stay, except at the very top,
    where new rows come into sight.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "mark", "Mark", show=False, id="table.mark"),
    ]

    @dataclass
    class TableMessage(Message):
        """A message of a table; `control` lets `@on(..., "#id")` choose among several."""

        table: VirtualTable[Any]

        @property
        def control(self) -> VirtualTable[Any]:
            return self.table

    @dataclass
    class Highlighted(TableMessage, Generic[EventRowT]):
        """The cursor is on another row; without id and row the table is empty (or the row is not loaded)."""

        id: str | None
        row: EventRowT | None

        def can_replace(self, message: Message) -> bool:
            # While a key is held down only the last position matters.
            return isinstance(message, VirtualTable.Highlighted) and message.control is self.table

    @dataclass
    class Selected(TableMessage, Generic[EventRowT]):
        """Enter, a double click, or a click on the row that has the cursor."""

        id: str
        row: EventRowT

    @dataclass
    class Marked(TableMessage):
        """The marks changed."""

        marked: frozenset[str]

    @dataclass
    class SortRequested(TableMessage):
        """A click on the title of a column that can sort. Whoever owns the rows sets `sort`, or asks anew."""

        key: str

    @dataclass
    class NearEnd(TableMessage):
        """The cursor or the view is within a screen of the end; once for each number of rows."""

    @dataclass
    class InSight(TableMessage):
        """Other rows are on the screen: these, from the top."""

        ids: tuple[str, ...]

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, VirtualTable.InSight) and message.control is self.table

    @dataclass
    class Wanted(TableMessage):
        """Rows `first` to `last` (inclusive) are on the screen, or nearly, and not loaded."""

        first: int
        last: int

    def __init__(
        self,
        columns: Sequence[Column[RowT]],
        *,
        id_of: Callable[[RowT], str],
        version_of: Callable[[RowT], Hashable] | None = None,
        empty: Content | str = "",
        header: bool = True,
        name: str | None = None,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        source = ListSource[RowT](id=id_of, version=version_of)
        super().__init__(columns, source, empty=empty, header=header, name=name, id=id, classes=classes)
        self._id_of = id_of
        self._version_of = version_of
        self._given: Sequence[RowT] | None = None
        self._given_headings = Headings()
        self._announced: str | None = None
        self._missing: set[int] = set()
        self._asked: tuple[int, int] | None = None
        self._near_end_of = -1
        self._in_sight: tuple[str, ...] = ()
        self._ahead_of: object = None
        self._changed: set[str] = set()
        self._shown_at = 0.0
        self._show_timer: Timer | None = None

    # Rows

    def set_rows(self, rows: Sequence[RowT], headings: Iterable[Heading] = ()) -> None:
        """Shows `rows` (copied, and sorted if `sort` says so), keeping cursor, marks and view by id.

        `headings` stand between the rows, by their places; not while `sort` puts the rows in another order.
        """
        self._given, self._given_headings = list(rows), Headings(headings)
        self._adopt_given(self._given)

    def _adopt_given(self, rows: Sequence[RowT]) -> None:
        self.adopt(self._listed(rows), self._given_headings if self._sort is None else None)

    def set_source(
        self, source: RowSource[RowT], headings: Iterable[Heading] = (), *, cursor: int | None = None
    ) -> None:
        """Shows a window over rows that are kept elsewhere; call it again when rows came or went there.

        `headings` stand between the rows, by their places in the whole list.
        `cursor`: a place to put the cursor on and scroll to, where it is another list and not the same one later.
        """
        self._given = None
        if cursor is not None:
            self._cursor, self._cursor_id = (cursor if len(source) else -1), None
            self.place(0)
            self._source = source
            self._seen.clear()
        self.adopt(source, Headings(headings))
        if cursor is not None:
            self.move_to_index(cursor)

    def window(self, total: int, first: int, rows: Sequence[RowT], pinned: Mapping[int, RowT]) -> WindowSource[RowT]:
        """A WindowSource for `set_source`, with this table's ids and versions."""
        return WindowSource(total, first, rows, pinned, id=self._id_of, version=self._version_of)

    def first_loaded(self) -> tuple[int, str] | None:
        """The place and the id of the first row in sight whose id is known."""
        for index in self.rows_shown:
            if id_ := self._source.id_at(index):
                return index, id_
        return None

    @property
    def loaded(self) -> Sequence[RowT]:
        """The rows that are in memory."""
        source = self._source
        if isinstance(source, WindowSource | ListSource):
            return source.rows
        return ()

    def update_row(self, id: str) -> None:
        """Shows a row that changed in its source."""
        self.update_rows((id,))

    def update_rows(self, ids: Iterable[str]) -> None:
        """Shows rows that changed in their source; those out of sight cost nothing."""
        if isinstance(self._source, ListSource):
            self._source.touch()
        self._asked = None
        self._show_soon(ids)

    def put_row(self, row: RowT) -> bool:
        """Puts `row` in the place of the one with its id among those of `set_rows`; False if there is none."""
        source = self._source
        if isinstance(source, WindowSource):
            if replaced := source.replace(row):
                self._show_soon((self._id_of(row),))
            return replaced
        if self._given is None or not isinstance(source, ListSource) or not source.replace(row, self.rows_shown.start):
            return False
        if self._sort is None:
            self._given = source.rows
            self._show_soon((self._id_of(row),))
        else:
            id_ = self._id_of(row)
            self._given = [row if self._id_of(other) == id_ else other for other in self._given]
            self._adopt_given(self._given)
        return True

    def _show_soon(self, ids: Iterable[str]) -> None:
        """Shows changed rows at once, but many changes in a row no more than four times a second."""
        self._changed.update(ids)
        if self._show_timer is not None or not self.is_mounted:
            return
        wait = self._shown_at + _PAUSE - monotonic()
        if wait <= 0:
            self._show_changed()
        else:
            self._show_timer = self.set_timer(wait, self._show_changed)

    def _show_changed(self) -> None:
        self._show_timer = None
        self._shown_at = monotonic()
        changed, self._changed = self._changed, set[str]()
        line, above = self._headings.line_of, self.top - self._header
        places = [line(i) - above for i in self.rows_shown if self._source.id_at(i) in changed]
        if places:
            self.repaint_changed(places)

    def set_empty(self, content: Content | str) -> None:
        """Sets what is shown when there are no rows: why, and what to press."""
        self._empty = Content(content) if isinstance(content, str) else content
        if not len(self._source):
            self.repaint_changed()

    @property
    def columns(self) -> Sequence[Column[RowT]]:
        """All columns, those that are too wide for now among them."""
        return self._columns

    def set_columns(self, columns: Sequence[Column[RowT]]) -> None:
        """Shows other columns of the same rows."""
        self._columns = tuple(columns)
        self._shared = (-1, [])
        self._strips.clear()
        self.repaint_changed()

    def _listed(self, rows: Sequence[RowT]) -> ListSource[RowT]:
        if self._sort is not None:
            key, reverse = self._sort
            for column in self._columns:
                if column.key == key and column.sort_key is not None:
                    rows = sort_rows(rows, column.sort_key, reverse)
        return ListSource(rows, id=self._id_of, version=self._version_of)

    @property
    def in_sight(self) -> tuple[str, ...]:
        """The ids of the rows on the screen, as last told by InSight."""
        return self._in_sight

    # Marks and order

    @property
    def marked(self) -> frozenset[str]:
        """The ids of the marked rows. A row that goes away loses its mark, but not one that a window leaves out."""
        return self._marks

    def mark(self, ids: Iterable[str]) -> None:
        """Marks exactly these rows, as far as they are there; over a window, all of them."""
        self._set_marks(self._known(ids))
        self.repaint_changed()

    def _known(self, ids: Iterable[str]) -> frozenset[str]:
        if isinstance(self._source, WindowSource):
            return frozenset(ids)
        return frozenset(id_ for id_ in ids if self._source.index_of(id_) is not None)

    def _set_marks(self, marks: frozenset[str]) -> None:
        if marks != self._marks:
            self._marks = marks
            if self.is_mounted:
                self.post_message(self.Marked(self, marks))

    @property
    def sort(self) -> tuple[str, bool] | None:
        """The key of the column that orders the rows, and whether it is reversed.

        Rows given by `set_rows` are put in this order if the column has a `sort_key`; for a source it only
        draws the arrow.
        """
        return self._sort

    @sort.setter
    def sort(self, sort: tuple[str, bool] | None) -> None:
        if sort == self._sort:
            return
        self._sort = sort
        if self._given is not None:
            self._adopt_given(self._given)
        self.repaint_changed()

    def toggle_sort(self, key: str) -> None:
        """Sorts by a column; again: the other way round; a third time: as the rows were given."""
        first = any(column.key == key and column.largest_first for column in self._columns)
        if self._sort is None or self._sort[0] != key:
            self.sort = (key, first)
        else:
            self.sort = None if self._sort[1] != first else (key, not first)

    # Asking for more

    def want_row(self, index: int) -> None:
        if not self._missing:
            self.call_next(self._post_wanted)
        self._missing.add(index)

    def _post_wanted(self) -> None:
        missing, self._missing = self._missing, set[int]()
        if not missing:
            return
        asked = (min(missing), max(missing))
        if asked != self._asked:
            self._asked = asked
            self.post_message(self.Wanted(self, *asked))

    def forget_end(self) -> None:
        """Have `NearEnd` said again at the next move near the end, though there are no other rows."""
        self._near_end_of = -1

    def view_moved(self) -> None:
        self._look_ahead()
        total, height, places = len(self._source), self._rows_in_view, self.rows_shown
        shown = tuple(id_ for id_ in map(self._source.id_at, places) if id_)
        if shown != self._in_sight and self.is_mounted:
            self._in_sight = shown
            self.post_message(self.InSight(self, shown))
        if not total or height <= 0 or not self.is_mounted or self._near_end_of == total:
            return
        if total - max(places.stop, self._cursor + 1) <= height:
            self._near_end_of = total
            self.post_message(self.NearEnd(self))

    def _look_ahead(self) -> None:
        """Asks for the next window before the view comes to the end of this one."""
        source = self._source
        if not isinstance(source, WindowSource) or self._ahead_of is source or not self.is_mounted:
            return
        shown = self.rows_shown
        first, last = shown.start, shown.stop - 1
        if (first - _AHEAD < source.first and source.first > 0) or (last + _AHEAD >= source.end < len(source)):
            self._ahead_of = source
            self.post_message(self.Wanted(self, first, last))

    # Events

    def rows_replaced(self) -> None:
        self._asked = None
        if self._marks:
            self._set_marks(self._known(self._marks))

    def cursor_moved(self) -> None:
        if self.is_mounted and self._cursor_id != self._announced:
            self._announced = self._cursor_id
            self.post_message(self.Highlighted(self, self._cursor_id, self.row))

    def header_clicked(self, x: int) -> None:
        left = GUTTER
        for column, width in self._shares():
            if left <= x < left + width:
                if column.sort_key is not None:
                    self.post_message(self.SortRequested(self, column.key))
                return
            left += width + GAP

    # Actions

    def action_mark(self) -> None:
        if self._cursor_id is not None:
            self._set_marks(self._marks ^ {self._cursor_id})
            self.move_to_index(self._cursor + 1)

    def action_select(self) -> None:
        row = self.row
        if self._cursor_id is not None and row is not None:
            self.post_message(self.Selected(self, self._cursor_id, row))
