"""The same question to two models, side by side: two conversations, one composer."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Static

from tui import commands as cmd
from tui.screens.chat.answer_facts import message_of, notes
from tui.screens.chat.chat_model_picker import ChatModelPicker
from tui.screens.chat.conversation_commands import ChatActing
from tui.toolkit.workers import work
from tui.widgets.chat.composer import Composer, SlashCommand
from tui.widgets.chat.transcript import Transcript

if TYPE_CHECKING:
    from tui.services.bus import Event
    from tui.services.services import Services
    from tui.store.conversation import Conversation, Turn


async def compare(
    screen: ChatActing, services: Services, conversation: Conversation | None, model: str, text: str
) -> None:
    """Choose the second model and open the comparison: what was said until now is said in both."""
    if not model:
        screen.console.say("Choose a first model: ^o.", severity="warning")
        return
    row = await screen.host.push_screen_wait(ChatModelPicker(services, here=model, typed=screen.argument()))
    if row is None or row.value is None:
        return
    left = conversation or await services.chats.create(model)
    if left.leaf is not None:
        right = await services.chats.fork(left.id, left.leaf)
        right = await services.chats.set_model(right.id, row.value)
    else:
        right = await services.chats.create(row.value, system=left.system)
    screen.host.push_screen(CompareChats(left, right, text))


class Side(Vertical):
    """One of the two conversations."""

    def __init__(self, conversation: Conversation, *, id: str) -> None:
        super().__init__(id=id, classes="chat-side")
        self.conversation = conversation
        self.turns: list[Turn] = []

    def compose(self) -> ComposeResult:
        model = Content.styled(f" {self.conversation.model}", "bold $accent")
        other = Content.styled("  ^t shows the other side", "$foreground 60%")
        yield Static(Content.assemble(model, other), classes="chat-side-title -one")
        yield Static(model, classes="chat-side-title -two")
        yield Transcript()

    @property
    def transcript(self) -> Transcript:
        """What is said in it."""
        return self.query_one(Transcript)

    async def load(self, services: Services) -> None:
        """Read it from the store."""
        self.turns = await services.chats.branch(self.conversation.id)
        self.draw(services)

    def draw(self, services: Services) -> None:
        """Show its turns."""
        self.transcript.set_empty("The question goes to both.")
        self.transcript.set_messages([message_of(turn, (1, 1), services.prices) for turn in self.turns])

    def live(self) -> Turn | None:
        """The answer that still comes."""
        return next((turn for turn in reversed(self.turns) if turn.live), None)


class CompareChats(ChatActing):
    """Two conversations; what is sent goes to both. Both stay in the list."""

    HELP = "Two models, one question: enter sends it to both, tab goes on to the next side, esc stops or goes back."
    BINDINGS: ClassVar = cmd.bindings(cmd.StopAnswer, cmd.SwitchPane, cmd.WriteQuestion, cmd.Back)

    def __init__(self, left: Conversation, right: Conversation, text: str) -> None:
        super().__init__()
        self._pair = (left, right)
        self._text = text
        self._sending = False

    def compose_body(self) -> ComposeResult:
        with Horizontal(id="compare"):
            yield Side(self._pair[0], id="chat-left")
            yield Side(self._pair[1], id="chat-right")
        yield Composer(id="composer")

    def on_mount(self) -> None:
        composer = self.query_one(Composer)
        composer.set_hint("Ask both · enter sends")
        composer.set_text(self._text)
        composer.slashes = lambda: [SlashCommand("stop", cmd.StopAnswer.help(), self.why_not(cmd.StopAnswer) or "")]
        composer.area.focus()
        self.sides[0].add_class("-shown")
        self.set_interval(1.0, self._tick)

    def services_ready(self, services: Services) -> None:
        """Read both."""
        work(self, "Conversations", "load", self._load, services)

    async def _load(self, services: Services) -> None:
        for side in self.sides:
            await side.load(services)

    @property
    def sides(self) -> list[Side]:
        """The left one and the right one."""
        return list(self.query(Side))

    @property
    def side(self) -> Side:
        """The one that has the focus, or is shown where there is room for one."""
        return next((s for s in self.sides if s.has_focus_within), self.query_one(".-shown", Side))

    @property
    def transcript(self) -> Transcript:
        """What is said on that side."""
        side = self.side
        self.conversation, self.turns = side.conversation, side.turns
        return side.transcript

    def on_descendant_focus(self) -> None:
        """The commands are about the side that has the focus."""
        side = self.side
        self.conversation, self.turns = side.conversation, side.turns

    # ---- events

    def bus_event(self, event: Event) -> None:
        """Each side takes what is its own."""
        from tui.services import bus

        services = self.services
        if services is None or not isinstance(event, bus.ChatText | bus.ChatChanged):
            return
        side = next((s for s in self.sides if s.conversation.id == event.conversation_id), None)
        if side is None:
            return
        turn_id = event.turn_id if isinstance(event, bus.ChatText) else event.turn.id if event.turn else None
        at = next((i for i, turn in enumerate(side.turns) if turn.id == turn_id), None)
        if at is None:
            work(self, "Conversation", f"load-{side.id}", side.load, services)
        elif isinstance(event, bus.ChatText):
            side.turns[at] = replace(side.turns[at], text=event.text)
            side.transcript.stream(event.turn_id, event.text)
        elif event.turn is not None:
            side.turns[at] = event.turn
            self.soon(f"draw-{side.id}", lambda: side.draw(services))
            self.refresh_bindings()

    def _tick(self) -> None:
        if self.is_current:
            for side in self.sides:
                if (live := side.live()) is not None:
                    side.transcript.set_notes(live.id, notes(live, None))

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
            asked = (services.chats.send(s.conversation.id, event.text, event.attachments) for s in self.sides)
            answers = await asyncio.gather(*asked, return_exceptions=True)
        finally:
            self._sending = False
        failed = [answer for answer in answers if isinstance(answer, BaseException)]
        for side, answer in zip(self.sides, answers, strict=True):
            if isinstance(answer, Exception):
                self.console.failed(side.conversation.model, answer)
            side.transcript.follow()
            await side.load(services)
        if len(failed) < len(answers) and self.query_one(Composer).text == event.text:
            self.query_one(Composer).set_text("")

    def write(self, text: str) -> None:
        """Into the composer where it is empty; else it is copied."""
        composer = self.query_one(Composer)
        if composer.text.strip():
            self.console.copy_text(text, "What you edited")
        else:
            composer.set_text(text)

    @on(Composer.Slash)
    def _slash(self, event: Composer.Slash) -> None:
        if event.name == "stop":
            self.action_command(cmd.StopAnswer.id)
        else:
            self.console.say(f"/{event.name} is not possible here. esc goes back.", severity="warning")

    @on(Composer.Paged)
    def _paged(self, event: Composer.Paged) -> None:
        self.transcript.action_pages(event.pages)

    # ---- commands

    def why_not_stop_answer(self) -> str | None:
        """Only while one comes."""
        return None if any(side.live() for side in self.sides) else "No answer is coming; there is nothing to stop."

    async def do_stop_answer(self) -> None:
        """Both, or the one that still comes."""
        services = self.services
        if services is None:
            return
        for live in [turn for side in self.sides if (turn := side.live()) is not None]:
            try:
                await services.chats.stop(live.id)
            except Exception as error:  # noqa: BLE001 - each failure is shown, and the other is still stopped
                self.console.failed("Stop", error)

    def do_write_question(self) -> None:
        """To the composer."""
        self.query_one(Composer).area.focus()

    def do_switch_pane(self) -> None:
        """The other side, where there is room for one."""
        for side in self.sides:
            side.toggle_class("-shown")

    def do_back(self) -> None:
        """Stops what still comes; then back to the conversations."""
        if self.why_not_stop_answer() is None:
            self.action_command(cmd.StopAnswer.id)
        else:
            self.dismiss(None)
