"""A dialog to pick one of many rows: typing filters, arrows move, enter picks. A thousand cost no more than ten."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from msgspec import Struct
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.strip import Strip
from textual.widgets import Input, Static

from tui.toolkit.line_view import LineView, fit, printable
from tui.toolkit.screen import DialogScreen
from tui.toolkit.static import FixedSizeStatic, FixedWidthInput

MOST_ROWS = 16


class Row(Struct, frozen=True):
    """One row: what picking it gives (None: no value), its words, and a dim note."""

    value: str | None
    words: str
    note: str = ""
    key: str = ""
    """The key that does the same without the list."""
    heading: bool = False
    """Whether it is the title of the rows below it, which cannot be picked."""
    dim: bool = False
    """Whether it does nothing now."""


KEY = 7
"""Cells of the column of keys, in a list that has some."""


class PickList(LineView, can_focus=False):
    """Rows with a highlighted one, which is no heading. Only the rows on the screen are drawn."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"pick--row", "pick--note", "pick--current", "pick--key", "pick--heading"}

    @dataclass
    class Clicked(Message):
        """A row was clicked."""

        index: int

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.rows: Sequence[Row] = ()
        self.index = 0
        self.here: str | None = None
        self._keys = False

    def set_rows(self, rows: Sequence[Row], index: int = 0) -> None:
        """Shows other rows."""
        self.rows = rows
        self._keys = any(row.key for row in rows)
        self.set_extent(0, len(rows))
        self.place(round(self.scroll_y))
        self.highlight(index)

    @property
    def current(self) -> Row | None:
        """The highlighted row."""
        return self.rows[self.index] if self.rows and not self.rows[self.index].heading else None

    def highlight(self, index: int, by: int = 1) -> None:
        """Moves the highlight, and the view as far as it must. A heading is stepped over in the direction of `by`."""
        last = len(self.rows) - 1
        index = max(0, min(index, last))
        step = 1 if by >= 0 else -1
        while 0 <= index <= last and self.rows[index].heading:
            index += step
        if not 0 <= index <= last:
            # There is a heading at the very end of the way: back to the row before it.
            index = next((n for n, row in enumerate(self.rows) if not row.heading), 0) if step < 0 else self.index
        self.index = max(0, min(index, last))
        height = self.size.height
        top = round(self.scroll_y)
        if self.index < top:
            # With its heading, where that is next to it.
            self.place(self.index - int(self.index > 0 and self.rows[self.index - 1].heading))
        elif height and self.index >= top + height:
            self.place(self.index - height + 1)
        self.repaint_changed()

    def on_resize(self) -> None:
        """The highlighted row stays in sight."""
        self.highlight(self.index)

    def line_strip(self, y: int) -> Strip:
        width = self.view.width
        number = y + round(self.scroll_y)
        base = self.style_for()
        if number >= len(self.rows):
            return Strip.blank(width, base)
        row = self.rows[number]
        if row.heading:
            return Strip(fit([(f" {printable(row.words)}", self.style_for("pick--heading"))], width, base), width)
        current = number == self.index
        style = self.style_for("pick--current") if current else self.style_for("pick--row")
        note = style if current else self.style_for("pick--note")
        marks = ("▸" if current else " ") + ("●" if row.value is not None and row.value == self.here else " ")
        key = style if current else self.style_for("pick--key")
        runs = [
            (f"{marks} ", style),
            (f"{row.key:<{KEY}} " if self._keys else "", key),
            (printable(row.words), note if row.dim else style),
            (f"  {printable(row.note)}", note),
        ]
        return Strip(fit(runs, width, style), width).simplify()

    def on_click(self, event: events.Click) -> None:
        """A click picks."""
        event.stop()
        number = event.y + round(self.scroll_y)
        if number < len(self.rows) and not self.rows[number].heading:
            self.post_message(self.Clicked(number))


