"""Puts a question to a model: whom it goes to, what of the conversation goes along, and the run that carries it."""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import Mapping, Sequence

from msgspec import Struct

from tui.api.text import clean, clean_line
from tui.api.types import Model, Target, is_hidden
from tui.forms import REDACTED, FileInput, Form, Invalid, OutputKind
from tui.forms.thinking import said_in
from tui.services.bus import ChatChanged
from tui.services.chat.answers import Answers
from tui.services.chat.can_chat import Fit, fitness
from tui.services.chat.context_window import Said, Window, window_of
from tui.services.chat.drafts import Drafts, Sending
from tui.services.chat.prompt import Asked, ChatError, build
from tui.services.models.catalogue import Catalogue
from tui.services.runs.runs import Runs
from tui.services.runs.uploads import place
from tui.services.session import Session
from tui.store.conversation import Conversation, Turn
from tui.store.database import StoreError


class Partner(Struct, frozen=True):
    """Whom a question goes to."""

    target: Target
    form: Form
    fit: Fit
    version: str
    """The id of the version, as far as it is known."""


class Asking:
    """Sends questions. It keeps the secrets among the parameters, in memory and nowhere else."""

    def __init__(self, session: Session, catalogue: Catalogue, runs: Runs, answers: Answers, drafts: Drafts) -> None:
        self._session = session
        self._catalogue = catalogue
        self._runs = runs
        self._answers = answers
        self._drafts = drafts
        self._hidden: dict[str, dict[str, object]] = {}
        """By conversation."""

    async def answer(
        self,
        conversation: Conversation,
        question: Turn,
        *,
        new: bool = False,
        sending: Sending | None = None,
        show: bool = True,
    ) -> Turn:
        """Send a question and keep the turn of its answer, and the question's own where that is new."""
        before: list[Turn] = []
        if question.parent is not None:
            before = await self.present(
                await self._session.store.chats.branch(self._session.account, conversation.id, question.parent)
            )
        if before and before[-1].state == "unknown":
            raise ChatError("What became of the question before is not known: decide about it first.")
        if before and before[-1].live:
            raise ChatError("The answer before still comes: wait for it, or stop it.")
        partner = await self.partner(conversation)
        asked = await self._input(conversation, partner, [*before, question])
        now = self._session.clock.now()
        answer = Turn(
            id=secrets.token_hex(12),
            conversation_id=conversation.id,
            parent=question.id,
            role="assistant",
            text="",
            created_at=now,
            model=conversation.deployment or conversation.model,
            version=partner.version,
            state="sending",
            left_out=asked.left_out,
            why_left_out=asked.why,
        )
        changes: dict[str, object] = {"updated_at": now}
        if new and not conversation.title:
            changes["title"] = title_of(question)
        leaf = answer.id if show else None
        await self._keep([question, answer] if new else [answer], sending, leaf=leaf, **changes)
        self._answers.expect(answer, asked.tokens)
        if new:
            self._tell(conversation.id, question)
        self._tell(conversation.id, answer)
        self._tell(conversation.id)
        try:
            await self._runs.start(partner.target, partner.form, asked.input, save=False, run_id=answer.id)
        except StoreError as error:
            await self._answers.fail(answer, str(error))
            raise
        return self._answers.of(answer.id) or answer

    async def _keep(
        self, turns: Sequence[Turn], sending: Sending | None, *, leaf: str | None, **changes: object
    ) -> None:
        """Keep new turns, and what is left of the draft in the same transaction."""
        chats, account = self._session.store.chats, self._session.account
        if sending is None:
            await chats.append(account, turns, leaf=leaf, **changes)
            return
        async with self._drafts.clearing(sending) as (draft, attached):
            await chats.append(account, turns, leaf=leaf, draft=draft, attachments=attached, **changes)

    async def partner(self, conversation: Conversation) -> Partner:
        """The model of a conversation with its schema. Raises an ApiError."""
        catalogue = self._catalogue
        model = await catalogue.model(conversation.model)
        version = model.latest_version
        if conversation.version:
            version = await catalogue.version(conversation.model, conversation.version)
        form = Form.parse(version.openapi_schema if version is not None else None)
        fit = fitness(version.openapi_schema if version is not None else None, model.ref)
        if fit.can:
            # A text is followed as it comes, also where the schema does not say that its parts belong together.
            form.output = OutputKind.TEXT_STREAM
        return Partner(_target(conversation, model), form, fit, version.id if version else "")

    async def window(self, conversation: Conversation, partner: Partner) -> Window:
        said = await self._session.store.meta_get(self._session.account, f"chat window {conversation.model}")
        setting = int(said) if said and said.isdecimal() else None
        return window_of(partner.form, partner.fit, conversation.model, setting, conversation.parameters)

    async def present(self, turns: Sequence[Turn]) -> list[Turn]:
        """Turns as the store has them, those on their way as they are now."""
        return [(self._answers.of(turn.id) or await self._elsewhere(turn)) if turn.live else turn for turn in turns]

    async def _elsewhere(self, turn: Turn) -> Turn:
        return await self._answers.as_recorded(turn)

    async def _input(self, conversation: Conversation, partner: Partner, turns: Sequence[Turn]) -> Asked:
        if not partner.fit.can:
            raise ChatError(partner.fit.why)
        said = said_of(turns)
        mentioned = {one for turn in turns for one in turn.attachments}
        gone = frozenset(await asyncio.to_thread(_gone, mentioned))
        here = [one for one in turns[-1].attachments if one in gone]
        if here:
            raise ChatError(f"There is no file {clean_line(here[0], 200)}: attach it anew, or leave it out.")
        window = await self.window(conversation, partner)
        parameters = self._with_secrets(conversation)
        return build(
            partner.fit,
            partner.form,
            window,
            system=conversation.system,
            said=said,
            parameters=parameters,
            gone=gone,
        )

    # ---- secrets

    def without_secrets(
        self, conversation_id: str, model: str, version: str | None, values: Mapping[str, object]
    ) -> dict[str, object]:
        shown = self._session.secrets.hide(values, model, version or "")
        hidden = self._hidden.setdefault(conversation_id, {})
        for name, value in shown.items():
            if value != values[name]:
                hidden[name] = values[name]
        return shown

    def _with_secrets(self, conversation: Conversation) -> dict[str, object]:
        hidden = self._hidden.get(conversation.id, {})
        values: dict[str, object] = {}
        for name, value in conversation.parameters.items():
            if value != REDACTED:
                values[name] = value
            elif name in hidden:
                values[name] = hidden[name]
            else:
                raise ChatError(f"The secret {clean_line(name, 60)} was not kept: give it again among the parameters.")
        return values

    def copy_secrets(self, origin: str, copy: str) -> None:
        """A fork has the secrets of its origin."""
        self._hidden[copy] = dict(self._hidden.get(origin, {}))

    def forget_secrets(self, conversation_id: str) -> None:
        """They belong to another model, or to nobody any more."""
        self._hidden.pop(conversation_id, None)

    def _tell(self, conversation_id: str, turn: Turn | None = None) -> None:
        self._session.bus.publish(ChatChanged(conversation_id, turn))


