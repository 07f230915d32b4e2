"""What all fields of a form share: the label beside or above the value, the mark of the focus, and the messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, cast

from rich.cells import cell_len
from rich.repr import Result
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.app import App
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.css.styles import RenderStyles
from textual.dom import DOMNode
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from tui.forms import Field
from tui.forms.field import bounds_words, kind_words, show_choice
from tui.toolkit.fields import process_component_classes
from tui.toolkit.line_view import fit, printable
from tui.widgets.form.at_replicate import AtReplicate
from tui.widgets.form.entry import Entry, default_words
from tui.widgets.form.form_history import FormHistory
from tui.widgets.form.form_layout import STACKED, RowShape, label_cells
from tui.widgets.form.shown_fields import ShownFields

HELD_LENGTH = 4_000
"""Characters from which a text is shown by its size instead of being laid out at every key."""
CHECKED_WHILE_TYPING = 20_000
"""Characters up to which a text with a problem is checked again at every key."""
BAR = "▌"
CHANGED = "•"
"""Stands after the name of a field that was changed."""
MOST_CHOICES = 60
"""Choices that the help names."""
LEAST_VALUE = 6
"""Cells of a value that stay in sight beside a problem."""


class FormMessage(Message):
    """A message about one field. It never shows the field's text, which may be a secret."""

    def __init__(self, form: Widget, field: Field) -> None:
        super().__init__()
        self.form = form
        self.field = field

    @property
    def name(self) -> str:
        """The field's name."""
        return self.field.name

    @property
    def control(self) -> Widget:
        """The form."""
        return self.form

    def __rich_repr__(self) -> Result:
        yield self.field.name


class Changed(FormMessage, namespace="form_view"):
    """The user changed a field; `text` is None where it went back to untouched."""

    def __init__(self, form: Widget, field: Field, text: str | None) -> None:
        super().__init__(form, field)
        self.text = text


class ShownChanged(Message, namespace="form_view"):
    """Other fields are shown than before, or what counts as changed is another."""


class FieldFocused(FormMessage, namespace="form_view"):
    """A field got the focus."""


class ProblemChanged(FormMessage, namespace="form_view"):
    """A field's problem came, changed or went (None)."""

    def __init__(self, form: Widget, field: Field, problem: str | None) -> None:
        super().__init__(form, field)
        self.problem = problem


class Emptied(FormMessage, namespace="form_view"):
    """The user emptied a field that held something."""


class EditRequested(FormMessage, namespace="form_view"):
    """The user wants to edit the field's text in $EDITOR."""


class FileRequested(FormMessage, namespace="form_view"):
    """The user wants to choose a file. The form answers it itself unless the message is stopped before."""


class UndoRequested(Message, namespace="form_view"):
    """The user wants a step back, or forth again, and the field has none of its own."""

    def __init__(self, *, back: bool) -> None:
        super().__init__()
        self.back = back


def app_of(node: DOMNode) -> App[Any]:
    """The app that a widget lives in."""
    return cast("App[Any]", getattr(node, "app"))  # noqa: B009 # its declared type is partly unknown


