"""The commands for the marked records: what each answer to a question does, and to which of them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.fake_api import START, Api
from tests.support.records_console import opened
from tests.support.screen import screen_text

pytestmark = pytest.mark.timeout(240)


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    async with Api() as server:
        yield server


def cancels(api: Api) -> list[str]:
    return sorted(path for method, path in api.seen if method == "POST")


async def test_only_the_answer_that_says_so_cancels_the_marked_ones(api: Api, tmp_path: Path) -> None:
    for n in range(1, 4):
        api.put(f"live0{n}", "processing", age=10 - n, input={"prompt": f"no{n}"})
    async with opened(api, tmp_path) as seen:
        await seen.until(lambda: seen.numbers == [3, 2, 1])
        await seen.press("g", "space", "space")
        await seen.until(lambda: seen.marked == {3, 2})
        for key in ("k", "escape", "enter"):
            await seen.press("c")
            await seen.until(lambda: "Cancel 2 predictions?" in screen_text(seen.app))
            assert "Let them run" in screen_text(seen.app)
            await seen.press(key)
            await seen.until(lambda: "Cancel 2 predictions?" not in screen_text(seen.app))
            assert "Canceling" not in screen_text(seen.app)
        assert cancels(api) == [] and seen.marked == {3, 2}
        await seen.press("c")
        await seen.until(lambda: "Cancel 2 predictions?" in screen_text(seen.app))
        await seen.press("c")
        await seen.until(lambda: "Canceled 2 of 2" in screen_text(seen.app))
        assert cancels(api) == ["/v1/predictions/live02/cancel", "/v1/predictions/live03/cancel"]
        await seen.press("escape")
        await seen.until(lambda: seen.marked == set())


@pytest.mark.parametrize("count", [1, 2])
async def test_marked_trainings_are_canceled_as_trainings(api: Api, tmp_path: Path, count: int) -> None:
    for n in range(1, 4):
        api.put(f"train{n}", "processing", age=10 - n, kind="trainings", input={"prompt": f"no{n}"})
        # A prediction of the same id: ids of both are alike, and only the address tells them apart.
        api.put(f"train{n}", "processing", age=10 - n)
    async with opened(api, tmp_path, section="trainings", size=(200, 40)) as seen:
        await seen.until(lambda: seen.numbers == [3, 2, 1])
        await seen.press("g", *["space"] * count, "c")
        words = "Cancel acme/words train3?" if count == 1 else "Cancel 2 trainings?"
        await seen.until(lambda: words in screen_text(seen.app))
        await seen.press("c")
        await seen.until(lambda: f"Canceled {count} of {count}" in screen_text(seen.app))
        assert cancels(api) == [f"/v1/trainings/train{n}/cancel" for n in (2, 3)][-count:]


async def test_those_of_the_marked_that_have_ended_are_said_and_left_alone(api: Api, tmp_path: Path) -> None:
    api.put("live01", "processing", age=2, input={"prompt": "no1"})
    api.put("done02", "failed", age=1, input={"prompt": "no2"}, completed_at=START.isoformat())
    async with opened(api, tmp_path) as seen:
        await seen.until(lambda: seen.numbers == [2, 1])
        await seen.press("g", "space", "c")
        await seen.until(lambda: "None of the marked ones is running." in screen_text(seen.app))
        await seen.press("space", "c")
        await seen.until(lambda: "Cancel acme/words live01?" in screen_text(seen.app))
        assert "1 of the marked ended already: nothing is done to it." in screen_text(seen.app)
        await seen.press("c")
        await seen.until(lambda: "Canceled 1 of 1" in screen_text(seen.app))
        assert cancels(api) == ["/v1/predictions/live01/cancel"]
