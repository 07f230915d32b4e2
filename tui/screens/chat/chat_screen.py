"""The section Chat: the conversations, beside them the one under the cursor and where the next question is written."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal

from tui import commands as cmd
from tui.screens.base import ConsoleScreen
from tui.screens.chat import conversation_commands
from tui.screens.chat.answer_commands import AnswerCommands
from tui.screens.chat.conversation_commands import ConversationCommands
from tui.screens.chat.conversation_list import ConversationList
from tui.screens.chat.conversation_pane import ConversationPane
from tui.screens.chat.model_commands import ModelCommands
from tui.screens.chat.open_conversation import Heard, OpenConversation
from tui.screens.chat.parameters_panel import ChatPanel
from tui.screens.chat.question_commands import QuestionCommands
from tui.screens.chat.reading_places import ReadingPlaces
from tui.screens.chat.slash_commands import CHAT_COMMANDS, SlashCommands
from tui.screens.command_host import AT_THE_TOP, NOT_CONNECTED
from tui.services.bus import AccountIdentified, ChatChanged, OutputText
from tui.toolkit.workers import work
from tui.widgets.markdown.markdown_text import prepare

if TYPE_CHECKING:
    from tui.navigation import Place
    from tui.services.bus import Event
    from tui.services.services import Services

SANDBOX_MODEL = "sandbox/guide"
"""Whom the sandbox's first conversation is with: it answers questions about this program."""


