"""Conversations with language models: questions sent as runs, answers that stream into turns, and their branches.

`services.chats`:
    await conversations(text="") · conversation(id) · create(model, version=None, parameters=…) · rename(id, title) ·
    delete(id) · set_model(id, model, version, parameters) · set_system(id, text) · save_draft(id, text, attachments)
    await branch(id) · siblings(turn_id) · choose(turn_id)

Events on the bus: ChatText while an answer streams, ChatChanged for everything else.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from tui.api.text import clean, clean_line
from tui.store.chats import Chats as ChatStore
from tui.store.chats import Conversation, Turn

from .bus import ChatChanged
from .tasks import Tasks

if TYPE_CHECKING:
    from .services import Services

TITLE = 200
"""Characters of a title at most."""


class ChatError(Exception):
    """What was asked for cannot be done now; the text is a sentence for the user. Nothing was changed or sent."""


class Chats:
    """All conversations of the account. Methods raise StoreError, and KeyError for an id that is not there."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._tasks = Tasks("chats")
        self._drafts: dict[str, tuple[str, tuple[str, ...]]] = {}
        self._writing: dict[str, asyncio.Lock] = {}

    async def conversations(self, text: str = "") -> list[Conversation]:
        """Those that have every word of `text` in the title or in one of their turns; the last used first."""
        return await self._store.conversations(self._account, text)

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
        now = self._services.now()
        made = Conversation(
            id=secrets.token_hex(8),
            title="",
            model=model,
            version=version,
            deployment=deployment,
            parameters=dict(parameters or {}),
            system=system,
            created_at=now,
            updated_at=now,
        )
        await self._store.add(self._account, made)
        self._tell(made.id)
        return made

    async def rename(self, conversation_id: str, title: str) -> Conversation:
        """Give it a title; an empty one makes it the first question's beginning again."""
        shown = clean_line(title, TITLE).strip()
        if not shown:
            first = await self._store.branch(self._account, conversation_id)
            shown = title_of(first[0].text) if first else ""
            changed = await self._store.change(self._account, conversation_id, title=shown, titled=False)
        else:
            changed = await self._store.change(self._account, conversation_id, title=shown, titled=True)
        self._tell(conversation_id)
        return changed

    async def delete(self, conversation_id: str) -> None:
        """Forget the conversation. Its predictions stay among the predictions."""
        await self.conversation(conversation_id)
        self._drafts.pop(conversation_id, None)
        await self._store.delete(self._account, conversation_id)
        self._tell(conversation_id)

    async def save_draft(self, conversation_id: str, text: str, attachments: Sequence[str] = ()) -> None:
        """Keep what is typed and not sent. It may be called for every key: what a later call has overtaken is not
        written. On return this text, or a later one, is kept."""
        self._drafts[conversation_id] = (text, tuple(attachments))
        async with self._writing.setdefault(conversation_id, asyncio.Lock()):
            latest = self._drafts.pop(conversation_id, None)
            if latest is not None:
                draft, attached = latest
                await self._store.change(self._account, conversation_id, draft=draft, attachments=attached)

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
        changed = await self._store.change(
            self._account,
            conversation_id,
            model=model,
            version=version,
            deployment=deployment,
            parameters=dict(parameters or {}),
        )
        self._tell(conversation_id)
        return changed

    async def set_system(self, conversation_id: str, text: str) -> Conversation:
        """Give it another system prompt, for the next questions."""
        changed = await self._store.change(self._account, conversation_id, system=text)
        self._tell(conversation_id)
        return changed

    async def branch(self, conversation_id: str) -> list[Turn]:
        """The turns of the branch that is shown, from the first to the last."""
        return await self._store.branch(self._account, conversation_id)

    async def siblings(self, turn_id: str) -> list[Turn]:
        """The turns in the same place, itself among them, oldest first."""
        return await self._store.siblings(self._account, turn_id)

    async def choose(self, turn_id: str) -> Conversation:
        """Show the branch through this turn."""
        changed = await self._store.choose(self._account, turn_id)
        self._tell(changed.id)
        return changed

    async def aclose(self) -> None:
        """Stop. Answers that still come are taken up at the next start."""
        await self._tasks.aclose()

    def _tell(self, conversation_id: str, turn: Turn | None = None) -> None:
        self._services.bus.publish(ChatChanged(conversation_id, turn))

    @property
    def _store(self) -> ChatStore:
        return self._services.store.chats

    @property
    def _account(self) -> str:
        return self._services.account


def title_of(question: str) -> str:
    """A title from a question: its first line that says something."""
    lines = (line.strip() for line in clean(question[:4000]).splitlines())
    return clean_line(next((line for line in lines if line), ""), 80)
