"""A run as it is told while one waits for it: its cold start, its log, how long it usually takes, its failure."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.fake_api import Api
from tests.support.opened_console import OpenedConsole, opened_console
from tui.api.types import Prediction
from tui.screens.run.run_screen import RunScreen

pytestmark = pytest.mark.timeout(240)

KEY = "acme/words"
INPUT = {"type": "object", "properties": {"prompt": {"type": "string"}}}
OUTPUT: dict[str, Any] = {"type": "object"}


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    async with Api() as server:
        schemas = {"Input": INPUT, "Output": OUTPUT}
        server.models[KEY] = {
            "owner": "acme",
            "name": "words",
            "visibility": "public",
            "latest_version": {"id": "v" * 64, "openapi_schema": {"components": {"schemas": schemas}}},
        }
        yield server


async def run(console: OpenedConsole, api: Api) -> dict[str, Any]:
    """A run of the model; gives its record at the API, to be changed."""
    screen = RunScreen(KEY, values={"prompt": "a cat"})
    console.app.push_screen(screen)
    await console.until(lambda: screen.is_mounted and screen.request is not None and console.form.focused_field)
    await console.press("ctrl+r")
    await console.until(lambda: api.predictions)
    return next(iter(api.predictions.values()))


def now(ago: float = 0.0) -> str:
    return (datetime.now(UTC) - timedelta(seconds=ago)).isoformat()


async def ran_before(console: OpenedConsole) -> None:
    """Three runs that booted for 30, 40 and 50 s."""
    created = datetime(2026, 11, 20, tzinfo=UTC)
    for number, boot in enumerate((30, 40, 50)):
        started = created + timedelta(seconds=boot)
        past = Prediction(
            id=f"past{number}",
            model=KEY,
            version="v" * 64,
            status="succeeded",
            created_at=created,
            started_at=started,
            completed_at=started + timedelta(seconds=20),
        )
        await console.services.store.save(console.services.account, [past])


async def test_a_cold_start_is_told_step_by_step_with_the_log_as_it_grows(api: Api, tmp_path: Path) -> None:
    async with opened_console(api, tmp_path) as console:
        await ran_before(console)
        record = await run(console, api)
        await console.shows("booting 0:0")
        await console.shows("usually 0:40")
        await console.shows("A cold start can take minutes.")
        record["logs"] = "Loading the weights\n"
        await console.shows("Loading the weights")
        record.update(status="processing", started_at=now())
        await console.shows("▶ running 0:0")
        await console.shows("usually 0:20")
        record["logs"] += "".join(f"{n * 10}%|██| {n}/10 [00:01<00:02, 5.0it/s]\n" for n in range(1, 6))
        await console.shows("5/10")
        assert "10%|██|" not in console.text, "of a bar only the last state is shown"
        record.update(status="succeeded", completed_at=now(), output={"greeting": "Hello", "words": 2})
        await console.shows("✓ succeeded")
        await console.shows('greeting: "Hello"')
        assert "Loading the weights" not in console.text and "booting" not in console.text


async def test_the_first_run_of_a_model_says_nothing_of_what_is_usual(api: Api, tmp_path: Path) -> None:
    async with opened_console(api, tmp_path) as console:
        await run(console, api)
        await console.shows("booting 0:0")
        assert "usually" not in console.text


async def test_a_failure_shows_its_traceback_and_none_of_three_hundred_bars(api: Api, tmp_path: Path) -> None:
    bars = [f"{n // 3}%|██| {n}/300 [00:01<00:02, 5.0it/s]" for n in range(300)]
    traceback = ["Traceback (most recent call last):", '  File "/src/run.py", line 7', "ValueError: [/] no such style"]
    logs = "\n".join(["Loading the weights", *traceback, *bars, ""])
    async with opened_console(api, tmp_path) as console:
        record = await run(console, api)
        record.update(status="failed", completed_at=now(), error="[/] no such style", logs=logs)
        await console.shows("Traceback (most recent call last):")
        text = console.text
        assert text.index("Traceback") < text.index("ValueError: [/] no such style") < text.index("Loading the weights")
        assert "it/s]" not in text


@pytest.mark.parametrize("size", [(80, 24), (120, 30)])
async def test_what_a_run_usually_takes_stands_beside_the_button(
    api: Api, tmp_path: Path, size: tuple[int, int]
) -> None:
    async with opened_console(api, tmp_path, size=size) as console:
        await ran_before(console)
        screen = RunScreen(KEY)
        console.app.push_screen(screen)
        await console.until(lambda: re.search(r"Run  \^r +usually 20\.0 s billed", console.text))
        assert "$" not in console.text, "no price is known, and none is invented"
