"""The base of the views of long text: keys to scroll, following the end, selecting with the mouse."""

from __future__ import annotations

from time import monotonic
from typing import ClassVar

from rich.cells import cell_len
from rich.style import Style
from textual.binding import Binding, BindingType
from textual.cache import LRUCache
from textual.selection import Selection
from textual.strip import Strip
from textual.timer import Timer

from tui.toolkit.line_view import LineView

SIDEWAYS = 8
"""Cells that one key scrolls to the left or right."""


def restyle(strip: Strip, start: int, end: int, style: Style) -> Strip:
    """`strip` with `style` laid over the characters from `start` up to `end`."""
    text = strip.text
    left, right = cell_len(text[:start]), cell_len(text[:end])
    if right <= left:
        return strip
    parts = strip.divide([left, right, strip.cell_length])
    if left == 0 and len(parts) == 2:
        parts = [Strip([]), *parts]
    # Over, not under: the style's colours win over those of the text.
    middle = Strip([seg._replace(style=(seg.style or Style()) + style) for seg in parts[1]], right - left)
    return Strip.join([parts[0], middle, *parts[2:]])


class TextLines(LineView):
    """Lines of text by number from 0. While the end is followed, the view stays there as text comes.

    A subclass gives `line_count`, `content_line` and `line_text`, and calls `show_soon` when text came.
    """

    ALLOW_SELECT = True
    FRAMES_A_SECOND: ClassVar[float] = 30.0

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "lines(-1)", "Up", show=False, id="text.up"),
        Binding("down,j", "lines(1)", "Down", show=False, id="text.down"),
        Binding("pageup", "pages(-1)", "Page up", show=False, id="text.page_up"),
        Binding("pagedown", "pages(1)", "Page down", show=False, id="text.page_down"),
        Binding("ctrl+u", "pages(-0.5)", "Half a page up", show=False, id="text.half_up"),
        Binding("ctrl+d", "pages(0.5)", "Half a page down", show=False, id="text.half_down"),
        Binding("home,g", "start", "Start", show=False, id="text.start"),
        Binding("end,G", "finish", "End", show=False, id="text.end"),
        Binding("left", "sideways(-1)", "Left", show=False, id="text.left"),
        Binding("right", "sideways(1)", "Right", show=False, id="text.right"),
    ]

    def __init__(
        self,
        *,
        follow: bool,
        name: str | None = None,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self._following = follow
        self._arranged_width = 0
        """The cells that the text was arranged in. `view` tells no more than what was measured last, by whomever."""
        self._due = self._rested = 0.0
        """The monotonic times at which the next frame is due, and from which there is time for it."""
        self._show_timer: Timer | None = None
        self._cut: LRUCache[int, tuple[Strip, tuple[int, int], Strip]] = LRUCache(512)
        """For lines by number: what it shows, from which to which cell, and the strip of that."""

    # What a subclass gives

    def line_count(self) -> int:
        """The number of lines at the present width."""
        raise NotImplementedError

    def content_line(self, number: int) -> Strip:
        """The strip of a line, as wide as it is."""
        raise NotImplementedError

    def line_text(self, number: int) -> str:
        """The text of a line as it is shown."""
        return self.content_line(number).text.rstrip()

    def line_goes_on(self, number: int) -> bool:
        """Whether the next line is the same line of the source, only wrapped."""
        del number
        return False

    def content_width(self) -> int:
        """The cells of the widest line, where the view scrolls sideways; else 0."""
        return 0

    def lay_out(self) -> None:
        """Arranges the text in `self.view.width` cells; called when the width changed."""

    # Showing

    @property
    def following(self) -> bool:
        """Whether the view stays at the end as text comes."""
        return self._following

    def follow(self, following: bool = True) -> None:
        """Goes to the end and stays there, or lets the view where it is."""
        self._following = following
        self.show_now()

    def show_soon(self) -> None:
        """Shows what came, at once or, where `FRAMES_A_SECOND` were shown already, a moment later.

        One more may be shown before it is due: a line that tells the time does not hold up the text that comes next.
        """
        if not self.is_mounted or self._show_timer is not None:
            return
        wait = max(self._due - 1 / self.FRAMES_A_SECOND, self._rested) - monotonic()
        if wait <= 0:
            self.show_now()
        else:
            self._show_timer = self.set_timer(wait, self.show_now)

    def show_now(self) -> None:
        """Shows what came: new lines, or other ones in their place."""
        if self._show_timer is not None:
            self._show_timer.stop()
            self._show_timer = None
        if not self.is_mounted:
            return
        began = monotonic()
        self.measure()
        if not self.view.width:
            return
        if self.view.width != self._arranged_width:
            self._arranged_width = self.view.width
            self.lay_out()
        self.prepare()
        self.set_extent(self.content_width(), self.line_count())
        self.place(self.max_scroll_y if self._following else self.scroll_offset.y)
        self.repaint_changed()
        # Frames are counted from their beginnings, but half of the time is the keys' however long one takes.
        frame, ended = 1 / self.FRAMES_A_SECOND, monotonic()
        self._due = min(max(self._due, began), began + frame) + frame
        self._rested = ended + min(ended - began, 0.5 * frame)

    def prepare(self) -> None:
        """Called before what came is shown."""

    def line_strip(self, y: int) -> Strip:
        left, top = self.scroll_offset
        number, width, base = top + y, self.view.width, self.style_for()
        if number >= self.line_count():
            return Strip.blank(width, base)
        content = strip = self.content_line(number)
        selection = self.text_selection
        cut = (left, width)
        if selection is None and (kept := self._cut.get(number)) and kept[0] is content and kept[1] == cut:
            # The same object: what Textual keeps with a strip, it need not make again when the view moves by a line.
            return kept[2]
        if selection is not None and (span := selection.get_span(number)) is not None:
            start, end = span
            text = strip.text
            style = self.screen.get_component_rich_style("screen--selection")
            strip = restyle(strip, start, len(text) if end == -1 else end, style)
        strip = strip.apply_offsets(0, number).crop_extend(left, left + width, base)
        if selection is None:
            self._cut[number] = (content, cut, strip)
        return strip

    def forget_strips(self) -> None:
        self._cut.clear()

    # Selecting

    def selection_updated(self, selection: Selection | None) -> None:
        self.repaint_changed()

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        first = selection.start.y if selection.start is not None else 0
        last = selection.end.y if selection.end is not None else self.line_count() - 1
        parts: list[str] = []
        for number in range(max(0, first), min(last, self.line_count() - 1) + 1):
            span = selection.get_span(number)
            if span is None:
                continue
            text = self.line_text(number)
            parts.append(text[span[0] : len(text) if span[1] == -1 else span[1]])
            if not self.line_goes_on(number):
                parts.append("\n")
        return "".join(parts).removesuffix("\n"), "\n"

    # Events and actions

    def on_resize(self) -> None:
        self.show_now()

    def on_show(self) -> None:
        self.show_soon()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        if round(old_value) != round(new_value):
            self._following = self.can_follow and round(new_value) >= self.max_scroll_y

    @property
    def can_follow(self) -> bool:
        """Whether reaching the end means to stay there."""
        return True

    def action_lines(self, lines: int) -> None:
        self.scroll_to(y=self.scroll_offset.y + lines)

    def action_pages(self, pages: float) -> None:
        lines = int(max(1, self.view.height - 1) * abs(pages)) or 1
        self.scroll_to(y=self.scroll_offset.y + (lines if pages > 0 else -lines))

    def action_start(self) -> None:
        self.scroll_to(x=0, y=0)

    def action_finish(self) -> None:
        if self.can_follow:
            self.follow()
        else:
            self.scroll_to(y=self.max_scroll_y)

    def action_sideways(self, steps: int) -> None:
        self.scroll_to(x=self.scroll_offset.x + SIDEWAYS * steps)
