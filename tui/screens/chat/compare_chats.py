"""The same question to two models, side by side: two conversations, one composer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Static

from tui import commands as cmd
from tui.screens.base import ConsoleScreen
from tui.screens.chat import conversation_commands
from tui.screens.chat.answer_commands import NONE_LIVE
from tui.screens.chat.chat_model_picker import ChatModelPicker
from tui.screens.chat.conversation_commands import ConversationCommands
from tui.screens.chat.conversation_view import ConversationView
from tui.screens.chat.open_conversation import Heard, OpenConversation
from tui.screens.chat.slash_commands import COMPARE_COMMANDS, SlashCommands
from tui.services.bus import ChatChanged, OutputText
from tui.toolkit.workers import work
from tui.widgets.chat.composer import Composer
from tui.widgets.chat.transcript import Transcript

if TYPE_CHECKING:
    from tui.services.bus import Event
    from tui.services.services import Services
    from tui.services.usage.prices import Prices
    from tui.store.conversation import Conversation


async def choose_second(
    screen: ConsoleScreen, services: Services, talk: OpenConversation, text: str, typed: str
) -> CompareChats | None:
    """Ask for the second model and give the comparison: what was said until now is said in both.

    `text` is the question that is being written, `typed` what the picker's filter begins with.
    """
    if not talk.model:
        screen.console.say("Choose a first model: ^o.", severity="warning")
        return None
    row = await screen.host.push_screen_wait(ChatModelPicker(services, here=talk.model, typed=typed))
    if row is None or row.value is None:
        return None
    left = talk.record or await services.chats.create(talk.model)
    if left.leaf is not None:
        right = await services.chats.fork(left.id, left.leaf)
        right = await services.chats.set_model(right.id, row.value)
    else:
        right = await services.chats.create(row.value, system=left.system)
    return CompareChats(left, right, text)


class Side(Vertical):
    """One of the two conversations."""

    def __init__(self, conversation: Conversation, prices: Callable[[], Prices | None], *, id: str) -> None:
        super().__init__(id=id, classes="chat-side")
        self.talk = OpenConversation()
        self.talk.begin(conversation.model, conversation)
        self.transcript = Transcript()
        self.view = ConversationView(self.talk, self.transcript, prices)

    def compose(self) -> ComposeResult:
        model = Content.styled(f" {self.talk.model}", "bold $accent")
        other = Content.styled("  ^t shows the other side", "$text-muted")
        yield Static(Content.assemble(model, other), classes="chat-side-title -one")
        yield Static(model, classes="chat-side-title -two")
        yield self.transcript

    async def load(self) -> None:
        """Read it from the store and show it."""
        if self.talk.id is not None:
            await self.talk.read(self.talk.id)
        self.transcript.set_empty("The question goes to both.")
        self.view.draw()


class CompareChats(ConsoleScreen):
    """Two conversations; what is sent goes to both. Both stay in the list."""

    HELP = "Two models, one question: enter sends it to both, tab goes on to the next side, esc stops or goes back."
    BINDINGS: ClassVar = [
        *conversation_commands.BINDINGS,
        *cmd.bindings(cmd.StopAnswer, cmd.SwitchPane, cmd.WriteQuestion, cmd.Back),
    ]

    def __init__(self, left: Conversation, right: Conversation, text: str) -> None:
        super().__init__()
        self.sides = (Side(left, self._prices, id="chat-left"), Side(right, self._prices, id="chat-right"))
        """The left one and the right one."""
        self._composer = Composer(id="composer")
        self._slashes = SlashCommands(self, COMPARE_COMMANDS, unknown="{} is not possible here. esc goes back.")
        self._commands = (
            ConversationCommands(self, lambda: self.side.view, argument=self._slashes.argument, write=self._write),
        )
        self._text = text
        self._sending = False
        self._asked = False
        """Whether the text that it was opened with was asked."""

    @property
    def command_objects(self) -> Sequence[object]:
        """The commands about the conversation of the side that has the focus."""
        return self._commands

    def compose_body(self) -> ComposeResult:
        with Horizontal(id="compare"):
            yield from self.sides
        yield self._composer

    def on_mount(self) -> None:
        self._composer.set_hint("Ask both · enter sends")
        self._composer.set_text(self._text)
        self._composer.slashes = self._slashes.offers
        self._composer.area.focus()
        self.sides[0].add_class("-shown")
        self.set_interval(1.0, self._tick)

    def services_ready(self, services: Services) -> None:
        """Read both."""
        for side in self.sides:
            side.talk.connect(services.chats, services.catalogue)
        work(self, "Conversations", "load", self._load)

    async def _load(self) -> None:
        for side in self.sides:
            await side.load()

    def _prices(self) -> Prices | None:
        return self.services.prices if self.services is not None else None

    @property
    def side(self) -> Side:
        """The one that has the focus, or is shown where there is room for one."""
        return next((s for s in self.sides if s.has_focus_within), self.query_one(".-shown", Side))

    # ---- events

    def bus_event(self, event: Event) -> None:
        """Each side takes what is its own."""
        if self.services is None or not isinstance(event, OutputText | ChatChanged):
            return
        for side in self.sides:
            if isinstance(event, OutputText) or side.talk.id == event.conversation_id:
                self._hear(side, event)

    def _hear(self, side: Side, event: OutputText | ChatChanged) -> None:
        heard = side.view.hear(event)
        if heard & (Heard.HEAD | Heard.ALL):
            work(self, "Conversation", f"load-{side.id}", side.load)
        elif Heard.TURNS in heard:
            self.soon(f"draw-{side.id}", side.view.draw)
            self.refresh_bindings()

    def _tick(self) -> None:
        if self.is_current:
            for side in self.sides:
                side.view.tick()

    # ---- writing

    @on(Composer.Sent)
    def _sent(self, event: Composer.Sent) -> None:
        if self.console.settings.read_only:
            self.console.say("This console is read-only; nothing that costs is sent.", severity="warning")
        elif self.services is not None and not self._sending:
            work(self, "Send", "send", self._send, self.services, event)

    async def _send(self, services: Services, event: Composer.Sent) -> None:
        self._sending = True
        try:
            asked = (services.chats.send(s.talk.id or "", event.text, event.attachments) for s in self.sides)
            answers = await asyncio.gather(*asked, return_exceptions=True)
        finally:
            self._sending = False
        if event.text == self._text and not all(isinstance(answer, BaseException) for answer in answers):
            self._asked = True
        failed = [answer for answer in answers if isinstance(answer, BaseException)]
        for side, answer in zip(self.sides, answers, strict=True):
            if isinstance(answer, Exception):
                self.console.failed(side.talk.model, answer)
            side.transcript.follow()
            await side.load()
        if len(failed) < len(answers) and self._composer.text == event.text:
            self._composer.set_text("")

    def _write(self, text: str) -> None:
        """Into the composer where it is empty; else it is copied."""
        if self._composer.text.strip():
            self.console.copy_text(text, "What you edited")
        else:
            self._composer.set_text(text)

    @on(Composer.Slash)
    def _slash(self, event: Composer.Slash) -> None:
        self._slashes.run(event.name, event.argument)

    @on(Composer.Paged)
    def _paged(self, event: Composer.Paged) -> None:
        self.side.transcript.action_pages(event.pages)

    # ---- commands

    def _live(self) -> list[str]:
        """The answers that still come."""
        return [live.id for side in self.sides if (live := side.talk.live_turn) is not None]

    def why_not_stop_answer(self) -> str | None:
        """Only while one comes."""
        return None if self._live() else NONE_LIVE

    async def do_stop_answer(self) -> None:
        """Both, or the one that still comes."""
        services = self.services
        if services is None:
            return
        for turn_id in self._live():
            try:
                await services.chats.stop(turn_id)
            except Exception as error:  # noqa: BLE001 - each failure is shown, and the other is still stopped
                self.console.failed("Stop", error)

    def do_write_question(self) -> None:
        """To the composer."""
        self._composer.area.focus()

    def why_not_switch_pane(self) -> str | None:
        """Only where there is room for one."""
        return None if self.narrow else "Both sides are shown: tab goes to the other one."

    def do_switch_pane(self) -> None:
        """The other side, where there is room for one."""
        for side in self.sides:
            side.toggle_class("-shown")

    def do_back(self) -> None:
        """Stops what still comes; then back to the conversations, which are told whether their question was asked."""
        if self.why_not(cmd.StopAnswer) is None:
            self.action_command(cmd.StopAnswer.id)
        else:
            self.dismiss(self._asked)
