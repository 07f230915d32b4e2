"""What is typed into a form is kept, whichever form it is, and whoever types before the draft has been read."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.services.runs.test_trainings import kept_by
from tests.support.fake_api import Api, Request
from tests.support.opened_console import OpenedConsole, opened_console
from tui.forms.delivery import DEADLINE, EVENTS, WEBHOOK
from tui.screens.run.run_screen import RunScreen
from tui.screens.run.training_form import TrainingFormScreen
from tui.services.services import Services
from tui.store.store import Store

pytestmark = pytest.mark.timeout(120)

TRAINING_KEY = "train acme/words"


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    async with Api() as server:
        kept_by(server)
        yield server


async def open_training(console: OpenedConsole) -> TrainingFormScreen:
    await console.until(lambda: console.services.username)
    screen = TrainingFormScreen("acme/words")
    console.app.push_screen(screen)
    await console.until(lambda: screen.is_mounted and screen.form is not None and console.form.focused_field)
    return screen


async def test_the_draft_of_a_training_comes_back_and_is_none_of_a_run_of_that_model(api: Api, tmp_path: Path) -> None:
    async with opened_console(api, tmp_path) as console:
        await open_training(console)
        assert console.form.focused_field == "destination model"
        assert console.form.values["destination model"] == "ada/my-words"
        console.form.focus_field("data")
        await console.press(*"https://x/y.zip")
        await console.press("escape")
        # The suggested name was not typed: it is no draft.
        await console.until_draft(TRAINING_KEY, {"data": "https://x/y.zip"})
        assert await console.draft("acme/words") is None
    async with opened_console(api, tmp_path) as console:
        await open_training(console)
        assert console.form.values["data"] == "https://x/y.zip"
        await console.shows("your draft of")


async def test_an_emptied_draft_of_a_training_is_begun_anew(api: Api, tmp_path: Path) -> None:
    async with opened_console(api, tmp_path) as console:
        await open_training(console)
        console.form.focus_field("data")
        await console.press(*"x", "ctrl+n")
        await console.until_draft(TRAINING_KEY, None)
        assert console.form.values == {"destination model": "ada/my-words"}
        await console.press("ctrl+z")
        await console.until(lambda: console.form.values.get("data") == "x")


async def test_the_webhook_of_a_training_goes_with_it_and_it_has_no_deadline(api: Api, tmp_path: Path) -> None:
    asked: list[dict[str, Any]] = []

    async def create(request: Request) -> None:
        asked.append(request.json())
        request.answer(api.put("t1", "starting", kind="trainings"), 201)

    api.on["POST", f"/v1/models/acme/words/versions/{'v' * 64}/trainings"] = create
    async with opened_console(api, tmp_path) as console:
        screen = await open_training(console)
        console.form.set_values({"destination model": "ada/mine", "data": "https://x.example/y.zip"})
        await console.press("ctrl+end", "enter")
        await console.until(lambda: console.form.widget_of(EVENTS["completed"]) is not None and console.form.complete)
        assert console.form.widget_of(DEADLINE) is None
        console.form.focus_field(WEBHOOK)
        await console.press(*"https://example.com/hook")
        console.form.focus_field(EVENTS["start"])
        await console.press("left")
        await console.until_draft(
            TRAINING_KEY,
            {
                "destination model": "ada/mine",
                "data": "https://x.example/y.zip",
                WEBHOOK: "https://example.com/hook",
                EVENTS["start"]: "true",
            },
        )
        await console.press("ctrl+r")
        await console.shows("Start the training?")
        await console.press("s")
        await console.until(lambda: bool(asked))
        assert (asked[0]["webhook"], asked[0]["webhook_events_filter"]) == (
            "https://example.com/hook",
            ["start", "output", "completed"],
        )
        assert set(asked[0]["input"]) == {"data"} and screen.form is not None


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """The store gives no draft until this is set: the disk is slow."""
    release, read = asyncio.Event(), Store.draft

    async def slowly(self: Store, account: str, key: str) -> Any:
        await release.wait()
        return await read(self, account, key)

    monkeypatch.setattr(Store, "draft", slowly)
    return release


async def keep_draft(services: Services, prompt: str) -> None:
    await services.store.save_draft(services.account, "acme/words", {"prompt": prompt})


async def open_run(console: OpenedConsole) -> RunScreen:
    """The form is there, and its draft is not read yet."""
    await console.until(lambda: console.services.username)
    screen = RunScreen("acme/words")
    console.app.push_screen(screen)
    await console.until(lambda: screen.is_mounted and screen.request is not None)
    console.form.focus_field("prompt")
    await console.until(lambda: console.form.focused_field == "prompt")
    return screen


async def test_who_types_before_the_draft_is_read_loses_neither(api: Api, tmp_path: Path, held: asyncio.Event) -> None:
    async with opened_console(api, tmp_path) as console:
        await console.until(lambda: console.services.username)
        await keep_draft(console.services, "the draft")
        await open_run(console)
        await console.press(*"faster")
        held.set()
        await console.shows("^z brings back your draft")
        assert console.form.values == {"prompt": "faster"}
        await console.press("ctrl+z")
        await console.until(lambda: console.form.values == {"prompt": "the draft"})


async def test_who_types_and_leaves_before_the_draft_is_read_loses_neither(
    api: Api, tmp_path: Path, held: asyncio.Event
) -> None:
    async with opened_console(api, tmp_path) as console:
        await console.until(lambda: console.services.username)
        await keep_draft(console.services, "the draft")
        screen = await open_run(console)
        await console.press(*"faster")
        # The screen stays until what was typed is kept.
        asyncio.get_running_loop().call_later(0.1, held.set)
        await console.press("escape")
        await console.until(lambda: not screen.is_attached)
        await console.until_draft("acme/words before", {"prompt": "the draft"})
        await console.until_draft("acme/words", {"prompt": "faster"})


async def test_who_typed_nothing_before_the_draft_is_read_gets_it(
    api: Api, tmp_path: Path, held: asyncio.Event
) -> None:
    async with opened_console(api, tmp_path) as console:
        await console.until(lambda: console.services.username)
        await keep_draft(console.services, "the draft")
        await open_run(console)
        assert console.form.values == {}
        held.set()
        await console.until(lambda: console.form.values == {"prompt": "the draft"})
