"""A form with all that belongs to it: its title, what it counts, the help of the field with the focus, and its foot."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widget import Widget

from tui.toolkit.static import FixedSizeStatic
from tui.widgets.form.field_help import FieldHelp
from tui.widgets.form.form_head import FormHead
from tui.widgets.form.form_view import FormView

VAST = 190
"""Columns of a screen from which the form gets so much of it that its fields stand in two columns."""


class FormColumn(Vertical):
    """Follows the form: the head counts, the help tells of the field that has the focus."""

    def __init__(
        self, name: str, title: Content, form: FormView, foot: Iterable[Widget], folded: Callable[[bool], object]
    ) -> None:
        """The ids begin with `name`; `folded` is called when all fields are to be shown from now on (True), or not."""
        super().__init__(id=f"{name}-form")
        self._prefix = name
        self._title = title
        self._form = form
        self._foot = list(foot)
        self._folded = folded

    def compose(self) -> ComposeResult:
        yield FixedSizeStatic(self._title, id=f"{self._prefix}-title")
        yield FormHead(classes="form-head")
        yield self._form
        yield FieldHelp(id=f"{self._prefix}-help")
        yield from self._foot

    def on_resize(self) -> None:
        """A wide screen gives more of itself to the form."""
        self.screen.set_class(self.screen.size.width >= VAST, "-vast")

    # ---- finding a field

    def begin_find(self) -> None:
        """Look for a field."""
        self.query_one(FormHead).finder.begin()

    def end_find(self) -> bool:
        """Show all fields again; whether only some were shown."""
        finder = self.query_one(FormHead).finder
        found = finder.finding
        if found:
            finder.end()
        return found

    # ---- following the form

    @on(FormView.ShownChanged)
    def _count(self, event: FormView.ShownChanged) -> None:
        event.stop()
        self.query_one(FormHead).tell(self._form)

    @on(FormView.FoldToggled)
    def _fold_toggled(self, event: FormView.FoldToggled) -> None:
        event.stop()
        self._folded(event.unfolded)

    @on(FormView.FieldFocused)
    @on(FormView.ProblemChanged)
    def _explain(self, event: FormView.FieldFocused | FormView.ProblemChanged) -> None:
        view = self._form
        if event.name == view.focused_field:
            self.query_one(FieldHelp).explain(event.field, view.fields, view.problems.get(event.name, ""))
