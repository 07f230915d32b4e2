"""Lines as they were rendered, without what Textual draws around them where nothing is drawn around them.

Textual renders each line once for its widget and once more with border, padding and effects, which for lines that
have none of them is most of what a frame of a list costs. Private names, the same within textual >=8.2.8,<9.
"""

from __future__ import annotations

from textual._styles_cache import StylesCache
from textual.geometry import NULL_SPACING, Region
from textual.strip import Strip
from textual.widget import Widget


class LineCache(StylesCache):
    """What a view of single lines keeps them in."""

    def render_widget(self, widget: Widget, crop: Region) -> list[Strip]:
        if not _is_bare(widget):
            return super().render_widget(widget, crop)
        if self._width != (width := widget.region.width):
            self.clear()
            self._width = width
        kept, dirty = self._cache, self._dirty_lines
        base, background = widget.background_colors
        filters = widget.get_line_filters()
        strips: list[Strip] = []
        for y in crop.line_range:
            strip = kept.get(y)
            if strip is None or y in dirty:
                strip = kept[y] = widget.render_line(y)
            if crop.column_span != (0, strip.cell_length):
                inner, _ = self.get_inner_outer(base, background)
                strip = strip.crop_extend(crop.x, crop.right, inner.rich_style)
            for line_filter in filters:
                strip = strip.apply_filter(line_filter, background)
            strips.append(strip)
        dirty.difference_update(crop.line_range)
        return strips


def keep_lines(widget: Widget) -> None:
    """Let a widget that draws line by line, with nothing to click on in a line, keep its lines so."""
    widget._styles_cache = LineCache()  # pyright: ignore[reportPrivateUsage]
    widget.set_reactive(Widget.auto_links, False)


def _is_bare(widget: Widget) -> bool:
    styles = widget.styles
    return (
        styles.gutter == NULL_SPACING
        and not any(edge for edge, _ in styles.outline)
        and not styles.has_rule("hatch")
        and not styles.tint.a
        and styles.text_opacity == 1
        and widget.opacity == 1
        and not widget.auto_links
    )
