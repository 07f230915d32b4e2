"""A conversation that is open, without a terminal: what it shows after each event, its branches and its model."""

from __future__ import annotations

import asyncio
import subprocess
import sys

import pytest
from msgspec.structs import replace

from tests.services.conftest import Seen
from tests.support.chat_api import PROMPT, Model
from tests.support.fake_api import Api
from tests.support.paths import ROOT
from tui.api.errors import ApiError
from tui.screens.chat.open_conversation import Heard, OpenConversation
from tui.services.bus import ChatChanged, OutputText
from tui.store.conversation import Turn

WORDS = "acme/words"


@pytest.fixture
def model(api: Api) -> Model:
    return Model(api)


@pytest.fixture
def talk(seen: Seen, model: Model) -> OpenConversation:
    """A new conversation with the scripted model."""
    found = OpenConversation()
    found.connect(seen.services.chats, seen.services.catalogue)
    found.begin(WORDS)
    return found


async def ask(seen: Seen, talk: OpenConversation, text: str) -> Turn:
    conversation = await talk.ensure()
    async with asyncio.timeout(20):
        answer = await seen.services.chats.wait((await seen.services.chats.send(conversation.id, text)).id)
    await talk.read(conversation.id)
    return answer


def test_neither_the_conversation_nor_its_draft_needs_textual() -> None:
    code = "import sys; import tui.screens.chat.{0}; sys.exit('textual' in sys.modules)"
    for module in ("open_conversation", "draft", "reading_places"):
        assert subprocess.run([sys.executable, "-c", code.format(module)], cwd=ROOT, check=False).returncode == 0, (
            module
        )


async def test_a_new_conversation_is_kept_once_however_many_ask_for_it(seen: Seen, talk: OpenConversation) -> None:
    told: list[str | None] = []
    talk.made = lambda: told.append(talk.id)
    assert talk.id is None
    first, second = await asyncio.gather(talk.ensure(), talk.ensure())
    assert first.id == second.id == talk.id and first.model == WORDS
    assert told == [first.id], "told once, and when it is there"
    assert [one.id for one in await seen.services.chats.conversations()] == [first.id]


async def test_one_that_is_being_kept_gets_the_model_found_meanwhile(seen: Seen, talk: OpenConversation) -> None:
    talk.begin("")
    await asyncio.gather(talk.ensure(), talk.begin_with(WORDS))
    assert talk.record is not None and talk.record.model == talk.model == WORDS
    assert [one.model for one in await seen.services.chats.conversations()] == [WORDS]


async def test_one_of_which_nothing_is_kept_only_shows_its_model(seen: Seen, talk: OpenConversation) -> None:
    talk.begin("")
    await talk.begin_with(WORDS)
    assert (talk.model, talk.record) == (WORDS, None)
    assert await seen.services.chats.conversations() == []


async def test_what_streams_is_the_text_of_its_turn_and_other_conversations_are_the_lists(
    seen: Seen, talk: OpenConversation, model: Model
) -> None:
    await ask(seen, talk, "Hi")
    question, answer = talk.turns
    more = OutputText("p", "Hello, you. Mor", "r", done=False, run_id=answer.id)
    assert talk.hear(more) is Heard.TEXT
    assert [turn.text for turn in talk.turns] == ["Hi", "Hello, you. Mor"]
    assert talk.hear(replace(more, run_id=None, text="no")) is Heard.NOTHING
    assert talk.hear(replace(more, run_id="another", text="no")) is Heard.NOTHING
    assert talk.hear(ChatChanged("another")) is Heard.LIST
    assert [turn.text for turn in talk.turns] == ["Hi", "Hello, you. Mor"]
    # The same turn again, live and ended.
    assert talk.hear(ChatChanged(talk.id or "", answer)) == Heard.TURNS | Heard.ENDED
    assert talk.turns == [question, answer]
    # It goes on at its end: nothing has to be read.
    following = Turn("t9", talk.id or "", answer.id, "user", "And?", answer.created_at)
    assert talk.hear(ChatChanged(talk.id or "", following)) is Heard.TURNS
    assert talk.turns[-1] == following
    # A turn of another branch.
    elsewhere = Turn("t8", talk.id or "", question.id, "assistant", "Or", answer.created_at)
    assert talk.hear(ChatChanged(talk.id or "", elsewhere)) == Heard.LIST | Heard.ALL
    assert talk.hear(ChatChanged(talk.id or "")) == Heard.LIST | Heard.HEAD


