"""The line above a form: how many fields there are, how many were changed, and which ones must still be filled in."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Static

from tui import wording
from tui.toolkit.static import FixedSizeStatic
from tui.widgets.form.field_finder import FieldFinder
from tui.widgets.form.form_view import FormView

NAMED = 3
"""Empty fields that are named; more are counted."""


class FormHead(Horizontal):
    """Counts the fields; while one looks for a field, the words stand here too."""

    def compose(self) -> ComposeResult:
        yield FieldFinder(classes="form-finder")
        yield FixedSizeStatic(classes="form-count")

    @property
    def finder(self) -> FieldFinder:
        """Where one looks for a field."""
        return self.query_one(FieldFinder)

    def tell(self, view: FormView) -> None:
        """Count what the form holds now."""
        finder = self.finder
        if finder.finding and not finder.has_focus and not view.shown.finding:
            # A field was shown that had not been found: what undo brought back, or what is wrong.
            finder.end()
        self.query_one(".form-count", Static).update(head_words(view, brief=finder.finding))


def head_words(view: FormView, *, brief: bool = False) -> Content:
    """`12 of 73 fields · 3 changed · to fill in: prompt`; `brief` beside the words that are looked for."""
    total, shown = view.shown.end, view.shown.own
    fields = "1 field" if total == 1 else f"{total} fields"
    if brief:
        part = view.shown.of_part
        found = f"{shown} of {total}" + (f" and {part} below" if part else "")
        return Content((found if view.shown.finding else fields) + ("" if shown or part else " · esc shows all"))
    if not total:
        return Content("")
    parts = [f"{shown} of {fields}" if shown < total else fields]
    if changed := len(view.changed_fields):
        parts.append(f"{changed} changed")
    counted = " · ".join(parts)
    needed = view.needed_fields
    if not needed:
        return Content(counted)
    names = ", ".join(wording.one_line(name, 40) for name in needed[:NAMED])
    more = f" and {len(needed) - NAMED} more" if len(needed) > NAMED else ""
    return Content.assemble(f"{counted} · ", Content.styled(f"to fill in: {names}{more}", "$warning"))
