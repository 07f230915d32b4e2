"""The fields that are chosen, not typed: one of several values, and true or false."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import ClassVar

from rich.cells import cell_len
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.strip import Strip
from textual.widget import Widget

from tui.forms import to_text
from tui.toolkit.line_view import fit, printable
from tui.widgets.form.entry import Entry, default_words
from tui.widgets.form.field_base import FIELD_BINDINGS, FieldHost, FieldWidget
from tui.widgets.form.form_layout import STACKED
from tui.widgets.picker import Picker, Row


def color_of(style: Style) -> Style:
    """The style without its background."""
    return Style(color=style.color, bold=style.bold, dim=style.dim, italic=style.italic)


NOT_TYPED = " /?:"
"""What opens no list: these keys mean the same in every field that is no text."""


class ChosenField(FieldWidget, Widget, can_focus=True):  # pyright: ignore[reportIncompatibleVariableOverride]
    """What choices and booleans share: the value is one line, and left and right go through the values."""

    ALLOW_SELECT = False
    ONE_ROW = True
    BINDINGS: ClassVar[list[BindingType]] = [
        *FIELD_BINDINGS,
        Binding("left", "cycle(-1)", "Previous value", show=False, id="form-previous-value"),
        Binding("right", "cycle(1)", "Next value", show=False, id="form-next-value"),
        Binding("backspace,delete", "clear_field", show=False),
    ]

    def __init__(self, form: FieldHost, entry: Entry) -> None:
        self.form, self.entry = form, entry
        super().__init__()

    @cached_property
    def texts(self) -> list[str]:
        """The values as texts, in the schema's order."""
        return []

    def show_text(self) -> None:
        self.refresh()

    def value_style(self, name: str) -> Style:
        """A style of the form's parts, on the value's background."""
        return self.rich_style + color_of(self.style_of(name))

    def choose(self, text: str | None) -> None:
        """The user chose a value (None: none)."""
        self.edited(text)
        if text is not None:
            self.check()
        self.refresh()

    def action_cycle(self, step: int) -> None:
        """The next or previous value."""
        texts = self.texts
        if not texts:
            return
        now = self.entry.text if self.entry.text is not None else self.entry.default_text
        index = texts.index(now) + step if now in texts else min(step, 0)
        self.choose(texts[index % len(texts)])

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return 1


NOTED_CELLS = 56
"""Cells in which a given row stands with its note."""
Chooser = Callable[[str], None]
"""Opens what one chooses from, with a filter that was begun."""


