"""The help begins with what the screen does, and is filtered as one types."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from textual.containers import VerticalScroll

from tests.support.fake_api import Api
from tests.support.opened_console import OpenedConsole, opened_console
from tui.commands import REGISTRY
from tui.navigation import Place
from tui.screens.dialogs.help import Help, Line, laid_out

pytestmark = pytest.mark.timeout(240)


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    async with Api() as server:
        yield server


async def opened_help(console: OpenedConsole, key: str = "question_mark") -> None:
    await console.press(key)
    await console.until(lambda: isinstance(console.app.screen, Help))
    await console.shows("Filter the list")


@pytest.mark.parametrize("size", [(120, 60), (200, 60)])
async def test_the_section_is_first_and_arrows_are_last(api: Api, tmp_path: Path, size: tuple[int, int]) -> None:
    async with opened_console(api, tmp_path, Place("predictions"), size=size) as console:
        await opened_help(console)
        titles = ["Predictions  ", "Filter the list", "What has the focus", "Everywhere", "Sections", "Moving about"]
        seen: list[str] = []
        for _ in range(8):
            assert "super+c" not in console.text
            found = sorted((console.text.index(one), one) for one in titles if one in console.text and one not in seen)
            seen += [one for _, one in found]
            await console.press("pagedown")
            await console.pilot.pause()
        assert seen == titles


async def test_it_says_why_something_is_not_possible_now(api: Api, tmp_path: Path) -> None:
    async with opened_console(api, tmp_path, Place("predictions"), size=(120, 60)) as console:
        await opened_help(console)
        assert "now: There is nothing to cancel here." in console.text


async def test_typing_filters_and_the_key_that_opened_it_closes_it(api: Api, tmp_path: Path) -> None:
    async with opened_console(api, tmp_path, Place("predictions"), size=(120, 40)) as console:
        await opened_help(console)
        await console.press(*"sort")
        await console.until(lambda: "Filter the list" not in console.text)
        assert "S         Sort" in console.text
        await console.press(*"qqq")
        await console.shows("Nothing here has these words.")
        await console.press("question_mark")
        await console.until(lambda: not isinstance(console.app.screen, Help))


async def test_the_keys_of_a_dialog_are_not_those_of_the_help_below_it(api: Api, tmp_path: Path) -> None:
    async with opened_console(api, tmp_path, Place("predictions")) as console:
        await opened_help(console, "f1")
        await console.press("q", "X")
        await console.pilot.pause()
        assert isinstance(console.app.screen, Help)
        await console.press("escape")
        await console.until(lambda: not isinstance(console.app.screen, Help))


def test_two_columns_hold_every_line_once_and_tear_none_apart() -> None:
    lines = [Line(f"k{n}", f"Title {n}", "It does so.", "not so." if n == 2 else None) for n in range(5)]
    shown = laid_out("", {"Here": lines}, (), 100).plain
    assert [line.rstrip() for line in shown.splitlines()] == [
        "Here",
        "k0        Title 0                                  k3        Title 3",
        "          It does so.                                        It does so.",
        "k1        Title 1                                  k4        Title 4",
        "          It does so.                                        It does so.",
        "k2        Title 2",
        "          It does so.",
        "          now: not so.",
    ]


def test_one_that_is_found_stands_at_the_left() -> None:
    lines = [Line("a", "One", "It does so."), Line("b", "Two", "It does that.")]
    assert laid_out("", {"Here": lines}, ("that",), 100).plain == "Here\nb         Two\n          It does that."


def test_a_narrow_help_has_one_column() -> None:
    lines = [Line("a", "One", "It does so."), Line("b", "Two", "")]
    assert laid_out("About it.", {"Here": lines, "There": []}, (), 60).plain == "\n".join(
        ["About it.", "", "Here", "a         One", "          It does so.", "b         Two"]
    )
    assert laid_out("", {"Here": lines}, ("two",), 60).plain == "Here\nb         Two"


@pytest.mark.parametrize(("rows", "lines"), [(24, 19), (29, 24), (30, 17)])
async def test_where_rows_are_few_its_lines_get_them(api: Api, tmp_path: Path, rows: int, lines: int) -> None:
    async with opened_console(api, tmp_path, Place("predictions"), size=(80, rows)) as console:
        await opened_help(console)
        await console.until(lambda: console.app.screen.query_one(VerticalScroll).size.height == lines)
        assert "↑↓ move" in console.text and "type to filter" in console.text


@pytest.mark.parametrize("width", [60, 84, 116, 180])
def test_no_title_is_cut(width: int) -> None:
    titles = sorted({command.full_title() for command in REGISTRY.values()})
    shown = laid_out("", {"Here": [Line("k", title, "") for title in titles]}, [], width).plain
    # In two columns the words of one action stand below each other, not beside each other.
    cells = (width - 3) // 2 if width >= 84 else width
    halves = [line[start : start + cells] for start in (0, cells + 3) for line in shown.splitlines()]
    words = " ".join(" ".join(half[10:].split()) for half in halves if half[10:].strip())
    assert [title for title in titles if title not in words] == []


def test_keys_that_take_more_than_their_column_go_on_below() -> None:
    lines = [Line("1 alt+1 super+1", "A title", "What it does.")]
    shown = laid_out("", {"Here": lines}, [], 60).plain.splitlines()
    assert [line.rstrip() for line in shown] == [
        "Here",
        "1 alt+1   A title",
        "super+1",
        "          What it does.",
    ]
