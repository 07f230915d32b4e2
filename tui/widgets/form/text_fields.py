"""The fields that are typed into: one line for short texts and numbers, several for the rest."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from math import floor, log10
from typing import ClassVar, cast

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.reactive import Reactive
from textual.strip import Strip
from textual.style import Style as VisualStyle
from textual.widgets import Input, TextArea
from textual.widgets.text_area import Edit, EditResult

from tui.forms import Kind
from tui.forms.redaction import hides
from tui.toolkit.fields import AreaEdit, LineEdit
from tui.toolkit.line_view import ELLIPSIS, printable, shorten
from tui.widgets.form.choice_fields import color_of
from tui.widgets.form.entry import Entry, default_words, shown
from tui.widgets.form.field_base import FIELD_BINDINGS, HELD_LENGTH, EditRequested, FieldHost, FieldWidget
from tui.wording import size as size_words

# Read from the class this is the descriptor itself; its stub names the value's type too.
_PLACEHOLDER = cast("Reactive[str]", Input.placeholder)
_LINES = {Kind.TEXT: (2, 8)}
"""The least and the most lines that are shown at once, where they are not one to six."""
LONGEST_TEXT = 100_000
LONGEST_LINE = 20_000
"""A text of several lines is held from these lengths on: it would be wrapped anew at every key."""


def is_held(text: str) -> bool:
    """Whether a field of one line shows a text by its beginning and size."""
    return len(text) > HELD_LENGTH or "\n" in text or "\r" in text


def is_held_by_area(text: str) -> bool:
    """The same, for a field of several lines."""
    return len(text) > LONGEST_TEXT or (len(text) > LONGEST_LINE and max(map(len, text.split("\n"))) > LONGEST_LINE)


def amount(text: str) -> str:
    """`3 lines` or `2.1 MB`: what makes a text too long."""
    return (
        f"{text.count(chr(10)) + 1:,} lines"
        if len(text) <= HELD_LENGTH
        else size_words(len(text.encode("utf-8", "replace")))
    )


class LineField(FieldWidget, LineEdit):  # pyright: ignore[reportIncompatibleVariableOverride]
    """A text of one line. A very long or multi-line text is held: shown by its size, edited in $EDITOR."""

    ENTER_SENDS = False
    TAKES_LINES = True

    BINDINGS: ClassVar[list[BindingType]] = [
        *FIELD_BINDINGS,
        Binding("ctrl+e", "edit", "Edit in $EDITOR", show=False, id="form-edit"),
    ]

    def __init__(self, form: FieldHost, entry: Entry) -> None:
        self.form, self.entry = form, entry
        self._held = False
        self._instead = ""
        """What stands in place of a text."""
        super().__init__(
            password=entry.field.kind is Kind.SECRET,
            validate_on=(),
            select_on_focus=False,
            compact=False,
        )
        self.set_reactive(Input.cursor_blink, False)
        self.forget_initial_value()
        self._load()

    # From outside

    def _load(self) -> None:
        text = self.entry.text
        self._held = text is not None and is_held(text)
        value = "" if text is None else shown(text) if self._held else text
        self._instead = default_words(self.entry.field) or self.empty_words()
        self.placeholder = self._instead
        self.set_reactive(Input.value, value)
        self.set_reactive(Input.selection, type(self.selection).cursor(0 if self._held else len(value)))

    def show_text(self) -> None:
        self._load()
        self.show_anew()
        self.text_shown()

    def text_shown(self) -> None:
        """Called when another text is shown, typed or set."""

    def empty_words(self) -> str:
        """What stands in place of a text where there is no default."""
        return "required" if self.entry.field.required else ""

    def hint(self) -> str:
        if self._held and self.entry.text is not None and not self.entry.text.startswith("data:"):
            return f"{amount(self.entry.text)}, too long for one line · ^e edits, ^u clears"
        return super().hint()

    # Typing

    def value_edited(self, value: str) -> None:
        if not self._held:
            self.edited(value or None, typing=True)
        self.text_shown()

    def replace(self, text: str, start: int, end: int) -> None:
        if not self._held:
            super().replace(text, start, end)
        elif not text:
            self.action_clear_field()
        else:
            self.host.bell()

    def insert_text(self, text: str) -> None:
        """A pasted text, in place of the selection."""
        start, end = sorted(self.selection)
        whole = text if self._held else self.value[:start] + text + self.value[end:]
        if self._held or is_held(whole):
            self.edited(whole or None)
            self.show_text()
            self.refresh_label()
        else:
            self.replace(text, start, end)

    def pasted(self, text: str) -> str:
        """A pasted text as it is meant: a copied line brings its line end with it."""
        return text.rstrip("\r\n") if text.count("\n") <= 1 else text

    def on_paste(self, event: events.Paste) -> None:
        """A paste, whole."""
        event.stop()
        event.prevent_default()
        if event.text:
            self.insert_text(self.pasted(event.text))

    def action_paste(self) -> None:
        """Paste from the console's own clipboard."""
        self.insert_text(self.pasted(self.host.clipboard))

    async def action_submit(self) -> None:
        """On to the next field."""
        self.form.step(self.entry, 1)

    def action_edit(self) -> None:
        """Edit in $EDITOR. A secret is never written to a file."""
        if self.entry.field.kind is Kind.SECRET:
            self.action_end()
        else:
            self.post_message(EditRequested(self.form, self.entry.field))

    def action_clear_field(self) -> None:
        super().action_clear_field()
        self.refresh_label()

    # Drawing

    def get_component_rich_style(self, *names: str, partial: bool = False, default: Style | None = None) -> Style:
        if names == ("input--placeholder",):
            return color_of(self.style_of("default" if self.entry.default_text else "placeholder"))
        return super().get_component_rich_style(*names, partial=partial, default=default)

    def shown_value(self) -> str:
        return "•" * len(self.value) if self.password else printable(self.value)

    def render_line(self, y: int) -> Strip:
        room = self.scrollable_content_region.width
        # Textual cuts it where its room ends, and wraps it there, so that whole words are missing.
        self.set_reactive(_PLACEHOLDER, shorten(self._instead, room))
        strip = super().render_line(y)
        if self.has_focus or not self.value:
            return strip
        return cut_marked(strip, room, before=self.scroll_offset.x, whole=cell_len(self.shown_value()))


