"""The console against the scripted API, in the test's own process."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from textual.pilot import Pilot

from tests.support.fake_api import Api
from tests.support.screen import screen_text, until
from tui.api.token import Token
from tui.app import Console
from tui.navigation import Place
from tui.services.services import Services
from tui.settings.model import Paths, Settings
from tui.widgets.form.form_view import FormView


class OpenedConsole:
    """What a person sees and presses; `form` is the form of the screen that is open."""

    def __init__(self, app: Console, pilot: Pilot[Any]) -> None:
        self.app = app
        self.pilot = pilot

    @property
    def services(self) -> Services:
        assert self.app.services is not None
        return self.app.services

    @property
    def text(self) -> str:
        return screen_text(self.app)

    @property
    def form(self) -> FormView:
        return self.app.screen.query_one(FormView)

    async def until(self, condition: Any) -> None:
        await until(self.pilot, condition, seconds=30.0)

    async def shows(self, text: str) -> None:
        await self.until(lambda: text in self.text)

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)

    async def draft(self, key: str) -> dict[str, str] | None:
        """What is in the store under a key."""
        found = await self.services.store.draft(self.services.account, key)
        return dict(found.values) if found is not None else None

    async def until_draft(self, key: str, values: dict[str, str] | None) -> None:
        for _ in range(2000):
            if await self.draft(key) == values:
                return
            await self.pilot.pause()
        raise AssertionError(f"the draft is {await self.draft(key)}")


@asynccontextmanager
async def opened_console(
    api: Api, home: Path, place: Place | None = None, size: tuple[int, int] = (120, 30), *, read_only: bool = False
) -> AsyncIterator[OpenedConsole]:
    """A connected console, open at a place."""
    settings = Settings(
        base_url=api.base_url,
        token=Token("r8_test"),
        token_source="a test",
        profile="default",
        sandbox=False,
        read_only=read_only,
        theme=None,
        paths=Paths(home, home, home, home),
        keymap={},
        no_color=False,
    )
    app = Console(settings, place or Place("models"))
    async with app.run_test(size=size, notifications=True) as pilot:
        console = OpenedConsole(app, pilot)
        await console.until(lambda: app.services is not None)
        yield console
