"""A notice is said once, and of the section that one is in; ctrl+c says how to leave."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.deployments_api import Deployed
from tests.support.fake_api import START, Api
from tests.support.opened_console import opened_console
from tui.api.types import Prediction, decode
from tui.navigation import Place
from tui.services.bus import RecordsListed

pytestmark = pytest.mark.timeout(240)


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    async with Api() as server:
        yield server


async def test_what_is_said_again_takes_the_place_of_what_was_said(api: Api, tmp_path: Path) -> None:
    async with opened_console(api, tmp_path, Place("predictions")) as console:
        await console.press("c", "c", "c")
        await console.shows("There is nothing to cancel here.")
        await console.press("u")
        await console.shows("Nothing is marked.")
        await console.until(lambda: console.text.count("There is nothing to cancel here.") == 1)


async def test_a_notice_stays_behind_when_one_goes_to_another_section(api: Api, tmp_path: Path) -> None:
    Deployed(api)
    async with opened_console(api, tmp_path, Place("predictions")) as console:
        await console.press("c")
        await console.shows("There is nothing to cancel here.")
        await console.press("5")
        await console.shows("Nothing is deployed.")
        await console.until(lambda: "nothing to cancel" not in console.text)
        await console.press("2")
        await console.shows("No predictions yet")
        assert "nothing to cancel" not in console.text


async def test_ctrl_c_says_how_to_leave_in_a_list_a_field_and_a_dialog(api: Api, tmp_path: Path) -> None:
    async with opened_console(api, tmp_path, Place("predictions")) as console:
        await console.press("ctrl+c")
        await console.shows("q or ^q leaves the console.")
        console.app.clear_notifications()
        await console.press("slash", "ctrl+c")
        await console.shows("^q leaves the console.")
        assert "q or ^q" not in console.text
        console.app.clear_notifications()
        await console.press("escape", "question_mark", "ctrl+c")
        await console.shows("esc goes back; then q or ^q leaves the console.")


async def test_the_status_line_tells_what_ran_today(api: Api, tmp_path: Path) -> None:
    async with opened_console(api, tmp_path, Place("models")) as console:
        assert "today" not in console.text
        records = [
            decode(Prediction, api.put(f"done{n}", "succeeded", metrics={"predict_time": 70.6})) for n in range(3)
        ]
        services = console.services
        fold = await services.store.fold_page(services.account, records, START, "prediction")
        services.bus.publish(RecordsListed(fold.changed))
        await console.shows("today: 3 runs · 212 s")


async def test_a_notice_of_any_length_is_whole_at_80_columns(api: Api, tmp_path: Path) -> None:
    async with opened_console(api, tmp_path, size=(80, 24)) as console:
        for length in range(40, 64):
            console.app.say("n" * (length - 6) + " ends.")
            await console.shows(" ends.")
            console.app.clear_notifications()
            await console.until(lambda: " ends." not in console.text)
