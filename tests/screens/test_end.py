"""The end: what ticks in the moment when there is no screen any more ends in no fault."""

from __future__ import annotations

from pathlib import Path

from tests.support.fake_api import Api
from tests.support.opened_console import opened_console
from tui.app import Console


async def test_garbage_is_looked_for_and_updates_are_shown_again_without_any_screen(api: Api, tmp_path: Path) -> None:
    app: Console | None = None
    async with opened_console(api, tmp_path) as seen:
        app = seen.app
        shown_again = app.hold_updates(60.0)
    assert app.screen_stack == []
    app._collect()  # pyright: ignore[reportPrivateUsage] - as its timer does
    shown_again()
