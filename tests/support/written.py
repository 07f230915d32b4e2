"""A terminal that gets all that an app writes, bit by bit, to be held against one that is painted anew."""

from __future__ import annotations

from typing import Any, cast

import pyte
from textual.app import App

Cells = list[list[pyte.screens.Char]]


class Written:
    """What stands on the terminal of an app's screen, from now on."""

    def __init__(self, app: App[Any]) -> None:
        self._app = app
        self._size = app.size
        self.terminal = pyte.Screen(*self._size)
        self.characters = 0
        """How many were written."""
        stream = pyte.Stream(self.terminal)
        stream.feed(self._all())
        compositor = app.screen._compositor
        render = compositor.render_update

        def kept(full: bool = False, screen_stack: Any = None, simplify: bool = False) -> Any:
            update = render(full, screen_stack, simplify)
            if update is not None:
                data = cast(Any, update).render_segments(app.console)
                self.characters += len(data)
                stream.feed(data.replace("\n", "\r\n"))
            return update

        compositor.render_update = kept

    def cells(self) -> Cells:
        """The cells of the terminal."""
        return self._cells(self.terminal)

    def painted_anew(self) -> Cells:
        """The cells of a terminal to which the whole screen is written now."""
        screen = pyte.Screen(*self._size)
        pyte.Stream(screen).feed(self._all())
        return self._cells(screen)

    def _all(self) -> str:
        update: Any = self._app.screen._compositor.render_full_update()
        return update.render_segments(self._app.console).replace("\n", "\r\n")

    def _cells(self, screen: pyte.Screen) -> Cells:
        return [[screen.buffer[y][x] for x in range(self._size.width)] for y in range(self._size.height)]
