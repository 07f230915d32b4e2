"""After the console has connected anew, nothing of the connection before is shown any more."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.fake_api import Api
from tests.support.opened_console import opened_console
from tui.app import Console
from tui.services.bus import Waiting


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    async with Api() as server:
        yield server


async def test_what_the_connection_before_waited_for_is_not_said_of_the_present_one(api: Api, tmp_path: Path) -> None:
    async with opened_console(api, tmp_path) as console:
        before = console.services
        await console.app.reconnect()
        await console.until(lambda: console.app.services not in (None, before))
        console.app.post_message(Console.BusEvent(before, Waiting(60.0, "the old limit.")))
        console.app.post_message(Console.BusEvent(console.services, Waiting(60.0, "the new limit.")))
        await console.shows("the new limit. Next try in")
        assert "the old limit." not in console.text
        # The one that came last is shown: in the other order too.
        console.app.post_message(Console.BusEvent(console.services, Waiting(60.0, "a newer limit.")))
        console.app.post_message(Console.BusEvent(before, Waiting(60.0, "the old limit.")))
        await console.shows("a newer limit. Next try in")
        assert "the old limit." not in console.text
