"""Conversations with language models: questions sent as runs, answers that stream into turns, and their branches.

`services.chats`:
    await conversations(text="") · conversation(id) · create(model, version=None, parameters=…) · rename(id, title) ·
    delete(id) · fork(id, turn_id) · export(id, "markdown" | "json") · save_draft(id, text, attachments)
    await set_model(id, model, version, parameters) · set_parameters(id, parameters) · set_system(id, text) ·
    set_window(model, tokens) · fit(id) -> Fit · context(id, text) -> Meter · fitness(model, version) -> Fit
    await branch(id) · siblings(turn_id) · places(id) · choose(turn_id)
    await send(id, text, attachments) · regenerate(turn_id, …) · edit(turn_id, text, …) -> the answer's Turn
    await stop(turn_id) · resolve(turn_id, "look" | "send" | "drop") · wait(turn_id) -> Turn · resume() at the start

Events on the bus: OutputText while an answer streams, ChatChanged for everything else.
"""

from __future__ import annotations

import asyncio
import dataclasses
import secrets
from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from tui.api.errors import ApiError
from tui.api.text import clean_line
from tui.api.types import Model, Version
from tui.forms import Form
from tui.services.bus import ChatChanged
from tui.services.chat.answers import Answers
from tui.services.chat.can_chat import Fit, fitness
from tui.services.chat.context_window import Said, Window, joined, keep
from tui.services.chat.drafts import Drafts, Sending, storable
from tui.services.chat.export import as_json, as_markdown
from tui.services.chat.prompt import ChatError as ChatError
from tui.services.chat.questions import Asking, absolute, pinned, said_of, title_of
from tui.services.models.catalogue import Catalogue
from tui.services.runs.runs import Decision, Runs
from tui.services.session import Session
from tui.store.conversation import Conversation, Turn
from tui.store.conversations import Chats as ChatStore

TITLE = 200
"""Characters of a title at most."""
_EMPTY_KEPT = timedelta(days=1)
"""How long a conversation stays in which nothing was ever said or typed."""


class Meter(Struct, frozen=True):
    """How full the model would be if the question were sent now."""

    used: int
    """About how many tokens would be sent."""
    window: Window
    left_out: int
    """How many earlier turns would not be sent."""
    why: str
    """Why, in a sentence; "" when all are."""


