"""Writing in a conversation: drafts that are kept from the first key, sending, editing, commands after a slash."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on

from tui import commands as cmd
from tui.screens.chat.conversation_commands import SLASHES
from tui.screens.chat.conversation_view import ChatShowing
from tui.screens.chat.parameters_panel import ChatPanel
from tui.toolkit.workers import work
from tui.widgets.chat.composer import Composer, SlashCommand

if TYPE_CHECKING:
    from textual.timer import Timer

    from tui.services.services import Services
    from tui.store.conversation import Turn

KEPT_AFTER = 0.1
"""Seconds after a key until what is written is kept."""


class ChatWriting(ChatShowing):
    """The part of the screen about what is not said yet."""

    def __init__(self) -> None:
        super().__init__()
        self._aside: tuple[str, tuple[str, ...]] = ("", ())
        self._sending = False
        self._keep_timer: Timer | None = None

    # ---- writing

    @on(Composer.Changed)
    def _written(self) -> None:
        self.dirty = True
        if self._keep_timer is None:
            self._keep_timer = self.set_timer(KEPT_AFTER, self._keep_soon)
        self.measure_soon()

    def _keep_soon(self) -> None:
        self._keep_timer = None
        work(self, "Draft", "draft", self.keep_draft)

    async def keep_draft(self) -> None:
        """What is written and not sent goes to the store; a conversation begins with its first key."""
        services = self.services
        if services is None or not self.dirty or self.editing is not None:
            return
        self.dirty = False
        text, attachments = self.composer.text, self.composer.attachments
        if self.conversation is None and not text and not attachments:
            return
        conversation = await self._ensure(services)
        await services.chats.save_draft(conversation.id, text, attachments)

    async def on_unmount(self) -> None:
        """The last keys before the console ends are kept too."""
        if self.is_attached:
            await self.keep_draft()

    @on(Composer.Sent)
    def _sent(self, event: Composer.Sent) -> None:
        reason = self.why_not(cmd.RegenerateAnswer) if self.console.settings.read_only else None
        if reason or self.services is None:
            self.console.say(reason or "The console is not connected yet; what you wrote stays.", severity="warning")
        elif not self.model:
            self.action_command(cmd.ChooseModel.id)
        elif not self._sending:
            work(self, "Send", "send", self._send, self.services, event.text, event.attachments)

    async def _send(self, services: Services, text: str, attachments: tuple[str, ...]) -> None:
        from tui.services.chat.chats import ChatError

        self._sending = True
        editing = self.editing
        try:
            conversation = await self._ensure(services)
            if editing is not None:
                await services.chats.edit(editing.id, text, attachments)
            else:
                await services.chats.send(conversation.id, text, attachments)
        except ChatError as error:
            self.console.say(str(error), severity="warning")
            return
        finally:
            self._sending = False
        if editing is not None:
            self.end_edit()
        elif self.conversation is not None and self.conversation.id == conversation.id:
            # What was typed since enter is the beginning of the next question.
            if self.composer.text.startswith(text):
                self.composer.set_text(self.composer.text[len(text) :])
            self.dirty = bool(self.composer.text)
            await self.keep_draft()
        self.transcript.follow()
        self.load_talk()

    def write(self, text: str) -> None:
        """Into the composer where it is empty; else it is copied."""
        if self.composer.text.strip():
            self.console.copy_text(text, "What you edited")
            return
        self.composer.set_text(text)
        self._written()
        self.do_write_question()

    @on(Composer.Slash)
    def _slash(self, event: Composer.Slash) -> None:
        command = SLASHES.get(event.name)
        if command is None:
            self.console.say(f"There is no command /{event.name}. / lists them.", severity="warning")
            return
        self._argument = event.argument
        self.action_command(command.id)

    def _slashes(self) -> list[SlashCommand]:
        return [SlashCommand(name, c.help(), self.why_not(c) or "") for name, c in SLASHES.items()]

    @on(Composer.Paged)
    def _paged(self, event: Composer.Paged) -> None:
        self.transcript.action_pages(event.pages)

    @on(Composer.FileDropped)
    def _dropped(self, event: Composer.FileDropped) -> None:
        self.composer.attach(event.path)

    @on(ChatPanel.Changed)
    def _parameters_changed(self, event: ChatPanel.Changed) -> None:
        if self.services is not None:
            work(self, "Parameters", "parameters", self._keep_parameters, self.services, event)

    async def _keep_parameters(self, services: Services, event: ChatPanel.Changed) -> None:
        conversation = await self._ensure(services)
        await services.chats.set_parameters(conversation.id, event.parameters)
        if event.system != conversation.system:
            await services.chats.set_system(conversation.id, event.system)

    # ---- commands

    def do_write_question(self) -> None:
        """To the composer, which a narrow terminal may not show just now."""
        self.add_class("-detail")
        self.set_focus(self.composer.area)

    def _question(self) -> Turn | None:
        turn = self.turn()
        if turn is None or turn.role == "user":
            return turn
        return next((each for each in self.turns if each.id == turn.parent), None)

    def why_not_edit_question(self) -> str | None:
        """Only a question."""
        return None if self._question() is not None else "There is no question here yet."

    def do_edit_question(self) -> None:
        """In the composer; what was being written comes back afterwards."""
        turn = self._question()
        if turn is None:
            return
        if self.editing is None:
            self._aside = (self.composer.text, self.composer.attachments)
        self.editing = turn
        self.composer.set_text(turn.text, turn.attachments)
        self._draw()
        self.do_write_question()

    def end_edit(self) -> None:
        self.editing = None
        self.composer.set_text(*self._aside)
        self.dirty = False
        self._draw()

    async def do_edit_in_editor(self) -> None:
        """What is being written."""
        from tui.terminal.editor import edit_text

        text = await edit_text(self.host, self.composer.text, "question")
        if text is not None:
            self.composer.set_text(text, self.composer.attachments)
            self._written()
