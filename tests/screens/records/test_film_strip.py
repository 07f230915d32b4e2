"""Below a wide list stand the pictures of its rows; cursor and strip go together."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.fake_api import Api
from tests.support.opened_console import OpenedConsole, opened_console
from tests.support.screen import widget_lines
from tests.support.served_files import serve
from tui.navigation import Place
from tui.screens.records.film_strip import FilmStrip
from tui.widgets.media.contact_sheet import ContactSheet
from tui.widgets.table.virtual_table import VirtualTable

WIDE = (160, 40)


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    async with Api() as server:
        yield server


def put(api: Api, outputs: dict[str, Any], ended: timedelta = timedelta(0)) -> None:
    for age, (id, output) in enumerate(outputs.items()):
        at = (datetime.now(UTC) - ended).isoformat()
        api.put(id, "succeeded", age=age, output=output, completed_at=at, input={"prompt": f"of {id}"})


def strip(console: OpenedConsole) -> FilmStrip:
    return console.app.screen.query_one(FilmStrip)


def captions(console: OpenedConsole) -> str:
    found = strip(console).query(ContactSheet)
    return next(iter(widget_lines(found.first())), "") if found else ""


async def test_the_pictures_of_the_rows_in_sight_stand_below_them(api: Api, tmp_path: Path) -> None:
    first, second = serve(api, "a.png", "b.png")
    put(api, {"p0": [first], "p1": "a text", "p2": {"mask": second}, "p3": f"{api.origin}/files/sound.wav"})
    async with opened_console(api, tmp_path, Place("predictions"), size=WIDE) as console:
        await console.until(lambda: "of p2" in captions(console))
        assert captions(console).split("  ")[0] == "› of p0"
        assert "of p2" in captions(console)
        assert "of p1" not in captions(console) and "of p3" not in captions(console)


async def test_the_strip_follows_the_cursor_and_the_cursor_the_strip(api: Api, tmp_path: Path) -> None:
    urls = serve(api, "a.png", "b.png", "c.png")
    put(api, {f"p{number}": [url] for number, url in enumerate(urls)})
    async with opened_console(api, tmp_path, Place("predictions"), size=WIDE) as console:
        table = console.app.screen.query_one("#records-table", VirtualTable)
        await console.until(lambda: "› of p0" in captions(console) and "of p2" in captions(console))
        await console.press("j")
        await console.until(lambda: "› of p1" in captions(console))
        console.app.screen.set_focus(strip(console).query_one(ContactSheet))
        await console.press("right")
        await console.until(lambda: table.cursor_id == "p2" and "› of p2" in captions(console))


async def test_a_row_without_a_picture_has_none_of_the_strip_marked(api: Api, tmp_path: Path) -> None:
    urls = serve(api, "a.png", "b.png")
    put(api, {"p0": "a text", "p1": [urls[0]], "p2": [urls[1]]})
    async with opened_console(api, tmp_path, Place("predictions"), size=WIDE) as console:
        await console.until(lambda: "of p1" in captions(console) and "of p2" in captions(console))
        assert "›" not in captions(console)
        await console.press("j", "j")
        await console.until(lambda: "› of p2" in captions(console))
        await console.press("k", "k")
        await console.until(lambda: "›" not in captions(console))


@pytest.mark.parametrize("size", [(159, 40), (160, 39)])
async def test_where_there_is_no_room_there_is_no_strip(api: Api, tmp_path: Path, size: tuple[int, int]) -> None:
    (url,) = serve(api, "a.png")
    put(api, {"p0": [url]})
    async with opened_console(api, tmp_path, Place("predictions"), size=size) as console:
        await console.shows("64×64 PNG")
        await console.pilot.pause(0.5)
        assert not strip(console).display


async def test_what_replicate_has_deleted_has_no_place_in_the_strip(api: Api, tmp_path: Path) -> None:
    first, second = serve(api, "a.png", "b.png")
    put(api, {"old": [first]}, timedelta(minutes=61))
    put(api, {"young": [second]}, timedelta(minutes=59))
    async with opened_console(api, tmp_path, Place("predictions"), size=WIDE) as console:
        await console.until(lambda: "of young" in captions(console))
        assert "of old" not in captions(console)
