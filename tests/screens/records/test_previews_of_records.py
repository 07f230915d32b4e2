"""What the record under the cursor gave is looked at by itself: files as pictures, an object by its parts."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.support.fake_api import Api
from tests.support.opened_console import OpenedConsole, opened_console
from tests.support.screen import widget_lines
from tests.support.served_files import serve
from tui.navigation import Place
from tui.screens.dialogs.viewer import Viewer
from tui.widgets.media.contact_sheet import ContactSheet
from tui.widgets.table.virtual_table import VirtualTable

TRANSCRIPT = "But in less than five minutes the staircase groaned beneath an extraordinary weight, and so on."


@asynccontextmanager
async def at_predictions(api: Api, home: Path, outputs: dict[str, Any]) -> AsyncGenerator[OpenedConsole]:
    """The console at predictions of another program, which ended now; the first has the cursor."""
    for age, (id, output) in enumerate(outputs.items()):
        now = datetime.now(UTC).isoformat()
        api.put(id, "succeeded", age=age, output=output, completed_at=now, input={"prompt": f"of {id}"})
    async with opened_console(api, home, Place("predictions"), size=(120, 40)) as console:
        await console.shows(f"of {next(iter(outputs))}")
        yield console


def sheet(console: OpenedConsole) -> ContactSheet:
    return console.app.screen.query_one(ContactSheet)


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    async with Api() as server:
        yield server


async def test_the_files_of_another_programs_prediction_are_shown_as_a_sheet(api: Api, tmp_path: Path) -> None:
    urls = serve(api, "a.png", "b.png", "c.png", "d.png")
    async with at_predictions(api, tmp_path, {"p1": urls}) as console:
        await console.shows("4 d.png")
        await console.until(lambda: console.text.count("64×64 PNG") >= 2 and "fetching" not in console.text)
        lines = console.text.splitlines()
        assert any("1 a.png" in line and "2 b.png" in line for line in lines)
        assert any("3 c.png" in line and "4 d.png" in line for line in lines)
        assert "deleted in 59:" in console.text and "1/4 · O opens · s saves" in console.text
        await console.press("enter")
        await console.shows("← → 1/4 · z fills · O opens · s saves")


async def test_z_fills_the_screen_and_esc_returns_with_focus_and_cursor_where_they_were(
    api: Api, tmp_path: Path
) -> None:
    urls = serve(api, "a.png", "b.png", "c.png", "d.png")
    async with at_predictions(api, tmp_path, {"p0": "a text", "p1": urls}) as console:
        await console.press("down")
        await console.shows("4 d.png")
        cursor = console.app.screen.query_one("#records-table", VirtualTable).cursor_id
        await console.press("enter")
        await console.until(lambda: console.app.focused is sheet(console))
        await console.press("right")
        for back in ("escape", "z"):
            await console.press("z")
            await console.until(lambda: isinstance(console.app.screen, Viewer))
            await console.until(lambda: "2 b.png" in console.text and "64×64 PNG" in console.text)
            assert "of p1" not in console.text, "nothing else is on the screen"
            assert "2/4" in console.text
            await console.press(back)
            await console.until(lambda: not isinstance(console.app.screen, Viewer))
            assert console.app.focused is sheet(console) and sheet(console).index == 1
            assert console.app.screen.query_one("#records-table", VirtualTable).cursor_id == cursor
        await console.press("z")
        await console.until(lambda: isinstance(console.app.screen, Viewer))
        await console.press("right", "escape")
        await console.until(lambda: not isinstance(console.app.screen, Viewer))
        assert sheet(console).index == 2, "the one that was looked at last stays selected"


async def test_an_object_shows_its_files_then_its_texts_then_the_rest(api: Api, tmp_path: Path) -> None:
    (url,) = serve(api, "mask.png")
    async with at_predictions(api, tmp_path, {"p1": {"n": 7, "words": TRANSCRIPT, "mask": url}}) as console:
        await console.until(lambda: "64×64 PNG" in console.text and "staircase" in console.text)
        lines = console.text.splitlines()
        order = [next(i for i, line in enumerate(lines) if text in line) for text in ("mask.png", "staircase", "n: 7")]
        assert order == sorted(order)
        assert url not in console.text, "what is shown is not said below again"


async def test_what_was_deleted_says_what_it_was(api: Api, tmp_path: Path) -> None:
    async with at_predictions(api, tmp_path, {"p1": [f"{api.origin}/files/gone.png"]}) as console:
        await console.shows("no longer there")
        assert "gone.png" in console.text and "PNG" in console.text
        assert "Replicate deletes" in console.text


async def test_a_text_is_saved_as_output_txt(api: Api, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    async with at_predictions(api, tmp_path, {"p1": TRANSCRIPT}) as console:
        await console.shows("staircase")
        for name in ("output.txt", "output.txt"):
            await console.press("s")
            await console.shows("Into which folder?")
            await console.press("ctrl+u", *str(folder), "enter")
            await console.until(lambda name=name: (folder / name).exists())
        assert (folder / "output.txt").read_text() == TRANSCRIPT
        assert [path.name for path in folder.iterdir()] == ["output.txt"], "the same text is there already"


async def test_an_object_is_saved_as_output_json(api: Api, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    async with at_predictions(api, tmp_path, {"p1": {"n": 7}}) as console:
        await console.shows("n: 7")
        await console.press("s")
        await console.shows("Into which folder?")
        await console.press("ctrl+u", *str(folder), "enter")
        await console.until((folder / "output.json").exists)
        await console.shows("Saved")


async def test_the_focus_stays_alive_when_the_tab_is_changed(api: Api, tmp_path: Path) -> None:
    urls = serve(api, "a.png", "b.png")
    async with at_predictions(api, tmp_path, {"p1": urls}) as console:
        await console.shows("2 b.png")
        await console.press("enter")
        await console.until(lambda: console.app.focused is sheet(console))
        for key in ("right_square_bracket", "left_square_bracket"):
            for _ in range(6):
                await console.press(key)
                await console.until(lambda: console.app.focused is not None and console.app.focused.display)
        assert console.app.focused is sheet(console)
        await console.press("right")
        await console.until(lambda: sheet(console).index == 1)
        assert widget_lines(sheet(console))


async def test_a_text_that_fills_the_screen_stands_in_line_with_the_bars(api: Api, tmp_path: Path) -> None:
    (url,) = serve(api, "a.txt", content=b"Some words.\n", kind="text/plain")
    async with at_predictions(api, tmp_path, {"p1": [url]}) as console:
        await console.shows("Some words.")
        await console.press("enter", "z")
        await console.until(lambda: isinstance(console.app.screen, Viewer) and "Some words." in console.text)
        assert " Some words." in [line.rstrip() for line in console.text.splitlines()]


async def test_on_another_tab_no_file_of_the_prediction_before_is_offered(api: Api, tmp_path: Path) -> None:
    (url,) = serve(api, "a.png")
    async with at_predictions(api, tmp_path, {"p1": [url], "p2": TRANSCRIPT}) as console:
        await console.until(lambda: "64×64 PNG" in console.text and "O Open file" in console.text)
        await console.press("right_square_bracket")
        await console.shows("prompt: of p1")
        await console.press("j")
        await console.shows("prompt: of p2")
        await console.until(lambda: "O Open file" not in console.text)
