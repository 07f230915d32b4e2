"""Beside a form that was not sent: examples, past runs, README and code; an input goes in and comes out by one key."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.fake_api import START, Api, Request
from tests.support.opened_console import OpenedConsole, opened_console
from tui.api.types import Prediction, decode
from tui.screens.run.run_screen import RunScreen
from tui.screens.run.start_pane import StartPane
from tui.widgets.result.result_view import ResultView

pytestmark = pytest.mark.timeout(240)

KEY = "acme/words"
FIELDS: dict[str, Any] = {
    "prompt": {"type": "string", "x-order": 0},
    "style": {"type": "string", "enum": ["plain", "loud"], "default": "plain", "x-order": 1},
}
EXAMPLE = {"id": "ex", "status": "succeeded", "input": {"prompt": "a lighthouse", "style": "loud"}, "output": "A poem."}


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    async with Api() as server:
        schema = {"type": "object", "properties": FIELDS, "required": ["prompt"]}
        server.models[KEY] = {
            "owner": "acme",
            "name": "words",
            "visibility": "public",
            "default_example": EXAMPLE,
            "latest_version": {"id": "v" * 64, "openapi_schema": {"components": {"schemas": {"Input": schema}}}},
        }

        async def readme(request: Request) -> None:
            request.head(200, "text/plain")
            request.writer.write(b"# How to use it\n")

        server.on["GET", f"/v1/models/{KEY}/readme"] = readme
        yield server


async def open_form(console: OpenedConsole, **given: Any) -> RunScreen:
    screen = RunScreen(KEY, **given)
    console.app.push_screen(screen)
    await console.until(lambda: screen.is_mounted and screen.request is not None and console.form.focused_field)
    return screen


def past(id: str, prompt: str, model: str = KEY) -> Prediction:
    return decode(
        Prediction,
        {
            "id": id,
            "model": model,
            "version": "v" * 64,
            "status": "succeeded",
            "created_at": START.isoformat(),
            "input": {"prompt": prompt},
            "output": f"About {prompt}.",
            "metrics": {"predict_time": 3.0},
        },
    )


@pytest.mark.parametrize("size", [(120, 30), (80, 24)])
async def test_the_example_goes_into_the_form_by_keys_and_what_was_typed_comes_back(
    api: Api, tmp_path: Path, size: tuple[int, int]
) -> None:
    async with opened_console(api, tmp_path, size=size) as console:
        await open_form(console)
        await console.press(*"mine", "ctrl+t")
        await console.shows("a lighthouse")
        await console.shows("A poem.")
        await console.press("enter")
        await console.until(lambda: console.form.values == {"prompt": "a lighthouse", "style": "loud"})
        await console.shows("filled; ^z takes it out again")
        assert console.form.focused_field is not None
        await console.press("ctrl+z")
        await console.until(lambda: console.form.values == {"prompt": "mine"})


async def test_past_runs_of_this_model_alone_are_listed_and_taken(api: Api, tmp_path: Path) -> None:
    async with opened_console(api, tmp_path) as console:
        services = console.services
        others = [past("b", "a whale", "acme/words-2"), past("c", "a raven", "acme/other")]
        await services.store.save(services.account, [past("a", "a horse"), *others])
        await open_form(console)
        await console.shows("a horse")
        assert "a whale" not in console.text and "a raven" not in console.text
        await console.press("ctrl+t", "down")
        await console.shows("About a horse.")
        await console.press("enter")
        await console.until(lambda: console.form.values == {"prompt": "a horse"})


async def test_the_readme_and_the_code_are_a_tab_away(api: Api, tmp_path: Path) -> None:
    async with opened_console(api, tmp_path) as console:
        await open_form(console)
        await console.press("ctrl+t", "right_square_bracket")
        await console.shows("How to use it")
        await console.press("right_square_bracket")
        await console.shows("replicate.run")
        await console.press("escape", *"typed")
        await console.shows("typed")
        await console.until(lambda: console.text.count("typed") > 1)


async def test_a_model_without_examples_and_runs_shows_its_readme(api: Api, tmp_path: Path) -> None:
    api.models[KEY]["default_example"] = None
    async with opened_console(api, tmp_path) as console:
        await open_form(console)
        await console.shows("How to use it")
        await console.press("ctrl+t", "left_square_bracket")
        await console.shows("nothing that was run of it here")


async def test_a_run_takes_the_place_of_what_one_could_begin_with(api: Api, tmp_path: Path) -> None:
    async with opened_console(api, tmp_path) as console:
        screen = await open_form(console)
        assert screen.query_one(StartPane).display
        await console.press(*"x", "ctrl+r")
        await console.until(lambda: screen.run is not None)
        assert not screen.query_one(StartPane).display
        assert screen.query_one(ResultView).display
