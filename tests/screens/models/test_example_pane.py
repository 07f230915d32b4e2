"""The examples of a model are shown with what came of them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.fake_api import Api, Request
from tests.support.models_api import Models
from tests.support.opened_console import OpenedConsole, opened_console
from tests.support.served_files import serve
from tui.screens.models.example_pane import ExamplePane


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    async with Api() as server:
        yield server


def model(api: Api, outputs: dict[str, Any]) -> None:
    Models(api).add("acme/painter", 5)
    found = [
        {"id": f"example{number}", "status": "succeeded", "input": {"prompt": prompt}, "output": output}
        for number, (prompt, output) in enumerate(outputs.items())
    ]

    async def answer(request: Request) -> None:
        request.answer({"results": found, "next": None, "previous": None})

    api.on["GET", "/v1/models/acme/painter/examples"] = answer


async def opened_examples(console: OpenedConsole) -> ExamplePane:
    await console.shows("What painter is.")
    await console.press("right_square_bracket")
    await console.until(lambda: len(console.app.screen.query(ExamplePane)) == 1)
    return console.app.screen.query_one(ExamplePane)


async def test_below_the_inputs_stand_their_pictures_and_both_cursors_go_together(api: Api, tmp_path: Path) -> None:
    first, second = serve(api, "cat.png", "dog.png")
    model(api, {"a cat": [first], "words only": "no file", "a dog": {"picture": second}})
    async with opened_console(api, tmp_path, size=(120, 40)) as console:
        pane = await opened_examples(console)
        await console.until(lambda: "›1 cat.png" in console.text and "64×64" in console.text)
        assert "a cat" in console.text and "words only" in console.text
        pane.table.focus()
        await console.press("j", "j")
        await console.shows("›2 dog.png")
        console.app.screen.set_focus(pane.query_one("#example-files"))
        await console.press("left")
        await console.until(lambda: pane.table.cursor_id == "example0")


async def test_of_examples_without_files_the_text_of_the_one_under_the_cursor_is_shown(
    api: Api, tmp_path: Path
) -> None:
    model(api, {"say hello": "Hello [b]you[/b]", "say more": ["And ", "more"]})
    async with opened_console(api, tmp_path, size=(120, 40)) as console:
        pane = await opened_examples(console)
        await console.shows("Hello [b]you[/b]")
        pane.table.focus()
        await console.press("j")
        await console.shows("And more")


async def test_enter_on_an_example_opens_the_form_with_its_input(api: Api, tmp_path: Path) -> None:
    (url,) = serve(api, "cat.png")
    model(api, {"a cat": [url]})
    async with opened_console(api, tmp_path, size=(120, 40)) as console:
        pane = await opened_examples(console)
        await console.shows("a cat")
        pane.table.focus()
        await console.press("enter")
        await console.until(lambda: console.form.values.get("prompt") == "a cat")
