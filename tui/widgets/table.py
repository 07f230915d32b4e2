"""A table of any number of rows that renders only the visible ones and is reconciled by id."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar

from rich.segment import Segment
from textual import events
from textual.binding import Binding, BindingType
from textual.cache import LRUCache
from textual.content import Content
from textual.message import Message
from textual.strip import Strip

from tui.widgets.lines import LineView, fit, pieces
from tui.widgets.rows import GAP, Column, ListSource, RowSource, RowT, share_width, sort_rows

__all__ = ["Column", "ListSource", "RowSource", "VirtualTable"]

EventRowT = TypeVar("EventRowT")

CURSOR_SIGN = "›"
MARK_SIGN = "*"
GUTTER = 3
"""Cells before the first column: the cursor's sign, the mark's sign, a space."""

# How far from a vanished cursor its neighbours are looked for among the new rows.
_REACH = 2_000


class VirtualTable(LineView, Generic[RowT]):
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

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "virtual-table--header",
        "virtual-table--cursor",
        "virtual-table--cursor-blurred",
        "virtual-table--marked",
        "virtual-table--placeholder",
        "virtual-table--empty",
    }

    DEFAULT_CSS = """
    VirtualTable {
        .virtual-table--header { color: $text-muted; text-style: bold; }
        .virtual-table--cursor {
            color: $block-cursor-foreground;
            background: $block-cursor-background;
            text-style: $block-cursor-text-style;
        }
        .virtual-table--cursor-blurred {
            color: $block-cursor-blurred-foreground;
            background: $block-cursor-blurred-background;
        }
        .virtual-table--marked { color: $text-accent; text-style: bold; }
        .virtual-table--placeholder { color: $text-muted; }
        .virtual-table--empty { color: $text-muted; }
        &:nocolor .virtual-table--cursor, &:ansi .virtual-table--cursor { text-style: bold reverse; }
        &:nocolor .virtual-table--cursor-blurred, &:ansi .virtual-table--cursor-blurred { text-style: bold; }
    }
    """

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
        super().__init__(name=name, id=id, classes=classes)
        self._columns = tuple(columns)
        self._id_of = id_of
        self._version_of = version_of
        self._source: RowSource[RowT] = ListSource[RowT](id=id_of, version=version_of)
        self._given: Sequence[RowT] | None = None
        self._cursor = -1
        self._cursor_id: str | None = None
        self._announced: str | None = None
        self._marks: frozenset[str] = frozenset()
        self._sort: tuple[str, bool] | None = None
        self._empty = Content(empty) if isinstance(empty, str) else empty
        self._header = 1 if header else 0
        self._strips: LRUCache[Hashable, Strip] = LRUCache(2048)
        self._layout: tuple[int, list[tuple[Column[RowT], int]]] = (-1, [])
        self._seen: dict[int, str] = {}
        self._missing: set[int] = set()
        self._asked: tuple[int, int] | None = None
        self._near_end_of = -1
        self._view_rows = 0
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
        self._layout = (-1, [])
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
        old, height, top = self._source, self._rows_in_view, self.scroll_offset.y
        cursor_visible = top <= self._cursor < top + height
        if new is old:
            ids = [(i, id_) for i, id_ in sorted(self._seen.items()) if top <= i < top + height]
        else:
            ids = [(index, old.id_at(index)) for index in range(top, min(top + height, len(old)))]
        cursor = self._find_cursor(old, new)
        place = 0
        if top > 0:
            for index, id_ in ids:
                found = _locate(new, id_, index)
                if found is not None:
                    place = max(0, found - (index - top))
                    break
        if cursor_visible and height > 0:
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

    def _find_cursor(self, old: RowSource[RowT], new: RowSource[RowT]) -> int:
        """Where the cursor goes: to its row, else to the nearest row of before that is still there."""
        if not len(new):
            return -1
        if self._cursor_id is None:
            return 0
        at = self._cursor
        found = _locate(new, self._cursor_id, at)
        if found is not None:
            return found
        if new is old:
            near = sorted(self._seen, key=lambda index: (abs(index - at), -index))
            ids = (self._seen[index] for index in near)
        else:
            total = len(old)
            ids = (
                old.id_at(index)
                for distance in range(1, min(total, _REACH))
                for index in (at + distance, at - distance)
                if 0 <= index < total
            )
        for id_ in ids:
            found = _locate(new, id_, at)
            if found is not None:
                return found
        return min(at, len(new) - 1) if new is old else 0

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

    # Painting

    @property
    def _rows_in_view(self) -> int:
        return max(0, self.size.height - self._header)

    def forget_strips(self) -> None:
        self._strips.clear()

    def line_strip(self, y: int) -> Strip:
        width = self.size.width
        if y < self._header:
            return self._cached(("header", width, self._sort), self._header_strip)
        line, total = y - self._header, len(self._source)
        if not total:
            return self._cached(("empty", line, width), lambda: self._empty_strip(line))
        index = self.scroll_offset.y + line
        if index >= total:
            return self._cached(("blank", width), lambda: Strip.blank(width, self.style_for()))
        id_ = self._source.id_at(index)
        self._seen[index] = id_
        on_cursor, focus, marked = index == self._cursor, self.has_focus, id_ in self._marks
        version = self._source.version_at(index)
        key = ("row", id_, version, width, on_cursor, on_cursor and focus, marked)
        strip = self._strips.get(key)
        if strip is None:
            row = self._source.row_at(index)
            strip = self._row_strip(row, on_cursor, marked)
            if row is None:
                self._want(index)
            else:
                self._strips[key] = strip
        return strip

    def _cached(self, key: Hashable, make: Callable[[], Strip]) -> Strip:
        strip = self._strips.get(key)
        if strip is None:
            strip = self._strips[key] = make()
        return strip

    def _shares(self) -> list[tuple[Column[RowT], int]]:
        width = self.size.width
        if self._layout[0] != width:
            self._layout = (width, share_width(self._columns, width, width - GUTTER))
        return self._layout[1]

    def _row_strip(self, row: RowT | None, on_cursor: bool, marked: bool) -> Strip:
        base = self.style_for()
        if on_cursor:
            name = "virtual-table--cursor" if self.has_focus else "virtual-table--cursor-blurred"
            base = self.style_for(name)
        sign = base if on_cursor else base + self.get_component_rich_style("virtual-table--marked", partial=True)
        segments = [
            Segment(CURSOR_SIGN if on_cursor else " ", base),
            Segment(MARK_SIGN if marked else " ", sign),
            Segment(" ", base),
        ]
        if row is None:
            style = base if on_cursor else self.style_for("virtual-table--placeholder")
            segments.append(Segment("…", style))
            return Strip(segments).adjust_cell_length(self.size.width, base)
        gap = Segment(" " * GAP, base)
        for number, (column, width) in enumerate(self._shares()):
            if number:
                segments.append(gap)
            runs = pieces(column.render(row), base, self.visual_style_of)
            segments.extend(fit(runs, width, base, column.align == "right"))
        return Strip(segments).adjust_cell_length(self.size.width, base)

    def _header_strip(self) -> Strip:
        style = self.style_for("virtual-table--header")
        segments = [Segment(" " * GUTTER, style)]
        for number, (column, width) in enumerate(self._shares()):
            if number:
                segments.append(Segment(" " * GAP, style))
            title = column.title
            if self._sort is not None and self._sort[0] == column.key:
                title = f"{title} {'↓' if self._sort[1] else '↑'}"
            runs = pieces(title, style, self.visual_style_of)
            segments.extend(fit(runs, width, style, column.align == "right"))
        return Strip(segments).adjust_cell_length(self.size.width, style)

    def _empty_strip(self, line: int) -> Strip:
        base, width = self.style_for("virtual-table--empty"), self.size.width
        room = max(1, width - 2 * GUTTER)
        lines = self._empty.wrap(room) if self._empty else []
        number = line - 1
        runs = pieces(lines[number], base, self.visual_style_of) if 0 <= number < len(lines) else []
        indent = Segment(" " * GUTTER, base)
        return Strip([indent, *fit(runs, room, base)]).adjust_cell_length(width, base)

    # Asking for more

    def _want(self, index: int) -> None:
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
        top, before = self.scroll_offset.y, self._view_rows
        self._view_rows = self._rows_in_view
        if top <= self._cursor < top + before or before == 0:
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


def _locate(source: RowSource[RowT], id: str, hint: int) -> int | None:
    """The place of a row; where it was before and beside it is looked at first."""
    total = len(source)
    for index in (hint, hint + 1, hint - 1):
        if 0 <= index < total and source.id_at(index) == id:
            return index
    return source.index_of(id)