def cut_marked(strip: Strip, room: int, *, before: int, whole: int) -> Strip:
    """A line of a text that has `whole` cells, `before` of them out of sight at its left: marked where it goes on."""
    if room < 2:
        return strip
    if before + room < whole:
        strip = Strip.join([strip.crop(0, room - 1), _ellipsis(strip, room - 1), strip.crop(room)])
    if before:
        strip = Strip.join([_ellipsis(strip, 0), strip.crop(1)])
    return strip


def _ellipsis(strip: Strip, at: int) -> Strip:
    """One in the style of the cell there."""
    segments = list(strip.crop(at, at + 1))
    return Strip([Segment(ELLIPSIS, segments[0].style if segments else None)], 1)


class NumberField(LineField):
    """A number, with keys that step within its bounds."""

    ONE_ROW = True

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+up,alt+up", "step(1)", "More", show=False, id="form-more"),
        Binding("ctrl+down,alt+down", "step(-1)", "Less", show=False, id="form-less"),
    ]

    def action_step(self, direction: int) -> None:
        """One step up or down, from what is typed, else from the default."""
        field = self.entry.field
        text = self.entry.text
        if text is None:
            text = self.entry.default_text or ""
        try:
            number = Decimal(text.strip())
            if not number.is_finite():
                return
            number = number.quantize(self._step()) if number % self._step() == 0 else number
            number += direction * self._step()
        except InvalidOperation:
            number = Decimal(0) if field.minimum is None else Decimal(str(field.minimum))
        if field.minimum is not None:
            number = max(number, Decimal(str(field.minimum)))
        if field.maximum is not None:
            number = min(number, Decimal(str(field.maximum)))
        words = f"{number:f}"
        if field.kind is Kind.INTEGER:
            words = words.partition(".")[0]
        self.value = words
        self.cursor_position = len(words)

    def _step(self) -> Decimal:
        field = self.entry.field
        if field.kind is Kind.INTEGER:
            return Decimal(1)
        if field.minimum is None or field.maximum is None or field.maximum <= field.minimum:
            return Decimal("0.1")
        return Decimal(10) ** min(0, floor(log10((field.maximum - field.minimum) / 20)))


