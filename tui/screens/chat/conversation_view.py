"""A conversation as it is shown: read from the store, followed as its answers come, left and found again."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from textual.content import Content
from textual.widgets import Input, Static

from tui.screens.chat.answer_facts import message_of, meter_words, notes, title_words
from tui.screens.chat.conversation_commands import ChatActing
from tui.screens.chat.parameters_panel import ChatPanel
from tui.screens.chat.title_line import ChatTitle
from tui.toolkit.workers import work
from tui.widgets.chat.composer import Composer
from tui.widgets.chat.transcript import Transcript
from tui.widgets.table.virtual_table import VirtualTable

if TYPE_CHECKING:
    from textual.timer import Timer

    from tui.navigation import Place
    from tui.services.bus import Event
    from tui.services.chat.can_chat import Fit
    from tui.services.services import Services
    from tui.store.conversation import Conversation, Turn

METER_AFTER = 0.4
"""Seconds after the last key until it is counted how full the model would be."""
PLACE = "chat place"
"""Under what the store keeps where the reader was."""
SANDBOX_MODEL = "sandbox/guide"
"""Whom the sandbox's first conversation is with: it answers questions about this program."""
NO_MODEL = "No model yet: ^o chooses one.\nThen write your question below; enter sends it."


class ChatShowing(ChatActing):
    """Holds the list and the conversation that is shown, and brings both up to date."""

    def __init__(self) -> None:
        super().__init__()
        self.model = ""
        """Whom the next question goes to, "owner/name"; "" while nobody was chosen."""
        self.fit: Fit | None = None
        """How it is chatted with, once its schema is known."""
        self.editing: Turn | None = None
        """The question that is being asked again in other words."""
        self.dirty = False
        """Whether something is written that is not kept yet."""
        self.places: dict[str, tuple[int, int]] = {}
        """For turns with alternatives: which of them each is, and how many there are."""
        self._wanted: str | None = None
        self._arrived = False
        self._list: list[Conversation] = []
        self._scrolls: dict[str, tuple[str, int] | None] = {}
        self._kept_place: object = None
        self._making = asyncio.Lock()
        self._reading = self._read_again = False
        self._enter_panel = False
        self._meter_timer: Timer | None = None

    async def keep_draft(self) -> None:
        """What is written and not sent goes to the store."""
        raise NotImplementedError

    def end_edit(self) -> None:
        """What was being written before the edit comes back."""
        raise NotImplementedError

    @property
    def table(self) -> VirtualTable[Any]:
        return cast("VirtualTable[Any]", self.query_one("#chat-table"))

    @property
    def transcript(self) -> Transcript:
        """The conversation."""
        return self.query_one(Transcript)

    @property
    def composer(self) -> Composer:
        """Where the question is written."""
        return self.query_one(Composer)

    # ---- data

    def arrive(self, place: Place) -> None:
        """A model ("owner/name") begins a new conversation with it; an id opens the conversation."""
        self._wanted = place.argument
        if self._arrived and self.services is not None:
            work(self, "Chat", "arrive", self._arrive, self.services)

    def services_ready(self, services: Services) -> None:
        """Show the conversations, and the one that was open last where it was left."""
        work(self, "Chat", "arrive", self._arrive, services)

    async def _arrive(self, services: Services) -> None:
        await self._load_list(services)
        wanted, self._wanted = self._wanted, None
        place: dict[str, Any] = {}
        if not self._arrived:
            self._arrived = True
            with_place = await services.store.meta_get(services.account, PLACE)
            place = _parsed(with_place)
            if (seen := place.get("message")) and isinstance(place.get("offset"), int):
                self._scrolls[str(place.get("conversation"))] = (str(seen), place["offset"])
        known = {conversation.id for conversation in self._list}
        if wanted and "/" in wanted:
            ref, _, chosen = wanted.partition(":")
            typed = self.composer.text if self.conversation is None else ""
            await self._begin(services, ref, chosen or None, typed)
        elif wanted and wanted in known:
            self.open(wanted)
        elif wanted:
            self.console.say(f"There is no conversation {wanted[:40]}.", severity="warning")
        elif self.conversation is None and self.dirty:
            # Written before the connection was there: it begins a conversation of its own.
            await self._begin(services, self._first_model(), text=self.composer.text)
        elif self.conversation is None and place.get("conversation") in known:
            self.open(str(place["conversation"]))
        elif self.conversation is None and self._list:
            self.open(self._list[0].id)
        elif self.conversation is None:
            await self._begin(services, self._first_model())

    def _first_model(self) -> str:
        """Whom to begin with: the model of the last conversation; the sandbox has one that knows this program."""
        if self._list and self._list[0].model:
            return self._list[0].model
        return SANDBOX_MODEL if self.console.settings.sandbox else ""

    async def _begin(self, services: Services, model: str, chosen: str | None = None, text: str = "") -> None:
        """A new conversation, of which nothing is kept before something is written."""
        self._leave()
        self.conversation, self.turns, self.places = None, [], {}
        if chosen:
            self.conversation = await services.chats.create(model, chosen)
        self.model = model
        self.composer.set_text(text)
        self._draw()
        self._know_model()
        self.composer.area.focus()
        if text:
            self.dirty = True
            await self.keep_draft()

    async def _load_list(self, services: Services) -> None:
        words = self.query_one("#filter", Input).value.strip()
        self._list = await services.chats.conversations(words)
        self.table.set_rows(self._list)
        empty = (
            f"Nothing has “{words}”.\n\nesc clears the filter." if words else "No conversations yet.\n\ni writes one."
        )
        self.table.set_empty(Content(empty))
        if self.conversation is not None:
            self.table.move_to(self.conversation.id)

    def load_list(self) -> None:
        """Read the list, within a frame."""
        self.soon("list", lambda: self.with_services("Conversations", "list", self._load_list))

    def load_talk(self) -> None:
        """Read the conversation that is shown again, within a frame."""
        self.soon("talk", self._load_talk_now)

    def _load_talk_now(self) -> None:
        if self._reading:
            # Not begun anew with every word that comes: it would never end.
            self._read_again = True
        elif self.services is not None and self.conversation is not None and self.is_attached:
            work(self, "Conversation", "talk", self._load_talk, self.services, self.conversation.id)

    def with_services(self, name: str, group: str, function: Any) -> None:
        if self.services is not None and self.is_attached:
            work(self, name, group, function, self.services)

    def open(self, conversation_id: str) -> None:
        """Show a conversation, where it was left."""
        if self.services is not None:
            self.table.move_to(conversation_id)
            work(self, "Conversation", "talk", self._load_talk, self.services, conversation_id)

    async def _load_talk(self, services: Services, conversation_id: str) -> None:
        self._reading = True
        try:
            await self._read_talk(services, conversation_id)
        finally:
            self._reading = False
        if self._read_again:
            self._read_again = False
            self.load_talk()

    async def _read_talk(self, services: Services, conversation_id: str) -> None:
        try:
            conversation = await services.chats.conversation(conversation_id)
        except KeyError:
            return
        turns = await services.chats.branch(conversation_id)
        places = await services.store.chats.places(services.account, conversation_id)
        another = self.conversation is None or self.conversation.id != conversation_id
        if another:
            self._leave()
        self.conversation, self.turns, self.places, self.model = conversation, turns, places, conversation.model
        if another:
            self.composer.set_text(conversation.draft, conversation.attachments)
            self._kept_place = None
        self._draw()
        self._know_model()

    async def _load_head(self, services: Services, conversation_id: str) -> None:
        """Title, model or branch changed; the turns are read again only where another branch is shown."""
        try:
            conversation = await services.chats.conversation(conversation_id)
        except KeyError:
            return
        if self.conversation is None or self.conversation.id != conversation_id:
            return
        before, self.conversation = self.conversation, conversation
        if not self.turns or conversation.leaf != self.turns[-1].id:
            self.load_talk()
            return
        self.soon("draw", self._draw)
        if (before.model, before.parameters) != (conversation.model, conversation.parameters):
            self.model = conversation.model
            self._know_model()

    def _leave(self) -> None:
        """Another conversation is about to be shown: this one's place and draft are kept."""
        if self.editing is not None:
            self.end_edit()
        if self.conversation is not None:
            self._scrolls[self.conversation.id] = self.transcript.place_now()
            if self.dirty and self.services is not None:
                self.dirty = False
                draft = (self.conversation.id, self.composer.text, self.composer.attachments)
                work(self, "Draft", f"draft-{self.conversation.id}", self.services.chats.save_draft, *draft)

    def _draw(self) -> None:
        if not self.is_attached:
            return
        services, conversation = self.services, self.conversation
        prices = services.prices if services is not None else None
        messages = [message_of(turn, self.places.get(turn.id, (1, 1)), prices) for turn in self.turns]
        place = self._scrolls.get(conversation.id) if conversation is not None else None
        model = self.model
        self.transcript.set_empty(
            f"Ask {model} something: write below, enter sends it.\n/ lists the commands, ^o chooses another model."
            if model
            else NO_MODEL
        )
        self.transcript.set_messages(messages, place=place)
        self.composer.set_history([turn.text for turn in self.turns if turn.role == "user" and turn.text])
        title = title_words(conversation) if conversation is not None else "New conversation"
        self.query_one(ChatTitle).show_title(title, model, editing=self.editing is not None)
        self.refresh_bindings()

    # ---- the model

    def show_panel(self) -> None:
        """Show the parameters of the model, and go there."""
        self.add_class("-panel")
        self._enter_panel = True
        self._know_model()

    def _know_model(self) -> None:
        if self.services is not None and self.model:
            work(self, self.model, "fit", self._load_fit, self.services, self.model)
        else:
            self.composer.set_hint("^o chooses a model")

    async def _load_fit(self, services: Services, model: str) -> None:
        from tui.api.errors import ApiError
        from tui.forms import Form

        try:
            found = await services.catalogue.model(model)
            self.fit = services.chats.fitness(found)
            if self.conversation is not None:
                form = await services.chats.form(self.conversation.id)
            else:
                form = Form.parse(found.latest_version.openapi_schema if found.latest_version else None)
        except ApiError as error:
            self.fit = None
            self.composer.set_hint(f"{model}: {error}")
            return
        fit = self.fit
        self.composer.takes_files = fit.images or fit.files
        takes = "a picture" if fit.images else "a file" if fit.files else ""
        hint = f"Ask {model.rpartition('/')[2]} · / for commands" + (f" · ^f attaches {takes}" if takes else "")
        self.composer.set_hint(hint if fit.can else f"{model}: {fit.why}")
        if self.has_class("-panel"):
            self.query_one(ChatPanel).show(self.conversation, model, form, fit)
            if self._enter_panel:
                self._enter_panel = False
                self.query_one(ChatPanel).enter()
        await self._measure(services)

    async def _measure(self, services: Services) -> None:
        """How full the model would be with what is written."""
        from tui.api.errors import ApiError
        from tui.services.chat.chats import ChatError

        meter = None
        if self.conversation is not None and self.model:
            try:
                meter = await services.chats.context(
                    self.conversation.id, self.composer.text, self.composer.attachments
                )
            except (ApiError, ChatError, KeyError):
                meter = None
        self.query_one("#chat-meter", Static).update(meter_words(meter))

    def measure_soon(self) -> None:
        """Count again how full the model would be, once nothing more is typed."""
        if self._meter_timer is not None:
            self._meter_timer.stop()
        self._meter_timer = self.set_timer(METER_AFTER, lambda: self.with_services("Context", "meter", self._measure))

    # ---- events

    def bus_event(self, event: Event) -> None:
        """Fold what the services tell into the conversation and the list."""
        from tui.services import bus

        if isinstance(event, bus.ChatText):
            if self.conversation is not None and event.conversation_id == self.conversation.id:
                self._stream(event.turn_id, event.text)
        elif isinstance(event, bus.ChatChanged):
            self._changed(event.conversation_id, event.turn)

    def _stream(self, turn_id: str, text: str) -> None:
        for index in range(len(self.turns) - 1, -1, -1):
            if self.turns[index].id == turn_id:
                self.turns[index] = replace(self.turns[index], text=text)
                self.transcript.stream(turn_id, text)
                return
        self.load_talk()

    def _changed(self, conversation_id: str, turn: Turn | None) -> None:
        if self.conversation is None or conversation_id != self.conversation.id:
            self.load_list()
            return
        known = next((i for i, each in enumerate(self.turns) if turn is not None and each.id == turn.id), None)
        if turn is not None and known is None and turn.parent == (self.turns[-1].id if self.turns else None):
            # It goes on at its end: a long conversation is not read again for that.
            self.turns.append(turn)
            self.soon("draw", self._draw)
            return
        if turn is None and self.turns and self.services is not None:
            self.load_list()
            work(self, "Conversation", "head", self._load_head, self.services, conversation_id)
            return
        if turn is None or known is None:
            self.load_list()
            self.load_talk()
            return
        self.turns[known] = turn
        self.soon("draw", self._draw)
        if not turn.live:
            self.measure_soon()

    def _tick(self) -> None:
        if not self.is_current:
            return
        live = self.live_turn()
        if live is not None:
            self.transcript.set_notes(live.id, notes(live, None))
        self._keep_place()

    def _keep_place(self) -> None:
        """Where the reader is, for the next start; written only when it changed."""
        services, conversation = self.services, self.conversation
        if services is None or conversation is None:
            return
        place = self.transcript.place_now()
        found = {
            "conversation": conversation.id,
            "message": place[0] if place else "",
            "offset": place[1] if place else 0,
        }
        if found != self._kept_place:
            self._kept_place = found
            work(self, "Place", "place", services.store.meta_set, services.account, PLACE, json.dumps(found))

    def _look_elsewhere(self) -> None:
        """Another console may have written to the conversations."""
        if self.is_current:
            self.with_services("Conversations", "elsewhere", self._load_changed)

    async def _load_changed(self, services: Services) -> None:
        if await services.store.changed_elsewhere():
            await self._load_list(services)
            self._load_talk_now()

    def on_screen_resume(self) -> None:
        if self._arrived:
            self.load_list()
            self.load_talk()

    async def _ensure(self, services: Services) -> Conversation:
        """The conversation that is shown; a new one is kept now."""
        async with self._making:
            if self.conversation is None:
                # Shielded: a worker that is ended meanwhile must not leave one behind that nobody shows.
                made = await asyncio.shield(services.chats.create(self.model))
                self.conversation = made
                self._know_model()
            return self.conversation


def _parsed(text: str | None) -> dict[str, Any]:
    try:
        found: object = json.loads(text) if text else {}
    except ValueError:
        return {}
    return cast("dict[str, Any]", found) if isinstance(found, dict) else {}
