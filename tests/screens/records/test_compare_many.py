"""More than two predictions beside each other: their pictures and texts, with the values that differ."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.support.fake_api import Api
from tests.support.opened_console import OpenedConsole, opened_console
from tests.support.served_files import serve
from tui.navigation import Place
from tui.screens.records.compare_many import CompareMany
from tui.screens.records.compare_screen import CompareScreen
from tui.screens.records.differences import bare, different, named


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    async with Api() as server:
        yield server


def put(api: Api, number: int, output: object, **input: Any) -> None:
    """An ended prediction; a higher number is younger."""
    now = datetime.now(UTC).isoformat()
    given = {"prompt": f"no{number}", **input}
    metrics = {"predict_time": 1.5}
    api.put(f"p{number}", "succeeded", 60 - number, output=output, completed_at=now, input=given, metrics=metrics)


async def mark_all(console: OpenedConsole, words: str, count: int) -> None:
    await console.shows(words)
    await console.press("a")
    await console.shows(f"{count} marked")


def many(console: OpenedConsole) -> bool:
    return isinstance(console.app.screen, CompareMany)


async def test_pictures_of_a_sweep_stand_beside_each_other_with_the_values_that_differ(
    api: Api, tmp_path: Path
) -> None:
    urls = serve(api, "a.png", "b.png", "c.png")
    for number, (seed, guidance) in enumerate(((1, 3.5), (1, 7), (2, 7))):
        put(api, number + 1, [urls[number]], prompt="lake", seed=seed, guidance=guidance, steps=4)
    async with opened_console(api, tmp_path, Place("predictions"), size=(120, 40)) as console:
        await mark_all(console, "lake", 3)
        await console.press("d")
        await console.until(lambda: many(console))
        await console.shows("seed=1  guidance=3.5")
        for words in ("seed=1  guidance=7", "seed=2  guidance=7"):
            assert words in console.text
        assert "steps" not in console.text and "prompt=" not in console.text
        await console.press("escape")
        await console.until(lambda: not many(console))


async def test_texts_stand_in_their_rows_and_two_of_them_are_compared_word_for_word(api: Api, tmp_path: Path) -> None:
    for number, text in enumerate(("a red fox", "a red hen", "a blue owl"), 1):
        put(api, number, text.split(" "), temperature=number / 10)
    async with opened_console(api, tmp_path, Place("predictions"), size=(120, 40)) as console:
        await mark_all(console, "no3", 3)
        await console.press("d")
        await console.until(lambda: many(console))
        await console.shows("aredfox")
        assert "0.1" in console.text and "no2" in console.text and "ablueowl" in console.text
        await console.press("d")
        await console.shows("Mark two with space to compare them word for word; 0 are marked.")
        await console.press("space", "space", "d")
        await console.until(lambda: isinstance(console.app.screen, CompareScreen))
        await console.press("escape")
        await console.until(lambda: many(console))
        await console.press("g", "enter")
        await console.until(lambda: console.app.current_mode == "predictions" and not many(console))


async def test_two_marked_ones_are_compared_field_by_field_as_before(api: Api, tmp_path: Path) -> None:
    for number in (1, 2):
        put(api, number, ["x"])
    async with opened_console(api, tmp_path, Place("predictions"), size=(120, 40)) as console:
        await mark_all(console, "no2", 2)
        await console.press("d")
        await console.until(lambda: isinstance(console.app.screen, CompareScreen))


@pytest.mark.parametrize(("count", "opens"), [(100, True), (101, False)])
async def test_up_to_a_hundred_are_compared(api: Api, tmp_path: Path, count: int, opens: bool) -> None:
    for number in range(1, count + 1):
        put(api, number, None)
    api.page = 200
    async with opened_console(api, tmp_path, Place("predictions"), size=(120, 40)) as console:
        await mark_all(console, f"no{count}", count)
        await console.press("d")
        if opens:
            await console.until(lambda: many(console))
        else:
            await console.shows("Up to 100 can be compared; 101 are marked.")


def test_only_what_is_not_the_same_in_all_is_named() -> None:
    values: list[dict[str, Any]] = [{"a": 1, "b": 2, "c": [1]}, {"a": 1, "b": 3, "c": [1], "d": None}]
    assert different(values) == ("b", "d")
    assert different(values[:1]) == () and different([]) == ()
    assert named({"b": 2, "d": "x\ny"}, ("b", "d", "e")) == "b=2  d=x y  e="
    assert bare({"b": True, "c": {"k": 1}}, ("b", "c")) == 'true · {"k": 1}'
    assert named({"image": "data:image/png;base64," + "A" * 100_000}, ("image",)) == "image=data:image/png;base64,…"