class ChatScreen(ConsoleScreen):
    """Conversations at the left, the one under the cursor at the right; parameters on demand."""

    HELP = (
        "Conversations with language models. enter sends, / in an empty line lists the commands, esc stops an answer "
        "and leads back to the list, tab goes on to the next part; in the conversation n and p go from message to "
        "message, ] and [ from one code block to the next, y copies, ← and → walk through the alternatives."
    )
    BINDINGS = [
        *conversation_commands.BINDINGS,
        *cmd.bindings(
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
        ),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.talk = OpenConversation()
        self._places = ReadingPlaces()
        self._slashes = SlashCommands(self, CHAT_COMMANDS, unknown="There is no command {}. / lists them.")
        argument = self._slashes.argument
        self._list = ConversationList(self.talk, id="chat-list")
        self._pane = ConversationPane(self.talk, self._places, id="chat-talk")
        self._panel = ChatPanel(id="chat-panel")
        self._model_commands = ModelCommands(self._pane, self._panel, argument=argument)
        self._commands = (
            self._model_commands,
            QuestionCommands(self._pane, argument=argument),
            AnswerCommands(self._pane),
            ConversationCommands(
                self,
                lambda: self._pane.view,
                argument=argument,
                write=self._pane.write,
                opened=self.open,
                deleted=self._deleted,
            ),
        )
        self._wanted: str | None = None
        self._arrived = False

    @property
    def command_objects(self) -> Sequence[object]:
        """The commands about the model, the question, the answers and the conversation."""
        return self._commands

    def compose_body(self) -> ComposeResult:
        # Not once it is mounted: every widget would be styled a second time.
        self.add_class("-detail")
        with Horizontal(id="chat"):
            yield self._list
            yield self._pane
            yield self._panel

    def on_mount(self) -> None:
        self._pane.composer.slashes = self._slashes.offers
        self._pane.composer.area.focus()
        work(self, "Markdown", "prepare", asyncio.to_thread, prepare)
        self.set_interval(2.0, self._look_elsewhere)

    async def on_unmount(self) -> None:
        """The last keys before the console ends are kept too."""
        if self.is_attached:
            await self._pane.draft.keep()

    # ---- arriving

    def arrive(self, place: Place) -> None:
        """A model ("owner/name") begins a new conversation with it; an id opens the conversation."""
        self._wanted = place.argument
        if self._wanted and self.is_mounted:
            self._pane.focus_composer()
        if self._arrived and self.services is not None:
            work(self, "Chat", "arrive", self._arrive, self.services)

    def services_ready(self, services: Services) -> None:
        """Show the conversations, and the one that was open last where it was left."""
        self.talk.connect(services.chats, services.catalogue)
        work(self, "Chat", "arrive", self._arrive, services)

    async def _arrive(self, services: Services) -> None:
        await self._list.load()
        wanted, self._wanted = self._wanted, None
        last: str | None = None
        if not self._arrived:
            self._arrived = True
            last = await self._places.load(services)
        known = [conversation.id for conversation in self._list.conversations]
        new = self.talk.record is None
        if wanted and "/" in wanted:
            model, _, version = wanted.partition(":")
            made = await services.chats.create(model, version) if version else None
            await self._pane.begin(model, made, keeps_written=new)
        elif wanted and wanted in known:
            self.open(wanted)
        elif wanted:
            self.console.say(f"There is no conversation {wanted[:40]}.", severity="warning")
        elif new and self._pane.draft.dirty:
            # Written before the connection was there: it begins a conversation of its own.
            await self._pane.begin_by_suggestion(await self._first_model(services))
        elif new and last in known:
            self.open(str(last))
        elif new and known:
            self.open(known[0])
        elif new:
            await self._pane.begin_by_suggestion(await self._first_model(services))

    async def _first_model(self, services: Services) -> str:
        """Whom to begin with: the model of the last conversation; the sandbox has one that knows this program."""
        if self._list.conversations and self._list.conversations[0].model:
            return self._list.conversations[0].model
        return SANDBOX_MODEL if self.console.settings.sandbox else await services.chat_models.to_begin_with()

    # ---- the list

    def open(self, conversation_id: str) -> None:
        """Show a conversation, where it was left."""
        self._list.table.move_to(conversation_id)
        self._pane.open(conversation_id)

    @on(ConversationList.Looked)
    def _looked(self, event: ConversationList.Looked) -> None:
        self._pane.open(event.id)

    @on(ConversationList.Chosen)
    def _chosen(self, event: ConversationList.Chosen) -> None:
        if event.id != self.talk.id:
            self.open(event.id)
        self._pane.focus_composer()

    def _deleted(self, conversation_id: str) -> None:
        """The next one of the list is shown, or a new one."""
        self._pane.draft.dirty = False
        left = [conversation.id for conversation in self._list.conversations if conversation.id != conversation_id]
        self.talk.begin(self.talk.model)
        self._places.forget(conversation_id)
        if left:
            self.open(left[0])
        else:
            self.do_new_chat()
        self._load_list_soon()

    def _load_list_soon(self) -> None:
        self.soon("list", self._list.load_soon)

    # ---- what happens

    def bus_event(self, event: Event) -> None:
        """Bring the conversation and the list up to date."""
        if isinstance(event, OutputText | ChatChanged):
            if Heard.LIST in self._pane.hear(event):
                self._load_list_soon()
        elif isinstance(event, AccountIdentified):
            self._load_list_soon()

    @on(ConversationPane.Slash)
    def _slash(self, event: ConversationPane.Slash) -> None:
        self._slashes.run(event.name, event.argument)

    @on(ConversationPane.ModelKnown)
    def _model_known(self) -> None:
        self._model_commands.fill_panel()

    @on(ChatPanel.Changed)
    def _parameters_changed(self, event: ChatPanel.Changed) -> None:
        self._model_commands.keep_parameters(event.parameters, event.system)

    def _look_elsewhere(self) -> None:
        """Another console may have written to the conversations."""
        if self.is_current and self.services is not None:
            work(self, "Conversations", "elsewhere", self._load_changed, self.services)

    async def _load_changed(self, services: Services) -> None:
        if await services.store.changed_elsewhere():
            await self._list.load()
            self._pane.reload()

    def on_screen_resume(self) -> None:
        if self._arrived:
            self.do_reload()

    # ---- commands

    def why_not_new_chat(self) -> str | None:
        """It is kept under the account's name."""
        return None if self.services is not None else NOT_CONNECTED

    def do_new_chat(self) -> None:
        """With the model of this one."""
        if self.services is not None:
            work(self._pane, "New chat", "talk", self._pane.begin, self.talk.model)
        self._pane.focus_composer()

    def do_filter(self) -> None:
        """To the filter of the list."""
        self.remove_class("-detail")
        self.set_focus(self._list.filter_bar)

    def do_reload(self) -> None:
        """Read everything again."""
        self._load_list_soon()
        self._pane.reload_soon()

    def why_not_back(self) -> str | None:
        """Not from the list itself, where nothing is filtered."""
        away = not self._list.table.has_focus or self._list.filter_bar.value or self._pane.draft.editing is not None
        return None if away else AT_THE_TOP

    def do_back(self) -> None:
        """Leaves what is edited, stops an answer, closes the panel, goes to the list; there it clears the filter."""
        if self._pane.draft.editing is not None:
            self._pane.end_edit()
        elif self._panel.has_focus_within:
            self._model_commands.do_show_parameters()
        elif self._list.table.has_focus:
            self._list.filter_bar.value = ""
        elif self.why_not(cmd.StopAnswer) is None:
            self.action_command(cmd.StopAnswer.id)
        else:
            self.remove_class("-detail")
            self._list.table.focus()
