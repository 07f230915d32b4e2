"""What is pressed before the first frame is done acts, and what the command line named is opened all the same."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.support import opened_console as support
from tests.support.fake_api import Api
from tests.support.opened_console import opened_console
from tui.app import Console
from tui.navigation import Place
from tui.widgets.picker import Picker, Row


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    async with Api() as server:
        yield server


class Hasty(Console):
    """A console in which a key has opened a dialog already."""

    def on_mount(self) -> Any:
        self.push_screen(Picker("Opened at once", [Row("a", "a row")]))


async def test_a_dialog_that_is_open_before_the_first_frame_stays(
    api: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    api.put("one", "succeeded", 1)
    monkeypatch.setattr(support, "Console", Hasty)
    async with opened_console(api, tmp_path, Place("predictions", "one")) as console:
        await console.shows("Opened at once")
        await console.shows("a row")
        await console.press("escape")
        await console.shows("succeeded")
