"""The line in a form under which fields are folded: those that one seldom fills in, or a part at the form's end."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from tui.toolkit.line_view import fit, printable
from tui.widgets.form.field_base import BAR, FieldHost


class FoldLine(Widget, can_focus=True):
    """`▸ 61 more fields`: enter or a click shows them, and hides them again."""

    ALLOW_SELECT = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,space", "fold", "Show or hide the other fields", show=False, id="form-fold"),
        Binding("right", "unfold(True)", "Show the other fields", show=False),
        Binding("left", "unfold(False)", "Hide the other fields", show=False),
    ]

    class Toggled(Message):
        """The user wants the folded fields to be shown, or not."""

        def __init__(self, line: FoldLine, *, unfold: bool) -> None:
            super().__init__()
            self.line = line
            self.unfold = unfold

    def __init__(self, form: FieldHost, shown: Callable[[], bool], help: str) -> None:
        """`shown`: whether it is; `help` says what is behind it, for the help."""
        super().__init__()
        self.form = form
        self._help = help
        self._shown = shown
        self._words = ("", "")
        self._open = False

    @property
    def HELP(self) -> str:  # pyright: ignore[reportIncompatibleVariableOverride] # noqa: N802 # each has its own
        """What is behind it, for the help."""
        return self._help

    def tell(self, what: str, hint: str, *, unfolded: bool) -> None:
        """What is behind it, and beside that a hint; whether it is shown."""
        if (what, hint, unfolded) != (*self._words, self._open):
            self._words, self._open = (what, hint), unfolded
            self.refresh()

    def allow_focus(self) -> bool:
        """Only while it is shown."""
        return self._shown()

    def watch_has_focus(self, _has_focus: bool) -> None:
        self.refresh()

    def render_line(self, y: int) -> Strip:
        style, base = self.form.get_component_rich_style, self.form.rich_style
        what, hint = self._words
        runs = [
            (f"{BAR} " if self.has_focus else "  ", base + style("form--bar")),
            (f"{'▾' if self._open else '▸'} {what}", base + style("form--fold")),
            (f"  {printable(hint)}", base + style("form--hint")),
        ]
        return Strip(fit(runs, self.size.width, base), self.size.width)

    def on_click(self, event: events.Click) -> None:
        """A click does what enter does."""
        event.stop()
        self.action_fold()

    def action_fold(self) -> None:
        """Show the fields, or hide them again."""
        self.post_message(self.Toggled(self, unfold=not self._open))

    def action_unfold(self, unfold: bool) -> None:
        """Show the fields, or hide them."""
        if unfold != self._open:
            self.post_message(self.Toggled(self, unfold=unfold))
