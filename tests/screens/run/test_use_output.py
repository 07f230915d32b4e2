"""An output goes into the form of another model by keys: which one, of which model, into which input."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.support.fake_api import Api
from tests.support.opened_console import OpenedConsole, opened_console
from tests.support.served_files import serve
from tui.api.types import Prediction, decode
from tui.navigation import Place
from tui.screens.run.run_screen import RunScreen
from tui.widgets.result.result_view import ResultView

PICTURE: dict[str, Any] = {"type": "string", "format": "uri"}
WHICH_MODEL = "Use it as an input of which model?"


def model(name: str, required: tuple[str, ...] = (), **inputs: dict[str, Any]) -> dict[str, Any]:
    properties = {name: {**one, "x-order": place} for place, (name, one) in enumerate(inputs.items())}
    schema = {"type": "object", "properties": properties, "required": list(required)}
    version = {"id": "v" * 64, "openapi_schema": {"components": {"schemas": {"Input": schema}}}}
    return {"owner": "acme", "name": name, "visibility": "public", "latest_version": version}


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    async with Api() as server:
        text: dict[str, Any] = {"type": "string"}
        server.models["acme/cut"] = model("cut", image=PICTURE, feather={"type": "number"})
        server.models["acme/mix"] = model("mix", ("style",), image=PICTURE, style=PICTURE, prompt=text)
        server.models["acme/pile"] = model("pile", images={"type": "array", "items": PICTURE})
        server.models["acme/words"] = model("words", prompt=text)
        yield server


@asynccontextmanager
async def at_prediction(api: Api, home: Path, output: object) -> AsyncGenerator[OpenedConsole]:
    """The console at a prediction of another program, which ended now."""
    now = datetime.now(UTC).isoformat()
    api.put("p1", "succeeded", output=output, completed_at=now, input={"prompt": "of p1"})
    async with opened_console(api, home, Place("predictions"), size=(120, 40)) as console:
        await console.shows("of p1")
        # What the list leaves out is asked for.
        await console.until(lambda: output is None or shown_output(console) is not None)
        yield console


def shown_output(console: OpenedConsole) -> object:
    """The output of the prediction that is shown."""
    shown = console.app.screen.query_one(ResultView).shown
    return shown.prediction.output if shown is not None and shown.prediction is not None else None


async def choose(console: OpenedConsole, ref: str) -> None:
    await console.shows(WHICH_MODEL)
    await console.press(*ref)
    await console.shows(f"▸  {ref}")
    await console.press("enter")


async def form_of(console: OpenedConsole, ref: str) -> dict[str, str]:
    """What the form of a model holds, once it is open."""

    def is_open() -> bool:
        screen = console.app.screen
        return isinstance(screen, RunScreen) and screen.ref == ref and bool(screen.query("FormView")) and bool(
            console.form.values
        )  # fmt: skip

    await console.until(is_open)
    return console.form.values


async def test_an_output_that_is_saved_here_is_given_as_its_file(api: Api, tmp_path: Path) -> None:
    urls = serve(api, "a.png")
    async with at_prediction(api, tmp_path, urls) as console:
        services = console.services
        saved = await services.downloads.save(decode(Prediction, api.predictions["p1"]), tmp_path / "out", asked=True)
        await console.press("N")
        await choose(console, "acme/cut")
        assert await form_of(console, "acme/cut") == {"image": str(saved[0].path)}
        assert saved[0].path is not None and saved[0].path.is_file()
        assert api.count("POST", "/predictions") == 0


async def test_what_is_not_saved_here_is_given_by_its_address_and_that_is_said(api: Api, tmp_path: Path) -> None:
    urls = serve(api, "a.png")
    async with at_prediction(api, tmp_path, urls) as console:
        await console.press("N")
        await choose(console, "acme/cut")
        assert await form_of(console, "acme/cut") == {"image": urls[0]}
        await console.shows("It was not saved here: Replicate deletes it an hour after its prediction.")


async def test_what_replicate_has_deleted_is_said_before_any_model_is_asked_for(api: Api, tmp_path: Path) -> None:
    async with at_prediction(api, tmp_path, [f"{api.origin}/files/gone.png"]) as console:
        await console.press("N")
        await console.shows("gone.png of p1 cannot be used")
        assert WHICH_MODEL not in console.text


async def test_of_several_files_the_one_that_is_picked_is_taken(api: Api, tmp_path: Path) -> None:
    urls = serve(api, "a.png", "b.png", "c.png")
    async with at_prediction(api, tmp_path, urls) as console:
        await console.press("N")
        await console.shows("Use which output?")
        await console.press("down", "enter")
        await choose(console, "acme/cut")
        assert await form_of(console, "acme/cut") == {"image": urls[1]}


async def test_of_several_files_the_one_under_the_cursor_of_the_sheet_is_taken_without_a_question(
    api: Api, tmp_path: Path
) -> None:
    urls = serve(api, "a.png", "b.png", "c.png")
    async with at_prediction(api, tmp_path, urls) as console:
        await console.press("enter")
        await console.shows("← → 1/3")
        await console.press("right", "right", "N")
        await choose(console, "acme/cut")
        assert await form_of(console, "acme/cut") == {"image": urls[2]}


@pytest.mark.parametrize(("keys", "name"), [(("enter",), "style"), (("down", "enter"), "image")])
async def test_of_several_inputs_that_take_it_one_is_picked_and_what_is_required_comes_first(
    api: Api, tmp_path: Path, keys: tuple[str, ...], name: str
) -> None:
    urls = serve(api, "a.png")
    async with at_prediction(api, tmp_path, urls) as console:
        await console.press("N")
        await choose(console, "acme/mix")
        await console.shows("Into which input of acme/mix?")
        await console.press(*keys)
        assert await form_of(console, "acme/mix") == {name: urls[0]}


async def test_an_input_of_several_files_gets_it_as_the_only_one(api: Api, tmp_path: Path) -> None:
    urls = serve(api, "a.png")
    async with at_prediction(api, tmp_path, urls) as console:
        await console.press("N")
        await choose(console, "acme/pile")
        assert await form_of(console, "acme/pile") == {"images": urls[0]}


async def test_a_model_that_cannot_take_it_says_so_and_another_one_is_asked_for(api: Api, tmp_path: Path) -> None:
    urls = serve(api, "a.png")
    async with at_prediction(api, tmp_path, urls) as console:
        await console.press("N")
        await choose(console, "acme/words")
        await console.shows("acme/words has no input that takes a file.")
        await console.shows(WHICH_MODEL)
        await console.press("escape")
        await console.until(lambda: not console.app.screen.is_modal)
        assert not isinstance(console.app.screen, RunScreen)


async def test_a_text_goes_into_an_input_for_texts(api: Api, tmp_path: Path) -> None:
    async with at_prediction(api, tmp_path, ["a lake", " by night"]) as console:
        await console.press("N")
        await choose(console, "acme/words")
        assert await form_of(console, "acme/words") == {"prompt": "a lake by night"}


async def test_models_whose_schemas_take_it_are_named_first_with_the_input_and_the_others_last(
    api: Api, tmp_path: Path
) -> None:
    urls = serve(api, "a.png")
    async with at_prediction(api, tmp_path, urls) as console:
        for ref in ("acme/words", "acme/cut", "acme/mix"):
            await console.services.catalogue.model(ref)
        await console.press("N")
        await console.shows("acme/mix  style, image")
        assert "acme/cut  image" in console.text
        assert "acme/words  " not in console.text.partition(WHICH_MODEL)[2]
        await console.press(*"acme")
        await console.shows("acme/words  takes no file")
        lines = console.text.partition(WHICH_MODEL)[2]
        assert lines.index("acme/words") > max(lines.index("acme/cut"), lines.index("acme/mix"))


async def test_where_there_is_no_output_the_key_says_so(api: Api, tmp_path: Path) -> None:
    async with at_prediction(api, tmp_path, None) as console:
        await console.press("N")
        await console.shows("There is no output here that a model could get.")
