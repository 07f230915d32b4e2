"""Drafts and the questions that are sent: in one order, whatever comes late, fails or is typed meanwhile."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.services.conftest import Seen
from tests.support.chat_api import Model
from tests.support.fake_api import Api, Request
from tui.api.errors import NotFound
from tui.services.chat.chats import ChatError
from tui.services.chat.drafts import without_sent
from tui.store.conversations import Chats as ChatStore
from tui.store.database import StoreError

WORDS = "acme/words"


@pytest.fixture
def model(api: Api) -> Model:
    return Model(api)


async def draft(seen: Seen, conversation_id: str) -> tuple[str, tuple[str, ...]]:
    found = await seen.services.chats.conversation(conversation_id)
    return found.draft, found.attachments


class Slow:
    """The model's schema is answered only when a test says so."""

    def __init__(self, api: Api) -> None:
        self.asked, self.gate = asyncio.Event(), asyncio.Event()
        self._model: dict[str, Any] = api.models[WORDS]
        api.on["GET", f"/v1/models/{WORDS}"] = self.answer

    async def answer(self, request: Request) -> None:
        self.asked.set()
        await self.gate.wait()
        request.answer(self._model)


@pytest.mark.parametrize("moment", ["before", "at once", "while the schema is asked for", "after"])
async def test_a_draft_that_is_saved_late_is_not_left_behind_by_its_question(
    seen: Seen, model: Model, api: Api, moment: str
) -> None:
    chats, slow = seen.services.chats, Slow(api)
    talk = await chats.create(WORDS)
    saves = [asyncio.create_task(chats.save_draft(talk.id, "Hel"))] if moment == "before" else []
    sending = asyncio.create_task(chats.send(talk.id, "Hello?"))
    if moment != "at once":
        await slow.asked.wait()
    saves.append(asyncio.create_task(chats.save_draft(talk.id, "Hello?")))
    if moment != "after":
        await asyncio.gather(*saves)
        assert await draft(seen, talk.id) == ("Hello?", ()), "kept until the question is"
    slow.gate.set()
    answer = await sending
    await asyncio.gather(*saves)
    assert await draft(seen, talk.id) == ("", ())
    await chats.wait(answer.id)
    assert [turn.text for turn in await chats.branch(talk.id)] == ["Hello?", "Hello, you."]


async def test_what_is_typed_after_enter_is_the_next_draft_in_the_questions_own_transaction(
    seen: Seen, model: Model, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    chats, slow = seen.services.chats, Slow(api)
    talk = await chats.create(WORDS)
    seen_after: list[tuple[str, tuple[str, ...]]] = []
    append = ChatStore.append

    async def looked_at(store: ChatStore, *arguments: Any, **changes: Any) -> Any:
        found = await append(store, *arguments, **changes)
        seen_after.append((found.draft, found.attachments))
        # The composer still has the question in it.
        late.append(asyncio.create_task(chats.save_draft(talk.id, "One?\nTwo", ["/tmp/a.png", "/tmp/b.png"])))
        return found

    late: list[asyncio.Task[None]] = []
    monkeypatch.setattr(ChatStore, "append", looked_at)
    sending = asyncio.create_task(chats.send(talk.id, "One?", ["https://x.example/a.png"]))
    await slow.asked.wait()
    await chats.save_draft(talk.id, "One?\nT", ["https://x.example/a.png", "/tmp/b.png"])
    slow.gate.set()
    await sending
    assert seen_after == [("\nT", ("/tmp/b.png",))]
    await asyncio.gather(*late)
    assert await draft(seen, talk.id) == ("\nTwo", ("/tmp/a.png", "/tmp/b.png"))


async def test_a_question_that_was_not_sent_stays_as_it_was_typed(
    seen: Seen, model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    chats = seen.services.chats
    talk = await chats.create("acme/absent")
    await chats.save_draft(talk.id, "Hello?")
    with pytest.raises(NotFound):
        await chats.send(talk.id, "Hello?")
    assert await draft(seen, talk.id) == ("Hello?", ())
    talk = await chats.create(WORDS)
    with pytest.raises(ChatError):
        await chats.send(talk.id, "   ")

    async def full(*_: object, **__: object) -> None:
        # As a text that comes in this very moment.
        saves.append(asyncio.create_task(chats.save_draft(talk.id, "Hello? And")))
        await asyncio.sleep(0)
        raise StoreError(Path("kept.db"), "The disk is full.")

    saves: list[asyncio.Task[None]] = []
    with monkeypatch.context() as patch:
        patch.setattr(ChatStore, "append", full)
        with pytest.raises(StoreError):
            await chats.send(talk.id, "Hello?")
    await asyncio.gather(*saves)
    assert await draft(seen, talk.id) == ("Hello? And", ())
    await chats.wait((await chats.send(talk.id, "Hello? And")).id)
    assert await draft(seen, talk.id) == ("", ())


async def test_an_edited_question_leaves_the_draft_alone(seen: Seen, model: Model) -> None:
    chats = seen.services.chats
    talk = await chats.create(WORDS)
    first = await chats.send(talk.id, "One?")
    await chats.wait(first.id)
    await chats.save_draft(talk.id, "Not yet")
    question = (await chats.branch(talk.id))[0]
    await chats.wait((await chats.edit(question.id, "Not yet")).id)
    assert await draft(seen, talk.id) == ("Not yet", ())


def test_only_what_was_sent_is_taken_away() -> None:
    assert without_sent(("One? Two", ("a", "b")), ("One?", ("a",))) == (" Two", ("b",))
    assert without_sent(("One?", ()), ("One?", ())) == ("", ())
    assert without_sent(("On", ()), ("One?", ())) == ("On", ())
    assert without_sent(("", ("b",)), ("", ("a",))) == ("", ("b",))


async def test_what_a_model_thought_is_not_read_to_it_again(seen: Seen, model: Model) -> None:
    chats = seen.services.chats
    for thinking in ("<think>\nHmm.\n</think>\n\n", "I should\nanswer.</think>\n\n", "Hmm.\n</think>\n\n"):
        model.answer = lambda _, thinking=thinking: [*thinking, "Yes", "."]
        talk = await chats.create(WORDS)
        await chats.wait((await chats.send(talk.id, "One?")).id)
        await chats.wait((await chats.send(talk.id, "Use </think> well.")).id)
        assert model.inputs[-1]["prompt"] == "User: One?\n\nAssistant: Yes.\n\nUser: Use </think> well.\n\nAssistant:"
        assert (await chats.branch(talk.id))[1].text == f"{thinking}Yes.", "it is kept"
