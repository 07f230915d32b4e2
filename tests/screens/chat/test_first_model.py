"""A new account has no conversation: whom to begin with is looked for while the person is already doing something."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.fake_api import Api
from tests.support.models_api import Models
from tests.support.opened_console import OpenedConsole, opened_console
from tui.navigation import Place
from tui.screens.chat.chat_screen import ChatScreen
from tui.screens.chat.conversation_list import ConversationList
from tui.services.chat.chat_models import ChatModels
from tui.widgets.chat.composer import Composer

MODEL = "acme/talker"


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    async with Api() as server:
        models = Models(server)
        for ref in (MODEL, "acme/other"):
            models.add(ref)
        yield server


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """Set, the search for a model has an answer."""
    answer = asyncio.Event()

    async def to_begin_with(_: ChatModels) -> str:
        await answer.wait()
        return MODEL

    monkeypatch.setattr(ChatModels, "to_begin_with", to_begin_with)
    return answer


def composer(console: OpenedConsole) -> Composer:
    return console.app.screen.query_one(Composer)


def chat(console: OpenedConsole) -> ChatScreen:
    screen = console.app.screen
    assert isinstance(screen, ChatScreen)
    return screen


def has_arrived(console: OpenedConsole) -> bool:
    """Whether nothing is being looked for any more."""
    return all(worker.is_finished for worker in console.app.workers if worker.group == "arrive")


@pytest.mark.parametrize("size", [(120, 30), (80, 24)])
async def test_who_went_to_the_list_meanwhile_stays_there(
    api: Api, tmp_path: Path, found: asyncio.Event, size: tuple[int, int]
) -> None:
    async with opened_console(api, tmp_path, Place("chat"), size) as console:
        await console.until(lambda: composer(console).area.has_focus)
        await console.press("escape")
        table = console.app.screen.query_one(ConversationList).table
        await console.until(lambda: table.has_focus)
        found.set()
        await console.until(lambda: chat(console).talk.model == MODEL and has_arrived(console))
        assert table.has_focus
        await console.press("x")
        assert composer(console).text == ""


async def test_what_was_written_meanwhile_is_the_question_to_it(api: Api, tmp_path: Path, found: asyncio.Event) -> None:
    async with opened_console(api, tmp_path, Place("chat")) as console:
        await console.until(lambda: composer(console).area.has_focus)
        await console.press(*"hello")
        found.set()
        await console.until(lambda: MODEL in console.text)
        assert composer(console).text == "hello"
        for _ in range(2000):
            kept = await console.services.chats.conversations()
            if [(one.model, one.draft) for one in kept] == [(MODEL, "hello")]:
                break
            await console.pilot.pause()
        else:
            raise AssertionError(f"what is kept is {kept}")


async def test_a_model_that_was_chosen_meanwhile_is_not_replaced(
    api: Api, tmp_path: Path, found: asyncio.Event
) -> None:
    async with opened_console(api, tmp_path, Place("chat")) as console:
        await console.until(lambda: composer(console).area.has_focus)
        await console.pilot.pause()
        console.app.visit(Place("chat", "acme/other"))
        await console.until(lambda: "acme/other" in console.text)
        found.set()
        await console.until(lambda: has_arrived(console))
        assert "acme/other" in console.text and MODEL not in console.text
