"""The drafts of conversations: what is typed and not sent, written in one order with the questions that are sent.

A question leaves the draft in the transaction that keeps its turn. What was typed after it, while it was on its way,
is the draft from then on; a text that comes late, with the question still in it, is kept without the question.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Generator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, TypeAlias

from msgspec import Struct

if TYPE_CHECKING:
    from tui.services.session import Session

Written: TypeAlias = tuple[str, tuple[str, ...]]
"""A text and its attachments."""


def storable(text: str) -> str:
    """A text as the database can hold it: whole, but for halves of characters that are none."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def without_sent(written: Written, sent: Written) -> Written:
    """What is written beyond what was sent; all of it where it does not begin with that."""
    text, attachments = written
    return text.removeprefix(sent[0]), tuple(one for one in attachments if one not in sent[1])


class Sending(Struct):
    """A question on its way into the store."""

    conversation_id: str
    question: Written
    since: Written | None = None
    """What stood in the composer the last time that it was told since."""
    kept: bool = False
    """Whether the question's turn is in the store, or about to be."""


class Drafts:
    """Writes drafts, for each conversation one after the other."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._waiting: dict[str, Written] = {}
        """What is still to be written; a later text takes the place of an earlier one."""
        self._locks: dict[str, asyncio.Lock] = {}
        self._sending: dict[str, Sending] = {}

    async def save(self, conversation_id: str, text: str, attachments: Sequence[str]) -> None:
        """Keep what is typed; on return this text, or a later one, is kept. Raises StoreError and KeyError."""
        written: Written = storable(text), tuple(storable(one) for one in attachments)
        sending = self._sending.get(conversation_id)
        if sending is not None:
            sending.since = written
            if sending.kept:
                written = without_sent(written, sending.question)
        self._waiting[conversation_id] = written
        await self.flush(conversation_id)

    async def flush(self, conversation_id: str) -> None:
        """Write what is still to be written."""
        async with self._lock(conversation_id):
            latest = self._waiting.pop(conversation_id, None)
            if latest is not None:
                draft, attached = latest
                await self._session.store.chats.change(
                    self._session.account, conversation_id, draft=draft, attachments=attached
                )

    def forget(self, conversation_id: str) -> None:
        """The conversation is being deleted."""
        self._waiting.pop(conversation_id, None)

    @contextmanager
    def sending(self, conversation_id: str, text: str, attachments: Sequence[str]) -> Generator[Sending]:
        """While a question is being sent."""
        question: Written = storable(text), tuple(storable(one) for one in attachments)
        sending = self._sending[conversation_id] = Sending(conversation_id, question)
        try:
            yield sending
        finally:
            self._sending.pop(conversation_id, None)

    @asynccontextmanager
    async def clearing(self, sending: Sending) -> AsyncGenerator[Written]:
        """While the question's turn is written: gives the draft that is to be written with it.

        A draft that was still to be written is not; where the turn cannot be written, it is after all.
        """
        async with self._lock(sending.conversation_id):
            before = self._waiting.pop(sending.conversation_id, None)
            sending.kept = True
            try:
                yield without_sent(sending.since, sending.question) if sending.since is not None else ("", ())
            except BaseException:
                sending.kept = False
                if (late := sending.since or before) is not None:
                    self._waiting[sending.conversation_id] = late
                raise

    def _lock(self, conversation_id: str) -> asyncio.Lock:
        return self._locks.setdefault(conversation_id, asyncio.Lock())
