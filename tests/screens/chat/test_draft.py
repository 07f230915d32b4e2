"""What is written and not sent, without a terminal: kept, set aside for an edit, sent, left with its conversation."""

from __future__ import annotations

import asyncio

import pytest

from tests.services.conftest import Seen
from tests.support.chat_api import Model
from tests.support.fake_api import Api
from tui.screens.chat.draft import Draft
from tui.screens.chat.open_conversation import OpenConversation
from tui.services.chat.chats import ChatError

WORDS = "acme/words"


class Writing:
    """A conversation and what stands in its composer."""

    def __init__(self, seen: Seen) -> None:
        self.talk = OpenConversation()
        self.talk.connect(seen.services.chats, seen.services.catalogue)
        self.talk.begin(WORDS)
        self.text: str = ""
        self.attachments: tuple[str, ...] = ()
        self.draft = Draft(self.talk, lambda: (self.text, self.attachments))
        self._seen = seen

    def type(self, text: str) -> None:
        self.text, self.draft.dirty = text, True

    async def kept(self) -> str:
        return (await self._seen.services.chats.conversation(self.talk.id or "")).draft


@pytest.fixture
def writing(seen: Seen, api: Api) -> Writing:
    Model(api)
    return Writing(seen)


async def test_a_conversation_begins_with_its_first_key_and_not_before(seen: Seen, writing: Writing) -> None:
    await writing.draft.keep()
    writing.type("")
    await writing.draft.keep()
    assert await seen.services.chats.conversations() == []
    writing.type("H")
    await writing.draft.keep()
    assert await writing.kept() == "H" and not writing.draft.dirty
    writing.type("")
    await writing.draft.keep()
    assert await writing.kept() == "", "what was deleted is deleted"


async def test_a_draft_that_is_kept_while_its_question_is_sent_is_empty_then(seen: Seen, writing: Writing) -> None:
    writing.type("One?")
    sending = asyncio.create_task(writing.draft.send("One?", ()))
    await asyncio.sleep(0)
    assert writing.draft.sending
    await writing.draft.keep()
    assert await sending == ("", ())
    writing.text = ""
    await writing.draft.keep()
    assert await writing.kept() == "" and not writing.draft.sending
    # What is typed after enter stays in the composer, and is the draft.
    answer = (await seen.services.chats.branch(writing.talk.id or ""))[1]
    await seen.services.chats.wait(answer.id)
    writing.type("Two?")
    sending = asyncio.create_task(writing.draft.send("Two?", ()))
    await asyncio.sleep(0)
    writing.type("Two? Three")
    await writing.draft.keep()
    assert await sending == (" Three", ())
    assert await writing.kept() == " Three"


async def test_what_cannot_be_sent_stays_written(writing: Writing) -> None:
    writing.type("One?")
    await writing.draft.keep()
    with pytest.raises(ChatError):
        await writing.draft.send("  ", ())
    assert await writing.kept() == "One?" and not writing.draft.sending


async def test_an_edit_sets_aside_what_was_being_written_and_gives_it_back(seen: Seen, writing: Writing) -> None:
    await writing.draft.send("One?", ())
    question, answer = await seen.services.chats.branch(writing.talk.id or "")
    await seen.services.chats.wait(answer.id)
    writing.type("Not yet")
    writing.draft.edit(question)
    writing.type("One, please?")
    await writing.draft.keep()
    assert await writing.kept() == "Not yet", "the edit is no draft, and what was set aside is one"
    assert await writing.draft.send("One, please?", ()) == ("Not yet", ())
    assert writing.draft.editing is None
    assert await writing.kept() == "Not yet"
    # Left without being sent.
    writing.text = "Not yet"
    writing.draft.edit(question)
    writing.type("Something else")
    assert writing.draft.end_edit() == ("Not yet", ())


async def test_another_conversation_that_is_opened_takes_no_draft_along(seen: Seen, writing: Writing) -> None:
    writing.type("One?")
    await writing.draft.keep()
    first = writing.talk.id
    assert writing.draft.leave() is None, "it is kept already"
    writing.type("One? Two")
    assert writing.draft.leave() == (first, "One? Two", ())
    assert not writing.draft.dirty
    # Sent, and another one opened before it was in the store.
    sending = asyncio.create_task(writing.draft.send("One? Two", ()))
    await asyncio.sleep(0)
    writing.talk.begin(WORDS)
    assert await sending is None
    assert (await seen.services.chats.conversation(first or "")).draft == ""
