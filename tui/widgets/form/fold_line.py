"""The line in a form under which the fields are folded that one seldom fills in."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from tui.toolkit.line_view import fit
from tui.widgets.form.field_base import BAR, FieldHost


class FoldLine(Widget, can_focus=True):
    """`▸ 61 more fields`: enter or a click shows them, and hides them again."""

    ALLOW_SELECT = False
    HELP = "The fields that are folded away: enter shows them, or hides them again."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,space", "fold", "Show or hide the other fields", show=False, id="form-fold"),
        Binding("right", "unfold(True)", "Show the other fields", show=False),
        Binding("left", "unfold(False)", "Hide the other fields", show=False),
    ]

    class Toggled(Message):
        """The user wants the folded fields to be shown, or not."""

        def __init__(self, *, unfold: bool) -> None:
            super().__init__()
            self.unfold = unfold

    def __init__(self, form: FieldHost) -> None:
        super().__init__()
        self.form = form
        self._count = 0
        self._open = False

    def tell(self, count: int, *, unfolded: bool) -> None:
        """How many fields there are, and whether they are shown."""
        if (count, unfolded) != (self._count, self._open):
            self._count, self._open = count, unfolded
            self.refresh()

    def allow_focus(self) -> bool:
        """Only while it is shown."""
        return self.form.shown.folds

    def watch_has_focus(self, _has_focus: bool) -> None:
        self.refresh()

    def render_line(self, y: int) -> Strip:
        style, base = self.form.get_component_rich_style, self.form.rich_style
        fields = "1 more field" if self._count == 1 else f"{self._count} more fields"
        runs = [
            (f"{BAR} " if self.has_focus else "  ", base + style("form--bar")),
            (f"{'▾' if self._open else '▸'} {fields}", base + style("form--fold")),
            (f"  enter {'hides' if self._open else 'shows'} them", base + style("form--hint")),
        ]
        return Strip(fit(runs, self.size.width, base), self.size.width)

    def on_click(self, event: events.Click) -> None:
        """A click does what enter does."""
        event.stop()
        self.action_fold()

    def action_fold(self) -> None:
        """Show the fields, or hide them again."""
        self.post_message(self.Toggled(unfold=not self._open))

    def action_unfold(self, unfold: bool) -> None:
        """Show the fields, or hide them."""
        if unfold != self._open:
            self.post_message(self.Toggled(unfold=unfold))
