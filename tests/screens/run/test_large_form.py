"""A form of 73 fields: opened, searched, filled and sent by the keyboard alone, in a small terminal and a large one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from textual.widgets import Input

from tests.support.fake_api import Api, Request
from tests.support.opened_console import OpenedConsole, opened_console
from tui.forms import Problem
from tui.screens.run.run_screen import RunScreen

pytestmark = pytest.mark.timeout(240)

KEY = "acme/film"
KINDS: list[dict[str, Any]] = [
    {"type": "integer", "minimum": 1, "maximum": 500, "default": 50},
    {"type": "string", "enum": ["euler", "heun"], "default": "euler"},
    {"type": "boolean", "default": False},
    {"type": "string", "default": "0:(0)"},
    {"type": "string", "format": "uri"},
]
FIELDS: dict[str, Any] = {
    **{f"field_{n}": {**KINDS[n % len(KINDS)], "x-order": n} for n in range(71)},
    "mask_blur_schedule": {"type": "string", "default": "0:(5)", "description": "How soft its edge is.", "x-order": 71},
    "prompt": {"type": "string", "x-order": 72},
}
SIZES = [(80, 24), (200, 50)]


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    async with Api() as server:
        schema = {"type": "object", "properties": FIELDS, "required": ["prompt"]}
        server.models[KEY] = {
            "owner": "acme",
            "name": "film",
            "visibility": "public",
            "latest_version": {"id": "v" * 64, "openapi_schema": {"components": {"schemas": {"Input": schema}}}},
        }
        yield server


async def open_form(console: OpenedConsole) -> RunScreen:
    screen = RunScreen(KEY)
    console.app.push_screen(screen)
    await console.until(lambda: screen.is_mounted and screen.request is not None and console.form.focused_field)
    return screen


def finding(console: OpenedConsole) -> bool:
    focused = console.app.screen.focused
    return isinstance(focused, Input) and focused.has_class("form-finder")


@pytest.mark.parametrize("size", SIZES)
async def test_73_fields_are_searched_filled_and_sent_by_the_keyboard_alone(
    api: Api, tmp_path: Path, size: tuple[int, int]
) -> None:
    sent: list[dict[str, Any]] = []

    async def create(request: Request) -> None:
        sent.append(request.json()["input"])
        request.answer(api.put("made", "processing", input=request.json()["input"]), 201)

    api.on["POST", "/v1/predictions"] = create
    async with opened_console(api, tmp_path, size=size) as console:
        await open_form(console)
        await console.shows("8 of 73 fields · to fill in: prompt")
        assert console.form.focused_field == "prompt"
        await console.press(*"a/b")
        assert console.form.values == {"prompt": "a/b"}, "a slash that is typed is a slash"
        await console.press("ctrl+f")
        await console.until(lambda: finding(console))
        await console.press(*"blur edge")
        await console.shows("1 of 73")
        await console.press("enter")
        await console.until(lambda: console.form.focused_field == "mask_blur_schedule")
        await console.press(*"0:(9)", "escape")
        await console.shows("9 of 73 fields · 2 changed")
        assert console.form.focused_field == "mask_blur_schedule"
        await console.press("ctrl+f", *"field_62", "enter")
        await console.until(lambda: console.form.focused_field == "field_62")
        await console.press("space", "slash")
        await console.until(lambda: finding(console))
        await console.press("escape")
        await console.until(lambda: console.form.focused_field == "field_62")
        await console.press("ctrl+r")
        await console.until(lambda: sent)
        assert sent == [{"prompt": "a/b", "mask_blur_schedule": "0:(9)", "field_62": True}]


async def test_what_is_wrong_is_shown_though_something_else_was_looked_for(api: Api, tmp_path: Path) -> None:
    async with opened_console(api, tmp_path, size=(80, 24)) as console:
        await open_form(console)
        await console.press("ctrl+f", *"webhook")
        await console.shows("0 of 73 and 5 below")
        await console.press("ctrl+u", *"mask_blur", "enter")
        await console.until(lambda: console.form.focused_field == "mask_blur_schedule")
        await console.press("ctrl+r")
        await console.until(lambda: console.form.focused_field == "prompt")
        # It stands before the fold, where nothing has to be unfolded for it.
        await console.shows("▌ prompt")
        await console.shows("8 of 73 fields")


@pytest.mark.parametrize("size", SIZES)
async def test_a_fold_that_was_opened_is_open_the_next_time_and_what_was_changed_comes_first(
    api: Api, tmp_path: Path, size: tuple[int, int]
) -> None:
    async with opened_console(api, tmp_path, size=size) as console:
        await open_form(console)
        await console.press("ctrl+end")
        await console.shows("▌ ▸ Delivery")
        await console.press("shift+tab")
        await console.shows("▌ ▸ 65 more fields")
        await console.press("enter")
        await console.shows("▾ 65 more fields")
        await console.press("ctrl+end")
        await console.shows("▌ ▸ Delivery")
        await console.press("shift+tab", "7", "escape")
        await console.until_draft(KEY, {"mask_blur_schedule": "7"})
        await open_form(console)
        await console.shows("73 fields · 1 changed · to fill in: prompt")
        assert console.form.shown.names[:2] == ["prompt", "mask_blur_schedule"]
        await console.until(lambda: console.form.complete)
        await console.press("ctrl+end", "escape")
        screen = await open_form(console)
        console.form.unfold(False)
        assert console.form.shown.folded == 65
        screen.dismiss(None)


async def test_a_refused_field_behind_the_fold_is_shown_with_what_is_wrong(api: Api, tmp_path: Path) -> None:
    async with opened_console(api, tmp_path, size=(80, 24)) as console:
        await open_form(console)
        console.form.set_values({"field_65": "9000", "prompt": "x"})
        await console.press("ctrl+r")
        await console.until(lambda: console.form.focused_field == "field_65")
        await console.shows("✗ must be at most 500, got 9000")
        assert api.predictions == {}


async def test_a_field_that_is_not_mounted_yet_is_not_passed_over(api: Api, tmp_path: Path) -> None:
    async with opened_console(api, tmp_path, size=(80, 24)) as console:
        await open_form(console)
        await console.press("ctrl+end")
        await console.shows("▌ ▸ Delivery")
        console.form.unfold(True)
        assert not console.form.complete
        console.form.action_previous_field()
        assert console.form.focused_field == "mask_blur_schedule"
        await console.press("7")
        await console.shows("mask_blur_schedule")
        await console.press("escape")
        await console.until_draft(KEY, {"mask_blur_schedule": "7"})


@pytest.mark.parametrize("field", ["field_65", "field_30", "mask_blur_schedule"])
async def test_a_field_that_has_the_focus_before_it_has_a_place_is_shown_once_it_has_one(
    api: Api, tmp_path: Path, field: str
) -> None:
    async with opened_console(api, tmp_path, size=(80, 24)) as console:
        await open_form(console)
        await console.until(lambda: console.form.complete)
        with console.app.batch_update():
            console.form.set_problems([Problem(field, "x", "is not wanted here")])
            console.form.focus_first_problem()
            await console.until(lambda: console.form.focused_field == field)
            await console.pilot.pause()
        await console.shows("✗ is not wanted here")
        await console.until(lambda: field in focused_labels(console))


def focused_labels(console: OpenedConsole) -> list[str]:
    """What stands beside the mark of the focus, in the form itself and not only in the help below."""
    return [line.split()[1] for line in console.text.splitlines() if line.lstrip().startswith("▌ ")]


async def test_escape_leaves_the_search_first_and_then_the_form(api: Api, tmp_path: Path) -> None:
    async with opened_console(api, tmp_path, size=(80, 24)) as console:
        screen = await open_form(console)
        await console.press("ctrl+f", *"mask", "enter")
        await console.until(lambda: console.form.focused_field == "mask_blur_schedule")
        await console.press("escape")
        await console.shows("9 of 73 fields")
        assert console.app.screen is screen
        await console.press("escape")
        await console.until(lambda: console.app.screen is not screen)


async def test_each_search_begins_anew_and_words_that_find_nothing_keep_the_focus(api: Api, tmp_path: Path) -> None:
    async with opened_console(api, tmp_path, size=(120, 30)) as console:
        await open_form(console)
        await console.press("ctrl+f", *"mask", "enter", "ctrl+f")
        await console.until(lambda: finding(console))
        await console.press(*"zzz", "enter")
        await console.shows("0 of 73")
        assert finding(console)
        await console.press("ctrl+u", *"field_3", "tab")
        await console.until(lambda: console.form.focused_field == "field_3")


@pytest.mark.parametrize("way", ["boolean", "choice", "file", "number", "form"])
async def test_whatever_was_emptied_comes_back(api: Api, tmp_path: Path, way: str) -> None:
    fields = {"boolean": "field_2", "choice": "field_1", "file": "field_4", "number": "field_0", "form": "prompt"}
    texts = {"boolean": "true", "choice": "heun", "file": "https://x.y/z.png", "number": "7", "form": "a cat"}
    keys = {"boolean": "backspace", "choice": "delete", "file": "ctrl+u", "number": "ctrl+u", "form": "ctrl+n"}
    async with opened_console(api, tmp_path, size=(120, 30)) as console:
        await open_form(console)
        console.form.replace({fields[way]: texts[way]})
        console.form.focus_field(fields[way])
        await console.until(lambda: console.form.focused_field == fields[way])
        await console.press(keys[way])
        await console.until(lambda: console.form.values == {})
        await console.press("ctrl+z")
        await console.until(lambda: console.form.values == {fields[way]: texts[way]})


@pytest.mark.parametrize(("width", "columns"), [(189, 1), (190, 2), (200, 2)])
async def test_a_wide_screen_shows_two_columns_of_fields(api: Api, tmp_path: Path, width: int, columns: int) -> None:
    async with opened_console(api, tmp_path, size=(width, 40)) as console:
        await open_form(console)
        await console.until(lambda: console.form.complete)
        found = {widget.region.x for n in (0, 1, 2, 3) if (widget := console.form.widget_of(f"field_{n}")) is not None}
        assert len(found) == columns
