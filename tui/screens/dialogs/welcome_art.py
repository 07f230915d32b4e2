"""What the first start shows above its words: the program's name, and a picture, as plain cells of a few colours."""

from __future__ import annotations

from math import sin

from textual.content import Content

_LETTERS = {
    "R": ("110", "101", "110", "101", "101"),
    "E": ("111", "100", "110", "100", "111"),
    "P": ("110", "101", "110", "100", "100"),
    "L": ("100", "100", "100", "100", "111"),
    "I": ("111", "010", "010", "010", "111"),
    "C": ("011", "100", "100", "100", "011"),
    "A": ("010", "101", "111", "101", "101"),
    "T": ("111", "010", "010", "010", "010"),
}
_HALVES = {"00": " ", "10": "▀", "01": "▄", "11": "█"}
# Colours that a terminal of sixteen has something like.
_SKY = ("#1c2a6b", "#3a3f9e", "#8a3fa0", "#d0506e", "#f08a4b")
_SUN, _FAR, _NEAR, _WATER, _SHINE = "#ffe08a", "#4a3b78", "#241f4d", "#1a3f7a", "#e8a860"
_TONES = {_SKY[0]: " ", _SKY[1]: " ", _SKY[2]: "░", _SKY[3]: "░", _SKY[4]: "▒"} | {
    _SUN: "█", _FAR: "▓", _NEAR: "▓", _WATER: " ", _SHINE: "▒",
}  # fmt: skip
"""What stands for a colour where there is none."""


def wordmark(text: str = "REPLICATE") -> list[str]:
    """The name in three lines."""
    rows = ["0".join(_LETTERS[letter][y] for letter in text) for y in range(5)] + [""]
    rows[5] = "0" * len(rows[0])
    return ["".join(_HALVES[a + b] for a, b in zip(rows[y], rows[y + 1], strict=True)) for y in (0, 2, 4)]


def picture(width: int, height: int, *, colours: bool) -> Content:
    """A sun that sets behind hills over water, in so many cells; without colours as shades."""
    pixels = [[_pixel(x, y, width, 2 * height) for x in range(width)] for y in range(2 * height)]
    lines: list[Content] = []
    for y in range(0, 2 * height, 2):
        above, below = pixels[y], pixels[y + 1]
        if colours:
            parts = [(f"{a} on {b}", "▀") for a, b in zip(above, below, strict=True)]
            lines.append(Content("").join([Content.styled(text, style) for style, text in parts]))
        else:
            lines.append(Content("".join(_TONES[a] for a in above)))
    return Content("\n").join(lines)


def _pixel(x: int, y: int, width: int, height: int) -> str:
    shore = round(height * 0.72)
    middle, radius = width * 0.62, height * 0.26
    if y >= shore:
        away = abs(x - middle)
        return _SHINE if away < radius * 1.2 and (x + y * 3) % 4 < 2 - away / radius else _WATER
    if y >= shore - height * (0.10 + 0.09 * sin(x / width * 11 + 2)):
        return _NEAR
    if y >= shore - height * (0.24 + 0.13 * sin(x / width * 7)):
        return _FAR
    if (x - middle) ** 2 + ((y - shore * 0.52) * 1.0) ** 2 <= radius**2:
        return _SUN
    return _SKY[min(len(_SKY) - 1, y * len(_SKY) // shore)]