async def test_a_change_of_the_title_reads_no_turns_and_one_of_the_branch_reads_all(
    seen: Seen, talk: OpenConversation
) -> None:
    chats = seen.services.chats
    assert await talk.read_head() is Heard.NOTHING, "nothing is kept yet"
    await ask(seen, talk, "Hi")
    conversation_id = talk.id or ""
    await chats.rename(conversation_id, "Another title")
    assert await talk.read_head() is Heard.TURNS
    assert talk.record is not None and talk.record.title == "Another title"
    await chats.set_parameters(conversation_id, {"max_tokens": 9})
    assert await talk.read_head() == Heard.TURNS | Heard.HEAD
    await chats.fork(conversation_id, talk.turns[-1].id)
    again = await chats.regenerate(talk.turns[0].id)
    async with asyncio.timeout(20):
        await chats.wait(again.id)
    assert await talk.read_head() is Heard.ALL
    await chats.delete(conversation_id)
    assert await talk.read_head() is Heard.NOTHING
    assert not await talk.read(conversation_id)


async def test_one_walks_from_one_alternative_to_the_next_and_around(seen: Seen, talk: OpenConversation) -> None:
    first = await ask(seen, talk, "Hi")
    assert talk.places == {}
    async with asyncio.timeout(20):
        second = await seen.services.chats.wait((await seen.services.chats.regenerate(first.id)).id)
    await talk.read(talk.id or "")
    assert talk.places == {first.id: (1, 2), second.id: (2, 2)}
    assert [turn.id for turn in talk.turns][-1] == second.id
    assert await talk.choose_branch(second.id, -1) == first.id
    assert talk.turns[-1].id == first.id
    assert await talk.choose_branch(first.id, -1) == second.id, "around the end"
    assert await talk.choose_branch(second.id, 1) == first.id


async def test_question_and_answer_are_found_from_each_other(seen: Seen, talk: OpenConversation, model: Model) -> None:
    assert talk.answer_at(None) is None and talk.question_at(None) is None and talk.live_turn is None
    await ask(seen, talk, "Hi")
    question, answer = talk.turns
    assert talk.answer_at(question.id) == talk.answer_at(answer.id) == answer
    assert talk.question_at(question.id) == talk.question_at(answer.id) == question
    model.held = True
    coming = await seen.services.chats.send(talk.id or "", "And?")
    await talk.read(talk.id or "")
    assert talk.live_turn is not None and talk.live_turn.id == coming.id
    await seen.until(lambda: bool(model.talks), "the prediction was made")
    await seen.services.chats.stop(coming.id)
    async with asyncio.timeout(20):
        await seen.services.chats.wait(coming.id)
    await talk.read(talk.id or "")
    assert talk.live_turn is None


async def test_another_model_keeps_the_parameters_that_it_has(seen: Seen, talk: OpenConversation, model: Model) -> None:
    few = {name: PROMPT[name] for name in ("prompt", "temperature")}
    model.publish("acme/few", few)
    await talk.learn_model()
    assert talk.fit is not None and talk.fit.can and talk.fit.images
    conversation = await talk.ensure()
    await seen.services.chats.set_parameters(conversation.id, {"temperature": 0.1, "max_tokens": 5})
    await talk.read(conversation.id)
    await talk.set_model("acme/few")
    assert talk.record is not None and talk.record.model == talk.model == "acme/few"
    assert dict(talk.record.parameters) == {"temperature": 0.1}
    await talk.learn_model()
    assert talk.fit is not None and not talk.fit.images
    assert talk.form is not None and [field.name for field in talk.form.fields] == ["prompt", "temperature"]


async def test_of_a_model_that_cannot_be_asked_for_nothing_is_known(seen: Seen, talk: OpenConversation) -> None:
    await talk.learn_model()
    talk.model = "acme/absent"
    with pytest.raises(ApiError):
        await talk.learn_model()
    assert talk.fit is None and talk.form is None
