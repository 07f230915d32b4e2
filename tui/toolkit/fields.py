"""What the console's own fields need of the insides of Textual's: a line, a text of many lines, and their styles."""

from __future__ import annotations

from typing import Any, cast

from rich.text import Text
from textual import events
from textual.geometry import Offset, Size
from textual.widget import Widget
from textual.widgets import TextArea

from tui.toolkit.static import FixedWidthInput


class LineEdit(FixedWidthInput):
    """An Input whose value is kept elsewhere: no timer, no validation and no message with every letter.

    A subclass says what is shown of the value (`shown_value`) and what a letter changes (`value_edited`).
    """

    def shown_value(self) -> str:
        """The value as it is drawn."""
        return self.value

    def value_edited(self, value: str) -> None:
        """The value was changed, by a key or from outside."""

    def forget_initial_value(self) -> None:
        """The value that it was made with is none that a person typed."""
        self._initial_value = False

    def suggest(self, value: str) -> None:
        """Show a value to complete to."""
        self._suggestion = value

    def show_anew(self) -> None:
        """Draw another value that was set without a change."""
        self.suggest("")
        self.virtual_size = Size(self.content_width, 1)
        self.scroll_to(0, animate=False)
        self._watch_selection(self.selection)
        self.refresh()

    def _on_mount(self, event: events.Mount) -> None:
        # Textual's starts a timer for each field, for a cursor that does not blink here.
        event.prevent_default()
        self.virtual_size = Size(self.content_width, 1)

    def _watch_value(self, value: str) -> None:
        self.virtual_size = Size(self.content_width, 1)
        self.suggest("")
        self.selection = self.selection
        self.value_edited(value)

    @property
    def _value(self) -> Text:
        return Text(self.shown_value(), no_wrap=True, overflow="ignore", end="")

    @property
    def cursor_screen_offset(self) -> Offset:
        x, y, _, _ = self.content_region
        return Offset(x + self._cursor_offset - self.scroll_offset.x, y)


class AreaEdit(TextArea):
    """A TextArea that takes a text as if it were typed, and draws its lines anew."""

    def type_over(self, text: str, start: tuple[int, int], end: tuple[int, int]) -> bool:
        """Put a text in place of what is between two places, the cursor behind it; False where nothing may be typed."""
        result = self._replace_via_keyboard(text, start, end)
        if result is not None:
            self.move_cursor(result.end_location)
        return result is not None

    def forget_lines(self) -> None:
        """Draw all lines anew: they are kept as they were drawn, with or without the cursor."""
        self._line_cache.clear()  # pyright: ignore[reportUnknownMemberType] - Textual leaves its keys open


def process_component_classes(widget: Widget) -> None:
    """Find out the styles of a widget's component classes."""
    cast(Any, widget).app.stylesheet._process_component_classes(widget)
