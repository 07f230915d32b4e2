"""Conversations in the store: a tree of turns, drafts, and words that are found again."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from typing import Any

import msgspec.structs
import pytest

from tests.store.conftest import START
from tui.store.conversation import Conversation, Turn
from tui.store.records import RunIntent
from tui.store.store import Store

ADA = "ada@here"


def conversation(number: int = 1, **fields: Any) -> Conversation:
    moment = START + timedelta(seconds=number)
    made = Conversation(
        id=f"c{number}",
        title="",
        model="acme/words",
        version=None,
        deployment=None,
        parameters={},
        system="",
        created_at=moment,
        updated_at=moment,
    )
    return msgspec.structs.replace(made, **fields)


def turn(name: str, parent: str | None, text: str, **fields: Any) -> Turn:
    role = "user" if name.startswith("q") else "assistant"
    return dataclasses.replace(Turn(name, "c1", parent, role, text, START), **fields)


async def test_what_is_kept_of_a_conversation_comes_back_as_it_was(store: Store) -> None:
    kept = conversation(
        title="[/] and \u202e", parameters={"top_k": 5, "stop": ["\ud800"]}, system="Be brief.", draft="half a qu"
    )
    await store.chats.add(ADA, kept)
    assert await store.chats.conversation(ADA, "c1") == kept
    assert await store.chats.conversation("bob@here", "c1") is None
    answer = turn("a1", "q1", "Yes.", metrics={"output_tokens": 2}, model="acme/words", attachments=("/x y.png",))
    await store.chats.append(ADA, [turn("q1", None, "Why?"), answer], leaf="a1", draft="")
    assert await store.chats.branch(ADA, "c1") == [turn("q1", None, "Why?"), answer]
    found = await store.chats.conversation(ADA, "c1")
    assert found is not None and (found.turns, found.leaf, found.draft) == (2, "a1", "")


async def test_branches_can_be_walked(store: Store) -> None:
    await store.chats.add(ADA, conversation())
    await store.chats.append(ADA, [turn("q1", None, "one"), turn("a1", "q1", "first")], leaf="a1")
    await store.chats.append(ADA, [turn("a2", "q1", "second")], leaf="a2")
    await store.chats.append(ADA, [turn("q3", "a2", "more"), turn("a3", "q3", "third")], leaf="a3")
    await store.chats.append(ADA, [turn("q4", None, "edited"), turn("a4", "q4", "fourth")], leaf="a4")

    async def shown() -> str:
        return " ".join(one.id for one in await store.chats.branch(ADA, "c1"))

    assert await shown() == "q4 a4"
    assert [one.id for one in await store.chats.siblings(ADA, "q4")] == ["q1", "q4"]
    await store.chats.choose(ADA, "q1")
    assert await shown() == "q1 a2 q3 a3", "the newest at each fork"
    await store.chats.choose(ADA, "a1")
    assert await shown() == "q1 a1"
    assert [one.id for one in await store.chats.siblings(ADA, "a1")] == ["a1", "a2"]
    with pytest.raises(KeyError):
        await store.chats.choose(ADA, "nobody")


async def test_words_are_found_in_titles_and_turns_and_no_longer_after_a_deletion(store: Store) -> None:
    await store.chats.add(ADA, conversation(1, title="About Kubernetes"))
    await store.chats.add(ADA, conversation(2, title="Cooking"))
    question = turn("q1", None, 'What is C++ "template" metaprogramming? Größe 東京都')
    await store.chats.append(ADA, [question, turn("a1", "q1", "", state="streaming")])

    async def found(text: str, account: str = ADA) -> list[str]:
        return [one.id for one in await store.chats.conversations(account, text)]

    assert await found("") == ["c2", "c1"], "the last used first"
    assert await found("COOK") == ["c2"]
    assert await found("metapro what") == ["c1"]
    assert await found("c++") == ["c1"]
    assert await found("京都") == ["c1"]
    assert await found('"template" OR NOT') == []
    assert await found("metaprogramming", "bob@here") == []
    await store.chats.change_turn(ADA, turn("a1", "q1", "It is compile-time wizardry.", state="done"))
    assert await found("wizard") == ["c1"]
    await store.chats.delete(ADA, "c1")
    assert await found("wizard") == [] == await found("c++")
    assert await store.chats.turn(ADA, "a1") is None


async def test_a_live_answer_shows_what_its_run_has_kept(store: Store) -> None:
    await store.chats.add(ADA, conversation())
    await store.chats.append(ADA, [turn("q1", None, "one"), turn("a1", "q1", "", state="sending")], leaf="a1")
    await store.begin_run(ADA, RunIntent("a1", "acme/words", {}, START))
    await store.save_run_text(ADA, "a1", "so far")
    assert [one.text for one in await store.chats.unfinished(ADA)] == ["so far"]
    await store.chats.change_turn(ADA, turn("a1", "q1", "", state="streaming"))
    assert (await store.chats.branch(ADA, "c1"))[1].text == "so far"
    await store.chats.change_turn(ADA, turn("a1", "q1", "so far and to the end", state="done"))
    assert (await store.chats.branch(ADA, "c1"))[1].text == "so far and to the end"
    assert await store.chats.unfinished(ADA) == []


async def test_a_turn_that_does_not_fit_its_conversation_leaves_nothing_behind(store: Store) -> None:
    await store.chats.add(ADA, conversation(draft="typed"))
    await store.chats.append(ADA, [turn("q1", None, "one")], leaf="q1")
    with pytest.raises(Exception, match="UNIQUE"):
        await store.chats.append(ADA, [turn("q2", "q1", "two"), turn("q1", None, "again")], leaf="q2", draft="")
    found = await store.chats.conversation(ADA, "c1")
    assert found is not None and (found.turns, found.leaf, found.draft) == (1, "q1", "typed")


async def test_conversations_are_joined_when_the_account_gets_its_name(store: Store) -> None:
    await store.chats.add("?abc", conversation(title="before"))
    await store.chats.append("?abc", [turn("q1", None, "one")], leaf="q1")
    await store.rename_account("?abc", ADA)
    assert [one.title for one in await store.chats.conversations(ADA)] == ["before"]
    assert [one.id for one in await store.chats.branch(ADA, "c1")] == ["q1"]


async def test_only_conversations_without_a_word_are_swept(store: Store) -> None:
    for number, fields in enumerate([{}, {"draft": "x"}, {"titled": True}, {}], 1):
        await store.chats.add(ADA, conversation(number, **fields))
    await store.chats.append(ADA, [turn("q1", None, "one")], leaf="q1")
    await store.chats.sweep(ADA, START + timedelta(hours=1))
    assert [one.id for one in await store.chats.conversations(ADA)] == ["c3", "c2", "c1"]
