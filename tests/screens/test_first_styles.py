"""The first screen is shown before the sheets of all others are parsed: what is seen is the same."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from textual.app import App
from textual.dom import DOMNode

from tests.support.fake_api import Api
from tests.support.models_api import Models
from tests.support.opened_console import OpenedConsole, opened_console
from tui.app import Console
from tui.navigation import Place
from tui.resources import styles


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """The other sheets are not read before this is set."""
    may = asyncio.Event()
    read = Console.parse_later_styles

    async def wait(self: Console) -> None:
        await may.wait()
        await read(self)

    monkeypatch.setattr(Console, "parse_later_styles", wait)
    return may


def sheets(app: App[int]) -> set[str]:
    return {Path(path).stem for path, _ in app.stylesheet.source if path.endswith(".tcss")}


def looks(seen: OpenedConsole) -> dict[DOMNode, str]:
    """How each widget of the screen is styled."""
    return {node: node.styles.css for node in seen.app.screen.walk_children(with_self=True)}


@pytest.mark.parametrize("size", [(120, 40), (80, 24), (200, 50)])
async def test_the_models_look_the_same_before_and_after(
    api: Api, tmp_path: Path, held: asyncio.Event, size: tuple[int, int]
) -> None:
    Models(api).add("acme/paint", 3, listed=True)
    async with opened_console(api, tmp_path, size=size) as seen:
        await seen.shows("acme/paint")
        assert len(sheets(seen.app)) < len(styles())
        before = looks(seen)
        held.set()
        await seen.until(lambda: len(sheets(seen.app)) == len(styles()))
        seen.app.stylesheet.update(seen.app)
        after = looks(seen)
    assert len(before) > 15
    assert {node: css for node, css in before.items() if after.get(node) != css} == {}


async def test_whoever_is_quicker_than_they_are_parsed_sees_them_all(
    api: Api, tmp_path: Path, held: asyncio.Event
) -> None:
    async with opened_console(api, tmp_path) as seen:
        await seen.press("question_mark")
        await seen.until(lambda: bool(seen.app.screen.query("#help-filter")))
        assert sheets(seen.app) == {path.stem for path in styles()}
        assert not held.is_set()
        held.set()


async def test_another_section_that_is_opened_first_has_them_from_the_start(
    api: Api, tmp_path: Path, held: asyncio.Event
) -> None:
    async with opened_console(api, tmp_path, Place("predictions")) as seen:
        assert sheets(seen.app) == {path.stem for path in styles()}
        held.set()
