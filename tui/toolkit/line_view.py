"""The base of the views that render only the lines on the screen, and the text helpers they share."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import cast

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual._animator import EasingFunction
from textual._types import AnimationLevel, CallbackType
from textual.color import Color
from textual.content import Content
from textual.geometry import Region, Size
from textual.reactive import Reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.style import Style as VisualStyle
from textual.widget import Widget

from tui.toolkit.line_cache import keep_lines

ELLIPSIS = "…"

# Read from a class these are the descriptors themselves; their stubs name the value's type too.
_VIRTUAL_SIZE = cast("Reactive[Size]", Widget.virtual_size)
_SCROLL_Y = Widget.scroll_y
_SCROLL_TARGET_Y = cast("Reactive[float]", Widget.scroll_target_y)

# Controls, line separators, marks that reorder the text around them, and lone surrogates (which no
# terminal encoding can carry). The API room cleans what comes in; the screen does not depend on it.
_BLANKS = r"[\t\n\v\f\r\x85\u2028\u2029]"
_UNPRINTABLE = r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
# What is not as wide in every terminal: what combines with the character before it, emoji.
_UNSURE = re.compile(r"[\u0300-\u036f\u200d\ufe00-\ufe0f\U00010000-\U0010ffff]")
_ODD = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def printable(text: str) -> str:
    """`text` as one harmless line of the same length: white space controls become spaces, others `�`."""
    if text.isascii() and text.isprintable():
        return text
    if _ODD.search(text) is None:
        return text
    return re.sub(_UNPRINTABLE, "�", re.sub(_BLANKS, " ", text))


def shorten(text: str, width: int) -> str:
    """`text` cut to at most `width` cells, with an ellipsis where something is missing."""
    if width <= 0:
        return ""
    # A cell holds a few code points at most; a huge string must not be measured whole.
    head = text[: width * 8 + 8]
    if cell_len(head) <= width:
        return head if len(head) == len(text) else set_cell_size(head, width - 1) + ELLIPSIS
    return set_cell_size(head, width - 1) + ELLIPSIS


def pieces(
    cell: Text | Content | str, base: Style, get_style: Callable[[VisualStyle | str], VisualStyle]
) -> list[tuple[str, Style]]:
    """The styled runs of a cell on top of `base`, made harmless and kept on one line."""
    if isinstance(cell, str):
        return [(printable(cell), base)]
    if isinstance(cell, Content):
        visual = VisualStyle.from_rich_style(base)
        return [
            (printable(text), base + style.rich_style)
            for text, style in cell.render(visual, end="", parse_style=get_style)
        ]
    plain = cell.plain
    whole = base + cell.style if isinstance(cell.style, Style) else base + Style.parse(cell.style or "none")
    if not cell.spans:
        return [(printable(plain), whole)]
    cuts = sorted({0, len(plain), *(p for s in cell.spans for p in (s.start, s.end) if 0 <= p <= len(plain))})
    runs: list[tuple[str, Style]] = []
    for start, end in pairwise(cuts):
        style = whole
        for span in cell.spans:
            if span.start <= start and span.end >= end:
                style += span.style if isinstance(span.style, Style) else Style.parse(span.style or "none")
        runs.append((printable(plain[start:end]), style))
    return runs


def fit(runs: Iterable[tuple[str, Style]], width: int, base: Style, align_right: bool = False) -> list[Segment]:
    """Segments of exactly `width` cells: cut with an ellipsis, or padded with `base`."""
    if width <= 0:
        return []
    segments: list[Segment] = []
    used = 0
    for text, style in runs:
        if not text:
            continue
        room = width - used
        head = text[: room * 8 + 8]
        length = cell_len(head)
        if length > room or len(head) < len(text):
            _cut(segments, head, style, room)
            used = width
            break
        segments.append(Segment(head, style))
        used += length
    if used < width:
        padding = Segment(" " * (width - used), base)
        if align_right:
            segments.insert(0, padding)
        else:
            segments.append(padding)
    return segments


def _cut(segments: list[Segment], text: str, style: Style, room: int) -> None:
    if room > 0:
        segments.append(Segment(set_cell_size(text, room - 1) + ELLIPSIS, style))
        return
    last = segments.pop()
    segments.append(Segment(set_cell_size(last.text, cell_len(last.text) - 1) + ELLIPSIS, last.style))


def joined(segments: Iterable[Segment]) -> list[Segment]:
    """Neighbours of one style as one segment, as Segment.simplify, which compares even a style with itself."""
    runs: list[Segment] = []
    texts: list[str] = []
    style: Style | None = None
    for text, own, _ in segments:
        if texts and own is not style and own != style:
            runs.append(Segment("".join(texts), style))
            texts = []
        texts.append(text)
        style = own
    if texts:
        runs.append(Segment("".join(texts), style))
    return runs


def changed_cells(before: Strip | None, after: Strip, width: int) -> tuple[int, int]:
    """From which cell up to which a line of `width` cells looks different; all of it where that cannot be told."""
    if before is None or before.cell_length != after.cell_length or _UNSURE.search(before.text + after.text):
        return 0, width
    old, new = list(before), list(after)
    left = _alike(old, new, 1)
    right = after.cell_length - _alike(old[::-1], new[::-1], -1)
    return (left, right) if left < right else (0, width)


def _alike(old: list[Segment], new: list[Segment], step: int) -> int:
    """The cells of the segments that are alike, and of what is alike in the first that are not, read by `step`."""
    cells = 0
    for one, other in zip(old, new, strict=False):
        if one != other:
            if one.style == other.style and one.text.isascii() and other.text.isascii():
                cells += _common(one.text[::step], other.text[::step])
            return cells
        cells += other.cell_length
    return cells


def _common(one: str, other: str) -> int:
    """How many characters two texts have in common from their beginning."""
    least, most = 0, min(len(one), len(other))
    while least < most:
        middle = (least + most + 1) // 2
        if one[least:middle] == other[least:middle]:
            least = middle
        else:
            most = middle - 1
    return least


class LineView(ScrollView, can_focus=True, inherit_bindings=False):
    """A view that is asked for single lines, paints only those that changed, and never animates.

    A subclass gives `line_strip(y)`, the strip for a line of the view, and calls `repaint_changed` after
    a change of its data: lines that look the same as before are not sent to the terminal again.
    """

    ALLOW_SELECT = False
    DEFAULT_CSS = """
    LineView {
        background: transparent;
        overflow-x: hidden;
        overflow-y: auto;
        scrollbar-size-vertical: 1;
    }
    """

    def __init__(self, *, name: str | None = None, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(name=name, id=id, classes=classes)
        keep_lines(self)
        self._painted: dict[int, Strip] = {}
        self._painted_top = 0
        self._style_of: dict[tuple[str, ...], Style] = {}
        self._backdrop: Color | None = None
        self.view = Size(0, 0)
        """The cells for content: the scrollbar's column is always left free, so that nothing jumps."""
        self.top = 0
        """The first line in sight, as `measure` found it."""

    # What a subclass gives

    def line_strip(self, y: int) -> Strip:
        """The strip of line `y` of the view (0 is its top line), `self.view.width` cells wide."""
        raise NotImplementedError

    def forget_strips(self) -> None:
        """Drops cached strips: the styles changed."""

    # Painting

    def measure(self) -> None:
        """Takes over the size that the layout gave, and the scroll; both are asked for in every line."""
        self.top = self.scroll_offset.y
        width, height = self.size
        if not width:
            # Hidden: what comes meanwhile is arranged for the size that it had.
            return
        styles = self.styles
        if styles.get_rule("overflow_y") != "hidden":
            width -= styles.scrollbar_size_vertical
        if self.show_horizontal_scrollbar:
            height -= styles.scrollbar_size_horizontal
        self.view = Size(max(0, width), max(0, height))

    def render_line(self, y: int) -> Strip:
        strip = self.line_strip(y) if self.view.width else Strip.blank(self.size.width, self.style_for())
        self._painted[y] = strip
        return strip

    def render_lines(self, crop: Region) -> list[Strip]:
        # A new background of an ancestor reaches this widget without a style update of its own.
        backdrop = self.background_colors[1]
        if backdrop != self._backdrop:
            self._backdrop = backdrop
            self._forget()
        self.measure()
        self._painted_top = self.top
        return super().render_lines(crop)

    def repaint_changed(self, lines: Iterable[int] | None = None) -> None:
        """Asks for a repaint of those lines (of all, or of some) whose strip is not the one painted last."""
        if not self.is_mounted:
            return
        self.measure()
        width, height = self.view
        changed: list[Region] = []
        for y in range(height) if lines is None else lines:
            strip, painted = self.line_strip(y), self._painted.get(y)
            if strip is painted or (painted is not None and strip == painted):
                continue
            # Where the view has moved, what stood in a line is another line.
            left, right = changed_cells(painted, strip, width) if self.top == self._painted_top else (0, width)
            last = changed[-1] if changed else None
            if last is not None and last.bottom == y and last.column_span == (left, right):
                changed[-1] = Region(left, last.y, right - left, last.height + 1)
            else:
                changed.append(Region(left, y, right - left, 1))
        if changed:
            self.refresh(*changed)

    def style_for(self, *names: str) -> Style:
        """The style of component classes (none: the widget's own), kept until the styles change."""
        style = self._style_of.get(names)
        if style is None:
            style = self.get_component_rich_style(*names) if names else self.rich_style
            self._style_of[names] = style
        return style

    def ink_for(self, name: str) -> Style:
        """The style of a component class without its background, to lie on another one."""
        style = self.style_for(name)
        return Style(
            color=style.color,
            bold=style.bold,
            dim=style.dim,
            italic=style.italic,
            underline=style.underline,
            strike=style.strike,
            reverse=style.reverse,
        )

    def visual_style_of(self, style: VisualStyle | str) -> VisualStyle:
        """A style named in a Content, theme variables included; unknown ones are plain."""
        return self._get_style(style)

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._forget()

    def _forget(self) -> None:
        self._style_of.clear()
        self.forget_strips()

    # Size and scroll

    def set_extent(self, width: int, height: int) -> None:
        """Sets the size of all lines; the rest of the screen is laid out again only if it depends on it."""
        # The column that is kept free for a scrollbar is scrolled past, so that the last cells come into sight.
        size = Size(width + self.styles.scrollbar_size_vertical if width else 0, height)
        if size == self.virtual_size:
            return
        styles = self.styles
        if styles.auto_dimensions or not self.is_mounted:
            self.virtual_size = size
            return
        self.set_reactive(_VIRTUAL_SIZE, size)
        self._scroll_update(size)

    def place(self, y: int) -> None:
        """Moves the view to line `y` without a repaint; `repaint_changed` then sends what differs."""
        y = max(0, min(y, self.max_scroll_y))
        self.top = y
        self.set_reactive(_SCROLL_Y, float(y))
        self.set_reactive(_SCROLL_TARGET_Y, float(y))
        if self.show_vertical_scrollbar:
            self.vertical_scrollbar.position = y

    def _scroll_to(
        self,
        x: float | None = None,
        y: float | None = None,
        *,
        animate: bool = True,
        speed: float | None = None,
        duration: float | None = None,
        easing: EasingFunction | str | None = None,
        force: bool = False,
        on_complete: CallbackType | None = None,
        level: AnimationLevel = "basic",
        release_anchor: bool = True,
    ) -> bool:
        # Every way to scroll ends here; a scroll over a slow line is one repaint, never twenty.
        return super()._scroll_to(
            x, y, animate=False, force=force, on_complete=on_complete, release_anchor=release_anchor
        )
