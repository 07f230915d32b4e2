"""What all fields of a form share: the entry that holds what was typed, the label line, and the messages."""

from __future__ import annotations

from dataclasses import dataclass
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

from tui.forms import MISSING, Field, Kind, to_text
from tui.forms.field import bounds_words, kind_words
from tui.toolkit.fields import process_component_classes
from tui.toolkit.line_view import fit, one_line, shorten
from tui.widgets.form.form_history import FormHistory
from tui.wording import size as size_words

HELD_LENGTH = 4_000
"""Characters from which a text is shown by its size instead of being laid out at every key."""
CHECKED_WHILE_TYPING = 20_000
"""Characters up to which a text with a problem is checked again at every key."""
DEFAULT_SHOWN = 240
BAR = "▌"


@dataclass(eq=False)
class Entry:
    """One field and what the user made of it. The one place where its text lives."""

    field: Field
    text: str | None = None
    """As typed; None while the field is untouched."""
    problem: str | None = None
    note: str | None = None
    """Shown in place of the hint: what a chosen file is."""


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


def default_words(field: Field, limit: int = DEFAULT_SHOWN) -> str:
    """`1024 (default)`, or nothing where there is no default."""
    if field.default is MISSING or field.default is None or field.kind is Kind.SECRET:
        return ""
    text = to_text(field, field.default)
    return f"{one_line(shown(text, limit))} (default)" if text else ""


def shown(text: str, limit: int = 60) -> str:
    """A text in a few words: a data URI by its type and size, a long text by its beginning and size."""
    if text[:5].lower() == "data:":
        head, comma, _ = text[:200].partition(",")
        if comma:
            kind = head.split(";")[0]
            length = len(text) - len(head) - 1
            return f"{kind} · {size_words(length * 3 // 4 if head.endswith('base64') else length)}"
    lines = text.count("\n") + 1
    if lines == 1 and len(text) <= limit:
        return text
    first = shorten(" ".join(text[: limit * 2].split()), limit)
    parts = [first]
    if lines > 1:
        parts.append(f"{lines:,} lines")
    if len(text) > 1_000:
        parts.append(size_words(len(text.encode("utf-8", "replace"))))
    return " · ".join(parts)


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
        "form--unset",
    }

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.history = FormHistory()
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

    def step(self, entry: Entry, direction: int) -> None:
        """Moves the focus from a field to the one after (1) or before (-1) it."""
        raise NotImplementedError


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
    """The part that every field widget has in common. The first line is the label; the rest is the value."""

    form: FieldHost
    """The form that the field is in, or was until it was taken out of it."""
    entry: Entry
    _label: tuple[tuple[object, ...], Strip] | None = None

    # What a subclass gives

    def show_text(self) -> None:
        """Shows `entry.text`, which changed from outside."""
        raise NotImplementedError

    def hint(self) -> str:
        """The dim words after the name."""
        field = self.entry.field
        return self.entry.note or " · ".join(word for word in (kind_words(field), bounds_words(field)) if word)

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
        flips = (text is None) != (entry.text is None)
        entry.text = text
        if flips:
            self.refresh_label()
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

    # The label line

    def refresh_label(self) -> None:
        """Draws the label line anew."""
        self._label = None
        self._refresh_field(Region(0, 0, self.outer_size.width, 1))

    def _refresh_mark(self) -> None:
        """Draws the label line and the bar below it anew."""
        self._label = None
        width, height = self.outer_size
        self._refresh_field(Region(0, 0, width, 1), Region(0, 0, 1, height))

    def _refresh_field(self, *regions: Region) -> None:
        # The regions of a refresh begin at the content, and the label is in the border above it.
        offset = -self.content_offset
        self.refresh(*(region.translate(offset) for region in regions))

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._label = None

    def watch_has_focus(self, _has_focus: bool) -> None:
        # Nothing in a field's styles depends on the focus; styling it and its parts anew is most of the cost of a tab.
        self.refresh()

    def render_lines(self, crop: Region) -> list[Strip]:
        label = self._label_strip() if crop.y == 0 and crop.height else None
        strips = super().render_lines(crop if label is None else crop.shrink((1, 0, 0, 0)))
        if self.has_focus and crop.x == 0 and crop.width and strips:
            bar = self._filtered(Strip([Segment(BAR, self.form.rich_style + self._bar_style())], 1))
            strips = [Strip.join([bar, strip.crop(1, crop.width)]) for strip in strips]
        return strips if label is None else [label.crop(crop.x, crop.right), *strips]

    def _bar_style(self) -> Style:
        return self.style_of("problem" if self.entry.problem is not None else "bar")

    def _filtered(self, strip: Strip) -> Strip:
        background = self.background_colors[0]
        for line_filter in self.get_line_filters():
            strip = strip.apply_filter(line_filter, background)
        return strip

    def _label_strip(self) -> Strip:
        entry, width = self.entry, self.outer_size.width
        key = (width, self.has_focus, entry.problem, entry.note, entry.text is None)
        if self._label is not None and self._label[0] == key:
            return self._label[1]
        form, style = self.form, self.style_of
        base, field = form.rich_style, entry.field
        focused = self.has_focus
        hint_style = base + style("hint")
        name_style = style("name-focused" if focused else "name-deprecated" if field.deprecated else "name")
        runs = [
            (f"{BAR} " if focused else "  ", base + self._bar_style()),
            (one_line(field.name), base + name_style),
            (" *" if field.required else "", base + style("required")),
            (" deprecated" if field.deprecated else "", hint_style),
        ]
        if entry.problem is not None:
            runs.append((f"  ✗ {one_line(entry.problem)}", base + style("problem")))
        elif hint := self.hint():
            runs.append((f"  {one_line(hint)}", hint_style))
        words = "".join(f"  {word}" for word, _ in self.buttons())
        room = width - cell_len(words) - 1 if words else width
        segments = [*fit(runs, room, base), *fit([(words, hint_style)], width - room, base)]
        strip = self._filtered(Strip(segments, width))
        self._label = (key, strip)
        return strip
