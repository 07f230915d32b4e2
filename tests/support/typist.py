"""A console that is given what a terminal sends, read by read, on a sandbox that counts what was asked for."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from textual.pilot import Pilot
from textual.screen import Screen

from tests.support.sandbox import RunningSandbox
from tests.support.screen import until
from tui import commands as cmd
from tui import navigation
from tui.api.token import Token
from tui.app import Console
from tui.navigation import Place
from tui.settings.model import Paths, Settings
from tui.toolkit.bursts import Bursts
from tui.toolkit.key_parser import KeyParser

SECTIONS = [section.name for section in navigation.SECTIONS]
PLACES: dict[str, Place] = {
    **{name: Place(name) for name in SECTIONS},  # type: ignore[arg-type] - each is a PlaceKind
    "a model": Place("model", "sandbox/fractal"),
    "a form": Place("run", "sandbox/everything"),
    "a conversation": Place("chat", "sandbox/guide"),
}


class Kept(Console):
    """Notes that it was told to end, and stays."""

    ended = 0

    @property
    def is_quitting(self) -> bool:
        """Whether it is still being found out if it may end."""
        return any(worker.name == cmd.Quit.title and not worker.is_finished for worker in self.workers)

    def exit(self, *_: Any, **__: Any) -> None:
        self.ended += 1


class Typist:
    """Gives the console what a terminal sends, each read by itself."""

    def __init__(self, app: Kept, pilot: Pilot[Any]) -> None:
        self.app, self.pilot = app, pilot
        self.parser, self.bursts = KeyParser(), Bursts()
        self._place: object = None

    async def read(self, data: str) -> None:
        """One read of the terminal."""
        self.bursts = Bursts()
        came = False
        for message in self.bursts.sort(self.parser.read(data), self.parser):
            came = True
            self.app.post_message(message)
        if came:
            await self.settle()

    async def pass_time(self) -> None:
        """What is unfinished will not be finished."""
        if self.parser.wait() is not None:
            self.parser._deadline = 0.0
        for message, _ in self.parser.expire():
            self.app.post_message(message)
        await self.settle()

    async def settle(self) -> None:
        """Wait until every key was dealt with: they come faster here than any terminal sends them."""
        await self.pilot.pause(0)
        await until(self.pilot, lambda: not self.app.input_queue._waiting, seconds=60.0)
        assert self.app.is_running and self.app._exception is None

    async def go(self, place: Place) -> None:
        """Leave what was opened, and go to a place, unless one is there."""
        if self._place == (place, self._where()):
            return
        while len(self.app.screen_stack) > 1:
            await self._leave()
        self.app.visit(place)
        await self.settle()
        await until(self.pilot, lambda: not place.argument or self.app.screen.focused is not None, seconds=30.0)
        while self.app.screen.is_modal:
            await self._leave()
        self._place = (place, self._where())

    async def rest(self) -> None:
        """Wait until the screen that is shown has opened."""
        await until(self.pilot, lambda: _has_opened(self.app.screen), seconds=30.0)

    async def _leave(self) -> None:
        screen = self.app.screen
        await until(self.pilot, lambda: screen is not self.app.screen or _has_opened(screen), seconds=30.0)
        if screen is self.app.screen:
            self.app.pop_screen()
        await self.settle()

    def _where(self) -> tuple[str, list[Screen[Any]]]:
        return self.app.current_mode, list(self.app.screen_stack)


def _has_opened(screen: Screen[Any]) -> bool:
    return screen.is_mounted and all(widget.is_mounted for widget in screen.walk_children())


@asynccontextmanager
async def opened(api: RunningSandbox, home: Path) -> AsyncIterator[Typist]:
    settings = Settings(
        base_url=api.base_url,
        token=Token(api.token),
        token_source="a test",
        profile="default",
        sandbox=False,
        read_only=False,
        theme=None,
        paths=Paths(home, home, home, home),
        keymap={},
        no_color=False,
    )
    app = Kept(settings, Place("models"))
    async with app.run_test(size=(120, 40), notifications=False) as pilot:
        await until(pilot, lambda: app.services is not None, seconds=30.0)
        typist = Typist(app, pilot)
        yield typist
        await typist.settle()
        await typist.rest()


def changes(api: RunningSandbox) -> list[str]:
    """What was asked for that costs or changes something."""
    return [entry["operation"] for entry in api.requests() if entry["method"] not in ("GET", "HEAD", "QUERY")]
