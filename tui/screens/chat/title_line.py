"""The line above a conversation: its title, its model and the parameters, which can be clicked."""

from __future__ import annotations

from dataclasses import dataclass

from textual.content import Content
from textual.message import Message

from tui import commands as cmd
from tui import wording
from tui.toolkit.line_view import shorten
from tui.widgets.bars import Bar, Span


class ChatTitle(Bar):
    """Shows what is talked about with whom."""

    @dataclass
    class Chosen(Message):
        """A part was clicked that stands for a command."""

        command: str

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._shown = ("", "", False)

    def show_title(self, title: str, model: str, *, editing: bool = False) -> None:
        """`editing`: a question is being asked again in other words."""
        self._shown = (title, model, editing)
        self._draw()

    def on_resize(self) -> None:
        self._draw()

    def _draw(self) -> None:
        title, model, editing = self._shown
        width = self.size.width
        name = f" {model or 'no model'} ▾ "
        words = " esc leaves the edit " if editing else " parameters "
        room = width - len(name) - len(words) - 2
        shown = shorten(wording.one_line(title, 200), max(8, room))
        left = Content.styled(f" {shown}", "bold")
        gap = max(1, width - left.cell_length - len(name) - len(words))
        start = left.cell_length + gap
        spans = [
            Span(1, left.cell_length, cmd.RenameChat.id),
            Span(start, start + len(name), cmd.ChooseModel.id),
            Span(start + len(name), start + len(name) + len(words), cmd.Back.id if editing else cmd.ShowParameters.id),
        ]
        parts = (left, " " * gap, (name, "$accent"), (words, "$warning" if editing else "$text-muted"))
        self.show(Content.assemble(*parts), spans)

    def clicked(self, value: str) -> None:
        self.post_message(self.Chosen(value))
