"""All that is live is found, wherever in the lists it is."""

from __future__ import annotations

from pathlib import Path

from tests.services.conftest import opened
from tests.support.fake_api import START, Api, Request
from tui.services.watching.find_live import find_live


async def test_everything_live_is_found_on_whatever_page_it_is(api: Api, tmp_path: Path) -> None:
    for number in range(250):
        api.put(f"p{number:03}", "processing" if number in (0, 130, 249) else "succeeded", age=number * 10)
    for number in range(300):
        api.put(f"old{number:03}", "succeeded", age=7300 + number)

    async def trainings(request: Request) -> None:
        t1 = {**api.predictions["p000"], "id": "t1", "status": "running"}
        t2 = {**t1, "id": "t2", "status": "canceled"}
        request.answer({"next": None, "previous": None, "results": [t1, t2]})

    api.on["GET", "/v1/trainings"] = trainings
    async with opened(api.base_url, tmp_path, now=lambda: START) as seen:
        found = await find_live(seen.services.session)
    assert found == [("p000", "prediction"), ("p130", "prediction"), ("p249", "prediction"), ("t1", "training")]
    assert api.count("GET", "/predictions") < 6, "the rest is too old to be live"


async def test_what_is_known_here_as_live_is_found_however_old_it_is(api: Api, tmp_path: Path) -> None:
    api.put("ancient", "starting", age=90_000)
    async with opened(api.base_url, tmp_path, now=lambda: START) as seen:
        await seen.services.watcher.ask("ancient")
        api.put("done", "succeeded", age=9000)
        await seen.services.watcher.ask("done")
        del api.predictions["ancient"]
        api.on["GET", "/v1/trainings"] = _none
        assert await find_live(seen.services.session) == [("ancient", "prediction")]


async def _none(request: Request) -> None:
    request.answer({"next": None, "previous": None, "results": []})


async def test_a_list_that_repeats_itself_is_not_read_for_ever(api: Api, tmp_path: Path) -> None:
    api.put("p", "processing")
    cursors = iter(range(1000))

    async def again(request: Request) -> None:
        following = f"{api.base_url}/predictions?cursor=again{next(cursors)}"
        request.answer({"results": list(api.predictions.values()), "next": following, "previous": None})

    api.on["GET", "/v1/predictions"] = again
    async with opened(api.base_url, tmp_path, now=lambda: START) as seen:
        assert await find_live(seen.services.session) == [("p", "prediction")]
    assert api.count("GET", "/predictions") == 4
