"""The commands about one record: what each answer to a question does, and that nothing else happens."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Literal

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
    return [path for method, path in api.seen if method == "POST"]


@pytest.mark.parametrize("section", ["predictions", "trainings"])
async def test_only_the_answer_that_says_so_cancels_the_one_under_the_cursor(
    api: Api, tmp_path: Path, section: Literal["predictions", "trainings"]
) -> None:
    api.put("live01", "processing", age=5, kind=section, input={"prompt": "no1"})
    async with opened(api, tmp_path, section=section, size=(200, 40)) as seen:
        await seen.until(lambda: seen.under_cursor == 1 and seen.screen.under.record is not None)
        # Let it run by its key, by escape, and by enter, under which the harmless answer lies.
        for key in ("k", "escape", "enter"):
            await seen.press("c")
            await seen.until(lambda: "Cancel acme/words live01?" in screen_text(seen.app))
            await seen.press(key)
            await seen.until(lambda: "Cancel acme/words" not in screen_text(seen.app))
        assert cancels(api) == []
        await seen.press("c")
        await seen.until(lambda: "Cancel acme/words live01?" in screen_text(seen.app))
        await seen.press("c")
        await seen.until(lambda: any("canceled" in line for line in seen.lines))
        assert cancels(api) == [f"/v1/{section}/live01/cancel"]


async def test_what_has_ended_is_not_canceled_and_the_reason_is_said(api: Api, tmp_path: Path) -> None:
    api.put("done01", "succeeded", age=5, input={"prompt": "no1"}, completed_at=START.isoformat())
    async with opened(api, tmp_path) as seen:
        await seen.until(lambda: seen.under_cursor == 1 and seen.screen.under.record is not None)
        await seen.press("c")
        await seen.until(lambda: "This prediction has ended already: succeeded." in screen_text(seen.app))
        assert "Cancel acme/words" not in screen_text(seen.app) and cancels(api) == []
