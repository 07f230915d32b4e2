"""What is written in the open conversation and not sent, without a terminal: kept, set aside for an edit, sent."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tui.services.chat.drafts import Written, without_sent

if TYPE_CHECKING:
    from tui.screens.chat.open_conversation import OpenConversation
    from tui.store.conversation import Turn


class Draft:
    """The draft of the conversation that is open. `written` reads what stands in the composer."""

    def __init__(self, talk: OpenConversation, written: Callable[[], Written]) -> None:
        self._talk = talk
        self._written = written
        self._aside: Written = ("", ())
        self.dirty = False
        """Whether something is written that is not kept yet."""
        self.editing: Turn | None = None
        """The question that is being asked again in other words."""
        self.sending = False
        """Whether a question is on its way into the store."""

    async def keep(self) -> None:
        """Keep what is written, or what was set aside for an edit. A conversation begins with its first key."""
        if not self.dirty or not self._talk.connected:
            return
        self.dirty = False
        text, attachments = self._aside if self.editing is not None else self._written()
        if self._talk.record is None and not text and not attachments:
            return
        conversation = await self._talk.ensure()
        await self._talk.chats.save_draft(conversation.id, text, attachments)

    def leave(self) -> tuple[str, str, tuple[str, ...]] | None:
        """Another conversation is about to be shown: the id and the draft that are still to be kept, or None."""
        written = self._aside if self.editing is not None else self._written()
        dirty, self.dirty, self.editing = self.dirty, False, None
        return (self._talk.record.id, *written) if dirty and self._talk.record is not None else None

    # ---- an edit

    def edit(self, question: Turn) -> None:
        """A question is asked again in other words; what was being written is set aside."""
        if self.editing is None:
            self._aside = self._written()
        self.editing = question

    def end_edit(self) -> Written:
        """What was being written before the edit."""
        self.editing = None
        return self._aside

    # ---- sending

    async def send(self, text: str, attachments: tuple[str, ...]) -> Written | None:
        """Ask, or ask again in the other words of an edit. Raises ChatError and ApiErrors; nothing was sent then.

        Gives what is to stand in the composer afterwards; None where another conversation is shown by now.
        """
        self.sending = True
        editing = self.editing
        try:
            conversation = await self._talk.ensure()
            if editing is not None:
                await self._talk.chats.edit(editing.id, text, attachments)
            else:
                await self._talk.chats.send(conversation.id, text, attachments)
        finally:
            self.sending = False
        if self._talk.id != conversation.id:
            return None
        if editing is not None:
            return self.end_edit() if self.editing is editing else None
        # What was typed since enter is the beginning of the next question.
        self.dirty = True
        return without_sent(self._written(), (text, attachments))
