"""What a picture of a widget is made for: its room, and what this terminal can show."""

from __future__ import annotations

from collections.abc import Sequence

from textual.filter import ANSIToTruecolor, LineFilter
from textual.widget import Widget

from tui.pictures.canvas import Canvas
from tui.terminal.graphics import Graphics, colours_of
from tui.widgets.form.field_base import app_of


def canvas_of(widget: Widget, width: int, height: int) -> Canvas:
    """A canvas of so many cells on the widget's background."""
    app = app_of(widget)
    background = widget.background_colors[1].rgb
    colours = colours_of(app.no_color, app.console.color_system)
    if Graphics.pixels and colours == "true":
        return Canvas(width, height, colours, background, Graphics.blocks, Graphics.cell, Graphics.pixels)
    return Canvas(width, height, colours, background, Graphics.blocks)


def of_true_colours(filters: Sequence[LineFilter]) -> list[LineFilter]:
    """Filters without the one that looks for the terminal's own colours: to ask each cell of a picture takes long."""
    return [one for one in filters if not isinstance(one, ANSIToTruecolor)]
