"""Renders of a screen only what changed and what can be seen.

Textual asks every widget whose container touches the changed lines for all of its lines, and cuts each at all edges of
that line: in a form of twenty fields, a letter renders each of them, and what lies below them. This asks the widgets
from front to back, each for the changed lines that nothing before it has covered, and cuts out only what is still open
there; a container, which is blank, is asked for one line. What is written is what changed, not the line it is in.
It also tells each widget its size, one too that comes between a scroll and the layout after it.
Private names, the same within textual >=8.2.8,<9.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any, cast

from textual._compositor import ChopsUpdate, Compositor, CompositorMap, ReflowResult
from textual.geometry import Region, Size
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget

Piece = tuple[int, int]
"""The cells of a line from one edge of a widget up to the next."""


class PartialCompositor(Compositor):
    """What a screen composes its widgets with."""

    def __init__(self) -> None:
        super().__init__()
        self._untold: set[Widget] = set()
        """Widgets that are in the map though no layout has told them so."""

    @property
    def full_map(self) -> CompositorMap:
        # After a scroll Textual makes the map anew for whoever asks where a widget is. The next layout would take one
        # that was mounted meanwhile for a widget that was there before, and never tell it its size.
        before = self._full_map
        found = super().full_map
        if found is not before:
            self._untold |= found.keys() - before.keys()
            # Textual keeps the edges of the map before: a piece between two of them may have a new edge within.
            self._cuts = None
        return found

    def reflow(self, parent: Widget, size: Size) -> ReflowResult:
        found = super().reflow(parent, size)
        untold, self._untold = self._untold, set()
        return found._replace(shown=found.shown | (untold & self._full_map.keys()))

    def render_partial_update(self) -> ChopsUpdate | None:
        dirty = self._dirty_regions.copy()
        self._dirty_regions.clear()
        if not dirty:
            return None
        spans = list(self._regions_to_spans(dirty))
        crop = Region.from_union(dirty).intersection(self.size.region)
        painted = self._render_chops(crop, {y for y, _, _ in spans}.__contains__)
        # Textual paints a piece from its left edge, wherever in it the change begins.
        chops: list[dict[int, Strip | None]] = [{} for _ in painted]
        ends: list[list[int]] = [[] for _ in painted]
        for y, left, right in spans:
            for (x, strip), end in zip(painted[y].items(), self.cuts[y][1:], strict=False):
                start, stop = max(x, left), min(end, right)
                if start < stop and cast(Any, strip) is not None:
                    chops[y][start] = strip.crop(start - x, stop - x)
                    ends[y].append(stop)
        return ChopsUpdate(chops, spans, ends)

    def _render_chops(self, crop: Region, is_rendered_line: Callable[[int], bool]) -> Sequence[Mapping[int, Strip]]:
        cuts = self.cuts
        chops: list[dict[int, Strip | None]] = [{} for _ in cuts]
        uncovered: dict[int, list[Piece]] = {}
        for y in range(max(0, crop.y), min(len(cuts), crop.bottom)):
            if is_rendered_line(y):
                chops[y] = dict.fromkeys(cuts[y][:-1])
                uncovered[y] = [(x, end) for x, end in pairwise(cuts[y]) if end > crop.x and x < crop.right]
        band = Region(0, crop.y, self.size.width, crop.height)
        for widget, (region, clip) in self.visible_widgets.items():
            shown = region.intersection(clip).intersection(band)
            left, right = shown.column_span
            rows = [
                (y, pieces)
                for y in shown.line_range
                if (pieces := [piece for piece in uncovered.get(y, ()) if left <= piece[0] and piece[1] <= right])
            ]
            if not rows:
                continue
            top, bottom = rows[0][0], rows[-1][0] + 1
            left = min(pieces[0][0] for _, pieces in rows)
            right = max(pieces[-1][1] for _, pieces in rows)
            strips = _strips(widget, Region(left - region.x, top - region.y, right - left, bottom - top))
            for y, pieces in rows:
                _fill(chops[y], pieces, strips[y - top], left, right)
                uncovered[y] = [piece for piece in uncovered[y] if piece not in pieces]
        # Of a screen that closes nothing is left: what nothing covers must not end the console.
        for y, pieces in uncovered.items():
            chops[y].update((x, Strip.blank(end - x)) for x, end in pieces)
        return cast(Sequence[Mapping[int, Strip]], chops)


def _strips(widget: Widget, lines: Region) -> list[Strip]:
    if lines.height > 1 and _is_blank(widget):
        return widget.render_lines(Region(lines.x, lines.y, lines.width, 1)) * lines.height
    return widget.render_lines(lines)


def _is_blank(widget: Widget) -> bool:
    """Whether all lines of a widget look alike."""
    kind = cast(Any, type(widget))
    if kind.render_line is not Widget.render_line or kind.render_lines is not Widget.render_lines:
        return False
    styles = widget.styles
    if isinstance(widget, Screen):
        # Through a dialog's background one sees the screen behind it.
        if kind.render is not cast(Any, Screen).render or styles.background.a < 1:
            return False
    elif kind.render is not Widget.render or not widget.is_container or str(styles.keyline[0]) != "none":
        return False
    edges = (styles.border_top, styles.border_bottom, styles.outline_top, styles.outline_bottom)
    return not any(edge for edge, _ in edges)


def _fill(line: dict[int, Strip | None], pieces: list[Piece], strip: Strip, left: int, right: int) -> None:
    if pieces == [(left, right)]:
        line[left] = strip
    elif sum(end - x for x, end in pieces) == right - left:
        line.update(zip((x for x, _ in pieces), strip.divide([end - left for _, end in pieces]), strict=False))
    else:
        line.update((x, strip.crop(x - left, end - left)) for x, end in pieces)