def title_of(question: Turn) -> str:
    """A title from a question: its first line that says something, or what is attached."""
    lines = (line.strip() for line in clean(question.text[:4000]).splitlines())
    said = next((line for line in lines if line), "")
    attached = question.attachments[0].rpartition("/")[2] if question.attachments else ""
    return clean_line(said or attached, 80)


def said_of(turns: Sequence[Turn]) -> list[Said]:
    """Turns as they are sent: what a model thought is not read to it again."""
    return [
        Said(turn.role, said_in(turn.text) if turn.role == "assistant" else turn.text, turn.attachments)
        for turn in turns
    ]


def absolute(attachment: str) -> str:
    """A file's whole path, so that it means the same tomorrow and in another folder; anything else as it is."""
    try:
        given = FileInput.parse(attachment)
    except Invalid:
        return attachment
    return os.path.abspath(place(given.path)) if given.kind == "path" else attachment  # noqa: PTH100  (keeps links)


def _target(conversation: Conversation, model: Model) -> Target:
    if conversation.deployment:
        return Target.of_deployment(conversation.deployment)
    return Target.of_model(conversation.model, model, conversation.version)


def pinned(version: str | None) -> str | None:
    """A version that can be asked for: that of an official model is "hidden", and cannot.

    Source: docs/replicate.md, Predictions.
    """
    return None if is_hidden(version) else version


def _gone(attachments: set[str]) -> list[str]:
    """Which of them are files that are not there. Blocks."""
    found: list[str] = []
    for one in attachments:
        try:
            given = FileInput.parse(one)
            if given.kind == "path" and not place(given.path).is_file():
                found.append(one)
        except (Invalid, OSError, ValueError):
            found.append(one)
    return found
