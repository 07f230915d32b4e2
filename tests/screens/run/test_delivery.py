"""The part Delivery of the forms: its webhook, events and deadline go with what is created, and with nothing else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.services.conftest import TEXT_SCHEMA
from tests.support.fake_api import Api, Request
from tests.support.opened_console import OpenedConsole, opened_console
from tui.forms.delivery import DEADLINE, EVENTS, WEBHOOK
from tui.screens.run.run_screen import RunScreen
from tui.screens.run.start_pane import StartPane
from tui.screens.run.starting_points import StartingPoint
from tui.widgets.form.fold_line import FoldLine

KEY = "acme/words"
HOOK = "https://example.com/hook"
CHOSEN = {"prompt": "a lake", WEBHOOK: HOOK, EVENTS["output"]: "false", DEADLINE: "5m"}


@pytest.fixture
def asked(api: Api) -> list[Request]:
    """What was created, each of which ends at once."""
    found: list[Request] = []

    async def create(request: Request) -> None:
        found.append(request)
        made = api.create(request)
        made.update(status="succeeded", output=["yes"], metrics={"predict_time": 2.0})
        request.answer(made, 201)

    async def model(request: Request) -> None:
        version = {"id": "hidden", "created_at": "2026-01-01T00:00:00Z", "openapi_schema": TEXT_SCHEMA}
        request.answer({"owner": "acme", "name": "words", "is_official": True, "latest_version": version})

    api.on["POST", f"/v1/models/{KEY}/predictions"] = create
    api.on["GET", f"/v1/models/{KEY}"] = model
    return found


@pytest.fixture
async def console(api: Api, asked: list[Request], tmp_path: Path) -> AsyncIterator[OpenedConsole]:
    async with opened_console(api, tmp_path, size=(120, 40)) as opened_at:
        yield opened_at


async def open_form(console: OpenedConsole, **given: Any) -> RunScreen:
    screen = RunScreen(KEY, **given)
    console.app.push_screen(screen)
    await console.until(lambda: screen.is_mounted and screen.request is not None and console.form.focused_field)
    await console.shows("▸ Delivery")
    return screen


async def choose(console: OpenedConsole, address: str = HOOK) -> None:
    """Open the part by keys, and fill it in."""
    await console.press("ctrl+end")
    await console.until(lambda: isinstance(console.app.screen.focused, FoldLine))
    await console.press("enter")
    await console.until(lambda: console.form.widget_of(DEADLINE) is not None and console.form.complete)
    await console.press("tab")
    await console.until(lambda: console.form.focused_field == WEBHOOK)
    await console.press(*address, "tab", "tab")
    await console.until(lambda: console.form.focused_field == EVENTS["output"])
    await console.press("right")
    await console.press("ctrl+end")
    await console.until(lambda: console.form.focused_field == DEADLINE)
    await console.press(*"5m")


def said_of(request: Request) -> tuple[Any, Any, str | None]:
    """The webhook, the events and the deadline that a creation asked for."""
    body = request.json()
    headers = {name.lower(): value for name, value in request.headers.items()}
    return body.get("webhook"), body.get("webhook_events_filter"), headers.get("cancel-after")


async def test_what_is_chosen_goes_with_the_run_and_not_into_its_input(
    console: OpenedConsole, asked: list[Request]
) -> None:
    await open_form(console)
    await console.press(*"a lake")
    await choose(console)
    await console.press("ctrl+r")
    await console.until(lambda: len(asked) == 1)
    assert asked[0].json()["input"] == {"prompt": "a lake"}
    assert said_of(asked[0]) == (HOOK, ["completed"], "300s")


async def test_a_form_whose_part_was_never_opened_sends_nothing_of_it(
    console: OpenedConsole, asked: list[Request]
) -> None:
    await open_form(console)
    await console.press(*"a lake", "ctrl+r")
    await console.until(lambda: len(asked) == 1)
    assert said_of(asked[0]) == (None, None, None)


async def test_it_is_there_the_next_time_and_another_input_leaves_it(console: OpenedConsole) -> None:
    screen = await open_form(console)
    await console.press(*"a lake")
    await choose(console)
    await console.until_draft(KEY, CHOSEN)
    await console.press("escape")
    await console.until(lambda: not screen.is_attached)
    await open_form(console)
    await console.shows("▸ Delivery  canceled after 5m · https://example.com")
    assert console.form.values == CHOSEN
    console.app.screen.post_message(StartPane.Chosen(StartingPoint("one", "example", "a sea"), {"prompt": "a sea"}))
    await console.until(lambda: console.form.values == {**CHOSEN, "prompt": "a sea"})


@pytest.mark.parametrize("address", ["http://example.com/hook", "example.com"])
async def test_what_the_api_would_refuse_is_said_at_its_field_and_nothing_is_sent(
    console: OpenedConsole, asked: list[Request], address: str
) -> None:
    await open_form(console)
    await console.press(*"a lake")
    await choose(console, address)
    await console.press("ctrl+r")
    await console.shows("1 field needs a look")
    await console.until(lambda: console.form.focused_field == WEBHOOK)
    assert asked == []


async def test_what_the_api_refuses_of_it_opens_the_part_at_its_field(api: Api, console: OpenedConsole) -> None:
    async def refuse(request: Request) -> None:
        fields = [{"type": "format", "field": "webhook", "description": "Must be an HTTPS URL"}]
        request.answer({"title": "Input validation failed", "detail": "no", "invalid_fields": fields}, 422)

    api.on["POST", f"/v1/models/{KEY}/predictions"] = refuse
    await open_form(console, texts={"prompt": "a lake", WEBHOOK: "http://127.0.0.1:9/"})
    await console.press("ctrl+r")
    await console.until(lambda: console.form.problems == {WEBHOOK: "Must be an HTTPS URL"})
    await console.shows("▾ Delivery")


async def test_the_code_tab_shows_it(console: OpenedConsole) -> None:
    await open_form(console, texts=CHOSEN)
    await console.shows("This model has no README.")
    await console.press("ctrl+t", "right_square_bracket")
    await console.shows("webhook_events_filter=['completed']")
    await console.shows("'Cancel-After': '5m'")


async def test_a_batch_of_the_form_delivers_as_the_form_says_and_shows_it(
    console: OpenedConsole, asked: list[Request]
) -> None:
    await open_form(console, texts=CHOSEN)
    await console.press("ctrl+g")
    await console.shows("Run acme/words many times")
    await console.shows("▸ Delivery  canceled after 5m · https://example.com")
    await console.press("tab", *"prompt=a,b")
    await console.shows("2 runs")
    await console.press("ctrl+r")
    await console.until(lambda: len(asked) == 2)
    assert [said_of(request) for request in asked] == [(HOOK, ["completed"], "300s")] * 2


async def test_a_batch_takes_what_is_chosen_in_its_own_dialog(console: OpenedConsole, asked: list[Request]) -> None:
    await open_form(console, texts={"prompt": "a lake"})
    await console.press("ctrl+g")
    await console.shows("▸ Delivery")
    await console.press("tab", *"prompt=a,b")
    await console.press("tab", "tab", "tab", "enter")
    await console.until(lambda: console.form.complete and console.form.widget_of(DEADLINE) is not None)
    await console.press("ctrl+end")
    await console.until(lambda: console.form.focused_field == DEADLINE)
    await console.press("4")
    await console.shows("must be at least 5 seconds")
    await console.press("ctrl+r")
    await console.press("backspace", *"30s")
    await console.shows("2 runs")
    await console.press("ctrl+r")
    await console.until(lambda: len(asked) == 2)
    assert [said_of(request) for request in asked] == [(None, None, "30s")] * 2
