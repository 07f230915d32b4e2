"""The copy of the whole catalogue, as the section Models starts, shows and stops it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from tui import commands as cmd
from tui.screens.base import ConsoleScreen
from tui.screens.command_host import NOT_CONNECTED
from tui.toolkit.workers import work

if TYPE_CHECKING:
    from tui.services.models.catalogue_copy import Copied
    from tui.services.services import Services

GROUP = "copying"


class CatalogueCopyCommands:
    """Starts the copy and stops it by the same key. One copy is under way at a time."""

    def __init__(self, screen: ConsoleScreen, copied: Callable[[Services], Awaitable[None]]) -> None:
        """`copied` is called when more models are known than before."""
        self._screen = screen
        self._told = copied
        self._copied = 0

    def why_not_copy_catalogue(self) -> str | None:
        """It comes from the API."""
        return None if self._screen.services is not None else NOT_CONNECTED

    def do_copy_catalogue(self) -> None:
        """Copy what is not here yet, or stop that: what came stays, and the next time goes on."""
        key = cmd.CopyCatalogue.keys
        running = [worker for worker in self._screen.workers if worker.group == GROUP and not worker.is_finished]
        for worker in running:
            worker.cancel()
            self._screen.console.say(f"Stopped after {self._copied:,} models; {key} goes on from there.")
        if not running and self._screen.services is not None:
            self._copied = 0
            self._screen.console.say(f"Copying all public models; {key} stops it.")
            work(self._screen, "Copying the catalogue", GROUP, self._copy, self._screen.services)

    async def _copy(self, services: Services) -> None:
        def told(copied: Copied) -> None:
            self._copied = copied.models
            self._screen.soon(GROUP, lambda: self._screen.console.under_way(self._words()))

        try:
            done = await services.copying.run(told)
        finally:
            # What is written of it may come a frame later.
            self._copied = 0
            self._screen.console.under_way("")
        await self._told(services)
        what = "public models are here now" if done.whole else "models looked at; what is new or changed is here now"
        self._screen.console.say(f"{done.models:,} {what}.")

    def _words(self) -> str:
        return f"{self._copied:,} models copied…" if self._copied else ""