class FieldHost(VerticalScroll, can_focus=False):
    """What a field expects of the form that it is in."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "form--bar",
        "form--name",
        "form--name-focused",
        "form--name-deprecated",
        "form--required",
        "form--hint",
        "form--problem",
        "form--value",
        "form--default",
        "form--unset",
        "form--placeholder",
        "form--changed",
        "form--fold",
    }

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.history = FormHistory()
        self.shown = ShownFields()
        self.at_replicate: AtReplicate | None = None
        """The files that its fields can pick though they are not on this machine."""
        self.lenders: dict[type[Widget], Widget] = {}
        """For each kind of field the one whose component styles are those of all."""
        self.inks: dict[tuple[object, ...], Style] = {}
        """Component styles of the fields, ready to draw with: Textual forgets them at every focus."""

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self.inks.clear()

    def judge(self, field: Field, text: str) -> str | None:
        """What is wrong with a text, in words, or None."""
        raise NotImplementedError

    def undo(self) -> None:
        """Asks for the form's last change to be undone."""
        self.post_message(UndoRequested(back=True))

    def redo(self) -> None:
        """Asks for what was undone to be done again."""
        self.post_message(UndoRequested(back=False))

    def step(self, entry: Entry, direction: int, *, down: bool = False) -> None:
        """Moves the focus from a field to the next (1) or the one before (-1); with `down` to that below or above."""
        raise NotImplementedError

    def keep_in_sight(self) -> None:
        """The field with the focus is scrolled into sight once all is laid out anew."""
        self.call_after_refresh(self._show_focused)

    def _show_focused(self) -> None:
        focused = self.screen.focused if self.is_attached else None
        if focused is not None and focused.parent is self:
            self.bring_into_sight(focused)

    def bring_into_sight(self, widget: Widget) -> None:
        """Scroll to a field; a row of its neighbours shows that it goes on, where there is room."""
        region = widget.virtual_region
        around = max(0, min(2, (self.size.height - region.height) // 2))
        region = region.grow((around, 0, around, 0))
        self.scroll_to_region(region, animate=False, force=True, origin_visible=True)


FIELD_BINDINGS: list[BindingType] = [
    Binding("ctrl+u", "clear_field", "Back to the default", show=False, id="form-clear"),
]
"""The keys of every field."""

if TYPE_CHECKING:
    _Base = Widget
else:
    # Textual takes styles, bindings and component classes from the first widget among the bases only,
    # and that must be the Input or the TextArea.
    _Base = object


class FieldWidget(_Base):
    """The part that every field widget has in common: the label stands above the value, or beside it in one row."""

    ONE_ROW: ClassVar[bool] = False
    """Whether label and value share one row where there is room for both."""
    WIDE: ClassVar[bool] = False
    """Whether it goes across the columns of a form that has two."""

    form: FieldHost
    """The form that the field is in, or was until it was taken out of it."""
    entry: Entry
    shape: RowShape = STACKED
    """How it shares its row; STACKED where the label stands above the value."""
    _label: tuple[tuple[object, ...], Strip] | None = None
    _hint: tuple[tuple[object, ...], Strip] | None = None

    @property
    def HELP(self) -> str:  # pyright: ignore[reportIncompatibleVariableOverride] # noqa: N802 # each has its own
        """All of what the field asks for, for the help."""
        field = self.entry.field
        choices = "One of: " + ", ".join(map(show_choice, field.choices[:MOST_CHOICES])) if field.choices else ""
        facts = f"{field.name}{'  required' if field.required else ''}  {field.hint}"
        return "\n\n".join(part for part in (facts, field.description.strip(), choices) if part)

    # What a subclass gives

    def show_text(self) -> None:
        """Shows `entry.text`, which changed from outside."""
        raise NotImplementedError

    def hint(self) -> str:
        """The dim words after the name, or after the value."""
        field = self.entry.field
        kind = kind_words(field) if self.shape is STACKED else ""
        return self.entry.note or " · ".join(word for word in (kind, bounds_words(field)) if word)

    def value_cells(self) -> int:
        """The cells that its value needs, where a problem is told after it."""
        return cell_len(self.entry.text or default_words(self.entry.field)) + 2

    def check(self) -> None:
        """Checks the text as the field is left."""
        text = self.entry.text
        if text is not None:
            self.set_problem(self.form.judge(self.entry.field, text))

    # Changes

    @property
    def host(self) -> App[Any]:
        """The app."""
        return app_of(self)

    def style_of(self, name: str) -> Style:
        """A style of the form's parts, on the form's background; all fields share them."""
        return self.form.get_component_rich_style(f"form--{name}")

    def edited(self, text: str | None, *, typing: bool = False) -> None:
        """The user changed the text (None: back to untouched), as one step that can be undone; with `typing` perhaps
        by one letter of many, which are one step together."""
        entry = self.entry
        if text == entry.text:
            return
        self.form.history.changed(entry.field.name, entry.text, text, typing=typing)
        before = (entry.text is None, entry.changed)
        entry.text = text
        if before != (text is None, entry.changed):
            self.refresh_label()
            self.form.post_message(ShownChanged())
        if entry.problem is not None and (
            text is None or (len(text) <= CHECKED_WHILE_TYPING and self.form.judge(entry.field, text) is None)
        ):
            self.set_problem(None)
        self.post_message(Changed(self.form, entry.field, text))

    def set_problem(self, problem: str | None) -> None:
        """Shows a problem in place of the hint, or the hint again."""
        if problem == self.entry.problem:
            return
        self.entry.problem = problem
        self.show_problem()
        if self.is_attached:
            self.post_message(ProblemChanged(self.form, self.entry.field, problem))

    def show_problem(self) -> None:
        """Draws what tells of the problem anew."""
        self._refresh_mark()

    def set_note(self, note: str | None) -> None:
        """Says something about the value in place of the hint."""
        if note != self.entry.note:
            self.entry.note = note
            self.refresh_label()

    def action_clear_field(self) -> None:
        """Back to untouched."""
        held = self.entry.text is not None
        self.edited(None)
        self.show_text()
        if held:
            self.post_message(Emptied(self.form, self.entry.field))

    # The mouse

    def buttons(self) -> list[tuple[str, str]]:
        """Words at the right end of the label line that can be clicked, each with its action."""
        return [("reset", "clear_field")] if self.has_focus and self.entry.text is not None else []

    def on_value(self, event: events.Click) -> bool:
        """Whether a click is on the value, not on the label or on what stands after it."""
        if self.shape is STACKED:
            return event.y > 0
        return self.shape.label <= event.x < self.outer_size.width - max(self.shape.hint, self._button_cells())

    def _button_cells(self) -> int:
        words = sum(cell_len(word) + 2 for word, _ in self.buttons())
        return words + 1 if words else 0

    async def _on_click(self, event: events.Click) -> None:
        """A click on one of the buttons."""
        if event.y > 0:
            return
        end = self.outer_size.width - 1
        for word, action in reversed(self.buttons()):
            start = end - cell_len(word)
            if start - 1 <= event.x <= end:
                event.stop()
                await self.run_action(action)
                return
            end = start - 2

    # Focus

    def _on_focus(self, event: events.Focus) -> None:
        self.post_message(FieldFocused(self.form, self.entry.field))

    def _on_blur(self, event: events.Blur) -> None:
        # The bases in between post the value in a message, which must not happen to a secret.
        event.prevent_default()
        self.has_focus = False
        self.check()

    # Component styles: a cursor and a placeholder look alike in all fields of a kind, and to find out how for each of
    # them was a third of the time in which a form opens.

    def _get_component_classes(self) -> frozenset[str]:  # pyright: ignore[reportIncompatibleVariableOverride]
        lender = self.form.lenders.get(type(self))
        if lender is None or not lender.is_attached:
            lender = self.form.lenders[type(self)] = self
        return super()._get_component_classes() if lender is self else frozenset()

    def get_component_styles(self, *names: str) -> RenderStyles:
        lender = self.form.lenders.get(type(self))
        if lender is not None and lender is not self and lender.is_attached:
            return lender.get_component_styles(*names)
        if lender is not self:
            self.form.lenders[type(self)] = self
            process_component_classes(self)
        return super().get_component_styles(*names)

    def get_component_rich_style(self, *names: str, partial: bool = False, default: Style | None = None) -> Style:
        inks, key = self.form.inks, (type(self), partial, *names)
        if default is not None:
            return super().get_component_rich_style(*names, partial=partial, default=default)
        if key not in inks:
            inks[key] = super().get_component_rich_style(*names, partial=partial)
        return inks[key]

    # Its place

    def take_shape(self, shape: RowShape) -> None:
        """Share one row, where its label fits beside the value; else the label stands above it."""
        if not self.ONE_ROW or label_cells(self.entry.field) > shape.label or shape.room < self.least_room():
            shape = STACKED
        if shape == self.shape:
            return
        self.shape = shape
        row = shape is not STACKED
        self.set_class(row, "-row")
        # The border at the left, where the mark of the focus is, is one cell of the label.
        self.styles.padding = (0, shape.hint, 0, shape.label - 1) if row else (0, 1)
        self._label = self._hint = None

    def least_room(self) -> int:
        """The cells after the label without which it stands above the value."""
        return 0

    def rows_needed(self) -> int:
        """The rows that it needs, its label included."""
        return 2 if self.shape is STACKED else 1

    def allow_focus(self) -> bool:
        """What is folded away, or not found, is passed over."""
        return self.can_focus and self.form.shown.has(self.entry.field.name)

    # The label

    def refresh_label(self) -> None:
        """Draws the label, and what stands after the value, anew."""
        self._label = self._hint = None
        self._refresh_field(Region(0, 0, self.outer_size.width, 1))

    def _refresh_mark(self) -> None:
        """Draws the label line and the bar below it anew."""
        self._label = self._hint = None
        width, height = self.outer_size
        self._refresh_field(Region(0, 0, width, 1), Region(0, 0, 1, height))

    def _refresh_field(self, *regions: Region) -> None:
        # The regions of a refresh begin at the content, and the label is in the border above it.
        offset = -self.content_offset
        self.refresh(*(region.translate(offset) for region in regions))

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._label = self._hint = None

    def watch_has_focus(self, _has_focus: bool) -> None:
        # Nothing in a field's styles depends on the focus; styling it and its parts anew is most of the cost of a tab.
        self.refresh()

    def render_lines(self, crop: Region) -> list[Strip]:
        if self.shape is not STACKED:
            return self._render_row(crop)
        label = self._label_strip(self.outer_size.width) if crop.y == 0 and crop.height else None
        strips = super().render_lines(crop if label is None else crop.shrink((1, 0, 0, 0)))
        if self.has_focus and crop.x == 0 and crop.width and strips:
            bar = self._filtered(Strip([Segment(BAR, self.form.rich_style + self._bar_style())], 1))
            strips = [Strip.join([bar, strip.crop(1, crop.width)]) for strip in strips]
        return strips if label is None else [label.crop(crop.x, crop.right), *strips]

    def _render_row(self, crop: Region) -> list[Strip]:
        """The label, the value and the hint beside each other."""
        width = self.outer_size.width
        strips = super().render_lines(Region(0, crop.y, width, crop.height))
        if not strips or crop.y:
            return [strip.crop(crop.x, crop.right) for strip in strips]
        label, hint = self._label_strip(self.shape.label), self._hint_strip(width)
        value = strips[0].crop(label.cell_length, width - hint.cell_length)
        return [Strip.join([label, value, hint]).crop(crop.x, crop.right), *strips[1:]]

    def _bar_style(self) -> Style:
        return self.style_of("problem" if self.entry.problem is not None else "bar")

    def _filtered(self, strip: Strip) -> Strip:
        background = self.background_colors[0]
        for line_filter in self.get_line_filters():
            strip = strip.apply_filter(line_filter, background)
        return strip

    def _label_strip(self, width: int) -> Strip:
        """The mark of the focus, the name and its marks; above the value also what the hint says."""
        entry, stacked = self.entry, self.shape is STACKED
        key = (width, self.has_focus, entry.problem, entry.note, entry.text is None, entry.changed)
        if self._label is not None and self._label[0] == key:
            return self._label[1]
        form, style = self.form, self.style_of
        base, field = form.rich_style, entry.field
        focused = self.has_focus
        name_style = style("name-focused" if focused else "name-deprecated" if field.deprecated else "name")
        runs = [
            (f"{BAR} " if focused else "  ", base + self._bar_style()),
            (printable(field.name), base + name_style),
            (" *" if field.required else "", base + style("required")),
            (f" {CHANGED}" if entry.changed else "", base + style("changed")),
            (" deprecated" if field.deprecated and stacked else "", base + style("hint")),
        ]
        buttons = self._buttons() if stacked else []
        if stacked:
            runs += self._told()
        room = width - sum(cell_len(word) for word, _ in buttons) - (1 if buttons else 0)
        strip = self._filtered(Strip([*fit(runs, room, base), *fit(buttons, width - room, base)], width))
        self._label = (key, strip)
        return strip

    def _hint_strip(self, width: int) -> Strip:
        """What stands after the value: its hint, or of the field with the focus, or with a problem, what is told of it;
        that takes of the value's room what the value does not need.
        """
        entry, value = self.entry, self.value_cells()
        key = (width, self.has_focus, entry.problem, entry.note, entry.text is None, value)
        if self._hint is not None and self._hint[0] == key:
            return self._hint[1]
        base, buttons, told = self.form.rich_style, self._buttons(), self._told()
        after = sum(cell_len(word) for word, _ in buttons) + (1 if buttons else 0)
        wanted = sum(cell_len(word) for word, _ in told) + max(1, after)
        room = width - self.shape.label
        cells = max(self.shape.hint, after)
        if entry.problem is not None or (told and self.has_focus):
            most = room - max(LEAST_VALUE, min(value, room // 2))
            if entry.problem is not None and wanted > most:
                # The value stands beside it, and all of it in the help.
                told = [(f"  ✗ {brief(printable(entry.problem))}", base + self.style_of("problem"))]
                wanted = cell_len(told[0][0]) + max(1, after)
            cells = max(cells, min(wanted, most))
        strip = self._filtered(Strip([*fit(told, cells - after, base), *fit(buttons, after, base)], cells))
        self._hint = (key, strip)
        return strip

    def _told(self) -> list[tuple[str, Style]]:
        """The problem in words, else the hint."""
        base, entry = self.form.rich_style, self.entry
        if entry.problem is not None:
            return [(f"  ✗ {printable(entry.problem)}", base + self.style_of("problem"))]
        hint = self.hint()
        return [(f"  {printable(hint)}", base + self.style_of("hint"))] if hint else []

    def _buttons(self) -> list[tuple[str, Style]]:
        style = self.form.rich_style + self.style_of("hint")
        return [(f"  {word}", style) for word, _ in self.buttons()]


def brief(problem: str) -> str:
    """`at most 1440`: a problem in few words, for beside the value that has it."""
    return problem.removeprefix("must be ").partition(", got ")[0]
