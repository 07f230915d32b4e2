"""The form of a model: nothing that was typed goes without a way back, and nothing is paid twice without a question."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.fake_api import Api, Request
from tests.support.opened_console import OpenedConsole, opened_console
from tui.screens.run.run_screen import RunScreen
from tui.services.usage.budget import Budgets
from tui.settings.budget import Budget
from tui.widgets.form.field_base import FieldWidget

pytestmark = pytest.mark.timeout(240)

KEY = "acme/words"
FIELDS: dict[str, Any] = {
    "prompt": {"type": "string", "x-order": 0},
    "style": {"type": "string", "enum": ["plain", "loud"], "default": "plain", "x-order": 1},
    **{f"extra_{n}": {"type": "string", "x-order": n + 2} for n in range(20)},
}


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    async with Api() as server:
        server.models[KEY] = {
            "owner": "acme",
            "name": "words",
            "visibility": "public",
            "latest_version": {
                "id": "v" * 64,
                "openapi_schema": {"components": {"schemas": {"Input": {"type": "object", "properties": FIELDS}}}},
            },
        }
        yield server


async def open_form(console: OpenedConsole, **given: Any) -> RunScreen:
    screen = RunScreen(KEY, **given)
    console.app.push_screen(screen)
    await console.until(lambda: screen.is_mounted and screen.request is not None and console.form.focused_field)
    return screen


async def test_an_emptied_form_comes_back_by_one_key_and_by_another_it_is_empty_again(api: Api, tmp_path: Path) -> None:
    async with opened_console(api, tmp_path) as console:
        await open_form(console)
        await console.press(*"a cat")
        await console.press("tab", "right")
        assert console.form.values == {"prompt": "a cat", "style": "loud"}
        await console.press("ctrl+n")
        await console.shows("^z brings back")
        assert console.form.values == {}
        await console.press("ctrl+z")
        await console.until(lambda: console.form.values == {"prompt": "a cat", "style": "loud"})
        await console.press("ctrl+y")
        await console.until(lambda: console.form.values == {})


async def test_what_was_emptied_is_still_kept_when_the_form_was_left(api: Api, tmp_path: Path) -> None:
    async with opened_console(api, tmp_path) as console:
        await open_form(console)
        await console.press(*"a cat")
        await console.press("ctrl+n")
        await console.until_draft(f"{KEY} before", {"prompt": "a cat"})
        await console.press("escape")
        await open_form(console)
        assert console.form.values == {}
        await console.press("ctrl+z")
        await console.until(lambda: console.form.values == {"prompt": "a cat"})


@pytest.mark.parametrize("key", ["ctrl+u", "ctrl+k", "ctrl+w"])
async def test_a_field_that_was_emptied_by_a_key_comes_back(api: Api, tmp_path: Path, key: str) -> None:
    async with opened_console(api, tmp_path) as console:
        await open_form(console)
        await console.press(*"longword")
        await console.press(*(["home"] if key == "ctrl+k" else []), key)
        await console.until(lambda: console.form.values == {})
        await console.press("ctrl+z")
        await console.until(lambda: console.form.values == {"prompt": "longword"})


async def test_a_draft_that_another_input_takes_the_place_of_comes_back(api: Api, tmp_path: Path) -> None:
    async with opened_console(api, tmp_path) as console:
        await open_form(console)
        await console.press(*"mine")
        await console.press("escape")
        await console.until_draft(KEY, {"prompt": "mine"})
        await open_form(console, values={"prompt": "another's", "style": "loud"})
        assert console.form.values == {"prompt": "another's", "style": "loud"}
        await console.shows("^z brings back your draft")
        await console.press("ctrl+z")
        await console.until(lambda: console.form.values == {"prompt": "mine"})


async def test_what_was_typed_is_there_the_next_time(api: Api, tmp_path: Path) -> None:
    async with opened_console(api, tmp_path) as console:
        await open_form(console)
        await console.press(*"kept")
        await console.press("escape")
        await console.until_draft(KEY, {"prompt": "kept"})
        await open_form(console)
        assert console.form.values == {"prompt": "kept"}
        await console.shows("your draft of")


@pytest.mark.parametrize("sizes", [[(120, 12)], [(80, 14), (160, 10)], [(60, 12), (120, 40), (80, 12)]])
async def test_the_field_with_the_focus_stays_in_sight_whatever_the_size(
    api: Api, tmp_path: Path, sizes: list[tuple[int, int]]
) -> None:
    async with opened_console(api, tmp_path, size=(120, 40)) as console:
        await open_form(console)
        await console.until(lambda: console.form.complete)
        console.form.focus_field("extra_14")
        for width, height in sizes:
            await console.pilot.resize_terminal(width, height)
            focused = console.app.screen.focused
            assert isinstance(focused, FieldWidget)
            await console.until(
                lambda focused=focused: (
                    console.form.content_region.contains_region(focused.region) and "extra_14" in console.text
                )
            )


def live(api: Api) -> Callable[[Request], Awaitable[None]]:
    """Creates predictions that run on."""

    async def create(request: Request) -> None:
        number = len(api.predictions)
        request.answer(api.put(f"id{number}", "processing", input=request.json()["input"]), 201)

    return create


@pytest.mark.parametrize(("answer", "made"), [("r", 2), ("s", 1), ("escape", 1)])
async def test_a_second_run_while_one_is_live_is_a_question(api: Api, tmp_path: Path, answer: str, made: int) -> None:
    for path in ("/v1/predictions", f"/v1/models/{KEY}/predictions"):
        api.on["POST", path] = live(api)
    async with opened_console(api, tmp_path) as console:
        screen = await open_form(console)
        await console.press(*"one", "ctrl+r")
        await console.until(lambda: screen.run is not None and screen.run.state == "following")
        await console.press("ctrl+r")
        await console.shows("Run a second time?")
        assert len(api.predictions) == 1
        await console.press(answer)
        await console.until(lambda: console.app.screen is screen)
        await console.until(lambda: len(api.predictions) == made)
        if made == 1:
            assert screen.run is not None and screen.run.state == "following"


@pytest.mark.parametrize(("answer", "made"), [("s", 1), ("b", 0), ("escape", 0)])
async def test_a_run_that_would_pass_the_budget_is_sent_only_after_a_yes(
    api: Api, tmp_path: Path, answer: str, made: int
) -> None:
    api.on["POST", "/v1/predictions"] = live(api)
    async with opened_console(api, tmp_path) as console:
        services = console.services
        services.budget = Budgets(services.session, services.usage, Budget(day=0.0))
        await open_form(console, values={"prompt": "a cat"})
        await console.press("ctrl+r")
        await console.shows("Pass the budget?")
        await console.shows("What this run costs is not known.")
        assert api.count("POST", "/predictions") == 0
        await console.press(answer)
        await console.until(lambda: not console.app.screen.is_modal)
        await console.until(lambda: api.count("POST", "/predictions") == made)
        assert console.form.values["prompt"] == "a cat"
    assert api.count("POST", "/predictions") == made
