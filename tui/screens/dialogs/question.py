"""One dialog for every question: a title, a text and a few answers, each with a key."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option as Line

from tui.toolkit.screen import DialogScreen


class Option(NamedTuple):
    """An answer: its value, the key that gives it at once, and its words."""

    value: str
    key: str
    words: str


class Ask(DialogScreen[str | None]):
    """Asks; the result is the value of the answer, or None after escape.

    The first answer has the focus only when `safe` says so: what costs or destroys never lies under enter.
    """

    BINDINGS = [("escape", "give_up", "Back")]

    def __init__(self, title: str, text: str, options: Sequence[Option], *, start: int = -1) -> None:
        """`start`: the index of the answer that has the focus; the last one, which should be harmless."""
        super().__init__()
        self._title = title
        self._text = text
        self._options = list(options)
        self._start = start % len(self._options)

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog"):
            yield Static(Content.styled(self._title, "bold"), id="dialog-title")
            yield Static(Content(self._text), id="dialog-text")
            yield OptionList(
                *(
                    Line(
                        Content.assemble(Content.styled(f" {o.key} ", "bold"), f" {o.words}"),
                        id=o.value,
                    )
                    for o in self._options
                ),
                id="dialog-choices",
                compact=True,
            )

    def on_mount(self) -> None:
        choices = self.query_one(OptionList)
        choices.highlighted = self._start
        choices.focus()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """An answer was chosen."""
        self.dismiss(event.option_id)

    def on_key(self, event: events.Key) -> None:
        """An answer's own key."""
        for option in self._options:
            if event.key == option.key or event.character == option.key:
                event.stop()
                event.prevent_default()
                self.dismiss(option.value)
                return

    def action_give_up(self) -> None:
        """Leave without an answer."""
        self.dismiss(None)
