"""Several files at once, numbered: pictures as pictures, sounds as waveforms, everything else as what it is."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar

from msgspec import Struct
from msgspec.structs import replace
from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.filter import LineFilter
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from tui import wording
from tui.api.file_types import by_name, is_picture
from tui.pictures.canvas import Canvas, Refused
from tui.pictures.decoder import decoder
from tui.services.files.previews import NoPreview
from tui.toolkit.line_cache import keep_lines
from tui.toolkit.line_view import printable, shorten
from tui.toolkit.sequences import write_to_terminal
from tui.toolkit.workers import cancel_work, work
from tui.widgets.form.field_base import app_of
from tui.widgets.media.canvas import canvas_of, of_true_colours
from tui.widgets.media.face import Face, face_of, kind_words, said
from tui.widgets.media.file_facts import path_words
from tui.widgets.media.picture import RESIZE_PAUSE
from tui.widgets.media.picture_cells import film
from tui.widgets.media.sheet_layout import Grid, grid

Fetch = Callable[[str], Awaitable[Path]]
"""Gives the file at an address, or raises NoPreview."""
_HEAD = 1
"""Lines above the tiles: where the selected file lies, or until when it can be had. A strip has none."""
_FOOT = 2
"""Lines below them: the keys, after an empty one."""
_LOWEST = 10
"""Lines below which the keys are left out: the picture needs the room."""


class Item(Struct, frozen=True):
    """One file of a sheet."""

    url: str
    """What tells it from the others, and what is fetched where there is no `path`."""
    name: str
    path: Path | None = None
    """Where it lies on this machine, if it does."""
    caption: str = ""
    """More words for the line over it: the prompt that it is of, the row of a batch."""
    pending: str = ""
    """Why it is not fetched now although it is not here: it is being saved."""
    short: str = ""
    """What it is called where the name has no room."""


class ContactSheet(Widget, can_focus=True):
    """A grid of files, one of them selected. What it shows is fetched and decoded outside of the loop."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {"sheet--name", "sheet--selected", "sheet--facts", "sheet--wave"}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "walk(-1)", "Previous", show=False, id="sheet.previous"),
        Binding("right", "walk(1)", "Next", show=False, id="sheet.next"),
        Binding("up,k", "row(-1)", "Row above", show=False, id="sheet.up"),
        Binding("down,j", "row(1)", "Row below", show=False, id="sheet.down"),
        Binding("pageup", "page(-1)", "Page before", show=False, id="sheet.page-before"),
        Binding("pagedown", "page(1)", "Next page", show=False, id="sheet.page-after"),
        Binding("home,g", "go(0)", "First", show=False, id="sheet.first"),
        Binding("end,G", "go(-1)", "Last", show=False, id="sheet.last"),
        Binding("z,enter", "fill", "Fill the screen", show=False, id="sheet.fill"),
        Binding("p", "play", "Play the animation", show=False, id="sheet.play"),
    ]
    HELP = "The files. Arrows go from one to the next, z fills the screen with one, p plays an animation."

    @dataclass
    class Moved(Message):
        """Another file is selected."""

        sheet: ContactSheet
        item: Item

    @dataclass
    class Filled(Message):
        """The selected file is to fill the screen."""

        sheet: ContactSheet

    def __init__(
        self,
        *,
        id: str | None = None,
        classes: str | None = None,
        single: bool = False,
        strip: bool = False,
        offers: Sequence[str] = (),
    ) -> None:
        """`single` shows one file at a time, whatever their number; a `strip` has nothing above and below its tiles.

        `offers` are words for what the screen's own keys do with the selected file: `O opens`.
        """
        super().__init__(id=id, classes=classes)
        keep_lines(self)
        self._offers = offers
        self._single = single
        self._head = 0 if strip else _HEAD
        self._items: list[Item] = []
        self._note = ""
        self._until: datetime | None = None
        self._fetch: Fetch | None = None
        self._size_of: Callable[[str], int | None] | None = None
        self._index = 0
        self._marks = True
        self._faces: dict[str, Face] = {}
        self._decoding = asyncio.Semaphore(1)
        self._playing: str | None = None

    # ---- what its owner calls

    def show(
        self,
        items: Sequence[Item],
        note: str = "",
        *,
        fetch: Fetch | None = None,
        size_of: Callable[[str], int | None] | None = None,
        until: datetime | None = None,
    ) -> None:
        """Show files. `note` stands over them; `until` is when what is not here yet is deleted.

        `size_of` tells the bytes at an address, as soon as they are known.

        The selected file stays selected if it is still there. What was being fetched for others is dropped.
        """
        new = list(items)
        self._fetch, self._size_of = fetch or self._fetch, size_of or self._size_of
        if (new, note, until) == (self._items, self._note, self._until):
            return
        current = self.current
        urls = [item.url for item in new]
        before = {item.url: item for item in self._items}
        for item in new:
            # A file that was saved meanwhile is the same picture: it stays until it is read again.
            if item.url in before and before[item.url] != item and not self._has(item.url):
                self._faces.pop(item.url, None)
        self._faces = {url: face for url, face in self._faces.items() if url in urls}
        self._items, self._note, self._until = new, note, until
        self._index = urls.index(current.url) if current is not None and current.url in urls else 0
        self._stop_playing()
        if not new:
            self._drop_requests()
        self._load()
        self.refresh()

    @property
    def items(self) -> Sequence[Item]:
        """What is shown."""
        return self._items

    @property
    def fetch(self) -> Fetch | None:
        """How it has its files fetched."""
        return self._fetch

    @property
    def index(self) -> int:
        """Which is selected, counted from 0."""
        return self._index

    @property
    def current(self) -> Item | None:
        """The selected file."""
        return self._items[self._index] if self._items else None

    @property
    def current_path(self) -> Path | None:
        """Where the selected file lies on this machine: saved, or fetched to be looked at."""
        item = self.current
        if item is None:
            return None
        face = self._faces.get(item.url)
        return item.path or (face.path if face is not None else None)

    def face(self, url: str) -> Face | None:
        """What is shown of a file, once it is known."""
        return self._faces.get(url)

    def select(self, index: int) -> None:
        """Select a file by its place."""
        self.action_go(index)

    def mark_selected(self, marked: bool) -> None:
        """Whether the selected one is told from the others: not where it follows a cursor that is on none of them."""
        if marked != self._marks:
            self._marks = marked
            self._refresh_tile(self._index)

    def tick(self) -> None:
        """Bring the time that is left up to date, and what is known of the files that are on their way."""
        if self._until is not None:
            self._refresh_head()
        for index in self._page(self._grid):
            if self._items[index].url not in self._faces:
                self._refresh_tile(index)

    # ---- the room

    @property
    def _grid(self) -> Grid:
        width, height = max(1, self.size.width), max(1, self.size.height - self._head - self._foot)
        return grid(1 if self._single else max(1, len(self._items)), width, height)

    @property
    def _foot(self) -> int:
        return _FOOT if self._head and self.size.height >= _LOWEST else 0

    def _page(self, layout: Grid) -> range:
        first = self._index // layout.on_page * layout.on_page
        return range(first, min(first + layout.on_page, len(self._items)))

    def on_resize(self) -> None:
        """Another room, other pictures."""
        self._load(RESIZE_PAUSE if self._faces else 0.0)

    def on_show(self) -> None:
        """It may have been given its files while it was hidden."""
        self._load()

    def on_hide(self) -> None:
        """Nothing is played or fetched that nobody sees."""
        self._stop_playing()
        self._drop_requests()

    def on_mount(self) -> None:
        """The theme's background is behind transparent pictures."""
        self.watch(app_of(self), "theme", self._theme_changed, init=False)

    def _theme_changed(self) -> None:
        self.call_after_refresh(self._load)

    # ---- fetching and decoding

    def _drop_requests(self) -> None:
        cancel_work(self, "sheet")

    def _has(self, url: str) -> bool:
        face = self._faces.get(url)
        return face is not None and face.path is not None

    def _load(self, pause: float = 0.0) -> None:
        if self.is_attached and self.size and self._items:
            work(self, "Files", "sheet", self._load_page, pause)

    async def _load_page(self, pause: float) -> None:
        await asyncio.sleep(pause)
        layout = self._grid
        canvas = canvas_of(self, layout.width, max(1, layout.height - 1))
        page = self._page(layout)
        # The selected one is looked at first.
        order = sorted(page, key=lambda index: (index != self._index, index))
        loads: list[Awaitable[None]] = [self._load_one(self._items[index], canvas) for index in order]
        kinds = [by_name(self._items[index].name) for index in page]
        if any(kind is None or is_picture(kind) for kind in kinds):
            # It starts while the first file is fetched.
            loads.insert(0, asyncio.to_thread(decoder.prepare))
        await asyncio.gather(*loads)

    async def _load_one(self, item: Item, canvas: Canvas) -> None:
        known = self._faces.get(item.url)
        if known is not None and known.canvas == canvas and (item.path is None or known.path == item.path):
            return
        try:
            path = await self._path_of(item, known)
        except NoPreview as error:
            self._put(item.url, said(str(error), canvas, wording.size(error.size)))
            return
        if path is None:
            return
        async with self._decoding:
            face = await asyncio.to_thread(face_of, path, canvas)
        self._put(item.url, face)

    async def _path_of(self, item: Item, known: Face | None) -> Path | None:
        """A file that is here, or else is fetched; None where it is neither."""
        here = item.path or (known.path if known is not None else None)
        if here is not None and (self._fetch is None or await asyncio.to_thread(here.is_file)):
            return here
        if item.pending or self._fetch is None or not item.url:
            return None
        return await self._fetch(item.url)

    def _put(self, url: str, face: Face) -> None:
        if face.payload:
            write_to_terminal(self, face.payload)
        self._faces[url] = face
        for index, item in enumerate(self._items):
            if item.url == url:
                self._refresh_tile(index)

    def _refresh_tile(self, index: int) -> None:
        layout = self._grid
        if index in self._page(layout):
            self.refresh(layout.place(index).translate((0, self._head)))
        if index == self._index:
            # The lines above and below are about the selected one.
            self._refresh_head()
            self._refresh_foot()

    # ---- painting

    def get_line_filters(self) -> Sequence[LineFilter]:
        return of_true_colours(super().get_line_filters())

    def render_line(self, y: int) -> Strip:
        base, width = self.rich_style, self.size.width
        if y < self._head:
            return self._line(self._head_words(width), base)
        if self._foot and y == self.size.height - 1:
            return self._line(self._keys(), base)
        layout, row = self._grid, y - self._head
        pieces: list[Segment] = []
        at = 0
        for index in self._page(layout):
            place = layout.place(index)
            if not place.y <= row < place.bottom:
                continue
            if place.x > at:
                pieces.append(Segment(" " * (place.x - at), base))
            pieces += self._tile_line(index, row - place.y, place.width, place.height - 1, base)
            at = place.right
        return Strip(pieces).adjust_cell_length(width, base)

    def _line(self, words: str, base: Style) -> Strip:
        facts = base + self.get_component_rich_style("sheet--facts")
        return Strip([Segment(shorten(words, self.size.width), facts)]).adjust_cell_length(self.size.width, base)

    def _head_words(self, width: int) -> str:
        item = self.current
        if item is None:
            return printable(self._note)
        words = [printable(self._note)] if self._note else []
        if item.path is not None:
            room = width - sum(len(word) + 3 for word in words)
            words.append(path_words(item.path, max(20, room)))
        elif self._until is not None and not self._note:
            words.append(_time_left(self._until))
        return " · ".join(words)

    def _keys(self) -> str:
        """The keys that do something now."""
        item = self.current
        if item is None:
            return ""
        face = self._faces.get(item.url)
        several = len(self._items) > 1
        words = [f"{'← → ' if self.has_focus else ''}{self._index + 1}/{len(self._items)}"] if several else []
        if self.has_focus:
            words.append("z goes back" if self._single else "z fills")
            words += ["p plays it"] if face is not None and face.frames > 1 else []
        if item.path is not None or (face is not None and face.path is not None):
            words += self._offers
        return " · ".join(words)

    def on_focus(self) -> None:
        """Its keys work now."""
        self._refresh_foot()

    def on_blur(self) -> None:
        """Its keys work no longer."""
        self._refresh_foot()

    def _refresh_head(self) -> None:
        if self._head:
            self.refresh(Region(0, 0, self.size.width, self._head))

    def _refresh_foot(self) -> None:
        if self._foot:
            self.refresh(Region(0, self.size.height - 1, self.size.width, 1))

    def _tile_line(self, index: int, y: int, width: int, height: int, base: Style) -> list[Segment]:
        item = self._items[index]
        face = self._faces.get(item.url)
        if y == 0:
            return self._caption(index, item, face, width, base)
        if face is not None and face.strips:
            room = width if not self._single else max(0, width - face.strips[0].cell_length) // 2
            indent = room if self._single else 0
            strips = face.strips
            if y - 1 >= len(strips):
                return [Segment(" " * width, base)]
            inner = strips[y - 1].crop(0, width - indent)
            return list(Strip([Segment(" " * indent, base), *inner]).adjust_cell_length(width, base))
        lines, drawn = self._lines(item, face, width)
        style = base + self.get_component_rich_style("sheet--wave" if drawn else "sheet--facts")
        # Words stand a little below the caption, where a picture would have its middle.
        at = y - 1 if drawn else y - 1 - max(0, min(height // 3, height - len(lines)))
        text = shorten(lines[at], width) if 0 <= at < len(lines) else ""
        return list(Strip([Segment(text, style)]).adjust_cell_length(width, base))

    def _caption(self, index: int, item: Item, face: Face | None, width: int, base: Style) -> list[Segment]:
        selected = self._marks and index == self._index and len(self._items) > 1
        name = base + self.get_component_rich_style("sheet--selected" if selected else "sheet--name")
        facts = base + self.get_component_rich_style("sheet--facts")
        mark = "›" if selected else " "
        number = "" if len(self._items) < 2 else f"{mark}{index + 1} " if self._head else f"{mark} "
        room = width - len(number)
        fits = not item.short or cell_len(printable(item.name)) <= room
        head = number + shorten(printable(item.name if fits else item.short), room)
        line = Strip([Segment(head, name)])
        room = width - line.cell_length - 2
        words = behind_name(printable(item.caption), printable(face.words if face else ""), room)
        if words and room > 2:
            line = Strip([*line, Segment("  ", facts), Segment(shorten(words, room), facts)])
        return list(line.adjust_cell_length(width, base))

    def _lines(self, item: Item, face: Face | None, width: int) -> tuple[list[str], bool]:
        """What stands in a tile that has no picture, and whether it is drawn rather than said."""
        if face is not None and face.drawn:
            return list(face.lines), True
        if face is not None:
            kind = by_name(item.name)
            named = [kind_words(kind)] if face.path is None and kind is not None else []
            return [*named, *(part for line in face.lines for part in _folded(line, width))], False
        waiting = item.pending or ("fetching…" if self._fetch is not None or item.path is not None else "not here")
        size = wording.size(self._size_of(item.url)) if self._size_of is not None else ""
        return [kind_words(by_name(item.name)), f"{waiting} {size}".rstrip()], False

    # ---- playing

    def action_play(self) -> None:
        """Play an animation, or stop it."""
        item = self.current
        if self._playing is not None:
            self._stop_playing()
            return
        face = self._faces.get(item.url) if item is not None else None
        if item is None or face is None or face.frames < 2 or face.path is None or face.canvas is None:
            return
        self._playing = item.url
        work(self, "Playing", "play", self._play, item.url, face.path, face.canvas)

    async def _play(self, url: str, path: Path, canvas: Canvas) -> None:
        loop = asyncio.get_running_loop()
        frames = film(path, canvas)
        try:
            while self._playing == url:
                shown = loop.time()
                strips, seconds = await asyncio.to_thread(next, frames)
                if (face := self._faces.get(url)) is None or self._playing != url:
                    return
                self._faces[url] = replace(face, strips=tuple(strips))
                self._refresh_tile(self._index)
                await asyncio.sleep(max(0.01, seconds - (loop.time() - shown)))
        except Refused:
            self._playing = None
        finally:
            await asyncio.to_thread(frames.close)

    def _stop_playing(self) -> None:
        if self._playing is not None:
            self._playing = None
            cancel_work(self, "play")

    # ---- moving

    def action_walk(self, step: int) -> None:
        """To the next or the previous file; at the ends it stays."""
        if self._items:
            self.action_go(max(0, min(self._index + step, len(self._items) - 1)))

    def action_row(self, step: int) -> None:
        """To the file below or above."""
        wanted = self._index + step * self._grid.columns
        if 0 <= wanted < len(self._items):
            self.action_go(wanted)
        elif step > 0 and self._items:
            # The last row may be shorter.
            columns = self._grid.columns
            if self._index // columns < (len(self._items) - 1) // columns:
                self.action_go(-1)

    def action_page(self, step: int) -> None:
        """A page on or back."""
        self.action_walk(step * self._grid.on_page)

    def action_go(self, index: int) -> None:
        """To one of the files; -1 is the last."""
        if not self._items or index % len(self._items) == self._index:
            return
        layout = self._grid
        before, page = self._index, self._page(layout)
        self._index = index % len(self._items)
        self._stop_playing()
        if self._page(layout) != page or self._single:
            self._load()
            self.refresh()
        else:
            # The pictures stay as they are: only what tells which is selected is painted.
            captions = (layout.place(one).translate((0, self._head)) for one in (before, self._index))
            self.refresh(*(Region(place.x, place.y, place.width, 1) for place in captions))
            self._refresh_head()
            self._refresh_foot()
        self.post_message(self.Moved(self, self._items[self._index]))

    def action_fill(self) -> None:
        """Fill the screen with the selected file."""
        if self._items:
            self.post_message(self.Filled(self))

    def on_click(self, event: events.Click) -> None:
        """Select what was clicked; a second click fills the screen with it."""
        layout = self._grid
        at = layout.at(event.x, event.y - self._head)
        page = self._page(layout)
        if at is None or at >= len(page):
            return
        event.stop()
        if page[at] != self._index:
            self.action_go(page[at])
        elif event.chain > 1:
            self.action_fill()


def behind_name(caption: str, facts: str, room: int) -> str:
    """What stands behind a file's name: of its facts, which are numbers, those that there is room for whole."""
    told = facts.split(" · ") if facts else []
    while told and cell_len("  ".join([*([caption] if caption else []), " · ".join(told)])) > room:
        told.pop()
    return "  ".join(part for part in (caption, " · ".join(told)) if part)


def _time_left(until: datetime) -> str:
    left = int((until - datetime.now(UTC)).total_seconds())
    return f"deleted in {left // 60}:{left % 60:02}" if left > 0 else "deleted by now"


def _folded(line: str, width: int) -> list[str]:
    import textwrap

    return textwrap.wrap(line, max(10, width)) or [""]
