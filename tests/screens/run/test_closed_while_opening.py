"""A screen that is closed while it opens takes nothing with it, whichever moment that is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.services.runs.test_trainings import kept_by
from tests.support.fake_api import Api
from tests.support.opened_console import opened_console
from tui.screens.run.run_screen import RunScreen
from tui.screens.run.training_form import TrainingFormScreen

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    async with Api() as server:
        kept_by(server)
        yield server


@pytest.mark.parametrize("kind", [RunScreen, TrainingFormScreen])
async def test_a_form_that_is_left_at_any_moment_of_its_opening_leaves_a_console_that_lives(
    api: Api, tmp_path: Path, kind: type[RunScreen] | type[TrainingFormScreen]
) -> None:
    async with opened_console(api, tmp_path) as console:
        await console.until(lambda: console.services.username)
        for turns in range(40):
            screen = kind("acme/words")
            console.app.push_screen(screen)
            for _ in range(turns):
                await asyncio.sleep(0)
            if console.app.screen is screen:
                console.app.pop_screen()
            await console.until(lambda screen=screen: not screen.is_attached)
            assert console.app._exception is None, turns