class ChoiceField(ChosenField):
    """One of several values; enter opens the list of them, and typing filters it. The values are the schema's, or the
    rows that were given.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,space", "open", "Choose", show=False, id="form-open"),
    ]

    def __init__(
        self,
        form: FieldHost,
        entry: Entry,
        rows: Sequence[Row] | None = None,
        *,
        chooser: Chooser | None = None,
        empty: str = "",
    ) -> None:
        """`rows` take the place of the schema's values; `chooser` opens a list of its own; `empty` is shown while
        nothing is chosen."""
        super().__init__(form, entry)
        self._given = rows
        self._chooser = chooser
        self._empty = empty

    def set_rows(self, rows: Sequence[Row], empty: str = "") -> None:
        """What can be chosen now; `empty` says why there is nothing."""
        self._given, self._empty = rows, empty
        with contextlib.suppress(AttributeError):
            del self.texts
        self.refresh_label()
        self.refresh()

    @cached_property
    def texts(self) -> list[str]:
        if self._given is not None:
            return [row.value for row in self._given if row.value is not None]
        field = self.entry.field
        return [to_text(field, choice) for choice in field.choices]

    @property
    def rows(self) -> Sequence[Row]:
        """What the list shows: for the schema's values with the default marked, and a way to choose none."""
        if self._given is not None:
            return self._given
        default = self.entry.default_text
        rows = [Row(text, text, "default" if text == default else "") for text in self.texts]
        if not self.entry.field.required:
            rows.insert(0, Row(None, "not set", f"the model uses {printable(default)}" if default else ""))
        return rows

    @property
    def row(self) -> Row | None:
        """The given row of what is chosen."""
        return next((row for row in self._given or () if row.value == self.entry.text), None)

    def hint(self) -> str:
        if self._given is None and self._chooser is None:
            return super().hint()
        return self.row.note.strip() if self.row is not None and self.shape is STACKED else ""

    def choose(self, text: str | None) -> None:
        super().choose(text)
        self.refresh_label()

    def least_room(self) -> int:
        return NOTED_CELLS if self._given is not None else 0

    def value_cells(self) -> int:
        return sum(cell_len(words) for words, _ in self._words()) + 2

    def _words(self) -> list[tuple[str, Style]]:
        row, text = self.row, self.entry.text
        if text is None:
            words = default_words(self.entry.field)
            style = self.value_style("default" if words and not self._empty else "placeholder")
            return [(printable(self._empty) or words or "not set", style)]
        runs = [(printable(row.words if row is not None else text), self.value_style("value"))]
        if row is not None and row.note and self.shape is not STACKED:
            runs.append((f"   {printable(row.note.strip())}", self.value_style("unset")))
        return runs

    def render_line(self, y: int) -> Strip:
        width, base = self.size.width, self.rich_style
        runs = fit(self._words(), max(0, width - 2), base)
        return Strip([*runs, *fit([(" ▾", self.value_style("unset"))], min(2, width), base)], width)

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """A letter is the field's own, so that no bar offers it for something else."""
        return character is not None and character.isprintable() and character not in NOT_TYPED

    def on_key(self, event: events.Key) -> None:
        """A letter opens the list with the filter begun."""
        if event.character is not None and self.check_consume_key(event.key, event.character):
            event.stop()
            event.prevent_default()
            self.open(event.character)

    def on_click(self, event: events.Click) -> None:
        """A click on the value opens the list."""
        if self.on_value(event):
            event.stop()
            self.open()

    def action_open(self) -> None:
        """Open the list."""
        self.open()

    def open(self, typed: str = "") -> None:
        """Opens the list of values, filtered by what was typed."""
        if self._chooser is not None:
            self._chooser(typed)
        elif rows := self.rows:
            self.host.push_screen(Picker(self.entry.field.name, rows, here=self.entry.text, typed=typed), self._picked)

    def _picked(self, row: Row | None) -> None:
        if row is not None and row.value is None:
            self.action_clear_field()
        elif row is not None:
            self.choose(row.value)


BOOLEAN_CELLS = 29
"""Cells in which both values stand, and that one of them is the default."""


class BooleanField(ChosenField):
    """True or false, side by side."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,space", "other", "Toggle", show=False, id="form-toggle"),
        Binding("t,y", "set('true')", show=False),
        Binding("f,n", "set('false')", show=False),
    ]

    @cached_property
    def texts(self) -> list[str]:
        return ["true", "false"]

    def hint(self) -> str:
        return self.entry.note or ""

    def value_cells(self) -> int:
        return 17

    def render_line(self, y: int) -> Strip:
        text, default, unset = self._now(), self.entry.default_text, self.value_style("unset")
        chosen = self.value_style("value" if self.entry.text is not None else "default")
        runs = [
            ("● true" if text == "true" else "○ true", chosen if text == "true" else unset),
            ("   ", self.rich_style),
            ("● false" if text == "false" else "○ false", chosen if text == "false" else unset),
        ]
        if text not in ("true", "false", None):
            runs.append((f"   {printable(text)}", chosen))
        elif self.entry.text is None and not default:
            runs.append(("   not set", self.value_style("placeholder")))
        elif self.entry.text is None and self.size.width >= BOOLEAN_CELLS:
            runs.append(("   (default)", unset))
        return Strip(fit(runs, self.size.width, self.rich_style), self.size.width)

    def _now(self) -> str | None:
        text = self.entry.text if self.entry.text is not None else self.entry.default_text
        if text is None:
            return None
        return {"yes": "true", "on": "true", "1": "true", "no": "false", "off": "false", "0": "false"}.get(
            text.strip().lower(), text.strip().lower() if text.strip().lower() in ("true", "false") else text
        )

    def on_click(self, event: events.Click) -> None:
        """A click on a word chooses it, one beside them toggles."""
        if not self.on_value(event):
            return
        event.stop()
        x = event.get_content_offset_capture(self).x
        if x < 8:
            self.choose("true")
        elif x < 17:
            self.choose("false")

    def action_other(self) -> None:
        """The other value."""
        self.choose("false" if self._now() == "true" else "true")

    def action_set(self, text: str) -> None:
        """This value."""
        self.choose(text)
