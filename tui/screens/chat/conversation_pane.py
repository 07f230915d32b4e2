"""The open conversation beside the list: its title, what was said, and where the next question is written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.worker import Worker

from tui import commands as cmd
from tui.screens.base import ConsoleScreen
from tui.screens.chat.answer_facts import meter_words, title_words
from tui.screens.chat.conversation_view import ConversationView
from tui.screens.chat.draft import Draft
from tui.screens.chat.open_conversation import Heard, OpenConversation
from tui.screens.chat.reading_places import ReadingPlaces
from tui.screens.chat.title_line import ChatTitle
from tui.screens.command_host import show_failure
from tui.toolkit.static import FixedSizeStatic
from tui.toolkit.workers import work
from tui.widgets.chat.composer import Composer
from tui.widgets.chat.transcript import Transcript

if TYPE_CHECKING:
    from textual.timer import Timer

    from tui.services.bus import ChatChanged, OutputText
    from tui.services.services import Services
    from tui.services.usage.prices import Prices
    from tui.store.conversation import Conversation

KEPT_AFTER = 0.1
"""Seconds after a key until what is written is kept."""
METER_AFTER = 0.4
"""Seconds after the last key until it is counted how full the model would be."""
NO_MODEL = "No model yet: ^o chooses one.\nThen write your question below; enter sends it."


class ConversationPane(Vertical):
    """Shows the open conversation, follows its answers and keeps what is written in it."""

    @dataclass
    class ModelKnown(Message):
        """How the model is chatted with is known now."""

    @dataclass
    class Slash(Message):
        """A command was typed after a slash."""

        name: str
        argument: str

    def __init__(self, talk: OpenConversation, places: ReadingPlaces, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.talk = talk
        self.composer = Composer(id="composer")
        self.transcript = Transcript(id="chat-transcript")
        self.draft = Draft(talk, lambda: (self.composer.text, self.composer.attachments))
        self.view = ConversationView(talk, self.transcript, self._prices)
        self._places = places
        self._title = ChatTitle(id="chat-title")
        self._meter = FixedSizeStatic(id="chat-meter")
        self._keep_timer: Timer | None = None
        self._meter_timer: Timer | None = None
        self._reading = self._read_again = False

    def compose(self) -> ComposeResult:
        yield self._title
        yield self.transcript
        yield self.composer
        yield self._meter

    def on_mount(self) -> None:
        self.composer.set_hint("Connecting…")
        self.talk.made = self.know_model
        self.set_interval(1.0, self._tick)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """What failed is told."""
        show_failure(self, event)

    @property
    def section(self) -> ConsoleScreen:
        """The screen that it is in."""
        return cast("ConsoleScreen", self.screen)

    @property
    def services(self) -> Services | None:
        """The services, once the console is connected."""
        return self.section.services if self.is_attached else None

    def _prices(self) -> Prices | None:
        return self.services.prices if self.services is not None else None

    # ---- which conversation

    def open(self, conversation_id: str) -> None:
        """Show a conversation, where it was left."""
        if self.services is not None:
            work(self, "Conversation", "talk", self._load, conversation_id)

    def reload_soon(self) -> None:
        """Read the conversation that is shown again, within a frame."""
        self.section.soon("talk", self.reload)

    def reload(self) -> None:
        """Read the conversation that is shown again."""
        if self._reading:
            # Not begun anew with every word that comes: it would never end.
            self._read_again = True
        elif self.services is not None and self.talk.id is not None:
            work(self, "Conversation", "talk", self._load, self.talk.id)

    async def begin(self, model: str, record: Conversation | None = None, *, keeps_written: bool = False) -> None:
        """A new conversation, of which nothing is kept before something is written, unless `record` is.

        `keeps_written` makes what stands in the composer its first question, as yet unsent.
        """
        self._leave()
        self.talk.begin(model, record)
        if not keeps_written:
            self.composer.set_text("")
        self.draw()
        self.know_model()
        if self.composer.text or self.composer.attachments:
            self.draft.dirty = True
            await self.draft.keep()

    async def begin_by_suggestion(self, model: str) -> None:
        """Begin with a model that was looked for; what was written, opened or chosen meanwhile stays as it is."""
        if self.talk.model:
            return
        await self.talk.begin_with(model)
        self.draw()
        self.know_model()
        await self.draft.keep()

    async def _load(self, conversation_id: str) -> None:
        self._reading = True
        try:
            await self._read(conversation_id)
        finally:
            self._reading = False
        if self._read_again:
            self._read_again = False
            self.reload_soon()

    async def _read(self, conversation_id: str) -> None:
        another = self.talk.id != conversation_id
        if another:
            self._leave()
        if not await self.talk.read(conversation_id):
            return
        if another and self.talk.record is not None:
            self.composer.set_text(self.talk.record.draft, self.talk.record.attachments)
        self.draw()
        self.know_model()

    def _leave(self) -> None:
        """Another conversation is about to be shown: this one's place and draft are kept."""
        if self.draft.editing is not None:
            self.composer.set_text(*self.draft.end_edit())
        if self.talk.id is not None:
            self._places.note(self.talk.id, self.transcript.place_now())
        left = self.draft.leave()
        if left is not None:
            work(self, "Draft", f"draft-{left[0]}", self.talk.chats.save_draft, *left)

    # ---- what is shown

    def draw(self) -> None:
        """Show the conversation as it is now."""
        if not self.is_attached:
            return
        talk, model = self.talk, self.talk.model
        self.transcript.set_empty(
            f"Ask {model} something: write below, enter sends it.\n/ lists the commands, ^o chooses another model."
            if model
            else NO_MODEL
        )
        self.view.draw(self._places.of(talk.id))
        self.composer.set_history([turn.text for turn in talk.turns if turn.role == "user" and turn.text])
        title = title_words(talk.record) if talk.record is not None else "New conversation"
        self._title.show_title(title, model, editing=self.draft.editing is not None)
        self.section.refresh_bindings()

    def hear(self, event: OutputText | ChatChanged) -> Heard:
        """Take in what the services tell; what is beyond this conversation is the screen's."""
        heard = self.view.hear(event)
        if heard is Heard.TEXT:
            return heard
        if Heard.TURNS in heard:
            self.section.soon("draw", self.draw)
        if Heard.ENDED in heard:
            self.measure_soon()
        if Heard.HEAD in heard and self.services is not None:
            work(self, "Conversation", "head", self._load_head)
        if Heard.ALL in heard:
            self.reload_soon()
        return heard

    async def _load_head(self) -> None:
        heard = await self.talk.read_head()
        if Heard.ALL in heard:
            self.reload_soon()
        if Heard.TURNS in heard:
            self.section.soon("draw", self.draw)
        if Heard.HEAD in heard:
            self.know_model()

    def _tick(self) -> None:
        if not self.screen.is_current:
            return
        self.view.tick()
        conversation_id, services = self.talk.id, self.services
        if services is None or conversation_id is None:
            return
        place = self.transcript.place_now()
        if self._places.changed(conversation_id, place):
            work(self, "Place", "place", self._places.keep, services, conversation_id, place)

    # ---- the model

    def know_model(self) -> None:
        """Ask how the model is chatted with."""
        if self.services is not None and self.talk.model:
            work(self, self.talk.model, "fit", self._load_fit)
        else:
            self.composer.set_hint("^o chooses a model")

    async def _load_fit(self) -> None:
        from tui.api.errors import ApiError

        model = self.talk.model
        try:
            await self.talk.learn_model()
        except ApiError as error:
            self.composer.set_hint(f"{model}: {error}")
            return
        fit = self.talk.fit
        if fit is None:
            return
        self.composer.takes_files = fit.images or fit.files
        takes = "a picture" if fit.images else "a file" if fit.files else ""
        hint = f"Ask {model.rpartition('/')[2]} · / for commands" + (f" · ^l attaches {takes}" if takes else "")
        self.composer.set_hint(hint if fit.can else f"{model}: {fit.why}")
        self.post_message(self.ModelKnown())
        await self._measure()

    async def _measure(self) -> None:
        """How full the model would be with what is written."""
        from tui.api.errors import ApiError
        from tui.services.chat.chats import ChatError

        meter = None
        if self.talk.record is not None and self.talk.model:
            text, attachments = self.composer.text, self.composer.attachments
            try:
                meter = await self.talk.chats.context(self.talk.record.id, text, attachments)
            except (ApiError, ChatError, KeyError):
                meter = None
        self._meter.update(meter_words(meter))

    def measure_soon(self) -> None:
        """Count again how full the model would be, once nothing more is typed."""
        if self._meter_timer is not None:
            self._meter_timer.stop()
        self._meter_timer = self.set_timer(METER_AFTER, self._measure_now)

    def _measure_now(self) -> None:
        if self.services is not None:
            work(self, "Context", "meter", self._measure)

    # ---- writing

    def focus_composer(self) -> None:
        """To where the question is written, which a narrow terminal may not show just now."""
        self.screen.add_class("-detail")
        self.screen.set_focus(self.composer.area)

    def write(self, text: str) -> None:
        """Put a text into the composer where that is empty; else it is copied."""
        if self.composer.text.strip():
            self.section.console.copy_text(text, "What you edited")
            return
        self.replace_text(text)
        self.focus_composer()

    def replace_text(self, text: str) -> None:
        """Another text in place of what is written, as if it were typed."""
        self.composer.set_text(text, self.composer.attachments)
        self._written()

    @on(Composer.Changed)
    def _written(self) -> None:
        self.draft.dirty = True
        if self._keep_timer is None:
            self._keep_timer = self.set_timer(KEPT_AFTER, self._keep_soon)
        self.measure_soon()

    def _keep_soon(self) -> None:
        self._keep_timer = None
        work(self, "Draft", "draft", self.draft.keep)

    def end_edit(self) -> None:
        """Leave the edit: what was being written before comes back."""
        self.composer.set_text(*self.draft.end_edit())
        self.draw()

    @on(Composer.Sent)
    def _sent(self, event: Composer.Sent) -> None:
        section = self.section
        reason = section.why_not(cmd.RegenerateAnswer) if section.console.settings.read_only else None
        if reason or self.services is None:
            section.console.say(reason or "The console is not connected yet; what you wrote stays.", severity="warning")
        elif not self.talk.model:
            section.action_command(cmd.ChooseModel.id)
        elif not self.draft.sending:
            work(self, "Send", "send", self._send, event.text, event.attachments)

    async def _send(self, text: str, attachments: tuple[str, ...]) -> None:
        from tui.services.chat.chats import ChatError

        try:
            written = await self.draft.send(text, attachments)
        except ChatError as error:
            self.section.console.say(str(error), severity="warning")
            return
        if written is not None:
            self.composer.set_text(*written)
            await self.draft.keep()
        self.transcript.follow()
        self.reload_soon()

    @on(Composer.Slash)
    def _slash(self, event: Composer.Slash) -> None:
        self.post_message(self.Slash(event.name, event.argument))

    @on(Composer.Paged)
    def _paged(self, event: Composer.Paged) -> None:
        self.transcript.action_pages(event.pages)

    @on(Composer.FileDropped)
    def _dropped(self, event: Composer.FileDropped) -> None:
        self.composer.attach(event.path)

    @on(ChatTitle.Chosen)
    def _title_clicked(self, event: ChatTitle.Chosen) -> None:
        self.section.action_command(event.command)
