"""The line in which one looks for a field of a form."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widgets import Input

from tui.toolkit.static import FixedWidthInput
from tui.widgets.form.field_base import app_of
from tui.widgets.form.form_view import FormView

FINDING = "-finding"
"""The class of the line that it stands in, while it is there."""


class FieldFinder(FixedWidthInput):
    """The form follows what is typed; enter, tab and down go to the first field that was found, escape shows all."""

    ENTER_SENDS = False
    HELP = "Looks for a field: type words of its name or description. Enter goes to it, escape shows all fields again."
    BINDINGS: ClassVar[list[BindingType]] = [
        # With priority: the key that follows must find the field, however slow the machine.
        Binding("down,enter,tab", "leave", "To the field", show=False, priority=True),
        Binding("escape", "all", "All fields", show=False, priority=True),
    ]

    def __init__(self, *, classes: str | None = None) -> None:
        super().__init__(placeholder="find a field", classes=classes, compact=True, select_on_focus=False)
        self.cursor_blink = False
        self._looked_for = ""

    @property
    def _form(self) -> FormView:
        return self.screen.query_one(FormView)

    @property
    def finding(self) -> bool:
        """Whether it is there."""
        return bool(self.parent) and self.parent.has_class(FINDING)

    def begin(self) -> None:
        """Look for a field, from the beginning."""
        if self.parent is not None:
            self.parent.add_class(FINDING)
        self._show_all()
        self.screen.set_focus(self)

    def end(self) -> None:
        """Show all fields again, and go back to where one was."""
        focused = self.has_focus
        if self.parent is not None:
            self.parent.remove_class(FINDING)
        self._show_all()
        if focused:
            self._form.enter()

    def on_input_changed(self, event: Input.Changed) -> None:
        """The form shows what is found."""
        event.stop()
        self._look()

    def _show_all(self) -> None:
        self.value = self._looked_for = ""
        self._form.find("")

    def _look(self) -> None:
        if self.value != self._looked_for:
            self._looked_for = self.value
            self._form.find(self.value)

    def action_leave(self) -> None:
        """Go to the first field that was found; without a word, back to where one was."""
        self._look()
        if not self.value.strip():
            self.end()
        elif self._form.shown.names:
            self._form.action_first_field()
        else:
            app_of(self).bell()

    def action_all(self) -> None:
        """Show all fields again."""
        self.end()
