"""Draws curves into cells of braille dots, with axes of round numbers. Pure: rows of text, each run with its role."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from msgspec import Struct

Run = tuple[str, str]
"""Some text and its role: "axis", "mark", "note", or "curve-0", "curve-1", … by the curve's place."""

_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
"""The bit of each dot of a braille cell: by row, then by column."""
_TICK_ROWS = 4
_DRAWN = 4000
"""Points of a curve that are drawn; of more, the lowest and the highest of each stretch."""
_FEW = 5
"""Readings below which none of them is an outlier."""
_TRIMMED = 0.05
"""The share of the lowest and of the highest readings that may be outliers."""
_HUGE = 1e300
LETTERS = "abcdefghijklmnopqrstuvwxyz"


class Line(Struct, frozen=True):
    """One curve to draw. `xs` never falls; all values are finite."""

    xs: Sequence[float]
    ys: Sequence[float]
    least: tuple[float, float] | None = None
    """The place to mark as the lowest."""


@dataclass(slots=True)
class Scale:
    """From a value to a place between 0 and 1."""

    low: float
    high: float
    log: bool = False
    _span: tuple[float, float] = field(init=False, default=(0.0, 1.0))

    def __post_init__(self) -> None:
        self._span = (self._at(self.low), self._at(self.high))

    def _at(self, value: float) -> float:
        # Halves, so that the distance of two huge values is no infinity.
        return math.log10(value) if self.log else value / 2

    def place(self, value: float) -> float:
        """0 at the low end, 1 at the high end."""
        low, high = self._span
        return (self._at(value) - low) / (high - low)


class Bounds(Struct, frozen=True):
    """The y range of a plot, and how many readings are beyond it."""

    low: float
    high: float
    below: int = 0
    above: int = 0


def bounds(lines: Sequence[Line], *, robust: bool = True) -> Bounds:
    """The range of all readings; a `robust` one leaves out those few that lie far from all others.

    The first losses of a training may be a hundred times the later ones, whose course is what one looks for. The latest
    reading is always within, so that a curve that runs away is seen.
    """
    shown = [line for line in lines if line.xs]
    low, high = min(min(line.ys) for line in shown), max(max(line.ys) for line in shown)
    if not robust:
        return Bounds(low, high)
    ranges = [_trimmed(line.ys) for line in shown]
    least, most = min(one[0] for one in ranges), max(one[1] for one in ranges)
    beyond = [(y < least, y > most) for line in shown for y in line.ys] if (least, most) != (low, high) else []
    return Bounds(least, most, sum(one[0] for one in beyond), sum(one[1] for one in beyond))


