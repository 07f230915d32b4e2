"""Makes the cells of a picture. Everything here blocks: call it in a thread."""

from __future__ import annotations

import struct
import time
from collections.abc import Callable, Generator
from itertools import count, groupby
from pathlib import Path

from msgspec import Struct
from rich.color import Color
from rich.color_triplet import ColorTriplet
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tui.pictures.blocks import shapes_of
from tui.pictures.canvas import Blocks, Canvas, Colours, Drawing, Refused
from tui.pictures.decoder import decoder
from tui.pictures.kitty import placeholders
from tui.toolkit.cell_style import NO_INK, cell_style, colour_of
from tui.widgets.media.file_facts import Facts, facts, why_not

CELLS_AT_ONCE = 200
"""Cells that are made without a pause: half a millisecond's work."""


class Shot(Struct, frozen=True):
    """A picture that was made ready: its facts in words, and its cells."""

    path: Path
    caption: str
    strips: list[Strip]
    size: tuple[int, int]
    """In cells."""
    frames: int = 1
    payload: str = ""
    """What the terminal must be sent before the cells show anything: the picture itself, where it takes pixels."""


def take(path: Path, canvas: Canvas) -> Shot:
    """Reads a picture and fits it into the canvas; of an animation, its first frame. Raises Refused, in words."""
    found = _picture(path)
    drawing = decoder.draw(path, found.kind, canvas)
    width, height = drawing.pixels
    caption = f"{width}×{height} {found.words}"
    if drawing.frames > 1:
        caption += f" · {drawing.frames} frames"
    return Shot(path, caption, cells(drawing, canvas), drawing.size, drawing.frames, drawing.payload)


def film(path: Path, canvas: Canvas) -> Generator[tuple[list[Strip], float]]:
    """The frames of an animation again and again, each with the seconds that it stands. Raises Refused, in words."""
    found = _picture(path)
    for number in count():
        drawing = decoder.draw(path, found.kind, canvas, number)
        yield cells(drawing, canvas), drawing.seconds


def _picture(path: Path) -> Facts:
    try:
        found = facts(path)
    except OSError as error:
        raise Refused(f"{path.name}: {why_not(path, error)}.") from None
    if not found.is_picture:
        raise Refused(f"{path.name} is not a picture but {found.words}.")
    return found


def cells(drawing: Drawing, canvas: Canvas) -> list[Strip]:
    """The lines of a drawing that was made for this canvas."""
    if drawing.number:
        style = Style.from_color(_colour(drawing.number), Color.from_triplet(ColorTriplet(*canvas.background)))
        return [Strip([Segment(line, style)], drawing.size[0]) for line in placeholders(drawing.size)]
    if drawing.inks:
        return [Strip([Segment(ink, Style())], drawing.size[0]) for ink in drawing.inks]
    return coloured(drawing.over, drawing.under, drawing.size[0], canvas.blocks, canvas.colours)


def _colour(number: int) -> Color:
    return Color.from_triplet(ColorTriplet(*number.to_bytes(3, "big")))


def coloured(over: bytes, under: bytes, width: int, blocks: Blocks, colours: Colours) -> list[Strip]:
    """The lines of cells of two colours, as a Drawing has them."""
    shapes = shapes_of(blocks)
    make_style: Callable[[int, int], Style] = cell_style if colours == "true" else _nearest_style
    inks, grounds = _numbers(over), _numbers(under)
    styles: dict[tuple[int, int], Style] = {}
    strips: list[Strip] = []
    since_pause = 0
    for start in range(0, len(inks), width):
        end = start + width
        segments: list[Segment] = []
        for cell, run in groupby(zip(inks[start:end], grounds[start:end], strict=True)):
            style = styles.get(cell)
            if style is None:
                shaped, flat = cell
                style = styles[cell] = make_style(shaped & 0xFFFFFF if shaped >> 24 else NO_INK, flat)
            segments.append(Segment(shapes[cell[0] >> 24] * len(list(run)), style))
        strips.append(Strip(segments, width))
        since_pause += width
        if since_pause >= CELLS_AT_ONCE:
            # Lets a key be answered meanwhile: this thread would else keep the interpreter for milliseconds.
            since_pause = 0
            time.sleep(0)
    return strips


def _numbers(data: bytes) -> tuple[int, ...]:
    """Four bytes a cell as one number, the first in its lowest byte."""
    return struct.unpack(f"<{len(data) // 4}I", data)


def _nearest_style(ink: int, ground: int) -> Style:
    """A style whose colours become the nearest that the terminal has."""
    return Style.from_color(None if ink == NO_INK else colour_of(ink), colour_of(ground))
