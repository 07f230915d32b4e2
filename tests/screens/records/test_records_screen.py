"""The section Predictions as a person sees it: cursor, scroll and marks on the screen, whatever comes meanwhile."""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Literal

import pytest

from tests.support.fake_api import START, Api
from tests.support.opened_console import opened_console
from tests.support.records_console import made, opened
from tests.support.screen import screen_text
from tui.navigation import Place, PlaceKind
from tui.services.bus import AccountIdentified

pytestmark = pytest.mark.timeout(240)


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    async with Api() as server:
        yield server


async def test_cursor_scroll_and_marks_stay_on_the_screen_through_a_hundred_refreshes(api: Api, tmp_path: Path) -> None:
    chance = random.Random(7)
    everything = {n: made(n, "processing" if n % 3 == 0 else "succeeded") for n in range(1000, 1400)}
    async with opened(api, tmp_path, list(everything.values())) as seen:
        await seen.press("slash", *"no1")
        await seen.until(lambda: "400 predictions match" in seen.foot)
        await seen.press("enter", "pagedown", "pagedown", "space", "j", "space", "j", "j")
        await seen.until(lambda: len(seen.marked) == 2 and seen.under_cursor is not None)
        marked, cursor, line = seen.marked, seen.under_cursor, seen.numbers.index(seen.under_cursor or 0)
        assert cursor is not None
        young = 1400
        for round_ in range(100):
            news = [made(young + n) for n in range(chance.randrange(3))]
            young += len(news)
            # Those that change, and those that no longer match the filter: for the list they are gone.
            changed = [n for n in chance.sample(sorted(everything), 5) if n not in marked and n != cursor]
            gone = [n for n in changed[:2] if n not in seen.numbers]
            news += [made(n, "succeeded", logs="x" * (round_ + 1)) for n in changed if n not in gone]
            news += [made(n, "succeeded", input={"prompt": f"off{n}"}, model="else/where") for n in gone]
            await seen.tell(news)
        total = len(await seen.app.services.store.ids(seen.app.services.account, seen.screen.list.query_now()))  # type: ignore[union-attr]
        await seen.until(lambda: f"{total:,} predictions match" in seen.foot)
        assert seen.under_cursor == cursor
        assert seen.marked == marked
        assert seen.numbers.index(cursor) == line, "the view moved under the reader"
        assert seen.numbers == sorted(seen.numbers, reverse=True)


async def test_the_list_holds_a_window_and_any_place_of_it_is_shown(api: Api, tmp_path: Path) -> None:
    async with opened(api, tmp_path, [made(n) for n in range(1, 5001)]) as seen:
        await seen.until(lambda: "5,000 predictions" in seen.foot)
        await seen.press("space", "G")
        await seen.until(lambda: seen.under_cursor == 1)
        await seen.press("space")
        await seen.until(lambda: "2 marked" in seen.foot)
        await seen.press("pageup", "pageup")
        await seen.until(lambda: seen.under_cursor is not None and seen.under_cursor > 20)
        assert "…" not in "".join(line[:2] for line in seen.lines)
        assert len(seen.screen.list.table.loaded) < 600
        await seen.press("g")
        await seen.until(lambda: seen.under_cursor == 5000 and seen.marked == {5000})
        # An id far outside of the window.
        seen.screen.arrive(Place("predictions", "id002500"))
        await seen.until(lambda: seen.under_cursor == 2500)
        await seen.press("escape", "u")
        await seen.until(lambda: "marked" not in seen.foot)
        await seen.press("slash", *"no12", "enter", "a")
        await seen.until(lambda: "111 predictions match · 111 marked" in seen.foot)


async def test_any_column_sorts_by_key_and_by_click_and_the_header_says_so(api: Api, tmp_path: Path) -> None:
    times = {1: 5.0, 2: 50.0, 3: 0.5}
    records = [made(n, metrics={"predict_time": t, "total_time": t + 1}) for n, t in times.items()] + [
        made(4, "failed")
    ]
    async with opened(api, tmp_path, records, size=(160, 30)) as seen:
        await seen.until(lambda: seen.numbers == [4, 3, 2, 1])
        await seen.press("S")
        await seen.until(lambda: "Sort by" in screen_text(seen.app))
        await seen.press("r")
        await seen.until(lambda: seen.numbers == [2, 1, 3, 4] and "Run ↓" in seen.lines[0])
        x = seen.lines[0].index("Run")
        await seen.pilot.click("#records-table", offset=(x + 1, 0))
        await seen.until(lambda: seen.numbers == [3, 1, 2, 4] and "Run ↑" in seen.lines[0])
        await seen.pilot.click("#records-table", offset=(x + 1, 0))
        await seen.until(lambda: seen.numbers == [4, 3, 2, 1] and "Run ↑" not in seen.lines[0])