class Picker(DialogScreen[Row | None]):
    """Gives the picked row, or None after escape."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "give_up", "Back"),
        Binding("up,ctrl+k,shift+tab", "move(-1)", show=False),
        Binding("down,ctrl+j,tab", "move(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("pagedown", "page(1)", show=False),
        Binding("ctrl+home", "move(-1000000000)", show=False),
        Binding("ctrl+end", "move(1000000000)", show=False),
    ]
    KEYS = "↑↓ move · enter picks · esc goes back"

    def __init__(self, title: str, rows: Sequence[Row], *, here: str | None = None, typed: str = "") -> None:
        """`here`: the value that is set now; `typed`: what the filter starts with."""
        super().__init__()
        self._title = title
        self._rows = rows
        self._here = here
        self._typed = typed
        self._behind = False
        self._due = False
        """Whether the rows for what is typed are still on their way."""
        self._picks = False
        """Whether enter was pressed before they came: then it picks of these, not of those for a text before."""

    def compose(self) -> ComposeResult:
        with Vertical(id="picker"):
            yield FixedSizeStatic(Content.styled(printable(self._title), "bold"), id="picker-title")
            yield PickerInput(self._typed, id="picker-filter", placeholder="type to filter", select_on_focus=False)
            yield PickList()
            yield FixedSizeStatic(id="picker-count")

    def on_mount(self) -> None:
        self.query_one(Input).cursor_blink = False
        self.list.here = self._here
        self.on_resize()
        self.filter(self._typed)
        self.query_one(Input).focus()

    def on_resize(self) -> None:
        """The list keeps its height while it is filtered, so that nothing jumps."""
        self.list.styles.height = max(1, min(len(self._rows) or MOST_ROWS, MOST_ROWS, self.size.height - 12))

    @property
    def list(self) -> PickList:
        """The rows."""
        return self.query_one(PickList)

    @on(Input.Changed)
    def _filter_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._behind = True
        self._picks = False
        # The letter is painted before the list is.
        self.call_after_refresh(self._catch_up)

    def _catch_up(self) -> None:
        """Filter by what is typed, unless that was done."""
        if self._behind and self.is_attached:
            self._behind = False
            self.filter(self.query_one(Input).value)

    def filter(self, text: str) -> None:
        """Shows the rows that hold every word of `text`; those that begin with it come first."""
        words = text.casefold().split()
        if not words:
            rows = list(self._rows)
        else:
            found = [row for row in self._rows if all(w in row.words.casefold() for w in words)]
            rows = sorted(found, key=lambda row: not row.words.casefold().startswith(words[0]))
        index = next((i for i, row in enumerate(rows) if row.value == self._here), 0) if not words else 0
        self.list.set_rows(rows, index)
        self.show_count(len(rows), len(self._rows))

    def wait_for_rows(self) -> None:
        """The rows for what is typed come later, by `show_rows`."""
        self._due = True

    def show_rows(self, rows: Sequence[Row], index: int = 0) -> None:
        """Show the rows for what is typed, and pick of them where enter came before they did."""
        self._due = False
        self.list.set_rows(rows, index)
        if self._picks and rows:
            self.pick(rows[self.list.index])
        self._picks = False

    def show_count(self, count: int, total: int) -> None:
        """The line below the list."""
        number = f"{total:,}" if count == total else f"{count:,} of {total:,}" if count else "nothing matches"
        self.query_one("#picker-count", Static).update(Content(f"{number} · {self.KEYS}"))

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._catch_up()
        if self._due:
            self._picks = True
        elif (row := self.list.current) is not None:
            self.pick(row)

    @on(PickList.Clicked)
    def _clicked(self, event: PickList.Clicked) -> None:
        event.stop()
        self.pick(self.list.rows[event.index])

    def pick(self, row: Row) -> None:
        """A row was picked."""
        self.dismiss(row)

    def on_click(self, event: events.Click) -> None:
        """A click beside the dialog is a way back."""
        if event.widget is self:
            self.dismiss(None)

    def action_give_up(self) -> None:
        """Leave without picking."""
        self.dismiss(None)

    def action_move(self, step: int) -> None:
        """Move the highlight."""
        self._catch_up()
        self.list.highlight(self.list.index + step, step)

    def action_page(self, direction: int) -> None:
        """Move the highlight by a page."""
        self._catch_up()
        self.list.highlight(self.list.index + direction * max(1, self.list.size.height - 1), direction)


class PickerInput(FixedWidthInput):
    """The filter; the cursor does not blink."""

    ENTER_SENDS = False
