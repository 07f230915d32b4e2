"""The section Chat: the conversations, beside them the one under the cursor and where the next question is written."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Input

from tui import commands as cmd
from tui.screens.chat.answer_facts import COLUMNS, version
from tui.screens.chat.conversation_commands import NO_ANSWER
from tui.screens.chat.drafts import ChatWriting
from tui.screens.chat.parameters_panel import ChatPanel
from tui.screens.chat.title_line import ChatTitle
from tui.toolkit.static import FixedSizeStatic
from tui.toolkit.workers import work
from tui.widgets.chat.composer import Composer
from tui.widgets.chat.transcript import Transcript
from tui.widgets.markdown.markdown_text import prepare
from tui.widgets.table.filter_bar import FilterBar
from tui.widgets.table.virtual_table import VirtualTable

if TYPE_CHECKING:
    pass


class ChatScreen(ChatWriting):
    """Conversations at the left, the one under the cursor at the right; parameters on demand."""

    HELP = (
        "Conversations with language models. enter sends, / in an empty line lists the commands, esc stops an answer "
        "and leads back to the list, tab goes on to the next part; in the conversation n and p go from message to "
        "message, ] and [ from one code block to the next, y copies, ← and → walk through the alternatives."
    )
    BINDINGS = cmd.bindings(
        cmd.NewChat,
        cmd.ChooseModel,
        cmd.ShowParameters,
        cmd.StopAnswer,
        cmd.RegenerateAnswer,
        cmd.Filter,
        cmd.WriteQuestion,
        cmd.AttachFile,
        cmd.EditQuestion,
        cmd.EditInEditor,
        cmd.PreviousBranch,
        cmd.NextBranch,
        cmd.CompareModels,
        cmd.Reload,
        cmd.Back,
    )

    def compose_body(self) -> ComposeResult:
        with Horizontal(id="chat"):
            with Vertical(id="chat-list"):
                yield FilterBar("/  words in titles and messages", list="#chat-table", id="filter")
                yield VirtualTable(COLUMNS, id_of=lambda c: c.id, version_of=version, id="chat-table")
            with Vertical(id="chat-talk"):
                yield ChatTitle(id="chat-title")
                yield Transcript(id="chat-transcript")
                yield Composer(id="composer")
                yield FixedSizeStatic(id="chat-meter")
            yield ChatPanel(id="chat-panel")

    def on_mount(self) -> None:
        self.composer.slashes = self._slashes
        self.composer.set_hint("Connecting…")
        self.table.set_empty("Connecting…")
        self.add_class("-detail")
        self.composer.area.focus()
        work(self, "Markdown", "prepare", asyncio.to_thread, prepare)
        self.set_interval(1.0, self._tick)
        self.set_interval(2.0, self._look_elsewhere)

    @on(ChatTitle.Chosen)
    def _title_clicked(self, event: ChatTitle.Chosen) -> None:
        self.action_command(event.command)

    @on(Input.Changed, "#filter")
    def _filter_changed(self) -> None:
        self.with_services("Conversations", "list", self._load_list)

    @on(VirtualTable.Highlighted, "#chat-table")
    def _highlighted(self, event: VirtualTable.Highlighted[Any]) -> None:
        shown = self.conversation.id if self.conversation is not None else None
        if event.id is not None and event.id != shown and self.table.has_focus and self.services is not None:
            work(self, "Conversation", "talk", self._load_talk, self.services, event.id)

    @on(VirtualTable.Selected, "#chat-table")
    def _selected(self, event: VirtualTable.Selected[Any]) -> None:
        if self.conversation is None or event.id != self.conversation.id:
            self.open(event.id)
        self.do_write_question()

    # ---- commands

    def do_new_chat(self) -> None:
        """With the model of this one."""
        if self.services is not None:
            work(self, "New chat", "talk", self._begin, self.services, self.model)
        self.do_write_question()

    async def do_choose_model(self) -> None:
        """The next questions go to it; parameters that it does not have are left out."""
        from tui.screens.chat.chat_model_picker import ChatModelPicker

        services = self.services
        if services is None:
            return
        row = await self.host.push_screen_wait(ChatModelPicker(services, here=self.model, typed=self.argument()))
        if row is None or row.value is None:
            return
        self.model = row.value
        if self.conversation is not None:
            form = (await services.catalogue.model(row.value)).latest_version
            names = _inputs(form.openapi_schema if form is not None else None)
            kept = {n: v for n, v in self.conversation.parameters.items() if n in names}
            self.conversation = await services.chats.set_model(self.conversation.id, row.value, None, kept)
        self._draw()
        self._know_model()
        self.do_write_question()

    def why_not_show_parameters(self) -> str | None:
        """Only a model has some."""
        return None if self.model else "There is no model yet: ^o chooses one."

    def do_show_parameters(self) -> None:
        """Show the panel with the focus in it, or hide it."""
        if self.has_class("-panel"):
            self.remove_class("-panel")
            self.do_write_question()
            return
        self.show_panel()

    def why_not_attach_file(self) -> str | None:
        """Only where the schema takes one."""
        if self.fit is None or self.fit.images or self.fit.files:
            return None
        return f"{self.model or 'This model'} takes no files: its schema has no input for one."

    async def do_attach_file(self) -> None:
        """Look for a file."""
        from tui.widgets.form.file_field import FilePicker

        path = self.argument()
        if not path:
            row = await self.host.push_screen_wait(FilePicker("Attach a file", Path.cwd()))
            path = row.value if row is not None and row.value else ""
        if path:
            self.composer.attach(path)
            self.do_write_question()

    def why_not_stop_answer(self) -> str | None:
        """Only while one comes."""
        live = self.live_turn()
        return (
            None if live is not None and live.state != "unknown" else "No answer is coming; there is nothing to stop."
        )

    async def do_stop_answer(self) -> None:
        """Cancel its prediction."""
        from tui.services.chat.chats import ChatError

        live, services = self.live_turn(), self.services
        if live is not None and services is not None:
            try:
                await services.chats.stop(live.id)
            except ChatError as error:
                self.console.say(str(error), severity="warning")

    def why_not_regenerate_answer(self) -> str | None:
        """Only what was answered, and not while an answer comes."""
        if self.live_turn() is not None:
            return "The answer still comes: esc stops it."
        return None if self.turns else NO_ANSWER

    async def do_regenerate_answer(self) -> None:
        """Beside the answer that there is."""
        from tui.services.chat.chats import ChatError

        turn, services = self.answered() or self.turn(), self.services
        if turn is None or services is None:
            return
        try:
            await services.chats.regenerate(turn.id)
        except ChatError as error:
            self.console.say(str(error), severity="warning")
            return
        self.transcript.follow()

    def _alternatives(self) -> str | None:
        turn = self.turn()
        if turn is None:
            return NO_ANSWER
        if self.places.get(turn.id, (1, 1))[1] < 2:
            return "This message has no alternatives: r answers anew, E asks again in other words."
        return None

    why_not_previous_branch = _alternatives
    why_not_next_branch = _alternatives

    async def do_previous_branch(self) -> None:
        """The alternative before."""
        await self._walk(-1)

    async def do_next_branch(self) -> None:
        """The alternative after."""
        await self._walk(1)

    async def _walk(self, by: int) -> None:
        turn, services = self.turn(), self.services
        if turn is None or services is None:
            return
        siblings = await services.chats.siblings(turn.id)
        ids = [each.id for each in siblings]
        chosen = ids[(ids.index(turn.id) + by) % len(ids)]
        conversation = await services.chats.choose(chosen)
        await self._load_talk(services, conversation.id)
        self.transcript.move_to(chosen)

    async def do_compare_models(self) -> None:
        """The same question to two models."""
        from tui.screens.chat.compare_chats import compare

        services = self.services
        if services is not None:
            await self.keep_draft()
            await compare(self, services, self.conversation, self.model, self.composer.text)

    def do_filter(self) -> None:
        """To the filter of the list."""
        self.remove_class("-detail")
        self.set_focus(self.query_one("#filter"))

    def do_reload(self) -> None:
        """Read everything again."""
        self.load_list()
        self.load_talk()

    def deleted(self, conversation_id: str) -> None:
        """The next one of the list is shown, or a new one."""
        self.dirty = False
        self._scrolls.pop(conversation_id, None)
        self.conversation = None
        left = [conversation for conversation in self._list if conversation.id != conversation_id]
        if left:
            self.open(left[0].id)
        else:
            self.do_new_chat()
        self.load_list()

    def do_back(self) -> None:
        """Leaves what is edited, stops an answer, closes the panel, goes to the list; there it clears the filter."""
        if self.editing is not None:
            self.end_edit()
        elif self.query_one(ChatPanel).has_focus_within:
            self.do_show_parameters()
        elif self.table.has_focus:
            self.query_one("#filter", Input).value = ""
        elif self.why_not_stop_answer() is None:
            self.action_command(cmd.StopAnswer.id)
        else:
            self.remove_class("-detail")
            self.table.focus()


def _inputs(schema: Any) -> set[str]:
    from tui.forms import Form

    return {field.name for field in Form.parse(schema).fields}
