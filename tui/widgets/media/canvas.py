"""What a picture of a widget is made for: its room, and what this terminal can show."""

from __future__ import annotations

from textual.widget import Widget

from tui.terminal.graphics import Graphics, colours_of
from tui.widgets.form.field_base import app_of
from tui.widgets.media.picture_cells import Canvas


def canvas_of(widget: Widget, width: int, height: int) -> Canvas:
    """A canvas of so many cells on the widget's background."""
    app = app_of(widget)
    background = widget.background_colors[1].rgb
    colours = colours_of(app.no_color, app.console.color_system)
    if Graphics.pixels and colours == "true":
        return Canvas(width, height, colours, background, Graphics.blocks, Graphics.cell, Graphics.pixels)
    return Canvas(width, height, colours, background, Graphics.blocks)
