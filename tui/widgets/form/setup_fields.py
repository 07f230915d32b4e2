"""The fields of a setup: one of a list that somebody else gives, and a small number that is stepped through."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.strip import Strip

from tui.toolkit.line_view import fit, one_line
from tui.widgets.form.choice_fields import ChosenField
from tui.widgets.form.field_base import Entry, FieldHost
from tui.widgets.picker import Picker, Row

Chooser = Callable[[str], None]
"""Opens what one chooses from, with a filter that was begun."""


class PickField(ChosenField):
    """One of the rows that `set_rows` gave, shown by its words; enter opens the list, and typing filters it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,space", "open", "Choose", show=False, id="form-open"),
    ]

    def __init__(
        self, form: FieldHost, entry: Entry, rows: Sequence[Row] = (), chooser: Chooser | None = None, empty: str = ""
    ) -> None:
        """`chooser` opens a list of its own in place of the rows; `empty` is shown while nothing is chosen."""
        super().__init__(form, entry)
        self._rows = list(rows)
        self._chooser = chooser
        self._empty = empty

    def set_rows(self, rows: Sequence[Row], empty: str = "") -> None:
        """What can be chosen now; `empty` says why there is nothing."""
        self._rows, self._empty = list(rows), empty
        with contextlib.suppress(AttributeError):
            del self.texts
        self.refresh_label()
        self.refresh()

    @cached_property
    def texts(self) -> list[str]:
        """The values, in the order of the rows."""
        return [row.value for row in self._rows if row.value is not None]

    @property
    def row(self) -> Row | None:
        """The row of what is chosen."""
        return next((row for row in self._rows if row.value == self.entry.text), None)

    def hint(self) -> str:
        return self.row.note if self.row is not None else ""

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        base, value, unset = self.value_styles()
        row, text = self.row, self.entry.text
        words = (row.words if row is not None else text, value) if text else (self._empty or "not chosen", unset)
        return Strip(
            [*fit([(one_line(words[0] or ""), words[1])], max(0, width - 2), base), *fit([(" ▾", unset)], 2, base)],
            width,
        )

    def choose(self, text: str | None) -> None:
        super().choose(text)
        self.refresh_label()

    def on_key(self, event: events.Key) -> None:
        """A letter opens the list with the filter begun."""
        if event.is_printable and event.character is not None and not event.character.isspace():
            event.stop()
            event.prevent_default()
            self.open(event.character)

    def on_click(self, event: events.Click) -> None:
        """A click on the value opens the list."""
        if event.y > 0:
            event.stop()
            self.open()

    def action_open(self) -> None:
        """Open the list."""
        self.open()

    def open(self, typed: str = "") -> None:
        """Open the list, filtered by what was typed."""
        if self._chooser is not None:
            self._chooser(typed)
        elif self._rows:
            self.host.push_screen(
                Picker(self.entry.field.name, self._rows, here=self.entry.text, typed=typed), self._picked
            )

    def _picked(self, row: Row | None) -> None:
        if row is not None:
            self.choose(row.value)


class StepField(ChosenField):
    """A whole number within small bounds: left and right, + and − step, digits say it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("plus,equals_sign", "cycle(1)", "More", show=False, id="form-more"),
        Binding("minus", "cycle(-1)", "Less", show=False, id="form-less"),
    ]

    @cached_property
    def texts(self) -> list[str]:
        """Every number within the bounds."""
        low, high = self._bounds
        return [str(number) for number in range(low, high + 1)]

    @property
    def _bounds(self) -> tuple[int, int]:
        field = self.entry.field
        return int(field.minimum or 0), int(field.maximum or 0)

    @property
    def number(self) -> int:
        """What is chosen; the least where that is no number."""
        text = self.entry.text or ""
        return int(text) if text.isdecimal() and len(text) < 6 else self._bounds[0]

    def action_cycle(self, step: int) -> None:
        """One more or less, within the bounds."""
        low, high = self._bounds
        self.choose(str(max(low, min(high, self.number + step))))

    def on_key(self, event: events.Key) -> None:
        """A digit, alone or after the one before."""
        if event.character is not None and event.character.isdecimal() and event.character.isascii():
            event.stop()
            event.prevent_default()
            low, high = self._bounds
            longer = int(f"{self.number}{event.character}")
            self.choose(str(longer if self.number and low <= longer <= high else min(high, int(event.character))))

    def render_line(self, y: int) -> Strip:
        base, value, unset = self.value_styles()
        low, high = self._bounds
        number = self.number
        runs = [
            ("‹ ", value if number > low else unset),
            (f"{number:>2}", value),
            (" ›  ", value if number < high else unset),
            ("■" * number + "·" * (high - number), unset),
        ]
        return Strip(fit(runs, self.size.width, base), self.size.width)

    def on_click(self, event: events.Click) -> None:
        """A click on an arrow steps."""
        x = event.get_content_offset_capture(self).x
        if event.y > 0 and x < 7:
            event.stop()
            self.action_cycle(-1 if x < 2 else 1 if x > 4 else 0)
