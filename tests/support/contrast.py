"""How well the cells of a screen can be read: the contrast of each character with what is behind it, as WCAG has it."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from rich.color import Color
from textual.app import App

DRAWN = [(0x2500, 0x259F), (0x2800, 0x28FF), (0x1FB00, 0x1FBFF), (0x25A0, 0x25A1)]
"""Lines, blocks and dots: what is drawn with them is no text."""


@dataclass(frozen=True)
class Pale:
    """A run of cells of too little contrast, and where."""

    text: str
    row: int
    column: int
    ratio: float
    colours: str


def luminance(colour: Color) -> float:
    red, green, blue = colour.get_truecolor()

    def linear(value: int) -> float:
        part = value / 255
        return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4

    return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)


def ratio(one: Color, other: Color) -> float:
    """From 1 to 21."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def is_text(character: str) -> bool:
    drawn = any(a <= ord(character) <= b for a, b in DRAWN)
    return not (drawn or character.isspace() or unicodedata.category(character) == "Co")


def pale(app: App[object], least: float = 4.5) -> list[Pale]:
    """The text on the screen that cannot be read well; what a dialog lies over is not meant to be."""
    found: list[Pale] = []
    shown = [child.region for child in app.screen.children]
    for row, strip in enumerate(app.screen._compositor.render_strips()):
        column = 0
        for segment in strip:
            style, text = segment.style, segment.text
            inside = any(region.contains(column, row) for region in shown)
            if style is not None and inside and any(map(is_text, text)):
                front, back = style.color, style.bgcolor
                assert front is not None and back is not None, (row, column, text, style)
                if style.reverse:
                    front, back = back, front
                contrast = 1.0 if style.dim else ratio(front, back)
                if contrast < least:
                    names = f"{front.name} on {back.name}{' dim' if style.dim else ''}"
                    found.append(Pale(text.strip(), row, column, round(contrast, 2), names))
            column += segment.cell_length
    return found