class AreaField(FieldWidget, AreaEdit):  # pyright: ignore[reportIncompatibleVariableOverride]
    """A text of several lines: a long text, one list item per line, or JSON."""

    WIDE = True

    BINDINGS: ClassVar[list[BindingType]] = [
        *FIELD_BINDINGS,
        Binding("ctrl+e", "edit_text", "Edit in $EDITOR", show=False, id="form-edit"),
    ]

    def __init__(self, form: FieldHost, entry: Entry) -> None:
        self.form, self.entry = form, entry
        self._held = False
        super().__init__(highlight_cursor_line=False, classes=f"-{entry.field.kind.value}")
        self.set_reactive(TextArea.cursor_blink, False)
        self._load()

    # From outside

    def _load(self) -> None:
        text = self.entry.text
        self._held = text is not None and is_held_by_area(text)
        value = "" if text is None else shown(text) if self._held else text
        self.placeholder = Content(default_words(self.entry.field) or self.empty_words())
        self.read_only = self._held
        if value != self.text:
            self.load_text(value)
            self.move_cursor(self.document.end)

    def empty_words(self) -> str:
        """What stands in place of a text where there is no default."""
        words = ["required"] if self.entry.field.required else []
        return ", ".join([*words, "one per line"] if self.entry.field.kind is Kind.LIST else words)

    def show_text(self) -> None:
        self._load()
        self.refresh_label()

    def hint(self) -> str:
        if self._held and self.entry.text is not None:
            return f"{amount(self.entry.text)}, too long to show · ^e edits, ^u clears"
        return super().hint()

    # Typing

    def edit(self, edit: Edit) -> EditResult:
        result = super().edit(edit)
        self._typed()
        return result

    def action_undo(self) -> None:
        """Its own steps first, which are words; then those of the form."""
        if self.history.undo_stack:
            self.undo()
            self._typed()
        else:
            self.form.undo()

    def action_redo(self) -> None:
        """The same, the other way."""
        if self.history.redo_stack:
            self.redo()
            self._typed()
        else:
            self.form.redo()

    def _typed(self) -> None:
        if not self._held:
            self.edited(self.text or None, typing=True)

    def on_paste(self, event: events.Paste) -> None:
        """A paste, whole."""
        event.stop()
        event.prevent_default()
        self.insert_text(event.text)

    def action_paste(self) -> None:
        """Paste from the console's own clipboard."""
        self.insert_text(self.host.clipboard)

    def insert_text(self, text: str) -> None:
        """A pasted text, in place of the selection."""
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        start, end = sorted(self.selection)
        if not self._held and not is_held_by_area(text):
            self.type_over(text, start, end)
            return
        if not self._held:
            text = self.get_text_range((0, 0), start) + text + self.get_text_range(end, self.document.end)
        self.edited(text or None)
        self.show_text()

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        """The form says it in its own words."""
        event.stop()

    def on_text_area_selection_changed(self, event: TextArea.SelectionChanged) -> None:
        """Nobody's business but the field's."""
        event.stop()

    def action_edit_text(self) -> None:
        """Edit in $EDITOR. A secret is never written to a file."""
        if hides(self.entry.field):
            self.action_cursor_line_end()
        else:
            self.post_message(EditRequested(self.form, self.entry.field))

    def action_delete_left(self) -> None:
        if self._held:
            self.action_clear_field()
        else:
            super().action_delete_left()

    # Moving

    def action_cursor_up(self, select: bool = False) -> None:
        """Up a line, or out of the field at its first."""
        if not select and (self._held or self.navigator.is_first_wrapped_line(self.cursor_location)):
            self.form.step(self.entry, -1, down=True)
        else:
            super().action_cursor_up(select)

    def action_cursor_down(self, select: bool = False) -> None:
        """Down a line, or out of the field at its last."""
        if not select and (self._held or self.navigator.is_last_wrapped_line(self.cursor_location)):
            self.form.step(self.entry, 1, down=True)
        else:
            super().action_cursor_down(select)

    def action_cursor_page_up(self) -> None:
        """Pages are the form's."""
        self.form.action_page_up()

    def action_cursor_page_down(self) -> None:
        """Pages are the form's."""
        self.form.action_page_down()

    # Its place

    def rows_needed(self) -> int:
        """The label, and as many lines as it has, within bounds."""
        least, most = _LINES.get(self.entry.field.kind, (1, 6))
        return 1 + max(least, min(self.virtual_size.height, most))

    def on_resize(self) -> None:
        """Another width wraps it in more lines, or fewer."""
        self.form.keep_in_sight()

    # Drawing

    def get_visual_style(self, *component_classes: str, partial: bool = False) -> VisualStyle:
        if component_classes == ("text-area--placeholder",):
            name = "default" if self.entry.default_text else "placeholder"
            return VisualStyle.from_rich_style(color_of(self.style_of(name)))
        return super().get_visual_style(*component_classes, partial=partial)

    def watch_has_focus(self, has_focus: bool) -> None:
        self.forget_lines()
        super().watch_has_focus(has_focus)

    def get_line(self, line_index: int) -> Text:
        line = self.document.get_line(line_index)
        item = self.entry.field.item
        masked = item is not None and item.kind is Kind.SECRET
        return Text("•" * len(line) if masked else printable(line), end="", no_wrap=True)
