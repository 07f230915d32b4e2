"""A conversation that is open, without a terminal: what is shown of it, where its answer stands, its model."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from enum import Flag, auto
from typing import TYPE_CHECKING

from tui.services.bus import OutputText

if TYPE_CHECKING:
    from tui.forms import Form
    from tui.services.bus import ChatChanged
    from tui.services.chat.can_chat import Fit
    from tui.services.chat.chats import Chats
    from tui.services.models.catalogue import Catalogue
    from tui.store.conversation import Conversation, Turn


class Heard(Flag):
    """What an event changed, and so what is to be brought up to date."""

    NOTHING = 0
    TEXT = auto()
    """The text of one answer."""
    TURNS = auto()
    """The turns that are shown; they are here already."""
    ENDED = auto()
    """An answer has ended."""
    HEAD = auto()
    """Title, model, parameters or branch: `read_head` reads them."""
    ALL = auto()
    """All of it is to be read again."""
    LIST = auto()
    """The list of conversations."""


class OpenConversation:
    """One conversation that is open. `connect` comes before everything that reads or writes."""

    def __init__(self) -> None:
        self.record: Conversation | None = None
        """What the store has of it; None for a new one in which nothing is written yet."""
        self.turns: list[Turn] = []
        """The branch that is shown."""
        self.places: dict[str, tuple[int, int]] = {}
        """For turns with alternatives: which of them each is, and how many there are."""
        self.model = ""
        """Whom the next question goes to, "owner/name"; "" while nobody was chosen."""
        self.fit: Fit | None = None
        """How the model is chatted with, once its schema is known."""
        self.form: Form | None = None
        """The inputs that the model has, once its schema is known."""
        self.made: Callable[[], None] | None = None
        """Called when a new conversation begins to be kept."""
        self._chats: Chats | None = None
        self._catalogue: Catalogue | None = None
        self._making = asyncio.Lock()

    def connect(self, chats: Chats, catalogue: Catalogue) -> None:
        """Where conversations and models are read from now on."""
        self._chats, self._catalogue = chats, catalogue

    @property
    def connected(self) -> bool:
        """Whether something can be read and asked."""
        return self._chats is not None

    @property
    def chats(self) -> Chats:
        """The service."""
        assert self._chats is not None, "connect first"
        return self._chats

    @property
    def id(self) -> str | None:
        """The id of the conversation; None while nothing of it is kept."""
        return self.record.id if self.record is not None else None

    # ---- what is shown

    def begin(self, model: str, record: Conversation | None = None) -> None:
        """A new conversation. Nothing of it is kept before something is written, unless `record` is."""
        self.record, self.turns, self.places, self.model = record, [], {}, model
        self.fit = self.form = None

    async def read(self, conversation_id: str) -> bool:
        """Show a conversation, or the same one as it is now; False where it is gone."""
        try:
            record = await self.chats.conversation(conversation_id)
        except KeyError:
            return False
        turns = await self.chats.branch(conversation_id)
        self.places = await self.chats.places(conversation_id)
        self.record, self.turns, self.model = record, turns, record.model
        return True

    async def read_head(self) -> Heard:
        """Title, model or branch changed. The turns are to be read again only where another branch is shown."""
        before = self.record
        if before is None:
            return Heard.NOTHING
        try:
            found = await self.chats.conversation(before.id)
        except KeyError:
            return Heard.NOTHING
        if self.id != before.id:
            # Another one was opened meanwhile.
            return Heard.NOTHING
        self.record = found
        if not self.turns or found.leaf != self.turns[-1].id:
            return Heard.ALL
        if (before.model, before.parameters) != (found.model, found.parameters):
            self.model = found.model
            return Heard.TURNS | Heard.HEAD
        return Heard.TURNS

    async def ensure(self) -> Conversation:
        """The conversation; a new one is kept now."""
        async with self._making:
            if self.record is not None:
                return self.record
            # Shielded: a worker that is ended meanwhile must not leave one behind that nobody shows.
            made = await asyncio.shield(self.chats.create(self.model))
            self.record = made
            if self.made is not None:
                self.made()
            return made

    # ---- events

    def hear(self, event: OutputText | ChatChanged) -> Heard:
        """Take in what the services tell."""
        if isinstance(event, OutputText):
            return self._stream(event.run_id, event.text)
        return self._changed(event.turn) if event.conversation_id == self.id else Heard.LIST

    def _stream(self, turn_id: str | None, text: str) -> Heard:
        # From the end: it is nearly always the last one.
        for index in range(len(self.turns) - 1, -1, -1):
            if self.turns[index].id == turn_id:
                self.turns[index] = replace(self.turns[index], text=text)
                return Heard.TEXT
        return Heard.NOTHING

    def _changed(self, turn: Turn | None) -> Heard:
        if turn is None:
            return Heard.LIST | (Heard.HEAD if self.turns else Heard.ALL)
        for index in range(len(self.turns) - 1, -1, -1):
            if self.turns[index].id == turn.id:
                self.turns[index] = turn
                return Heard.TURNS if turn.live else Heard.TURNS | Heard.ENDED
        if turn.parent == (self.turns[-1].id if self.turns else None):
            # It goes on at its end: a long conversation is not read again for that.
            self.turns.append(turn)
            return Heard.TURNS
        return Heard.LIST | Heard.ALL

    # ---- its turns

    def turn(self, turn_id: str | None) -> Turn | None:
        """The turn with that id, where it is shown."""
        return next((turn for turn in self.turns if turn.id == turn_id), None)

    def answer_at(self, turn_id: str | None) -> Turn | None:
        """The answer with that id, or the one that is shown to the question with that id."""
        turn = self.turn(turn_id)
        if turn is None or turn.role == "assistant":
            return turn
        at = self.turns.index(turn) + 1
        return self.turns[at] if at < len(self.turns) else None

    def question_at(self, turn_id: str | None) -> Turn | None:
        """The question with that id, or the one that the answer with that id is to."""
        turn = self.turn(turn_id)
        return turn if turn is None or turn.role == "user" else self.turn(turn.parent)

    @property
    def live_turn(self) -> Turn | None:
        """The answer that still comes."""
        return next((turn for turn in reversed(self.turns) if turn.live), None)

    async def choose_branch(self, turn_id: str, by: int) -> str:
        """Show the branch through the next alternative of a turn (`by` 1) or the one before (-1); gives its id."""
        ids = [each.id for each in await self.chats.siblings(turn_id)]
        chosen = ids[(ids.index(turn_id) + by) % len(ids)]
        await self.read((await self.chats.choose(chosen)).id)
        return chosen

    # ---- its model

    async def learn_model(self) -> None:
        """Ask how the model is chatted with and which inputs it has. Raises an ApiError; neither is known then."""
        from tui.api.errors import ApiError
        from tui.forms import Form

        assert self._catalogue is not None, "connect first"
        model = self.model
        try:
            found = await self._catalogue.model(model)
            fit = self.chats.fitness(found)
            if self.record is not None:
                form = await self.chats.form(self.record.id)
            else:
                form = Form.parse(found.latest_version.openapi_schema if found.latest_version else None)
        except ApiError:
            self.fit = self.form = None
            raise
        if model == self.model:
            self.fit, self.form = fit, form

    async def begin_with(self, ref: str) -> None:
        """The model of a conversation that has none yet, kept or not. Raises an ApiError."""
        async with self._making:
            # One that is being kept in this moment has no model either.
            if self.record is None:
                self.model = ref
                return
        await self.set_model(ref)

    async def set_model(self, ref: str) -> None:
        """Ask another model from now on. Parameters that it does not have are left out. Raises an ApiError."""
        self.model = ref
        if self.record is None:
            return
        from tui.forms import Form

        assert self._catalogue is not None, "connect first"
        version = (await self._catalogue.model(ref)).latest_version
        names = {field.name for field in Form.parse(version.openapi_schema if version is not None else None).fields}
        kept = {name: value for name, value in self.record.parameters.items() if name in names}
        self.record = await self.chats.set_model(self.record.id, ref, None, kept)
