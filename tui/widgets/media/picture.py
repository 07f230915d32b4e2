"""Pictures in the terminal: one that fits its room, and a gallery of what a prediction gave back."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

from rich.segment import Segment
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Static

from tui.terminal.graphics import Graphics, colours_of, prepare
from tui.toolkit.line_view import one_line, shorten
from tui.widgets.form.field_base import app_of
from tui.widgets.media.file_facts import Facts, facts, why_not
from tui.widgets.media.picture_cells import Canvas, Refused, Shot, take
from tui.widgets.picker import PickList, Row

__all__ = ["Caption", "Gallery", "Picture", "prepare"]

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
        canvas = self._new_canvas()
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

    def _new_canvas(self) -> Canvas:
        app = app_of(self)
        background = self.background_colors[1].rgb
        if Graphics.widget is not None:
            return Canvas(self.size.width, self.size.height, "true", background, Graphics.cell)
        return Canvas(self.size.width, self.size.height, colours_of(app.no_color, app.console.color_system), background)

    async def _load(self, path: Path, canvas: Canvas, pause: float) -> None:
        await asyncio.sleep(pause)
        try:
            shot = await asyncio.to_thread(take, path, canvas, pixels=Graphics.widget is not None)
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
        if Graphics.widget is not None:
            self._put_pixels(shot)
        self.refresh()

    def _put_pixels(self, shot: Shot | None) -> None:
        assert Graphics.widget is not None
        found = self.query_children(".picture-pixels")
        child: Any = found.first() if found else None
        if shot is None or shot.pixels is None:
            if child is not None:
                child.display = False
            return
        if child is None:
            child = Graphics.widget(classes="picture-pixels")
            self.mount(child)
        child.image = shot.pixels
        child.styles.width, child.styles.height = shot.size
        child.display = True

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        base = self.rich_style
        shot = self._shot
        if shot is not None and y < len(shot.strips):
            strip = shot.strips[y].crop(0, width)
            return strip.extend_cell_length(width, base)
        if shot is None and self._words:
            lines = Content(one_line(self._words)).wrap(max(10, width))
            if y < len(lines):
                text = shorten(lines[y].plain, width)
                return Strip([Segment(text, base)]).extend_cell_length(width, base)
        return Strip.blank(width, base)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(self._shot.strips) if self._shot else 1


class Caption(Static):
    """The line over a picture: which of how many, and what it is. The arrows can be clicked."""

    ALLOW_SELECT = False

    @dataclass
    class Walked(Message):
        """An arrow was clicked."""

        step: int

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._arrows = 0

    def set_caption(self, position: str, name: str, words: str) -> None:
        """`position` is empty where there is only one."""
        arrows = f"‹ {position} ›" if position else ""
        self._arrows = len(arrows)
        self.update(
            Content.assemble(
                Content.styled(arrows, "bold $accent"),
                "  " if arrows else "",
                Content.styled(one_line(name), "bold"),
                Content.styled(f"  {one_line(words)}" if words else "", "$foreground 60%"),
            )
        )

    def on_click(self, event: events.Click) -> None:
        """Back on the left half of the arrows, on with the right one."""
        if event.x < self._arrows + 2 and self._arrows:
            event.stop()
            self.post_message(self.Walked(-1 if event.x < self._arrows / 2 else 1))


class Gallery(Widget, can_focus=True):
    """What a prediction gave back: pictures as pictures, one at a time; other files as lines with size and type."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h", "walk(-1)", "Previous", show=False, id="gallery-previous"),
        Binding("right,l", "walk(1)", "Next", show=False, id="gallery-next"),
        Binding("up,k", "walk(-1)", show=False),
        Binding("down,j", "walk(1)", show=False),
        Binding("home,g", "go(0)", show=False),
        Binding("end,G", "go(-1)", show=False),
    ]
    HELP = "The saved outputs. ← and → go from one to the next."

    @dataclass
    class Moved(Message):
        """Another file is looked at."""

        gallery: Gallery
        path: Path

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._paths: list[Path] = []
        self._note = ""
        self._index = 0
        self._composed = False
        self._facts: dict[Path, Facts | str] = {}

    def compose(self) -> ComposeResult:
        yield Caption(id="gallery-caption")
        yield Static(id="gallery-path")
        yield Static(id="gallery-note")
        yield Picture(id="gallery-picture")
        yield PickList()

    def on_mount(self) -> None:
        """Show what it was given before."""
        self._composed = True
        self._read()

    # ---- what the screen calls

    def show(self, paths: Sequence[Path], note: str = "") -> None:
        """Shows files, and a note such as what is still on its way. The file that is looked at stays if it is there."""
        new = list(paths)
        if new == self._paths and note == self._note:
            return
        current = self.current
        fresh = new != self._paths
        self._paths, self._note = new, note
        self._index = new.index(current) if current in new else 0
        if fresh:
            self._read()
        elif self._composed:
            self._draw()

    @property
    def current(self) -> Path | None:
        """The file that is looked at."""
        return self._paths[self._index] if self._paths else None

    @property
    def caption(self) -> str:
        """What is said about it: `2 of 4  output-1.png  768×512 PNG · 312 kB`."""
        path = self.current
        if path is None:
            return ""
        return "  ".join(word for word in (self._position(), path.name, self._words(path)) if word)

    # ---- drawing

    def _read(self) -> None:
        if not self._composed:
            return
        self._draw()
        self.run_worker(
            partial(self._look, list(self._paths)),
            name="Looking at the outputs",
            group="facts",
            exclusive=True,
            exit_on_error=False,
        )

    async def _look(self, paths: list[Path]) -> None:
        self._facts = await asyncio.to_thread(look, paths)
        self._draw()

    def _position(self) -> str:
        return f"{self._index + 1} of {len(self._paths)}" if len(self._paths) > 1 else ""

    def _words(self, path: Path) -> str:
        picture = self.query_one(Picture) if self._composed else None
        if picture is not None and picture.path == path and picture.caption:
            return picture.caption
        found = self._facts.get(path)
        return found.words if isinstance(found, Facts) else found or ""

    def _draw(self) -> None:
        path = self.current
        note = self.query_one("#gallery-note", Static)
        note.display = bool(self._note)
        note.update(Content(one_line(self._note)))
        pictures = any(isinstance(f, Facts) and f.is_picture for f in self._facts.values())
        rows = self.query_one(PickList)
        rows.display = bool(self._facts) and not pictures and len(self._paths) > 1
        if rows.display:
            rows.set_rows([Row(str(p), p.name, self._words(p)) for p in self._paths], self._index)
        picture = self.query_one(Picture)
        picture.display = not rows.display
        found = self._facts.get(path) if path is not None else None
        picture.show(path if isinstance(found, Facts) and found.is_picture else None)
        name, words = (path.name, self._words(path)) if path is not None else ("", "")
        self.query_one(Caption).set_caption(self._position(), name, words)
        self._draw_path()

    def _draw_path(self) -> None:
        words = path_words(self.current, max(20, self.size.width)) if self.current is not None else ""
        self.query_one("#gallery-path", Static).update(Content(words))

    def on_resize(self) -> None:
        """The path is cut to the width."""
        self._draw_path()

    @on(Picture.Loaded)
    @on(Picture.Failed)
    def _picture_came(self, event: Message) -> None:
        event.stop()
        self._draw()

    # ---- moving

    @on(Caption.Walked)
    def _walked(self, event: Caption.Walked) -> None:
        event.stop()
        self.action_walk(event.step)

    @on(PickList.Clicked)
    def _clicked(self, event: PickList.Clicked) -> None:
        event.stop()
        self.action_go(event.index)

    def action_walk(self, step: int) -> None:
        """To the next or previous file; at the ends it stays."""
        self.action_go(max(0, min(self._index + step, len(self._paths) - 1)))

    def action_go(self, index: int) -> None:
        """To one of the files; -1 is the last."""
        if not self._paths:
            return
        index %= len(self._paths)
        if index != self._index:
            self._index = index
            self._draw()
            self.post_message(self.Moved(self, self._paths[index]))


def look(paths: Sequence[Path]) -> dict[Path, Facts | str]:
    """What each file is, or why it cannot be read. Blocks."""
    found: dict[Path, Facts | str] = {}
    for path in paths:
        try:
            found[path] = facts(path)
        except OSError as error:
            found[path] = why_not(path, error)
    return found


def path_words(path: Path, width: int) -> str:
    """A path cut on its left to `width` cells, the home folder as `~`."""
    home, text = str(Path.home()), str(path)
    if text.startswith(home + "/"):
        text = "~" + text[len(home) :]
    text = one_line(text)
    return text if len(text) <= width else "…" + text[-(width - 1) :]