async def test_two_marked_ones_are_compared_and_what_differs_is_told_by_signs(api: Api, tmp_path: Path) -> None:
    records = [
        made(1, input={"prompt": "no1 a red fox. It runs.", "seed": 1}, output="Same.\nold words"),
        made(2, input={"prompt": "no2 a red fox. It sits.", "seed": 1, "[/x]": "\x1b[31m"}, output="Same.\nnew words"),
    ]
    async with opened(api, tmp_path, records) as seen:
        await seen.until(lambda: seen.numbers == [2, 1])
        await seen.press("d")
        await seen.until(lambda: "Mark some with space" in screen_text(seen.app))
        await seen.press("space", "space", "d")
        await seen.until(lambda: "What ran" in screen_text(seen.app))
        text = screen_text(seen.app)
        assert re.search(r"≠\s+prompt\s+no1 a red fox\.\s+no2 a red fox\.", text), text
        assert re.search(r"≠\s+It runs\.\s+It sits\.", text), text
        assert re.search(r"\n {6}seed\s+1\s+1\b", text), text
        assert re.search(r"›\s+\[/x\]\s+–\s", text), text
        assert re.search(r"\n {6}output\s+Same\.\s+Same\.", text), text
        assert re.search(r"≠\s+old words\s+new words", text), text
        await seen.press("equals_sign")
        await seen.until(lambda: "seed" not in screen_text(seen.app))
        await seen.press("escape")
        await seen.until(lambda: "2 marked" in seen.foot)


async def test_each_outcome_of_many_cancellations_is_shown_and_only_the_marked_are_canceled(
    api: Api, tmp_path: Path
) -> None:
    for n in range(60):
        api.put(f"id{n:06d}", "processing", age=60 - n, input={"prompt": f"no{n}"})
    api.put("id000040", "succeeded", age=20, input={"prompt": "no40"}, completed_at=START.isoformat())

    async def lost(request: Any) -> None:
        request.answer({"detail": "Not found", "status": 404}, 404)

    async with opened(api, tmp_path) as seen:
        await seen.until(lambda: "60 predictions" in seen.foot)
        api.on["POST", "/v1/predictions/id000030/cancel"] = lost
        await seen.press("g", *["space"] * 50)
        await seen.until(lambda: "50 marked" in seen.foot)
        ids = set(seen.screen.list.table.marked)
        await seen.press("c")
        await seen.until(lambda: "Cancel 49 predictions?" in screen_text(seen.app))
        assert "1 of the marked ended already: nothing is done to it." in screen_text(seen.app)
        await seen.press("c")
        await seen.until(lambda: "Canceled 48 of 49; 1 could not be" in screen_text(seen.app))
        await seen.press("escape")
        await seen.until(lambda: "2 marked" in seen.foot or "1 marked" in seen.foot)
        canceled = {id_ for id_, one in api.predictions.items() if one["status"] == "canceled"}
        assert canceled == ids - {"id000030", "id000040"}


@pytest.mark.parametrize("section", ["predictions", "trainings"])
async def test_what_was_not_asked_for_or_could_not_be_is_never_shown_as_nothing_there(
    api: Api, tmp_path: Path, section: Literal["predictions", "trainings"]
) -> None:
    asked, answer = asyncio.Event(), asyncio.Event()

    async def late_and_broken(request: Any) -> None:
        asked.set()
        await answer.wait()
        request.answer({"detail": "no"}, 400)

    api.on["GET", f"/v1/{section}"] = late_and_broken
    async with opened(api, tmp_path, section=section) as seen:
        await seen.until(asked.is_set)
        await seen.until(lambda: f"Asking for the {section}…" in screen_text(seen.app))
        answer.set()
        await seen.until(lambda: f"The {section} could not be asked for." in screen_text(seen.app))
        assert f"No {section} yet" not in screen_text(seen.app)
        del api.on["GET", f"/v1/{section}"]
        await seen.press("R")
        await seen.until(lambda: f"No {section} yet" in screen_text(seen.app))


@pytest.mark.parametrize("section", ["trainings", "deployments", "chat", "models"])
async def test_a_section_that_was_opening_when_the_console_ended_is_no_crash(
    api: Api, tmp_path: Path, section: str
) -> None:
    async with opened(api, tmp_path) as seen:
        app = seen.app
        app.go(section)
        app.exit(0)
    assert app.return_code == 0


async def test_the_list_is_read_again_once_the_account_is_known(api: Api, tmp_path: Path) -> None:
    async with opened(api, tmp_path) as seen:
        services = seen.app.services
        assert services is not None
        await seen.until(lambda: "0 predictions" in seen.foot)
        await services.store.save(services.account, [made(1)])
        services.bus.publish(AccountIdentified(services.account))
        await seen.until(lambda: seen.numbers == [1])


@pytest.mark.parametrize("section", ["predictions", "trainings"])
async def test_beside_an_empty_list_stand_words_and_no_tabs(api: Api, tmp_path: Path, section: PlaceKind) -> None:
    async with opened_console(api, tmp_path, Place(section)) as console:
        await console.shows(f"No {section} yet.")
        beside = "The one under the cursor is shown here."
        await console.shows(beside)
        assert "Logs" not in console.text and "JSON" not in console.text
        await console.press("right_square_bracket")
        await console.pilot.pause(0.1)
        assert beside in console.text, "the words stand there whatever tab is open"
