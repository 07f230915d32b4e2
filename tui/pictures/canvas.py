"""What a picture is made for, and what is made of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Rgb = tuple[int, int, int]
Colours = Literal["true", "256", "16", "none"]
"""How many colours a terminal shows."""
Blocks = Literal["halves", "quadrants", "sextants"]
"""What a cell is divided into where pictures are made of characters."""
Pixels = Literal["", "kitty", "kitty in tmux"]
"""How a terminal takes real pixels; empty where it takes none."""


class Refused(Exception):
    """A file that cannot be shown as a picture; the message is a sentence for people."""


@dataclass(frozen=True)
class Canvas:
    """What the cells are made for: the size in cells, the colours of the terminal, and what lies behind."""

    width: int
    height: int
    colours: Colours
    background: Rgb
    blocks: Blocks = "quadrants"
    """What a cell is divided into."""
    cell: tuple[int, int] = (1, 2)
    """A cell's pixels where the terminal draws real pixels, else its proportions."""
    pixels: Pixels = ""
    """How the terminal takes real pixels."""


@dataclass(frozen=True)
class Drawing:
    """A picture, or one frame of it, as numbers and characters: what cells are made of without looking at it again."""

    pixels: tuple[int, int]
    """The size of the picture itself, before it was turned."""
    size: tuple[int, int]
    """In cells."""
    frames: int = 1
    seconds: float = 0.0
    """How long the frame stands."""
    over: bytes = b""
    """Of each cell, row by row, four bytes: red, green and blue of its ink, and the number of its shape."""
    under: bytes = b""
    """Of each cell four bytes: red, green and blue of its ground, and a zero."""
    inks: tuple[str, ...] = ()
    """Its lines in characters of more or less ink, where the terminal shows no colours."""
    number: int = 0
    """By which the terminal knows the picture, where it takes real pixels."""
    payload: str = ""
    """What the terminal must be sent before the cells show anything: the picture itself, where it takes pixels."""
