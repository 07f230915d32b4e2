"""The field of a small whole number that is stepped through."""

from __future__ import annotations

from functools import cached_property
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.strip import Strip

from tui.toolkit.line_view import fit
from tui.widgets.form.choice_fields import ChosenField


class StepField(ChosenField):
    """A whole number within small bounds: left and right, + and − step, digits say it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("plus", "cycle(1)", "More", show=False, id="form-more"),
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
        value, unset = self.value_style("value"), self.value_style("unset")
        low, high = self._bounds
        number = self.number
        runs = [
            ("‹ ", value if number > low else unset),
            (f"{number:>2}", value),
            (" ›  ", value if number < high else unset),
            ("■" * number + "·" * (high - number), unset),
        ]
        return Strip(fit(runs, self.size.width, self.rich_style), self.size.width)

    def on_click(self, event: events.Click) -> None:
        """A click on an arrow steps."""
        x = event.get_content_offset_capture(self).x
        if self.on_value(event) and x < 7:
            event.stop()
            self.action_cycle(-1 if x < 2 else 1 if x > 4 else 0)
