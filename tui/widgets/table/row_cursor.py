"""A cursor over rows that come and go: reconciled by id, moved by keys and mouse."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Generic

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content

from tui.widgets.table.row_headings import Headings
from tui.widgets.table.row_sources import Column, RowSource, RowT, find_cursor, find_top, neighbours
from tui.widgets.table.table_lines import TableLines


class RowCursor(TableLines[RowT], Generic[RowT]):
    """Rows with a cursor. It posts nothing: subclasses are told by the methods they override."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "cursor(-1)", "Up", show=False, id="table.up"),
        Binding("down,j", "cursor(1)", "Down", show=False, id="table.down"),
        Binding("pageup", "page(-1)", "Page up", show=False, id="table.page_up"),
        Binding("pagedown", "page(1)", "Page down", show=False, id="table.page_down"),
        Binding("ctrl+u", "page(-0.5)", "Half a page up", show=False, id="table.half_up"),
        Binding("ctrl+d", "page(0.5)", "Half a page down", show=False, id="table.half_down"),
        Binding("home,g", "first", "First row", show=False, id="table.first"),
        Binding("end,G", "last", "Last row", show=False, id="table.last"),
        Binding("enter", "select", "Open", show=False, id="table.select"),
    ]

    def __init__(
        self,
        columns: Sequence[Column[RowT]],
        source: RowSource[RowT],
        *,
        empty: Content | str = "",
        header: bool = True,
        name: str | None = None,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(columns, source, empty=empty, header=header, name=name, id=id, classes=classes)
        self._rows_before = 0
        self._click_opened = False

    # What a subclass is told

    def rows_replaced(self) -> None:
        """Other rows are there, the cursor already among them; not painted yet."""

    def cursor_moved(self) -> None:
        """The cursor may be on another row."""

    def view_moved(self) -> None:
        """Other rows may be in sight."""

    def header_clicked(self, x: int) -> None:
        """A click on the header, at a cell of the content."""

    def action_select(self) -> None:
        """Enter, a double click, or a click on the row that has the cursor."""

    # Rows

    def __len__(self) -> int:
        return len(self._source)

    def __bool__(self) -> bool:
        return True

    def adopt(self, new: RowSource[RowT], headings: Headings | None = None) -> None:
        """Shows the rows of `new`; the present source again means that its rows came or went."""
        self.measure()
        top, height, line = self.scroll_offset.y, self._rows_in_view, self._headings.line_of
        shown = range(self._headings.row_from(top), self._headings.row_from(top + height))
        if new is self._source:
            # Its rows changed under us: what was painted is all that is known of before.
            before = {i: id_ for i, id_ in self._seen.items() if i in shown}
            view = [(i, line(i) - top, before[i]) for i in sorted(before)]
            near = [before[i] for i in sorted(before, key=lambda i: (abs(i - self._cursor), -i))]
        else:
            old = self._source
            there = range(shown.start, min(shown.stop, len(old)))
            view = [(i, line(i) - top, id_) for i in there if (id_ := old.id_at(i))]
            near = neighbours(old, self._cursor)
        in_view = top <= line(self._cursor) < top + height
        cursor = find_cursor(new, self._cursor, self._cursor_id, near)
        self._headings = headings or Headings()
        place = find_top(new, top, view, self._headings.line_of)
        if in_view:
            now = self._headings.line_of(cursor)
            place = min(max(place, now - height + 1), max(now, 0))
        self._source = new
        self._seen.clear()
        self._cursor = cursor
        id_ = new.id_at(cursor) if cursor >= 0 else None
        if id_ != "":
            # Where the row is not loaded the id that it had stays, to be found again.
            self._cursor_id = id_
        self.rows_replaced()
        self.set_extent(0, self._line_count + self._header)
        self.place(place)
        self.repaint_changed()
        self.cursor_moved()
        self.view_moved()

    @property
    def _line_count(self) -> int:
        return len(self._source) + len(self._headings)

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
    def rows_in_view(self) -> int:
        """How many rows fit into the view."""
        return self._rows_in_view

    @property
    def rows_shown(self) -> range:
        """The places of the rows in the view."""
        top, total = self.scroll_offset.y, len(self._source)
        start, end = self._headings.row_from(top), self._headings.row_from(top + self._rows_in_view)
        return range(min(start, total), min(end, total))

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
        self._put_cursor(index, heading=True)

    def _put_cursor(self, index: int, *, heading: bool) -> None:
        """`heading`: scroll as far as the one above the row, too."""
        index = max(0, min(index, len(self._source) - 1))
        if not len(self._source):
            return
        before, top = self._cursor, self.scroll_offset.y
        self._cursor = index
        self._cursor_id = self._source.id_at(index) or None
        self._reveal_cursor(heading=heading)
        if self.scroll_offset.y == top:
            line = self._headings.line_of
            places = sorted({line(before) - top, line(index) - top})
            self.repaint_changed(self._header + place for place in places if 0 <= place < self._rows_in_view)
        else:
            self.repaint_changed()
        self.cursor_moved()
        self.view_moved()

    def _reveal_cursor(self, *, heading: bool = False) -> None:
        height, top = self._rows_in_view, self.scroll_offset.y
        if height <= 0 or self._cursor < 0:
            return
        line = self._headings.line_of(self._cursor)
        first = self._headings.first_line(self._cursor) if heading and height > 1 else line
        if first < top:
            self.place(first)
        elif line >= top + height:
            self.place(line - height + 1)

    # Events

    def on_mount(self) -> None:
        self.set_extent(0, self._line_count + self._header)
        self.cursor_moved()

    def on_resize(self) -> None:
        self.measure()
        top, before = self.scroll_offset.y, self._rows_before
        self._rows_before = self._rows_in_view
        if before == 0 or top <= self._headings.line_of(self._cursor) < top + before:
            self._reveal_cursor()
        self.refresh()
        self.view_moved()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        self.view_moved()

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        if offset is None:
            return
        if offset.y < self._header:
            self.header_clicked(offset.x)
            return
        line = self.scroll_offset.y + offset.y - self._header
        index = self._headings.row_from(line)
        if index >= len(self._source) or self._headings.at(line) is not None:
            return
        event.stop()
        if event.chain == 1:
            self._click_opened = index == self._cursor
            if self._click_opened:
                self.action_select()
            else:
                self._put_cursor(index, heading=False)
        elif event.chain == 2 and not self._click_opened and index == self._cursor:
            self.action_select()

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
