"""Draws the screen of a terminal as SVG, and several of them, one after the other, as one that moves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from itertools import groupby
from typing import NamedTuple

from tests.support.terminal import Terminal

WIDTH, HEIGHT, SIZE = 8.4, 18, 14
BACK, FRONT = "0f1115", "dfe3ea"
NAMED = {
    "black": "000000",
    "red": "cc4444",
    "green": "44aa44",
    "brown": "c0a040",
    "blue": "5577dd",
    "magenta": "aa55aa",
    "cyan": "44aaaa",
    "white": "d8d8d8",
}
_BACKGROUND = f'<rect width="100%" height="100%" rx="8" fill="#{BACK}"/>'
QUADRANTS = " ▘▝▀▖▌▞▛▗▚▐▜▄▙▟█"
"""The block characters by the quarters that they fill: bit 0 is the upper left one, then along the rows."""


def colour(name: str, default: str) -> str:
    """A pyte colour as six hexadecimal digits."""
    if name == "default":
        return default
    return NAMED.get(name.removeprefix("bright"), name if len(name) == 6 else default)


def runs(line: dict[int, object], columns: int) -> Iterator[tuple[int, str, str, str, bool]]:
    """The cells of a line in runs of one style: (column, text, front, back, bold)."""
    cells = []
    for column in range(columns):
        cell = line[column]
        front, back = colour(cell.fg, FRONT), colour(cell.bg, BACK)
        if cell.reverse:
            front, back = back, front
        cells.append((column, cell.data or "", front, back, cell.bold))
    for (front, back, bold), group in groupby(cells, key=lambda cell: cell[2:]):
        members = list(group)
        yield members[0][0], "".join(member[1] for member in members), front, back, bold


class Frame(NamedTuple):
    """A screen as it was."""

    columns: int
    rows: int
    shapes: str
    """All that is on it, as elements of an SVG."""


def frame(terminal: Terminal) -> Frame:
    """The screen as it is now."""
    shapes: list[str] = []
    texts: list[str] = []
    for row in range(terminal.rows):
        top = 12 + row * HEIGHT
        for column, text, front, back, bold in runs(terminal.screen.buffer[row], terminal.columns):
            left, span = 12 + column * WIDTH, max(1, len(text)) * WIDTH
            if back != BACK:
                shapes.append(_box(left, top, span, HEIGHT, back))
            if any(character in QUADRANTS[1:] for character in text):
                shapes += _drawn(text, left, top, front)
                text = "".join(" " if character in QUADRANTS else character for character in text)
            if text.strip():
                weight = ' font-weight="bold"' if bold else ""
                texts.append(
                    f'<text x="{left:.1f}" y="{top + HEIGHT - 5}" fill="#{front}" textLength="{span:.1f}"{weight}>'
                    f"{escape(text)}</text>"
                )
    return Frame(terminal.columns, terminal.rows, "".join([*shapes, *texts]))


def still(shown: Frame) -> str:
    """One screen."""
    return _document(shown, shown.shapes)


def film(frames: Sequence[tuple[Frame, float]]) -> str:
    """Screens one after the other, each for its seconds, then from the beginning."""
    whole = sum(seconds for _, seconds in frames)
    groups: list[str] = []
    since = 0.0
    for shown, seconds in frames:
        begin, end = since / whole, min(1.0, (since + seconds) / whole)
        since += seconds
        # A reader that does not move it shows the last one: it is drawn over the others.
        times = f"0;{begin:.4f};{end:.4f}" if begin else f"0;0;{end:.4f}"
        groups.append(
            f'<g>{_BACKGROUND}{shown.shapes}<animate attributeName="visibility" values="hidden;visible;hidden" '
            f'keyTimes="{times}" calcMode="discrete" dur="{whole:.1f}s" repeatCount="indefinite"/></g>'
        )
    return _document(frames[0][0], "".join(groups))


def _document(size: Frame, content: str) -> str:
    width, height = size.columns * WIDTH + 24, size.rows * HEIGHT + 24
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" '
        f'font-family="JetBrains Mono, Menlo, Consolas, DejaVu Sans Mono, monospace" font-size="{SIZE}" '
        'xml:space="preserve" shape-rendering="crispEdges">'
        f"{_BACKGROUND}{content}</svg>\n"
    )


def _drawn(text: str, left: float, top: float, front: str) -> list[str]:
    """The quarters that block characters fill; those beside each other in one box."""
    boxes: list[str] = []
    for y in (0, 1):
        filled = [bool(max(0, QUADRANTS.find(character)) >> (2 * y + x) & 1) for character in text for x in (0, 1)]
        place = 0
        for is_filled, run in groupby(filled):
            length = len(list(run))
            if is_filled:
                where = left + place * WIDTH / 2, top + y * HEIGHT / 2
                boxes.append(_box(*where, length * WIDTH / 2, HEIGHT / 2, front))
            place += length
    return boxes


def _box(left: float, top: float, width: float, height: float, fill: str) -> str:
    return f'<rect x="{left:.1f}" y="{top:.1f}" width="{width + 0.1:.1f}" height="{height:.1f}" fill="#{fill}"/>'
