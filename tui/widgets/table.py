"""A table of any number of rows that renders only the visible ones and is reconciled by id."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message

from tui.widgets.rows import (
    GAP,
    Column,
    ListSource,
    RowSource,
    RowT,
    find_cursor,
    find_top,
    neighbours,
    sort_rows,
)
from tui.widgets.table_lines import GUTTER, TableLines

__all__ = ["Column", "ListSource", "RowSource", "VirtualTable"]

EventRowT = TypeVar("EventRowT")


class VirtualTable(TableLines[RowT], Generic[RowT]):
    """Rows in columns, with a cursor, marks and a header.

    Only visible lines are rendered; a strip is kept by the id and version of its row. Every change of rows
    is reconciled by id: cursor, marks and the row at the top of the view stay, except at the very top,
    where new rows come into sight.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "cursor(-1)", "Up", show=False, id="table.up"),
        Binding("down,j", "cursor(1)", "Down", show=False, id="table.down"),
        Binding("pageup", "page(-1)", "Page up", show=False, id="table.page_up"),
        Binding("pagedown", "page(1)", "Page down", show=False, id="table.page_down"),
        Binding("ctrl+u", "page(-0.5)", "Half a page up", show=False, id="table.half_up"),
        Binding("ctrl+d", "page(0.5)", "Half a page down", show=False, id="table.half_down"),
        Binding("home,g", "first", "First row", show=False, id="table.first"),
        Binding("end,G", "last", "Last row", show=False, id="table.last"),
        Binding("space", "mark", "Mark", show=False, id="table.mark"),
        Binding("enter", "select", "Open", show=False, id="table.select"),
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
    class Wanted(TableMessage):
        """Rows `first` to `last` (inclusive) are on the screen but not loaded."""

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
        self._announced: str | None = None
        self._missing: set[int] = set()
        self._asked: tuple[int, int] | None = None
        self._near_end_of = -1
        self._rows_before = 0
        self._click_opened = False

    # Rows

    def set_rows(self, rows: Sequence[RowT]) -> None:
        """Shows `rows` (copied, and sorted if `sort` says so), keeping cursor, marks and view by id."""
        self._given = list(rows)
        self._adopt(self._listed(self._given))

    def set_source(self, source: RowSource[RowT]) -> None:
        """Shows a window over rows that are kept elsewhere; call it again when rows came or went there."""
        self._given = None
        self._adopt(source)

    def update_row(self, id: str) -> None:
        """Shows a row that changed in its source."""
        self.update_rows((id,))

    def update_rows(self, ids: Iterable[str]) -> None:
        """Shows rows that changed in their source; those out of sight cost nothing."""
        del ids  # what is visible is compared by version
        if isinstance(self._source, ListSource):
            self._source.touch()
        self._asked = None
        self.repaint_changed()
        self._announce()

    def put_row(self, row: RowT) -> bool:
        """Puts `row` in the place of the one with its id among those of `set_rows`; False if there is none."""
        source = self._source
        if self._given is None or not isinstance(source, ListSource) or not source.replace(row):
            return False
        if self._sort is None:
            self._given = source.rows
            self.repaint_changed()
        else:
            id_ = self._id_of(row)
            self._given = [row if self._id_of(other) == id_ else other for other in self._given]
            self._adopt(self._listed(self._given))
        return True

    def set_empty(self, content: Content | str) -> None:
        """Sets what is shown when there are no rows: why, and what to press."""
        self._empty = Content(content) if isinstance(content, str) else content
        self._strips.clear()
        self.repaint_changed()

    def set_columns(self, columns: Sequence[Column[RowT]]) -> None:
        """Shows other columns of the same rows."""
        self._columns = tuple(columns)
        self._shared = (-1, [])
        self._strips.clear()
        self.repaint_changed()

    def __len__(self) -> int:
        return len(self._source)

    def __bool__(self) -> bool:
        return True

    def _listed(self, rows: Sequence[RowT]) -> ListSource[RowT]:
        if self._sort is not None:
            key, reverse = self._sort
            for column in self._columns:
                if column.key == key and column.sort_key is not None:
                    rows = sort_rows(rows, column.sort_key, reverse)
        return ListSource(rows, id=self._id_of, version=self._version_of)

    def _adopt(self, new: RowSource[RowT]) -> None:
        self.measure()
        top, height = self.scroll_offset.y, self._rows_in_view
        if new is self._source:
            # Its rows changed under us: what was painted is all that is known of before.
            before = {i: id_ for i, id_ in self._seen.items() if top <= i < top + height}
            view = [(i, before[i]) for i in sorted(before)]
            near = [before[i] for i in sorted(before, key=lambda i: (abs(i - self._cursor), -i))]
        else:
            old = self._source
            view = [(i, old.id_at(i)) for i in range(top, min(top + height, len(old)))]
            near = neighbours(old, self._cursor)
        cursor = find_cursor(new, self._cursor, self._cursor_id, near)
        place = find_top(new, top, view)
        if top <= self._cursor < top + height:
            place = min(max(place, cursor - height + 1), max(cursor, 0))
        self._source = new
        self._asked = None
        self._seen.clear()
        self._cursor = cursor
        self._cursor_id = new.id_at(cursor) if cursor >= 0 else None
        if self._marks:
            self._set_marks(frozenset(id_ for id_ in self._marks if new.index_of(id_) is not None))
        self.set_extent(0, len(new) + self._header)
        self.place(place)
        self.repaint_changed()
        self._announce()
        self._check_end()

    # Cursor

    @property
    def cursor_id(self) -> str | None:
        """The id of the row under the cursor; None when the table is empty."""
        return self._cursor_id

    @property
    def cursor_index(self) -> int:
        """The cursor's row, from 0; -1 when the table is empty."""
        return self._cursor

    @property
    def row(self) -> RowT | None:
        """The row under the cursor; None when the table is empty or the row is not loaded."""
        return self._source.row_at(self._cursor) if self._cursor >= 0 else None

    def row_of(self, id: str) -> RowT | None:
        """The row with this id, if it is there."""
        index = self._source.index_of(id)
        return None if index is None else self._source.row_at(index)

    def move_to(self, id: str) -> bool:
        """Puts the cursor on the row with this id and scrolls it into view; False if it is not there."""
        index = self._source.index_of(id)
        if index is None:
            return False
        self.move_to_index(index)
        return True

    def move_to_index(self, index: int) -> None:
        """Puts the cursor on a row by its place, the nearest one there is."""
        index = max(0, min(index, len(self._source) - 1))
        if not len(self._source):
            return
        self._cursor = index
        self._cursor_id = self._source.id_at(index)
        self._reveal_cursor()
        self.repaint_changed()
        self._announce()
        self._check_end()

    def _reveal_cursor(self) -> None:
        height, top = self._rows_in_view, self.scroll_offset.y
        if height <= 0 or self._cursor < 0:
            return
        if self._cursor < top:
            self.place(self._cursor)
        elif self._cursor >= top + height:
            self.place(self._cursor - height + 1)

    def _announce(self) -> None:
        if self.is_mounted and self._cursor_id != self._announced:
            self._announced = self._cursor_id
            self.post_message(self.Highlighted(self, self._cursor_id, self.row))

    # Marks and order

    @property
    def marked(self) -> frozenset[str]:
        """The ids of the marked rows; a row that goes away loses its mark."""
        return self._marks

    def mark(self, ids: Iterable[str]) -> None:
        """Marks exactly these rows, as far as they are there."""
        self._set_marks(frozenset(id_ for id_ in ids if self._source.index_of(id_) is not None))
        self.repaint_changed()

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
            self._adopt(self._listed(self._given))
        self.repaint_changed()

    def toggle_sort(self, key: str) -> None:
        """Sorts by a column; again: the other way round; a third time: as the rows were given."""
        if self._sort is None or self._sort[0] != key:
            self.sort = (key, False)
        else:
            self.sort = None if self._sort[1] else (key, True)

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

    def _check_end(self) -> None:
        total, height = len(self._source), self._rows_in_view
        if not total or height <= 0 or not self.is_mounted or self._near_end_of == total:
            return
        if total - max(self.scroll_offset.y + height, self._cursor + 1) <= height:
            self._near_end_of = total
            self.post_message(self.NearEnd(self))

    # Events

    def on_mount(self) -> None:
        self.set_extent(0, len(self._source) + self._header)
        self._announce()

    def on_resize(self) -> None:
        self.measure()
        top, before = self.scroll_offset.y, self._rows_before
        self._rows_before = self._rows_in_view
        if before == 0 or top <= self._cursor < top + before:
            self._reveal_cursor()
        self.refresh()
        self._check_end()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        self._check_end()

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        if offset is None:
            return
        if offset.y < self._header:
            self._click_header(offset.x)
            return
        index = self.scroll_offset.y + offset.y - self._header
        if index >= len(self._source):
            return
        event.stop()
        if event.chain == 1:
            self._click_opened = index == self._cursor
            if self._click_opened:
                self.action_select()
            else:
                self.move_to_index(index)
        elif event.chain == 2 and not self._click_opened and index == self._cursor:
            self.action_select()

    def _click_header(self, x: int) -> None:
        left = GUTTER
        for column, width in self._shares():
            if left <= x < left + width:
                if column.sort_key is not None:
                    self.post_message(self.SortRequested(self, column.key))
                return
            left += width + GAP

    # Actions

    def action_cursor(self, steps: int) -> None:
        self.move_to_index(self._cursor + steps)

    def action_page(self, pages: float) -> None:
        rows = int(max(1, self._rows_in_view - 1) * abs(pages)) or 1
        self.move_to_index(self._cursor + (rows if pages > 0 else -rows))

    def action_first(self) -> None:
        self.move_to_index(0)

    def action_last(self) -> None:
        self.move_to_index(len(self._source) - 1)

    def action_mark(self) -> None:
        if self._cursor_id is not None:
            self._set_marks(self._marks ^ {self._cursor_id})
            self.move_to_index(self._cursor + 1)

    def action_select(self) -> None:
        row = self.row
        if self._cursor_id is not None and row is not None:
            self.post_message(self.Selected(self, self._cursor_id, row))
