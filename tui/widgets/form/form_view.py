"""A model's form: one widget per field, mounted as they come into sight, and the texts that were typed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import ClassVar

from textual import events, on
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Region
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static

from tui.forms import Field, Form, Kind, Problem
from tui.toolkit.line_view import printable
from tui.toolkit.screen import updates_are_held
from tui.widgets.form import field_base as form_parts
from tui.widgets.form.choice_fields import BooleanField, ChoiceField
from tui.widgets.form.entry import Entry
from tui.widgets.form.field_base import FieldHost, FieldWidget, app_of
from tui.widgets.form.field_order import matching
from tui.widgets.form.file_field import FileField, FilePicker, local_path
from tui.widgets.form.fold_line import FoldLine
from tui.widgets.form.form_layout import (
    STACKED,
    Cell,
    FieldLayout,
    RowShape,
    column_width,
    hint_cells,
    label_cells,
    regions,
    shape_of,
)
from tui.widgets.form.form_part import FormPart
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
TALL = {Kind.TEXT: 3}
"""Rows of a field that is not mounted yet, label included; the others have two, or one."""

FOLDED = "The fields that are folded away: enter shows them, or hides them again."
UNKNOWN = "This model does not say what it asks for: it has no schema."


class FormView(FieldHost):
    """Shows a form. `values` are the texts as typed; what was not touched is not in them."""

    FILLS_WHOLE = True
    """Whether it fills the screen as a whole where a part of it has the focus."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "next_field", "Next field", show=False),
        Binding("shift+tab", "previous_field", "Previous field", show=False),
        Binding("down", "field_below", show=False),
        Binding("up", "field_above", show=False),
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
    ShownChanged = form_parts.ShownChanged

    class Submitted(Message):
        """The user asked to send the form from within it."""

    class FoldToggled(Message):
        """The user wants all fields to be shown from now on, or not."""

        def __init__(self, *, unfolded: bool) -> None:
            super().__init__()
            self.unfolded = unfolded

    def __init__(
        self,
        form: Form | None = None,
        *,
        folding: bool = False,
        part: FormPart | None = None,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        """`folding`: whether a form of many fields shows a handful, and the others on demand. `part` stands at its end,
        folded away.
        """
        super().__init__(id=id, classes=classes)
        self._form: Form | None = None
        self._folding = folding
        self._entries: dict[str, Entry] = {}
        self._widgets: dict[str, FieldWidget] = {}
        self._fold: FoldLine | None = None
        self._part = part
        self._part_line: FoldLine | None = None
        self._part_shape: RowShape = STACKED
        self._empty: Static | None = None
        """What is said where the model asks for nothing."""
        self._room: Static | None = None
        self._shape: RowShape = STACKED
        self._shaped = 0
        self._layout = FieldLayout(self._places)
        self._round = 0
        self._wanted: str | None = None
        self._left = ""
        self._unplaced = False
        """Whether fields were added or moved since all were laid out."""
        self._sought = False
        """Whether the field with the focus is to be in sight once all are laid out."""
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
        """The fields of the model, in their order."""
        return [entry.field for entry in self._entries.values() if not self._of_part(entry)]

    @property
    def _part_fields(self) -> tuple[Field, ...]:
        """The fields of the part at the end."""
        return self._part.form().fields if self._part is not None else ()

    def _of_part(self, entry: Entry) -> bool:
        return self._part is not None and self._part.form().field(entry.field.name) is not None

    def set_form(self, form: Form | None) -> None:
        """Shows a form. Fields that are as before keep their text; those of the same name and kind keep it too."""
        if not self.is_attached:
            self._given = form
            return
        fields = [*(form.fields if form is not None else ()), *self._part_fields]
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

    def settle(self, start: Mapping[str, str], *, unfolded: bool = False) -> None:
        """The form is filled as it opens: what differs from `start` counts as changed, and its order is chosen now."""
        for name, entry in self._entries.items():
            entry.start = start.get(name) or None
        if self.history.empty:
            self.shown.unfolded = unfolded
            self._arrange()
            self._show_fields()
        for widget in self._widgets.values():
            widget.refresh_label()
        self.post_message(self.ShownChanged())

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
        self._reveal([name for name, text in changed.items() if text is not None])
        self.post_message(self.ShownChanged())

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
            self._reveal([name for name in texts if name in self._entries])
            self.post_message(self.ShownChanged())
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
        self._reveal(list(told))
        return lost

    @property
    def problems(self) -> dict[str, str]:
        """What is wrong, by field, in the form's order."""
        entries = ((name, self._entries[name]) for name in self.shown.order)
        return {name: entry.problem for name, entry in entries if entry.problem is not None}

    @property
    def changed_fields(self) -> list[str]:
        """The names of the model's fields that say something else than the form began with."""
        return [name for name in self.shown.order[: self.shown.end] if self._entries[name].changed]

    @property
    def needed_fields(self) -> list[str]:
        """The names of the required fields that are still empty."""
        return [name for name in self.shown.order if self._entries[name].needed]

    def focus_field(self, name: str) -> None:
        """Gives the focus to a field, which may be folded away or not be mounted yet."""
        if name not in self._entries:
            return
        if not self.shown.has(name):
            # One that was not found may stand before the fold: then nothing has to be revealed, and yet shown.
            self.shown.find(None)
            self.shown.reveal([name])
            self._show_fields()
            self.post_message(self.ShownChanged())
        if name in self._widgets:
            self.focus_widget(self._widgets[name])
        else:
            self._wanted = name
            self._mount(len(self._waiting))
            # What is typed from now on is meant for it, though it is brought into sight only when it has its place.
            self.screen.set_focus(self._widgets[name], scroll_visible=False)

    # ---- folding and finding

    def find(self, words: str) -> int:
        """Show only the fields that words find, all with none; how many that are."""
        fields = [entry.field for entry in self._entries.values()]
        names = matching(fields, words) if words.strip() else None
        self.shown.find(names)
        if names is None and (focused := self.focused_field) is not None:
            self.shown.reveal([focused])
        self.scroll_to(0, 0, animate=False)
        self._show_fields()
        self.post_message(self.ShownChanged())
        return len(self._entries) if names is None else len(names)

    def unfold(self, unfolded: bool) -> None:
        """Show what is behind the fold, or fold it away."""
        self.shown.unfold(unfolded)
        self.shown.reveal([*self.changed_fields, *self.problems])
        self._show_fields()
        self.post_message(self.ShownChanged())

    @on(FoldLine.Toggled)
    def _fold_toggled(self, event: FoldLine.Toggled) -> None:
        event.stop()
        if event.line is self._part_line:
            self.open_part(event.unfold)
            return
        self.unfold(event.unfold)
        self.post_message(self.FoldToggled(unfolded=event.unfold))

    def open_part(self, opened: bool) -> None:
        """Show the part at the end, or fold it away, unless something is wrong in it."""
        self.shown.open_part(opened)
        self.shown.reveal(list(self.problems))
        self._show_fields()
        self.post_message(self.ShownChanged())
        if opened and self._part_line is not None:
            self.call_after_refresh(self.bring_into_sight, self._part_line)

    def _reveal(self, names: list[str]) -> None:
        if names and self.shown.reveal(names):
            self._show_fields()
            self.post_message(self.ShownChanged())

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

    def enter(self) -> None:
        """Gives the focus to the field that had it last, else to the first that is shown."""
        if self.shown.has(self._left):
            self.focus_field(self._left)
        elif self.shown.names:
            self.focus_field(self.shown.names[0])

    def widget_of(self, name: str) -> FieldWidget | None:
        """The widget of a field, once it is mounted."""
        return self._widgets.get(name)

    # ---- mounting

    def class_for(self, field: Field) -> type[FieldWidget]:
        """The class of a field's widget; a form of its own kind has its own."""
        return WIDGETS[field.kind]

    def widget_for(self, entry: Entry) -> FieldWidget:
        """The widget of a field, new."""
        return self.class_for(entry.field)(self, entry)  # type: ignore[call-arg]

    def _build(self) -> None:
        self._round += 1
        self._widgets, self._wanted, self._left, self._shaped = {}, None, "", 0
        self._fold = self._room = self._part_line = self._empty = None
        self.remove_children()
        self.scroll_to(0, 0, animate=False)
        self._arrange()
        if self._form is not None and not self.shown.end:
            words = "This model asks for no input." if self._form.known else UNKNOWN
            self._empty = Static(Content(words), classes="form-empty")
            self.mount(self._empty)
        if self._entries:
            self._mount(self._in_sight() or FIRST)

    def _arrange(self) -> None:
        """Choose the order of the fields, which is also that of the tab key."""
        entries = list(self._entries.values())
        part = [entry.field.name for entry in entries if self._of_part(entry)]
        self.shown.arrange(entries[: len(entries) - len(part)], folding=self._folding, part=part)
        if self.shown.head < self.shown.end and self._fold is None:
            self._fold = FoldLine(self, lambda: self.shown.folds, FOLDED)
            self.mount(self._fold)

    def _mount_part_line(self, part: FormPart) -> None:
        """The line of the part comes after all that is painted first."""
        self._unplaced = True
        self._part_line = FoldLine(self, lambda: self.shown.parts, part.help)
        self.mount(self._part_line)
        self._in_order()

    def _tell_part(self) -> None:
        if self._part is not None and self._part_line is not None:
            opened = self.shown.part_open
            self._part_line.tell(self._part.title, self._part.hint(self.values, unfolded=opened), unfolded=opened)

    @property
    def _waiting(self) -> list[Entry]:
        """What is to be shown and is not mounted yet."""
        return [self._entries[name] for name in self.shown.names if name not in self._widgets]

    def _in_sight(self) -> int:
        """How many of them the form has room for; 0 where its size is not known yet."""
        rows = self.size.height
        count = 0
        for entry in self._waiting if rows > 0 else ():
            if rows <= 0:
                break
            rows -= self._rows_of(entry)
            count += 1
        return count

    def _rows_of(self, entry: Entry) -> int:
        widget = self._widgets.get(entry.field.name)
        if widget is not None:
            return widget.rows_needed()
        one_row = self.class_for(entry.field).ONE_ROW and self._shape_of(entry) is not STACKED
        return 1 if one_row else TALL.get(entry.field.kind, 2)

    def _mount(self, count: int) -> None:
        self._unplaced = True
        self._choose_shape()
        widgets: list[Widget] = []
        for entry in self._waiting[:count]:
            widget = self.widget_for(entry)
            widget.take_shape(self._shape_of(entry))
            self._widgets[entry.field.name] = widget
            widgets.append(widget)
        if self._waiting and self._room is None:
            # What is not mounted yet takes its room already, so that the scrollbar does not jump.
            self._room = Static(classes="form-room")
            widgets.append(self._room)
        with app_of(self).batch_update():
            if not self._waiting and self._room is not None:
                self._room.remove()
                self._room = None
            if widgets:
                self.mount_all(widgets)
        self._in_order()
        self.call_after_refresh(self._after_mount, self._round)

    def _show_fields(self) -> None:
        """Mount what is to be shown now, and lay all of it out."""
        if not self._entries:
            return
        self._unplaced = True
        if self._waiting:
            self._mount(max(FIRST, self._in_sight()))
        else:
            self._in_order()
        # A widget that is laid out anew makes its parents forget how their children stand.
        for child in self.children[:1]:
            child.refresh(layout=True)

    def _in_order(self) -> None:
        """The children in the order in which they are shown: the tab key goes from one to the next."""
        places: dict[Widget, int] = {stop: place for place, stop in enumerate(self._stops())}
        last = len(places)
        if sorted(self.children, key=lambda child: places.get(child, last)) != list(self.children):
            self.sort_children(key=lambda child: places.get(child, last))

    def _after_mount(self, number: int) -> None:
        if number != self._round:
            return
        if self._wanted is not None and self._wanted in self._widgets:
            widget, self._wanted = self._widgets[self._wanted], None
            self.focus_widget(widget)
        part = self._part if self._part_line is None else None
        if not self._waiting and part is None:
            return
        if updates_are_held(self):
            # Nothing is painted yet: those in sight come first.
            self.set_timer(LATER, partial(self._after_mount, number))
        elif self._waiting:
            self._mount(BATCH)
        elif part is not None:
            self._mount_part_line(part)

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
        if self._of_part(entry):
            self._tell_part()

    def _tell(self, entry: Entry, problem: str | None) -> None:
        widget = self._widgets.get(entry.field.name)
        if widget is not None:
            widget.set_problem(problem)
        else:
            entry.problem = problem

    def judge(self, field: Field, text: str) -> str | None:
        """What is wrong with a text, in words, or None."""
        if self._part is not None and self._part.form().field(field.name) is not None:
            return self._part.judge(field.name, text)
        if self._form is None:
            return None
        found = self._form.from_text({field.name: text}).problems
        return next((problem.message for problem in found if problem.field == field.name), None)

    # ---- where they stand

    @property
    def layout(self) -> FieldLayout:
        """One or two columns, by the width."""
        return self._layout

    def _places(self, width: int) -> Iterable[tuple[Widget, Region]]:
        """The region of each child that is shown, in so many cells."""
        top = 0
        if self._empty is not None:
            top = self._empty.get_content_height(self.size, self.size, width - 4) + 2
            yield self._empty, Region(0, 0, width, top)
        self._unplaced = False
        if self._sought:
            # On a slow machine the focus is there before its field has a place.
            self._sought = False
            self.keep_in_sight()
        stops = self._lines()
        if self.shown.folds and self._fold is not None:
            more = "1 more field" if self.shown.folded == 1 else f"{self.shown.folded} more fields"
            hint = f"enter {'hides' if self.shown.unfolded else 'shows'} them"
            self._fold.tell(more, hint, unfolded=self.shown.unfolded)
        self._tell_part()
        places = regions([self._cell(stop) for stop in stops], width)
        missing: list[Region] = []
        for stop, region in zip(stops, places, strict=True):
            widget = self._widgets.get(stop.field.name) if isinstance(stop, Entry) else stop
            if widget is not None:
                yield widget, region.translate((0, top))
            else:
                missing.append(region)
        if missing and self._room is not None:
            first = missing[0].y
            yield self._room, Region(0, first + top, 1, max(region.bottom for region in missing) - first)

    def _lines(self) -> list[Entry | FoldLine]:
        """What is shown, in its order: the fields, mounted or not, and the lines that are."""
        lines: list[Entry | FoldLine] = [self._entries[name] for name in self.shown.names]
        if self._part_line is not None and self.shown.parts:
            lines.insert(self.shown.own, self._part_line)
        if self._fold is not None and self.shown.folds:
            lines.insert(self.shown.head, self._fold)
        return lines

    def _cell(self, stop: Entry | FoldLine) -> Cell:
        if isinstance(stop, FoldLine):
            return Cell(1, wide=True)
        return Cell(self._rows_of(stop), wide=self.class_for(stop.field).WIDE)

    def _choose_shape(self) -> None:
        """How the fields of one row share it, by the width of a column."""
        width = self.size.width or app_of(self).size.width
        if width == self._shaped:
            return
        self._shaped = width
        self._shape = self._shape_for(self.fields, width)
        self._part_shape = self._shape_for(self._part_fields, width)

    def _shape_for(self, fields: Iterable[Field], width: int) -> RowShape:
        fields = [field for field in fields if self.class_for(field).ONE_ROW]
        return shape_of(map(label_cells, fields), map(hint_cells, fields), column_width(width))

    def _shape_of(self, entry: Entry) -> RowShape:
        return self._part_shape if self._of_part(entry) else self._shape

    def on_resize(self) -> None:
        """Other heights and widths move the fields: the one with the focus stays in sight."""
        before = self._shaped
        self._choose_shape()
        if self._shaped != before:
            for widget in self._widgets.values():
                widget.take_shape(self._shape_of(widget.entry))
        self.keep_in_sight()

    # ---- moving

    def _stops(self) -> list[Widget]:
        """What the focus goes through: the fields that are shown and mounted, and the lines between them."""
        lines = (self._widgets.get(stop.field.name) if isinstance(stop, Entry) else stop for stop in self._lines())
        return [widget for widget in lines if widget is not None]

    def focus_widget(self, widget: Widget) -> None:
        """Gives the focus to a field, or to the line of the fold."""
        self.screen.set_focus(widget, scroll_visible=False)
        self.bring_into_sight(widget)
        self._sought = self._unplaced

    def step(self, entry: Entry, direction: int, *, down: bool = False) -> None:
        if down:
            self._step_down(direction)
        else:
            self._step(direction)

    def _place(self) -> tuple[list[Widget], int | None]:
        """What the focus goes through, and where it is."""
        stops, focused = self._stops(), self.screen.focused
        return stops, stops.index(focused) if focused is not None and focused in stops else None

    def _step(self, direction: int, *, leave: bool = False) -> None:
        lines, focused = self._lines(), self.screen.focused
        at: Entry | FoldLine | Widget | None = focused.entry if isinstance(focused, FieldWidget) else focused
        index = next((place for place, line in enumerate(lines) if line is at), -direction) + direction
        if 0 <= index < len(lines):
            line = lines[index]
            # A field that is not mounted yet is not passed over.
            self.focus_widget(line) if isinstance(line, FoldLine) else self.focus_field(line.field.name)
        elif leave and (self._part is None or self._part_line is not None):
            _ = self.screen.focus_next() if direction > 0 else self.screen.focus_previous()

    def _step_down(self, direction: int) -> None:
        """To what stands below (1) or above (-1), in the same column where there are two."""
        stops, now = self._place()
        if now is None:
            self._step(direction)
            return
        here = stops[now].virtual_region
        beyond = [s for s in stops if (s.virtual_region.y - here.y) * direction > 0]
        if beyond:
            line = min(abs(stop.virtual_region.y - here.y) for stop in beyond)
            level = [stop for stop in beyond if abs(stop.virtual_region.y - here.y) == line]
            self.focus_widget(min(level, key=lambda stop: abs(stop.virtual_region.x - here.x)))

    def action_next_field(self) -> None:
        """To the next field; from the last one to what comes after the form."""
        self._step(1, leave=True)

    def action_previous_field(self) -> None:
        """To the field before; from the first one to what comes before the form."""
        self._step(-1, leave=True)

    def action_field_below(self) -> None:
        """To the field below."""
        self._step_down(1)

    def action_field_above(self) -> None:
        """To the field above."""
        self._step_down(-1)

    def action_first_field(self) -> None:
        """To the first field."""
        if self.shown.names:
            self.focus_field(self.shown.names[0])

    def action_last_field(self) -> None:
        """To the last field that is shown, or to the line after it."""
        last = next(reversed(self._lines()), None)
        if isinstance(last, FoldLine):
            self.focus_widget(last)
        elif last is not None:
            self.focus_field(last.field.name)

    def action_page_up(self) -> None:
        """A page up, the focus with it."""
        self._page(-1)

    def action_page_down(self) -> None:
        """A page down, the focus with it."""
        self._page(1)

    def _page(self, direction: int) -> None:
        stops, place = self._place()
        if not stops:
            return
        now = stops[place or 0]
        target = now.virtual_region.y + direction * max(1, self.size.height - 3)
        reached = [stop for stop in stops if stop.virtual_region.y <= target]
        if direction > 0:
            beyond = reached[-1] is now
            self.focus_widget(stops[min((place or 0) + 1, len(stops) - 1)] if beyond else reached[-1])
        else:
            self.focus_widget(reached[-1] if reached else stops[0])

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

        app_of(self).push_screen(FilePicker(printable(entry.field.name), start.absolute(), self.at_replicate), picked)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """What was clicked half in sight comes wholly into it."""
        widget = event.widget
        if isinstance(widget, FieldWidget):
            self._left = widget.entry.field.name
        if isinstance(widget, FieldWidget | FoldLine):
            event.stop()
            self.scroll_to_region(widget.virtual_region, animate=False, force=True, origin_visible=True)
