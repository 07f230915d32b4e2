"""What was too large for a list is marked with its size, and fetched when its record is opened."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.fake_api import START, Api
from tests.support.records_console import opened
from tests.support.screen import screen_text

pytestmark = pytest.mark.timeout(120)

ONE = ("GET", "/v1/predictions/large1")


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    async with Api() as server:
        yield server


def put(api: Api, size: int) -> None:
    given = {"prompt": "no1", "image": f"data:,{'x' * size}"}
    # What is younger than an hour is fetched for the archive, before Replicate deletes it.
    api.put("large1", "succeeded", age=7200, input=given, completed_at=START.isoformat())


async def test_what_is_very_large_is_marked_and_fetched_by_enter_alone(api: Api, tmp_path: Path) -> None:
    put(api, 8_100_000)
    async with opened(api, tmp_path) as seen:
        await seen.until(lambda: any("cut: 8.1 MB" in line for line in seen.lines))
        await seen.until(lambda: "cut: input 8.1 MB; enter fetches it" in screen_text(seen.app))
        assert ONE not in api.seen
        await seen.press("enter")
        await seen.until(lambda: seen.numbers == [1] and "cut: " not in screen_text(seen.app))
        assert api.seen.count(ONE) == 1


async def test_what_is_only_too_large_for_a_list_is_fetched_as_soon_as_the_cursor_rests_on_it(
    api: Api, tmp_path: Path
) -> None:
    put(api, 5_000_000)
    async with opened(api, tmp_path) as seen:
        await seen.until(lambda: seen.numbers == [1] and "cut: " not in screen_text(seen.app))
        assert api.seen.count(ONE) == 1