def _trimmed(ys: Sequence[float]) -> tuple[float, float]:
    """The range of one curve without its outliers: a side is cut where the rest would have less than a third of it."""
    low, high = min(ys), max(ys)
    if len(ys) < _FEW:
        return low, high
    ordered = sorted(ys[:: 1 + len(ys) // _DRAWN])
    cut = math.ceil(len(ordered) * _TRIMMED)
    inner_low, inner_high = ordered[cut], ordered[-1 - cut]
    # Halves, so that the distance of two huge values is no infinity.
    span = inner_high / 2 - inner_low / 2
    if not span > 0:
        return low, high
    latest = ys[-1]
    if inner_low / 2 - low / 2 > 2 * span:
        low = min(inner_low - span / 5, latest)
    if high / 2 - inner_high / 2 > 2 * span:
        high = max(inner_high + span / 5, latest)
    return low, high


def draw(
    lines: Sequence[Line],
    width: int,
    height: int,
    *,
    log: bool = False,
    x_name: str = "",
    within: tuple[float, float] | None = None,
) -> list[list[Run]]:
    """`height` rows of at most `width` cells. `log`: the y axis by powers of ten; all values must be above zero.

    `within`: the y range; what lies beyond it leaves the plot, and ▴ or ▿ at its edge say where.
    """
    lines = [_thinned(line) for line in lines]
    shown = [line for line in lines if line.xs]
    if not shown or width < 12 or height < 4:
        return [[] for _ in range(height)]
    low, high = within or (min(min(line.ys) for line in shown), max(max(line.ys) for line in shown))
    ys = Scale(*_range(low, high), log=log)
    xs = Scale(*_range(shown[0].xs[0], max(line.xs[-1] for line in shown), wide=0.5))
    if len(shown) > 1:
        xs = Scale(*_range(min(line.xs[0] for line in shown), max(line.xs[-1] for line in shown), wide=0.5))
    rows = height - 2
    ticks = log_ticks(ys.low, ys.high) if log else nice_ticks(ys.low, ys.high, max(2, rows // _TICK_ROWS))
    labels = _at_rows(ticks, ys, rows)
    margin = max([len(label) for label in labels.values()], default=1)
    columns = max(4, width - margin - 2)
    grid = _Grid(columns, rows)
    for number, line in enumerate(lines):
        if line.xs:
            grid.trace(line, xs, ys, number)
    for number, line in enumerate(lines):
        if line.xs:
            grid.mark(line, xs, ys, number, LETTERS[number % 26] if len(lines) > 1 else "●")
    drawn: list[list[Run]] = []
    for row in range(rows):
        label = labels.get(row, "")
        drawn.append([(f"{label:>{margin}} {'┤' if label else '│'}", "axis"), *grid.row(row)])
    drawn += _x_axis(xs, columns, margin, x_name)
    return drawn


def _thinned(line: Line) -> Line:
    """A curve with no more points than can be told apart, its peaks among them."""
    count = len(line.xs)
    if count <= _DRAWN:
        return line
    size = -(-count // (_DRAWN // 2))
    xs: list[float] = []
    ys: list[float] = []
    for start in range(0, count - 1, size):
        part = line.ys[start : min(start + size, count - 1)]
        xs += (line.xs[start], line.xs[start])
        ys += (min(part), max(part))
    return Line([*xs, line.xs[-1]], [*ys, line.ys[-1]], line.least)


def nice_ticks(low: float, high: float, wanted: int) -> list[float]:
    """About `wanted` round numbers from `low` to `high`: multiples of 1, 2 or 5 times a power of ten."""
    half = high / 2 - low / 2
    if not half > 0:
        return [low]
    rough = half / max(wanted, 1) * 2
    if not math.isfinite(rough):
        return [low, high]
    power = 10.0 ** math.floor(math.log10(rough)) if rough > 1e-300 else rough
    step = next((power * factor for factor in (1, 2, 5) if power * factor >= rough), power * 10)
    first = math.ceil(low / step - 1e-9)
    count = int(min(high / step + 1e-9 - first, 1000)) + 1
    return [(first + number) * step for number in range(max(0, count))]


def log_ticks(low: float, high: float) -> list[float]:
    """Powers of ten from `low` to `high`; twos and fives between them where they are few."""
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    powers = range(max(first, -307), min(last, 307) + 1)
    found = [10.0**power for power in powers if low <= 10.0**power <= high]
    if len(found) < 3:
        found = [f * 10.0**power for power in powers for f in (1, 2, 5) if low <= f * 10.0**power <= high]
    return found if len(found) > 1 else [low, high]


def number_words(value: float, step: float | None = None) -> str:
    """A number for people: as many digits as tell it from one that is `step` away; 4 digits without a `step`."""
    if value == 0:
        return "0"
    size = abs(value)
    if size >= 1e6 or size < 1e-3:
        digits = 3 if step is None else min(max(0, _exponent(size) - _exponent(step)), 6)
        text = f"{value:.{digits}e}"
        mantissa, _, exponent = text.partition("e")
        if "." in mantissa:
            mantissa = mantissa.rstrip("0").rstrip(".")
        return f"{mantissa}e{int(exponent)}"
    if step is None:
        text = f"{value:.{max(0, 3 - _exponent(size))}f}"
    else:
        text = f"{value:.{min(max(0, -_exponent(step)), 12)}f}"
    return text.rstrip("0").rstrip(".") if step is None and "." in text else text


def _exponent(value: float) -> int:
    return math.floor(math.log10(abs(value)) + 1e-9) if value else 0


def _range(low: float, high: float, wide: float = 0.05) -> tuple[float, float]:
    """The ends of an axis; a single value is put in the middle of one."""
    low, high = min(max(low, -_HUGE), _HUGE), min(max(high, -_HUGE), _HUGE)
    if high > low and high / 2 - low / 2 > abs(high) * 1e-12:
        return low, high
    around = abs(low) * wide or wide
    return low - around, low + around


def _at_rows(ticks: Sequence[float], scale: Scale, rows: int) -> dict[int, str]:
    """The label of each row that has one; of two on one row the first stays."""
    step = min((b - a for a, b in pairwise(ticks)), default=0.0)
    found: dict[int, str] = {}
    for tick in ticks:
        row = rows - 1 - _nearest(scale.place(tick), rows)
        label = number_words(tick, None if scale.log or not step else step)
        if row not in found and row - 1 not in found and row + 1 not in found:
            found[row] = label
    return found


def _nearest(place: float, count: int) -> int:
    return min(max(round(place * (count - 1)), 0), count - 1)


def _x_axis(scale: Scale, columns: int, margin: int, name: str) -> list[list[Run]]:
    title = f" {name}" if name else ""
    ticks = nice_ticks(scale.low, scale.high, max(2, columns // 14))
    whole = [tick for tick in ticks if tick == int(tick)] if scale.high - scale.low >= 1 else ticks
    step = min((b - a for a, b in pairwise(whole)), default=0.0)
    line, words = ["─"] * columns, [" "] * (columns + margin + 2)
    end = 0
    room = len(words) - len(title)
    for tick in whole:
        column = _nearest(scale.place(tick), columns)
        label = number_words(tick, step or None)
        start = min(max(margin + 2 + column - len(label) // 2, 0), room - len(label))
        if start < end:
            continue
        line[column] = "┬"
        words[start : start + len(label)] = label
        end = start + len(label) + 1
    words[room:] = title
    return [[(" " * (margin + 1) + "└" + "".join(line), "axis")], [("".join(words), "axis")]]


class _Grid:
    """Cells of dots, each with the curve that was drawn last on it."""

    def __init__(self, columns: int, rows: int) -> None:
        self._columns, self._rows = columns, rows
        self._bits = [[0] * columns for _ in range(rows)]
        self._owner = [[0] * columns for _ in range(rows)]
        self._marks: dict[tuple[int, int], Run] = {}
        self._edges: dict[tuple[int, int], Run] = {}

    def trace(self, line: Line, xs: Scale, ys: Scale, number: int) -> None:
        """Draw a curve: within a column of dots from its lowest to its highest value, then on to the next."""
        width, height = self._columns * 2, self._rows * 4

        def row(y: float) -> int:
            # Beyond the plot it goes on a little, so that a line leaves it where it should.
            return height - 1 - round(min(max(ys.place(y), -2.0), 3.0) * (height - 1))

        dot = self._dotter(number)
        before: tuple[int, int] | None = None
        for column, first, low, high, last in _by_column(line, lambda x: _nearest(xs.place(x), width)):
            if before is not None:
                for x, y in _between(before, (column, row(first))):
                    dot(x, y)
            for y in range(row(high), row(low) + 1):
                dot(column, y)
            before = (column, row(last))

    def _dotter(self, number: int) -> Callable[[int, int], None]:
        # Without colours, the second curve is told from the first by its gaps, the third by wider ones.
        period = (1, 4, 3)[number % 3]
        gap = (0, 2, 2)[number % 3]

        def dot(x: int, y: int) -> None:
            if not 0 <= y < self._rows * 4:
                edge = 0 if y < 0 else self._rows - 1
                self._edges.setdefault((edge, x // 2), ("▴" if y < 0 else "▿", f"curve-{number}"))
                return
            if period > 1 and x % period < gap:
                return
            self._bits[y // 4][x // 2] |= _DOTS[y % 4][x % 2]
            self._owner[y // 4][x // 2] = number

        return dot

    def mark(self, line: Line, xs: Scale, ys: Scale, number: int, latest: str) -> None:
        """Mark the lowest place and the latest."""

        def cell(x: float, y: float) -> tuple[int, int]:
            column = _nearest(xs.place(x), self._columns * 2) // 2
            return self._rows - 1 - _nearest(ys.place(y), self._rows * 4) // 4, column

        if line.least is not None and xs.low <= line.least[0] <= xs.high and ys.low <= line.least[1] <= ys.high:
            self._marks.setdefault(cell(*line.least), ("▾", f"curve-{number}"))
        self._marks[cell(line.xs[-1], line.ys[-1])] = (latest, f"curve-{number}")

    def row(self, row: int) -> Iterator[Run]:
        """One row, in runs of the same role."""
        text, role = "", ""
        for column, (bits, owner) in enumerate(zip(self._bits[row], self._owner[row], strict=True)):
            mark = self._marks.get((row, column)) or self._edges.get((row, column))
            character, own = mark or (chr(0x2800 + bits) if bits else " ", f"curve-{owner}" if bits else role)
            own = "mark-" + own if mark else own
            if own != role and text:
                yield text, role
                text = ""
            role = own
            text += character
        if text.strip():
            yield text, role


def _by_column(line: Line, column_of: Callable[[float], int]) -> Iterator[tuple[int, float, float, float, float]]:
    """(column, first, lowest, highest, last) of each column of dots that has a point."""
    column, first, low, high, last = -1, 0.0, 0.0, 0.0, 0.0
    for x, y in zip(line.xs, line.ys, strict=True):
        here = column_of(x)
        if here != column:
            if column >= 0:
                yield column, first, low, high, last
            column, first, low, high = here, y, y, y
        low, high, last = min(low, y), max(high, y), y
    if column >= 0:
        yield column, first, low, high, last


def _between(start: tuple[int, int], end: tuple[int, int]) -> Iterator[tuple[int, int]]:
    """The dots of a straight line, both ends included."""
    (x0, y0), (x1, y1) = start, end
    steps = max(abs(x1 - x0), abs(y1 - y0), 1)
    for number in range(steps + 1):
        yield x0 + round((x1 - x0) * number / steps), y0 + round((y1 - y0) * number / steps)
