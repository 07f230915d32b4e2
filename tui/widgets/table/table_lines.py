"""How a table's lines look: header, rows with cursor and marks, placeholders, and the empty table."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import ClassVar, Generic

from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual.cache import LRUCache
from textual.content import Content
from textual.strip import Strip

from tui.toolkit.line_view import LineView, fit, joined, pieces
from tui.widgets.table.row_headings import Heading, Headings
from tui.widgets.table.row_sources import GAP, Column, RowSource, RowT, share_width

CURSOR_SIGN = "›"
MARK_SIGN = "*"
GUTTER = 3
"""Cells before the first column: the cursor's sign, the mark's sign, a space."""
LEAST_LEFT = 12
"""Cells that a column keeps of those that a longer cell before it wants."""


class TableLines(LineView, Generic[RowT]):
    """The painting half of a table: what is shown follows from its fields, which the table changes."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "table--header",
        "table--cursor",
        "table--cursor-blurred",
        "table--marked",
        "table--placeholder",
        "table--heading",
        "table--heading-note",
        "table--empty",
    }

    DEFAULT_CSS = """
    TableLines {
        .table--header { color: $text-muted; text-style: bold; }
        .table--cursor {
            color: $block-cursor-foreground;
            background: $block-cursor-background;
            text-style: $block-cursor-text-style;
        }
        .table--cursor-blurred {
            color: $block-cursor-blurred-foreground;
            background: $block-cursor-blurred-background;
        }
        .table--marked { color: $text-accent; text-style: bold; }
        .table--placeholder { color: $text-muted; }
        .table--empty { color: $text-muted; }
        .table--heading { text-style: bold; }
        .table--heading-note { color: $text-muted; }
        &:nocolor .table--header, &:ansi .table--header { text-style: bold dim; }
        &:ansi .table--heading-note { text-style: dim; }
        &:ansi .table--placeholder, &:ansi .table--empty { text-style: dim; }
        &:ansi .table--cursor { text-style: bold reverse; }
        &:nocolor .table--cursor-blurred, &:ansi .table--cursor-blurred { text-style: bold; }
    }
    """

    def __init__(
        self,
        columns: Sequence[Column[RowT]],
        source: RowSource[RowT],
        *,
        empty: Content | str,
        header: bool,
        name: str | None,
        id: str | None,
        classes: str | None,
    ) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self._columns = tuple(columns)
        self._source = source
        self._headings = Headings()
        self._cursor = -1
        self._cursor_id: str | None = None
        self._marks: frozenset[str] = frozenset()
        self._sort: tuple[str, bool] | None = None
        self._empty = Content(empty) if isinstance(empty, str) else empty
        self._header = 1 if header else 0
        self._strips: LRUCache[Hashable, Strip] = LRUCache(512)
        self._cells: LRUCache[Hashable, list[Segment]] = LRUCache(512)
        self._shared: tuple[int, list[tuple[Column[RowT], int]]] = (-1, [])
        self._seen: dict[int, str] = {}

    def want_row(self, index: int) -> None:
        """Called for each visible row that is not loaded."""

    @property
    def _rows_in_view(self) -> int:
        return max(0, self.view.height - self._header)

    def forget_strips(self) -> None:
        self._strips.clear()
        self._cells.clear()

    def line_strip(self, y: int) -> Strip:
        width = self.view.width
        if y < self._header:
            return self._cached(("header", width, self._sort), self._header_strip)
        line, total = y - self._header, len(self._source)
        if not total:
            return self._cached(("empty", self._empty.plain, line, width), lambda: self._empty_strip(line))
        index = self.top + line
        if self._headings:
            if (heading := self._headings.at(index)) is not None:
                return self._cached((heading[1:], width), lambda: self._heading_strip(heading))
            index = self._headings.row_from(index)
        if index >= total:
            return self._cached(("blank", width), lambda: Strip.blank(width, self.style_for()))
        id_ = self._source.id_at(index)
        self._seen[index] = id_
        on_cursor, marked = index == self._cursor, id_ in self._marks
        key = (id_, self._source.version_at(index), width, on_cursor, on_cursor and self.has_focus, marked)
        strip = self._strips.get(key)
        if strip is None:
            row = self._source.row_at(index)
            strip = self._row_strip(row, on_cursor, marked)
            if row is None:
                self.want_row(index)
            else:
                self._strips[key] = strip
        return strip

    def _cached(self, key: Hashable, make: Callable[[], Strip]) -> Strip:
        strip = self._strips.get(key)
        if strip is None:
            strip = self._strips[key] = make()
        return strip

    def _shares(self) -> list[tuple[Column[RowT], int]]:
        width = self.view.width
        if self._shared[0] != width:
            self._shared = (width, share_width(self._columns, width, width - GUTTER))
        return self._shared[1]

    def _row_strip(self, row: RowT | None, on_cursor: bool, marked: bool) -> Strip:
        base = self.style_for()
        if on_cursor:
            name = "table--cursor" if self.has_focus else "table--cursor-blurred"
            base = self.style_for(name)
        sign = base if on_cursor else base + self.ink_for("table--marked")
        segments = [
            Segment(CURSOR_SIGN if on_cursor else " ", base),
            Segment(MARK_SIGN if marked else " ", sign),
            Segment(" ", base),
        ]
        if row is None:
            style = base if on_cursor else self.style_for("table--placeholder")
            segments.append(Segment("…", style))
            return Strip(segments).adjust_cell_length(self.view.width, base)
        gap = Segment(" " * GAP, base)
        filled = GUTTER
        for number, (column, width) in enumerate(self._widths_for(row)):
            if number:
                segments.append(gap)
                filled += GAP
            cell = column.render(row) if column.fitted is None else column.fitted(row, width)
            segments.extend(self._cell(column, cell, width, base, on_cursor and self.has_focus))
            filled += width
        if filled < self.view.width:
            segments.append(Segment(" " * (self.view.width - filled), base))
            filled = self.view.width
        return Strip(joined(segments), filled).adjust_cell_length(self.view.width, base)

    def _heading_strip(self, heading: Heading) -> Strip:
        base, width = self.style_for(), self.view.width
        title, note = base + self.ink_for("table--heading"), base + self.ink_for("table--heading-note")
        runs = [*pieces(heading.title, title, self.visual_style_of)]
        if heading.note:
            runs += pieces(f" · {heading.note}", note, self.visual_style_of)
        indent = Segment(" " * GUTTER, base)
        return Strip([indent, *fit(runs, max(0, width - GUTTER), base)]).adjust_cell_length(width, base)

    def _widths_for(self, row: RowT) -> list[tuple[Column[RowT], int]]:
        """The columns with their widths in this row, where a long cell has taken some of the next one's."""
        shares = self._shares()
        for place, (column, width) in enumerate(shares[:-1]):
            if column.needs is None or (wanted := column.needs(row)) <= width:
                continue
            next_, there = shares[place + 1]
            taken = min(wanted - width, there - LEAST_LEFT)
            if next_.width is None and taken > 0:
                shares = [*shares[:place], (column, width + taken), (next_, there - taken), *shares[place + 2 :]]
        return shares

    def _cell(
        self, column: Column[RowT], cell: Text | Content | str, width: int, base: Style, own_colours: bool
    ) -> list[Segment]:
        # Of a row that changes, most cells are as they were.
        key = (cell, width, base, column.align) if isinstance(cell, str) and not own_colours else None
        if key is not None and (kept := self._cells.get(key)) is not None:
            return kept
        runs = pieces(cell, base, self.visual_style_of)
        if own_colours:
            # The cursor's own colours are the ones that are legible on its background.
            colours = Style.from_color(base.color, base.bgcolor)
            runs = [(text, style + colours) for text, style in runs]
        fitted = fit(runs, width, base, column.align == "right")
        if key is not None:
            self._cells[key] = fitted
        return fitted

    def _header_strip(self) -> Strip:
        style = self.style_for("table--header")
        segments = [Segment(" " * GUTTER, style)]
        for number, (column, width) in enumerate(self._shares()):
            if number:
                segments.append(Segment(" " * GAP, style))
            title = column.title if column.short is None else column.short
            if self._sort is not None and self._sort[0] == column.key:
                title = f"{title} {'↓' if self._sort[1] else '↑'}".strip()
            runs = pieces(title, style, self.visual_style_of)
            segments.extend(fit(runs, width, style, column.align == "right"))
        return Strip(segments).adjust_cell_length(self.view.width, style).simplify()

    def _empty_strip(self, line: int) -> Strip:
        base, width = self.style_for("table--empty"), self.view.width
        room = max(1, width - 2 * GUTTER)
        lines = self._empty.wrap(room) if self._empty else []
        number = line - 1
        runs = pieces(lines[number], base, self.visual_style_of) if 0 <= number < len(lines) else []
        indent = Segment(" " * GUTTER, base)
        return Strip([indent, *fit(runs, room, base)]).adjust_cell_length(width, base)
