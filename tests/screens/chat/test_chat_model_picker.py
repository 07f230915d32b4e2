"""The models that one may chat with: those known here, and those that only Replicate knows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from textual.app import App

from tests.services.conftest import Seen
from tests.support.chat_api import Model
from tests.support.fake_api import Api, Request
from tests.support.screen import screen_text, until
from tui.screens.chat.chat_model_picker import ChatModelPicker
from tui.widgets.picker import Row


class Search:
    """Replicate's search: finds what a test gave it, and notes what it was asked for."""

    def __init__(self, api: Api) -> None:
        self.asked: list[str] = []
        self.finds: Callable[[str], list[str]] = lambda text: []
        self.broken = False
        self._api = api
        api.on["QUERY", "/v1/models"] = self.answer

    async def answer(self, request: Request) -> None:
        text = request.body.decode()
        self.asked.append(text)
        if self.broken:
            request.answer({"detail": "Not in your plan"}, 403)
            return
        # Lists have no schemas.
        found = [{**self._api.models[ref], "latest_version": None} for ref in self.finds(text)]
        request.answer({"results": found, "next": None, "previous": None})


@pytest.fixture
def search(api: Api) -> Search:
    model = Model(api)
    model.publish("acme/few", {"prompt": {"type": "string"}})
    pictures = {"type": "string", "format": "uri"}
    model.publish("acme/paint", {"prompt": {"type": "string"}}, output=pictures)
    return Search(api)


class Chosen(App[None]):
    """Opens the picker and keeps what it gives."""

    def __init__(self, seen: Seen, typed: str = "") -> None:
        super().__init__()
        self.picker: Any = ChatModelPicker(seen.services, here=None, typed=typed)
        self.given: list[Row | None] = []

    def on_mount(self) -> None:
        self.push_screen(self.picker, self.given.append)


async def test_a_model_that_only_replicate_knows_is_found_once_the_typing_pauses(
    seen: Seen, search: Search, api: Api
) -> None:
    search.finds = lambda text: ["acme/words", "acme/paint"] if text == "chatty" else []
    app = Chosen(seen)
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: "No models are known yet." in screen_text(app))
        await pilot.press(*"chatty")
        # By more than its name, and without the one that cannot be chatted with.
        await until(pilot, lambda: "acme/words" in screen_text(app) and api.count("GET", "/models/acme/paint") == 1)
        assert search.asked == ["chatty"], "asked once, and not for every letter"
        await pilot.pause()
        assert [row.value for row in app.picker.list.rows] == ["acme/words"]
        await pilot.press("enter")
        await until(pilot, lambda: app.given)
        assert app.given[0] is not None and app.given[0].value == "acme/words"


async def test_known_models_are_shown_at_once_and_asked_about_too(seen: Seen, search: Search) -> None:
    await seen.services.catalogue.model("acme/words")
    search.finds = lambda text: ["acme/words", "acme/few"]
    app = Chosen(seen, typed="acme")
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: "acme/few" in screen_text(app))
        assert [row.value for row in app.picker.list.rows].count("acme/words") == 1
        # One letter finds too much; what was asked for is not asked again.
        for key in ("backspace", "backspace", "backspace", "c", "m", "e"):
            await pilot.press(key)
        await until(pilot, lambda: app.picker.query_one("#picker-filter").value == "acme")
        await pilot.pause(0.5)
        assert search.asked == ["acme"]


async def test_nothing_found_and_a_refusal_are_told_in_words(seen: Seen, search: Search) -> None:
    app = Chosen(seen)
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.press(*"nosuch")
        await until(pilot, lambda: "Replicate finds nothing to chat with for “nosuch”." in screen_text(app))
        search.broken = True
        await pilot.press("x")
        await until(pilot, lambda: "✗ Replicate could not be asked: " in screen_text(app))
        assert search.asked == ["nosuch", "nosuchx"]
        search.broken = False
        search.finds = lambda text: ["acme/words"]
        await pilot.press("ctrl+r")
        await until(pilot, lambda: "acme/words" in screen_text(app))


async def test_only_models_that_can_be_chatted_with_are_offered(seen: Seen, search: Search) -> None:
    for ref in ("acme/words", "acme/few", "acme/paint"):
        await seen.services.catalogue.model(ref)
    app = Chosen(seen)
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: len(app.picker.list.rows) == 2)
        assert sorted(row.value for row in app.picker.list.rows) == ["acme/few", "acme/words"]
        assert "acme/paint" not in screen_text(app)
        await pilot.press(*"paint")
        await until(pilot, lambda: "✗ acme/paint answers with files, not with text" in screen_text(app))
        assert not app.picker.list.rows and not app.given


async def test_a_model_that_cannot_be_asked_for_is_asked_for_once(seen: Seen, search: Search, api: Api) -> None:
    search.finds = lambda text: ["acme/words"]

    async def refuse(request: Request) -> None:
        request.answer({"detail": "Not now"}, 403)

    api.on["GET", "/v1/models/acme/words"] = refuse
    app = Chosen(seen, typed="wo")
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: api.count("GET", "/models/acme/words") == 1)
        await until(pilot, lambda: "✗ acme/words" in screen_text(app))
        await pilot.pause(0.3)
        assert api.count("GET", "/models/acme/words") == 1
