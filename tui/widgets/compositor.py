"""Renders of a screen only what changed.

Textual asks every widget whose container touches the changed lines for all of its lines: in a form of twenty fields, a
letter renders each of them. This asks for the changed lines alone. Private names, the same within textual >=8.2.8,<9.
"""

from __future__ import annotations

from collections.abc import Iterable

from textual._compositor import Compositor
from textual.geometry import Region
from textual.strip import Strip


class SparingCompositor(Compositor):
    """What a screen composes its widgets with."""

    def _get_renders(self, crop: Region | None = None) -> Iterable[tuple[Region, Region, list[Strip]]]:
        if crop is None:
            yield from super()._get_renders(None)
            return
        band = Region(0, crop.y, self.size.width, crop.height)
        for widget, (region, clip) in self.visible_widgets.items():
            seen = clip.intersection(band)
            shown = region.intersection(seen)
            if shown and shown.overlaps(crop):
                yield region, seen, widget.render_lines(shown.translate((-region.x, -region.y)))
