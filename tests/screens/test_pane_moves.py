"""Keys lead from pane to pane, and fill the screen with one of them."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import cast

import pytest

from tests.support.fake_api import START, Api
from tests.support.opened_console import OpenedConsole, opened_console
from tui import commands as cmd
from tui.api.types import Prediction, decode
from tui.navigation import Place
from tui.screens.base import ConsoleScreen
from tui.services.bus import RecordsListed
from tui.store.records import Record
from tui.store.store import Store
from tui.widgets.result.output_pane import OutputPane, Words

pytestmark = pytest.mark.timeout(240)


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    async with Api() as server:
        server.put("done1", "succeeded", output="said\nso", input={"prompt": "a mill"})
        server.put("done2", "succeeded", 60, output="said\nno", input={"prompt": "a lake"})
        yield server


async def listed(console: OpenedConsole, api: Api) -> None:
    records = [decode(Prediction, one) for one in api.predictions.values()]
    services = console.services
    fold = await services.store.fold_page(services.account, records, START, "prediction")
    services.bus.publish(RecordsListed(fold.changed))
    await console.shows("a mill")


def focus(console: OpenedConsole) -> str:
    focused = console.app.screen.focused
    return focused.id or type(focused).__name__ if focused is not None else ""


async def test_l_goes_to_the_detail_and_h_back_to_the_list(api: Api, tmp_path: Path) -> None:
    async with opened_console(api, tmp_path, Place("predictions")) as console:
        await listed(console, api)
        await console.until(lambda: focus(console) == "records-table")
        await console.press("l")
        await console.until(lambda: focus(console) != "records-table")
        await console.press("l")
        await console.shows("There is nothing at the right of this.")
        assert focus(console) != "records-table"
        await console.press("h")
        await console.until(lambda: focus(console) == "records-table")
        await console.press("h")
        await console.shows("There is nothing at the left of this.")


@pytest.fixture
def let_go(monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """What is read of a single record is held back until this is set."""
    event, read = asyncio.Event(), Store.get

    async def slow(store: Store, account: str, record_id: str) -> Record | None:
        await event.wait()
        return await read(store, account, record_id)

    monkeypatch.setattr(Store, "get", slow)
    return event


@pytest.mark.parametrize("key", ["l", "enter"])
async def test_the_detail_keeps_the_focus_when_it_is_filled(
    api: Api, tmp_path: Path, let_go: asyncio.Event, key: str
) -> None:
    async with opened_console(api, tmp_path, Place("predictions")) as console:
        await listed(console, api)
        await console.until(lambda: focus(console) == "records-table")
        await console.press(key)
        await console.until(lambda: focus(console) != "records-table")
        let_go.set()
        await console.shows("said")
        await console.pilot.pause()
        assert focus(console) == "output-text"
        await console.press("h")
        await console.until(lambda: focus(console) == "records-table")


async def test_an_output_that_comes_in_the_moment_of_the_key_gets_the_focus(api: Api, tmp_path: Path) -> None:
    async with opened_console(api, tmp_path, Place("predictions")) as console:
        await listed(console, api)
        await console.shows("said")
        screen = console.app.screen
        pane = screen.query_one(OutputPane)
        for child in pane.children:
            child.display = False
        pane.mount(Words("It came.", id="it-came"))
        cast(ConsoleScreen, screen).action_command(cmd.PaneRight.id)
        await console.until(lambda: focus(console) == "it-came")
        assert "There is nothing" not in console.text


async def test_from_an_output_that_comes_in_the_moment_of_the_key_it_goes_the_right_way(
    api: Api, tmp_path: Path
) -> None:
    async with opened_console(api, tmp_path, Place("predictions")) as console:
        await listed(console, api)
        await console.shows("said")
        screen = cast(ConsoleScreen, console.app.screen)
        pane = screen.query_one(OutputPane)
        came = Words("It came.", id="it-came")
        pane.mount(came)
        screen.set_focus(came)
        screen.action_command(cmd.PaneRight.id)
        await console.shows("There is nothing at the right of this.")
        assert focus(console) == "it-came"
        pane.mount(Words("More came.", id="more-came"))
        screen.set_focus(screen.query_one("#more-came"))
        screen.action_command(cmd.PaneLeft.id)
        await console.until(lambda: focus(console) == "records-table")


async def test_where_one_pane_is_shown_the_same_keys_open_and_leave_it(api: Api, tmp_path: Path) -> None:
    async with opened_console(api, tmp_path, Place("predictions"), size=(80, 24)) as console:
        await listed(console, api)
        await console.press("l")
        await console.until(lambda: "said" in console.text and "a lake" not in console.text)
        await console.press("h")
        await console.shows("a lake")


@pytest.mark.parametrize("back", ["z", "escape"])
async def test_z_fills_the_screen_and_the_way_back_leaves_focus_and_cursor_where_they_were(
    api: Api, tmp_path: Path, back: str
) -> None:
    async with opened_console(api, tmp_path, Place("predictions")) as console:
        await listed(console, api)
        await console.press("j")
        await console.shows("today: 2 runs")
        await console.shows("no")
        await console.pilot.pause(0.2)
        before = re.sub(r"\d+", "0", console.text)
        focused = console.app.screen.focused
        await console.press("z")
        await console.until(lambda: "replicate" not in console.text and "a mill" in console.text)
        assert console.app.screen.focused is focused and focused is not None
        assert focused.region.width == 120 and focused.region.y == 0
        await console.press(back)
        await console.until(lambda: "1 Models" in console.text)
        assert console.app.screen.focused is focused
        await console.until(lambda: re.sub(r"\d+", "0", console.text) == before)


async def test_the_bar_of_a_filled_screen_says_how_to_go_back(api: Api, tmp_path: Path) -> None:
    async with opened_console(api, tmp_path, Place("predictions")) as console:
        await listed(console, api)
        await console.until(lambda: "esc Back" not in console.text)
        await console.press("z")
        await console.shows("esc Back")
        await console.press("escape")
        await console.until(lambda: "esc Back" not in console.text)