class Chats:
    """All conversations of the account. Methods raise StoreError, and KeyError for an id that is not there."""

    def __init__(self, session: Session, catalogue: Catalogue, runs: Runs) -> None:
        self._session = session
        self._runs = runs
        self._answers = Answers(session, runs)
        self._drafts = Drafts(session)
        self._asking = Asking(session, catalogue, runs, self._answers, self._drafts)
        self._asks: dict[str, asyncio.Lock] = {}

    # ---- conversations

    async def conversations(self, text: str = "") -> list[Conversation]:
        """Those that have every word of `text` in the title or in one of their turns; the last used first."""
        return await self._store.conversations(self._account, storable(text))

    async def conversation(self, conversation_id: str) -> Conversation:
        """One conversation."""
        found = await self._store.conversation(self._account, conversation_id)
        if found is None:
            raise KeyError(conversation_id)
        return found

    async def create(
        self,
        model: str,
        version: str | None = None,
        parameters: Mapping[str, object] | None = None,
        *,
        deployment: str | None = None,
        system: str = "",
    ) -> Conversation:
        """A new, empty conversation with a model ("owner/name"). Nothing is asked of the API."""
        now, made_id, version = self._session.clock.now(), secrets.token_hex(8), pinned(version)
        made = Conversation(
            id=made_id,
            title="",
            model=model,
            version=version,
            deployment=deployment,
            parameters=self._asking.without_secrets(made_id, model, version, parameters or {}),
            system=storable(system),
            created_at=now,
            updated_at=now,
        )
        await self._store.add(self._account, made)
        self._tell(made.id)
        return made

    async def rename(self, conversation_id: str, title: str) -> Conversation:
        """Give it a title; an empty one makes it the first question's beginning again."""
        shown = clean_line(storable(title), TITLE).strip()
        own = bool(shown)
        if not own:
            branch = await self._store.branch(self._account, conversation_id)
            shown = title_of(branch[0]) if branch else ""
        return await self._change(conversation_id, title=shown, titled=own)

    async def delete(self, conversation_id: str) -> None:
        """Forget the conversation. Answers that still come are stopped; the predictions stay among the predictions."""
        for turn in await self._store.tree(self._account, conversation_id):
            if turn.live and self._answers.of(turn.id) is not None:
                try:
                    await self._answers.stop(turn.id)
                except (ApiError, KeyError):
                    # It goes on without its conversation, and is among the live predictions.
                    continue
        await self.conversation(conversation_id)
        self._drafts.forget(conversation_id)
        self._asking.forget_secrets(conversation_id)
        await self._store.delete(self._account, conversation_id)
        self._tell(conversation_id)

    async def fork(self, conversation_id: str, turn_id: str) -> Conversation:
        """A conversation of its own that begins as this one does, up to and with the turn. Raises ChatError."""
        origin = await self.conversation(conversation_id)
        turns = await self._store.branch(self._account, conversation_id, turn_id)
        if not turns:
            raise KeyError(turn_id)
        if any(turn.live for turn in turns):
            raise ChatError("The answer still comes: fork when it has ended, or above it.")
        now, ids = self._session.clock.now(), {turn.id: secrets.token_hex(12) for turn in turns}
        made = replace(
            origin,
            id=secrets.token_hex(8),
            title=clean_line(f"{origin.title} (fork)", TITLE),
            created_at=now,
            updated_at=now,
            leaf=None,
            draft="",
            attachments=(),
            turns=0,
        )
        copies = [
            dataclasses.replace(turn, id=ids[turn.id], conversation_id=made.id, parent=ids.get(turn.parent or ""))
            for turn in turns
        ]
        await self._store.add(self._account, made)
        kept = await self._store.append(self._account, copies, leaf=copies[-1].id)
        self._asking.copy_secrets(conversation_id, made.id)
        self._tell(made.id)
        return kept

    async def export(self, conversation_id: str, form: Literal["markdown", "json"]) -> str:
        """The branch that is shown as Markdown, or everything as JSON."""
        conversation, branch = await self.conversation(conversation_id), await self.branch(conversation_id)
        if form == "markdown":
            return as_markdown(conversation, branch)
        return as_json(conversation, await self._store.tree(self._account, conversation_id), branch)

    async def save_draft(self, conversation_id: str, text: str, attachments: Sequence[str] = ()) -> None:
        """Keep what is typed and not sent. It may be called for every key: what a later call has overtaken is not
        written. On return this text, or a later one, is kept."""
        await self._drafts.save(conversation_id, text, attachments)

    async def set_model(
        self,
        conversation_id: str,
        model: str,
        version: str | None = None,
        parameters: Mapping[str, object] | None = None,
        *,
        deployment: str | None = None,
    ) -> Conversation:
        """Have the next questions sent to another model, version or deployment, with these parameters."""
        version = pinned(version)
        self._asking.forget_secrets(conversation_id)
        kept = self._asking.without_secrets(conversation_id, model, version, parameters or {})
        return await self._change(conversation_id, model=model, version=version, deployment=deployment, parameters=kept)

    async def set_parameters(self, conversation_id: str, parameters: Mapping[str, object]) -> Conversation:
        """The model's parameters for the next questions: values, or texts as they are typed into a form.

        A secret is kept in memory alone; one that reads REDACTED stays what it was.
        """
        known = await self.conversation(conversation_id)
        kept = self._asking.without_secrets(conversation_id, known.model, known.version, parameters)
        return await self._change(conversation_id, parameters=kept)

    async def set_system(self, conversation_id: str, text: str) -> Conversation:
        """Give it another system prompt, for the next questions."""
        return await self._change(conversation_id, system=storable(text))

    # ---- the model

    def fitness(self, model: Model, version: Version | None = None) -> Fit:
        """Whether and how a model, or one version of it, can be chatted with; its schema must have been fetched."""
        chosen = version or model.latest_version
        return fitness(chosen.openapi_schema if chosen is not None else None, model.ref)

    async def fit(self, conversation_id: str) -> Fit:
        """How the model of a conversation is chatted with. Raises an ApiError when it has to be asked for."""
        return (await self._asking.partner(await self.conversation(conversation_id))).fit

    async def form(self, conversation_id: str) -> Form:
        """The form of the conversation's model; `Fit.parameters` names its fields for the side panel."""
        return (await self._asking.partner(await self.conversation(conversation_id))).form

    async def set_window(self, model: str, tokens: int | None) -> None:
        """Say how many tokens a model reads at once; None leaves it to the schema, or to an estimate."""
        await self._session.store.meta_set(self._account, f"chat window {model}", str(tokens) if tokens else None)

    async def context(self, conversation_id: str, text: str = "", attachments: Sequence[str] = ()) -> Meter:
        """What would be sent if `text` were the question. Raises an ApiError, and ChatError where the model cannot
        be chatted with."""
        conversation = await self.conversation(conversation_id)
        partner = await self._asking.partner(conversation)
        if not partner.fit.can:
            raise ChatError(partner.fit.why)
        window = await self._asking.window(conversation, partner)
        said = [*said_of(await self.branch(conversation_id)), Said("user", text, tuple(attachments))]
        kept = keep(window, conversation.system, joined(said) or said, single=partner.fit.single)
        return Meter(kept.tokens, window, kept.left_out, kept.why)

    # ---- branches

    async def branch(self, conversation_id: str) -> list[Turn]:
        """The turns of the branch that is shown, from the first to the last, each with the text so far."""
        return await self._asking.present(await self._store.branch(self._account, conversation_id))

    async def turn(self, turn_id: str) -> Turn:
        """One turn, with the text so far."""
        found = await self._store.turn(self._account, turn_id)
        if found is None:
            raise KeyError(turn_id)
        return (await self._asking.present([found]))[0]

    async def siblings(self, turn_id: str) -> list[Turn]:
        """The turns in the same place, itself among them, oldest first."""
        return await self._asking.present(await self._store.siblings(self._account, turn_id))

    async def places(self, conversation_id: str) -> dict[str, tuple[int, int]]:
        """For each turn that has alternatives: its number among them, from 1, and how many there are."""
        return await self._store.places(self._account, conversation_id)

    async def choose(self, turn_id: str) -> Conversation:
        """Show the branch through this turn."""
        changed = await self._store.choose(self._account, turn_id)
        self._tell(changed.id)
        return changed

    # ---- questions and answers

    async def send(self, conversation_id: str, text: str, attachments: Sequence[str] = ()) -> Turn:
        """Ask. Returns the turn of the answer once question and answer are on the disk; the rest is told by events.

        The draft is then what was typed since. Raises ChatError and ApiErrors, which leave everything as it was.
        """
        async with self._alone(conversation_id):
            with self._drafts.sending(conversation_id, text, attachments) as sending:
                try:
                    conversation = await self.conversation(conversation_id)
                    return await self._ask(conversation, conversation.leaf, text, tuple(attachments), sending)
                except BaseException:
                    # The draft that the question would have taken the place of.
                    await asyncio.shield(self._drafts.flush(conversation_id))
                    raise

    async def regenerate(
        self,
        turn_id: str,
        *,
        model: str | None = None,
        version: str | None = None,
        parameters: Mapping[str, object] | None = None,
        show: bool = True,
    ) -> Turn:
        """Have a question answered anew, beside the answers that there are. `turn_id` is the question's or one
        answer's.

        With `model`, that one answers, without being the conversation's from now on: the same question to two models.
        `show` leads the branch that is shown to the new answer. Raises ChatError and ApiErrors.
        """
        turn = await self.turn(turn_id)
        question = turn if turn.role == "user" else await self.turn(turn.parent or "")
        async with self._alone(turn.conversation_id):
            conversation = await self.conversation(turn.conversation_id)
            if model is not None:
                conversation = replace(
                    conversation,
                    model=model,
                    version=pinned(version),
                    deployment=None,
                    parameters=dict(parameters or {}),
                )
            elif parameters is not None:
                conversation = replace(conversation, parameters=dict(parameters))
            return await self._asking.answer(conversation, question, show=show)

    async def edit(self, turn_id: str, text: str, attachments: Sequence[str] | None = None) -> Turn:
        """Ask a question again in other words, on a branch of its own. Returns the answer's turn.

        Without `attachments` the question keeps its own. Raises ChatError and ApiErrors.
        """
        turn = await self.turn(turn_id)
        if turn.role != "user":
            raise ChatError("Only questions can be edited.")
        attached = turn.attachments if attachments is None else tuple(attachments)
        async with self._alone(turn.conversation_id):
            conversation = await self.conversation(turn.conversation_id)
            return await self._ask(conversation, turn.parent, text, attached)

    async def stop(self, turn_id: str) -> None:
        """Cancel the answer's prediction; what came of it stays. Nothing happens to one that has ended.

        Raises an ApiError, and ChatError where another console looks after it.
        """
        if self._answers.of(turn_id) is not None:
            await self._answers.stop(turn_id)
            return
        turn = await self.turn(turn_id)
        if turn.live and turn.prediction_id is not None:
            await self._runs.cancel(turn.prediction_id)
        elif turn.live:
            raise ChatError("Another console is sending this question: stop it there.")

    async def resolve(self, turn_id: str, decision: Decision) -> None:
        """Decide about an answer in the state "unknown", as `Runs.resolve`: look for it, send it again, or drop it."""
        await self._runs.resolve(turn_id, decision)
        if decision == "send":
            self._answers.decided(turn_id)

    async def wait(self, turn_id: str) -> Turn:
        """The answer once it has ended, or is "unknown", which needs a decision."""
        await self._answers.wait(turn_id)
        return await self.turn(turn_id)

    async def resume(self, only: Collection[str] | None = None) -> None:
        """Take up what consoles left behind that are gone; call it after `Runs.resume`, or before.

        `only` are the runs of the answers that are meant; None for all that there are.
        """
        await self._answers.resume(only)
        await self._store.sweep(self._account, self._session.clock.now() - _EMPTY_KEPT)

    async def aclose(self) -> None:
        """Stop. Answers that still come are taken up at the next start."""
        await self._answers.aclose()

    async def _ask(
        self,
        conversation: Conversation,
        parent: str | None,
        text: str,
        attachments: tuple[str, ...],
        sending: Sending | None = None,
    ) -> Turn:
        """A new question below `parent`, and its answer."""
        text = storable(text)
        if not text.strip() and not attachments:
            raise ChatError("There is nothing to send yet.")
        question = Turn(
            id=secrets.token_hex(12),
            conversation_id=conversation.id,
            parent=parent,
            role="user",
            text=text,
            created_at=self._session.clock.now(),
            attachments=tuple(absolute(storable(one)) for one in attachments),
        )
        return await self._asking.answer(conversation, question, new=True, sending=sending)

    # ---- shared

    def _alone(self, conversation_id: str) -> asyncio.Lock:
        """Held while a question is sent, so that a second click sends nothing twice."""
        return self._asks.setdefault(conversation_id, asyncio.Lock())

    async def _change(self, conversation_id: str, **changes: object) -> Conversation:
        changed = await self._store.change(self._account, conversation_id, **changes)
        self._tell(conversation_id)
        return changed

    def _tell(self, conversation_id: str, turn: Turn | None = None) -> None:
        self._session.bus.publish(ChatChanged(conversation_id, turn))

    @property
    def _store(self) -> ChatStore:
        return self._session.store.chats

    @property
    def _account(self) -> str:
        return self._session.account
