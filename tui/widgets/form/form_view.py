"""A model's form: one widget per field, mounted as they come into sight, and the texts that were typed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import ClassVar

from textual import events, on
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static

from tui.forms import Field, Form, Kind, Problem
from tui.toolkit.line_view import one_line
from tui.toolkit.screen import updates_are_held
from tui.widgets.form import field_base as form_parts
from tui.widgets.form.choice_fields import BooleanField, ChoiceField
from tui.widgets.form.field_base import Entry, FieldHost, FieldWidget, app_of
from tui.widgets.form.file_field import FileField, FilePicker, local_path
from tui.widgets.form.text_fields import AreaField, LineField, NumberField
from tui.widgets.picker import Row

WIDGETS: dict[Kind, type[FieldWidget]] = {
    Kind.STRING: LineField,
    Kind.TEXT: AreaField,
    Kind.INTEGER: NumberField,
    Kind.NUMBER: NumberField,
    Kind.BOOLEAN: BooleanField,
    Kind.CHOICE: ChoiceField,
    Kind.FILE: FileField,
    Kind.SECRET: LineField,
    Kind.LIST: AreaField,
    Kind.JSON: AreaField,
}
FIRST = 14
"""Fields mounted before the first paint, when the height is not known yet."""
BATCH = 12
"""Fields mounted at a time after it."""
LATER = 0.02
"""Seconds after which the next are mounted, where nothing is painted."""
ROWS = {Kind.TEXT: 4, Kind.JSON: 3}
"""Rows of a field that is not mounted yet, label included; the others have two."""

UNKNOWN = "This model does not say what it asks for: it has no schema."


class FormView(FieldHost):
    """Shows a form. `values` are the texts as typed; what was not touched is not in them."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "next_field", "Next field", show=False),
        Binding("shift+tab", "previous_field", "Previous field", show=False),
        Binding("down", "next_field(False)", show=False),
        Binding("up", "previous_field(False)", show=False),
        Binding("pageup", "page_up", show=False),
        Binding("pagedown", "page_down", show=False),
        Binding("ctrl+home", "first_field", show=False),
        Binding("ctrl+end", "last_field", show=False),
        Binding("ctrl+enter", "submit", "Submit", show=False, id="form-submit"),
    ]

    Changed = form_parts.Changed
    FieldFocused = form_parts.FieldFocused
    ProblemChanged = form_parts.ProblemChanged
    Emptied = form_parts.Emptied
    EditRequested = form_parts.EditRequested
    UndoRequested = form_parts.UndoRequested
    FileRequested = form_parts.FileRequested

    class Submitted(Message):
        """The user asked to send the form from within it."""

    def __init__(self, form: Form | None = None, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._form: Form | None = None
        self._entries: dict[str, Entry] = {}
        self._widgets: dict[str, FieldWidget] = {}
        self._waiting: list[Entry] = []
        self._round = 0
        self._wanted: str | None = None
        self._given = form

    def on_mount(self) -> None:
        """Show the form that it was made with."""
        if self._given is not None:
            self.set_form(self._given)

    # ---- what the screen calls

    @property
    def model_form(self) -> Form | None:
        """The form that is shown."""
        return self._form

    @property
    def fields(self) -> list[Field]:
        """The fields that are shown, in their order."""
        return [entry.field for entry in self._entries.values()]

    def set_form(self, form: Form | None) -> None:
        """Shows a form. Fields that are as before keep their text; those of the same name and kind keep it too."""
        if not self.is_attached:
            self._given = form
            return
        fields = list(form.fields) if form is not None else []
        before = self._entries
        same = bool(fields) and [entry.field for entry in before.values()] == fields
        self._form = form
        if same:
            for entry, field in zip(before.values(), fields, strict=True):
                entry.field = field
            return
        self._entries = {}
        self.history.clear()
        for field in fields:
            old = before.get(field.name)
            kept = old.text if old is not None and old.field.kind is field.kind else None
            self._entries[field.name] = Entry(field, kept)
        self._build()

    @property
    def values(self) -> dict[str, str]:
        """The texts as typed, by name; untouched fields are absent."""
        return {name: entry.text for name, entry in self._entries.items() if entry.text is not None}

    def set_values(self, values: Mapping[str, str]) -> None:
        """Puts texts into fields; an empty one makes its field untouched. Others stay. No message is posted."""
        for name, text in values.items():
            if name in self._entries:
                self._set_text(name, text or None)

    def clear(self) -> None:
        """All fields back to untouched."""
        self.replace({}, whole=True)

    def replace(self, texts: Mapping[str, str | None], *, whole: bool = False) -> None:
        """Put texts into fields as one step that can be undone; with `whole` the other fields become untouched."""
        given = {name: texts.get(name) or None for name in (self._entries if whole else texts) if name in self._entries}
        changed = {name: text for name, text in given.items() if self._entries[name].text != text}
        self.history.replaced({name: self._entries[name].text for name in changed})
        for name, text in changed.items():
            self._set_text(name, text)

    def go_back(self) -> bool:
        """Undo the last change; False where there is none."""
        return self._put_back(self.history.undo(self.values))

    def go_forth(self) -> bool:
        """Do again what was undone."""
        return self._put_back(self.history.redo(self.values))

    def _put_back(self, texts: Mapping[str, str | None] | None) -> bool:
        for name, text in (texts or {}).items():
            if name in self._entries:
                self._set_text(name, text)
        if texts:
            self.focus_field(next(iter(texts)))
        return texts is not None

    def set_problems(self, problems: Iterable[Problem]) -> list[Problem]:
        """Shows each problem at its field and takes away the others; returns those whose field is not here."""
        told: dict[str, str] = {}
        lost: list[Problem] = []
        for problem in problems:
            if problem.field in self._entries:
                told.setdefault(problem.field, problem.message)
            else:
                lost.append(problem)
        for name, entry in self._entries.items():
            self._tell(entry, told.get(name))
        return lost

    @property
    def problems(self) -> dict[str, str]:
        """What is wrong, by field, in the form's order."""
        return {name: entry.problem for name, entry in self._entries.items() if entry.problem is not None}

    def focus_field(self, name: str) -> None:
        """Gives the focus to a field, which may not be mounted yet."""
        if name not in self._entries:
            return
        if name in self._widgets:
            self._focus(self._widgets[name])
        else:
            self._wanted = name
            self._mount(len(self._waiting))

    def focus_first_problem(self) -> bool:
        """Gives the focus to the first field with a problem; False where there is none."""
        for name in self.problems:
            self.focus_field(name)
            return True
        return False

    @property
    def focused_field(self) -> str | None:
        """The name of the field that has the focus."""
        focused = self.screen.focused if self.is_attached else None
        return focused.entry.field.name if isinstance(focused, FieldWidget) and focused.parent is self else None

    @property
    def complete(self) -> bool:
        """Whether every field is mounted."""
        return not self._waiting and all(widget.is_mounted for widget in self._widgets.values())

    def widget_of(self, name: str) -> Widget | None:
        """The widget of a field, once it is mounted."""
        return self._widgets.get(name)

    # ---- mounting

    def widget_for(self, entry: Entry) -> FieldWidget:
        """The widget of a field, new; a form of its own kind gives its own."""
        return WIDGETS[entry.field.kind](self, entry)  # type: ignore[call-arg]

    def _build(self) -> None:
        self._round += 1
        self._widgets = {}
        self._waiting = list(self._entries.values())
        self._wanted = None
        self.remove_children()
        self.scroll_to(0, 0, animate=False)
        if not self._entries:
            if self._form is not None:
                words = "This model asks for no input." if self._form.known else UNKNOWN
                self.mount(Static(Content(words), classes="form-empty"))
            return
        rows, count = max(self.size.height, 0), 0
        for entry in self._waiting:
            if rows <= 0:
                break
            rows -= ROWS.get(entry.field.kind, 2)
            count += 1
        self._mount(count or FIRST)

    def _mount(self, count: int) -> None:
        batch, self._waiting = self._waiting[:count], self._waiting[count:]
        widgets: list[FieldWidget] = []
        for entry in batch:
            widget = self.widget_for(entry)
            self._widgets[entry.field.name] = widget
            widgets.append(widget)
        room = next(iter(self.query_children(".form-room")), None)
        rows = sum(ROWS.get(entry.field.kind, 2) for entry in self._waiting)
        with app_of(self).batch_update():
            self.mount_all(widgets, before=room) if room is not None else self.mount_all(widgets)
            if room is not None and not rows:
                room.remove()
            elif rows:
                if room is None:
                    room = Static(classes="form-room")
                    self.mount(room)
                # What is not mounted yet takes its room already, so that the scrollbar does not jump.
                room.styles.height = rows
        self.call_after_refresh(self._after_mount, self._round)

    def _after_mount(self, number: int) -> None:
        if number != self._round:
            return
        if self._wanted is not None and self._wanted in self._widgets:
            widget, self._wanted = self._widgets[self._wanted], None
            self._focus(widget)
        if not self._waiting:
            return
        if updates_are_held(self):
            # Nothing is painted yet: those in sight come first.
            self.set_timer(LATER, partial(self._after_mount, number))
        else:
            self._mount(BATCH)

    # ---- texts and problems

    def _set_text(self, name: str, text: str | None) -> None:
        entry = self._entries[name]
        if entry.text == text:
            return
        entry.text = text
        self._tell(entry, None)
        if (widget := self._widgets.get(name)) is not None:
            widget.show_text()
            widget.refresh_label()

    def _tell(self, entry: Entry, problem: str | None) -> None:
        widget = self._widgets.get(entry.field.name)
        if widget is not None:
            widget.set_problem(problem)
        else:
            entry.problem = problem

    def judge(self, field: Field, text: str) -> str | None:
        """What is wrong with a text, in words, or None."""
        if self._form is None:
            return None
        found = self._form.from_text({field.name: text}).problems
        return next((problem.message for problem in found if problem.field == field.name), None)

    # ---- moving

    def _fields(self) -> list[FieldWidget]:
        return [self._widgets[name] for name in self._entries if name in self._widgets]

    def _focus(self, widget: FieldWidget) -> None:
        self.screen.set_focus(widget, scroll_visible=False)
        self._show(widget)

    def step(self, entry: Entry, direction: int) -> None:
        self._step(direction, leave=False)

    def _step(self, direction: int, *, leave: bool) -> None:
        fields = self._fields()
        focused = self.screen.focused
        index = fields.index(focused) + direction if isinstance(focused, FieldWidget) and focused in fields else 0
        if 0 <= index < len(fields):
            self._focus(fields[index])
        elif leave and not self._waiting:
            _ = self.screen.focus_next() if direction > 0 else self.screen.focus_previous()

    def action_next_field(self, leave: bool = True) -> None:
        """To the next field; from the last one, with `leave`, to what comes after the form."""
        self._step(1, leave=leave)

    def action_previous_field(self, leave: bool = True) -> None:
        """To the field before."""
        self._step(-1, leave=leave)

    def action_first_field(self) -> None:
        """To the first field."""
        if fields := self._fields():
            self._focus(fields[0])

    def action_last_field(self) -> None:
        """To the last field."""
        if self._entries:
            self.focus_field(next(reversed(self._entries)))

    def action_page_up(self) -> None:
        """A page up, the focus with it."""
        self._page(-1)

    def action_page_down(self) -> None:
        """A page down, the focus with it."""
        self._page(1)

    def _page(self, direction: int) -> None:
        fields = self._fields()
        if not fields:
            return
        focused = self.screen.focused
        now = focused if isinstance(focused, FieldWidget) and focused in fields else fields[0]
        target = now.virtual_region.y + direction * max(1, self.size.height - 3)
        reached = [f for f in fields if f.virtual_region.y <= target]
        if direction > 0:
            self._focus(reached[-1] if reached[-1] is not now else fields[min(fields.index(now) + 1, len(fields) - 1)])
        else:
            self._focus(reached[-1] if reached else fields[0])

    def action_submit(self) -> None:
        """Send the form."""
        self.post_message(self.Submitted())

    # ---- files

    @on(form_parts.FileRequested)
    def _choose_file(self, event: form_parts.FileRequested) -> None:
        entry = self._entries.get(event.name)
        if entry is None:
            return
        path = local_path(entry.text) if entry.text else None
        start = path.parent if path is not None and path.parent.is_dir() else Path.cwd()

        def picked(row: Row | None) -> None:
            if row is not None and row.value is not None and entry.text != row.value:
                self.replace({entry.field.name: row.value})
                self.post_message(self.Changed(self, entry.field, row.value))
                if (widget := self._widgets.get(entry.field.name)) is not None:
                    widget.check()

        app_of(self).push_screen(FilePicker(one_line(entry.field.name), start.absolute()), picked)

    # ---- the focus stays in sight

    def on_resize(self) -> None:
        """Other heights and widths move the fields: the one with the focus stays in sight."""
        self.call_after_refresh(self._show_focused)

    def _show_focused(self) -> None:
        focused = self.screen.focused if self.is_attached else None
        if isinstance(focused, FieldWidget) and focused.parent is self:
            self._show(focused)

    def _show(self, widget: FieldWidget) -> None:
        # A row of the neighbours stays in sight where there is room, so that one sees that it goes on.
        region = widget.virtual_region
        around = max(0, min(2, (self.size.height - region.height) // 2))
        region = region.grow((around, 0, around, 0))
        self.scroll_to_region(region, animate=False, force=True, origin_visible=True)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """What was clicked half in sight comes wholly into it."""
        widget = event.widget
        if isinstance(widget, FieldWidget):
            event.stop()
            self.scroll_to_region(widget.virtual_region, animate=False, force=True, origin_visible=True)
