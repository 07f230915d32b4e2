"""The list of conversations with its filter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input
from textual.worker import Worker

from tui.screens.chat.answer_facts import COLUMNS, version
from tui.screens.command_host import console, show_failure
from tui.toolkit.workers import work
from tui.widgets.table.filter_bar import FilterBar
from tui.widgets.table.virtual_table import VirtualTable

if TYPE_CHECKING:
    from tui.screens.chat.open_conversation import OpenConversation
    from tui.store.conversation import Conversation


class ConversationList(Vertical):
    """Shows the conversations that the filter lets through, and tells which one the reader wants."""

    @dataclass
    class Looked(Message):
        """The cursor went to a conversation."""

        id: str

    @dataclass
    class Chosen(Message):
        """A conversation was chosen to go on with."""

        id: str

    def __init__(self, talk: OpenConversation, *, id: str | None = None) -> None:
        """`talk` is the conversation that is open: the cursor stays on it."""
        super().__init__(id=id)
        self._talk = talk
        self.filter_bar = FilterBar("/  words in titles and messages", list="#chat-table", id="filter")
        self.table: VirtualTable[Any] = VirtualTable(COLUMNS, id_of=lambda c: c.id, version_of=version, id="chat-table")
        self.conversations: list[Conversation] = []
        """What is listed."""

    def compose(self) -> ComposeResult:
        yield self.filter_bar
        yield self.table

    def on_mount(self) -> None:
        self.table.set_empty("Connecting…")

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """A list that could not be read is told."""
        show_failure(self, event)

    def load_soon(self) -> None:
        """Read the list, in place of a reading that still goes on."""
        if self.is_attached and console(self).services is not None:
            work(self, "Conversations", "list", self.load)

    async def load(self) -> None:
        """Read the list."""
        services = console(self).services
        if services is None:
            return
        words = self.filter_bar.value.strip()
        self.conversations = await services.chats.conversations(words)
        self.table.set_rows(self.conversations)
        empty = (
            f"Nothing has “{words}”.\n\nesc clears the filter." if words else "No conversations yet.\n\ni writes one."
        )
        self.table.set_empty(Content(empty))
        if self._talk.id is not None:
            self.table.move_to(self._talk.id)

    @on(Input.Changed, "#filter")
    def _filter_changed(self) -> None:
        self.load_soon()

    @on(VirtualTable.Highlighted, "#chat-table")
    def _highlighted(self, event: VirtualTable.Highlighted[Any]) -> None:
        if event.id is not None and event.id != self._talk.id and self.table.has_focus:
            self.post_message(self.Looked(event.id))

    @on(VirtualTable.Selected, "#chat-table")
    def _selected(self, event: VirtualTable.Selected[Any]) -> None:
        self.post_message(self.Chosen(event.id))
