"""The style of a picture's cell: its escape codes are known at once, its colours are made when somebody asks for one.

Each cell of a picture has colours of its own. Rich makes five objects for each, and works its codes out while a frame
is painted, when a key may wait for it. Private names of rich, the same in rich 14 and 15.
"""

from __future__ import annotations

from rich.color import Color
from rich.color_triplet import ColorTriplet
from rich.style import Style

NO_INK = -1
"""The ink of a cell that is all ground."""
_DECIMALS = [str(number) for number in range(256)]


def codes_of(colour: int) -> str:
    """A colour, red in its lowest byte and blue in its third, as a terminal wants it: `255;128;0`."""
    return f"{_DECIMALS[colour & 255]};{_DECIMALS[colour >> 8 & 255]};{_DECIMALS[colour >> 16 & 255]}"


def colour_of(colour: int) -> Color:
    """Rich's colour for one that is packed as for `codes_of`."""
    return Color.from_triplet(ColorTriplet(colour & 255, colour >> 8 & 255, colour >> 16 & 255))


class CellStyle(Style):
    """Two true colours, or one."""

    __slots__ = ("_ground", "_ink")

    # What no cell has stands in the class: setting it for each would take as long as all else.
    _attributes = 0
    _set_attributes = 0
    _style_definition = None
    _link = None
    _link_id = ""
    _meta = None
    _null = False

    def __init__(self, ink: int, ground: int, codes: str) -> None:
        """`codes` are the escape codes of both colours. Rich's own beginning is left out: it reads colours by name."""
        self._ink = ink
        self._ground = ground
        self._ansi = codes
        self._hash = None

    # Rich reads these as it reads its own slots.
    @property
    def _color(self) -> Color | None:  # pyright: ignore[reportIncompatibleVariableOverride]
        return None if self._ink == NO_INK else colour_of(self._ink)

    @property
    def _bgcolor(self) -> Color | None:  # pyright: ignore[reportIncompatibleVariableOverride]
        return colour_of(self._ground)


def cell_style(ink: int, ground: int) -> Style:
    """The style of a cell; `ink` may be NO_INK."""
    under = f"48;2;{codes_of(ground)}"
    return CellStyle(ink, ground, under if ink == NO_INK else f"38;2;{codes_of(ink)};{under}")
