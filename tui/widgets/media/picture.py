"""A picture in the terminal, as large as its room allows."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from rich.segment import Segment
from textual.content import Content
from textual.filter import LineFilter
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from tui.pictures.canvas import Canvas, Refused
from tui.toolkit.line_cache import keep_lines
from tui.toolkit.line_view import printable, shorten
from tui.toolkit.sequences import write_to_terminal
from tui.widgets.form.field_base import app_of
from tui.widgets.media.canvas import canvas_of, of_true_colours
from tui.widgets.media.picture_cells import Shot, take

RESIZE_PAUSE = 0.08
"""Seconds that a size must stay the same before the picture is made anew."""


class Picture(Widget):
    """One image file, as large as the room allows, its proportions kept. The work is done in a thread."""

    ALLOW_SELECT = False

    @dataclass
    class Loaded(Message):
        """The picture is there."""

        picture: Picture
        path: Path
        caption: str

    @dataclass
    class Failed(Message):
        """It cannot be shown; `reason` is a sentence."""

        picture: Picture
        path: Path
        reason: str

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        keep_lines(self)
        self._path: Path | None = None
        self._shot: Shot | None = None
        self._canvas: Canvas | None = None
        self._words = ""
        self._told: object = None

    @property
    def path(self) -> Path | None:
        """The file that is shown."""
        return self._path

    @property
    def caption(self) -> str:
        """`768×512 PNG · 312 kB`; empty until the picture is there."""
        return self._shot.caption if self._shot is not None and self._shot.path == self._path else ""

    @property
    def reason(self) -> str:
        """Why nothing is shown, in a sentence; empty where something is."""
        return self._words

    def show(self, path: Path | None) -> None:
        """Shows a file, or nothing. What was there stays until the next is ready."""
        if path == self._path:
            return
        self._path, self._canvas, self._words, self._told = path, None, "", None
        if path is None:
            self._put(None)
        else:
            self._ask()

    def on_mount(self) -> None:
        """The theme's background is behind transparent pictures."""
        self.watch(app_of(self), "theme", self._theme_changed, init=False)

    def _theme_changed(self) -> None:
        self.call_after_refresh(self._ask)

    def on_resize(self) -> None:
        """Another room, another picture."""
        self._ask(RESIZE_PAUSE if self._shot is not None else 0.0)

    def on_show(self) -> None:
        """It may have been asked for while it was hidden."""
        self._ask()

    def _ask(self, pause: float = 0.0) -> None:
        if self._path is None or not self.is_attached or not self.size:
            return
        canvas = canvas_of(self, self.size.width, self.size.height)
        if canvas == self._canvas:
            return
        self._canvas = canvas
        self.run_worker(
            partial(self._load, self._path, canvas, pause),
            name="Reading a picture",
            group="picture",
            exclusive=True,
            exit_on_error=False,
        )

    async def _load(self, path: Path, canvas: Canvas, pause: float) -> None:
        await asyncio.sleep(pause)
        try:
            shot = await asyncio.to_thread(take, path, canvas)
        except Refused as error:
            if path == self._path:
                self._words = str(error)
                self._put(None)
                self._tell(self.Failed(self, path, self._words))
            return
        if path == self._path:
            self._words = ""
            self._put(shot)
            self._tell(self.Loaded(self, path, shot.caption))

    def _tell(self, message: Picture.Loaded | Picture.Failed) -> None:
        # A picture that is made anew for another size is no news.
        if self._told != message.path:
            self._told = message.path
            self.post_message(message)

    def _put(self, shot: Shot | None) -> None:
        self._shot = shot
        if shot is not None:
            write_to_terminal(self, shot.payload)
        self.refresh()

    def get_line_filters(self) -> Sequence[LineFilter]:
        return of_true_colours(super().get_line_filters())

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        base = self.rich_style
        shot = self._shot
        if shot is not None and y < len(shot.strips):
            strip = shot.strips[y].crop(0, width)
            return strip.extend_cell_length(width, base)
        if shot is None and self._words:
            lines = Content(printable(self._words)).wrap(max(10, width))
            if y < len(lines):
                text = shorten(lines[y].plain, width)
                return Strip([Segment(text, base)]).extend_cell_length(width, base)
        return Strip.blank(width, base)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(self._shot.strips) if self._shot else 1
