"""The Mandelbrot set and Julia sets, computed for all points at once with Pillow's arithmetic on images."""

import math
import random
from array import array
from collections.abc import Callable, Iterator

from field import Colour, Size, coloured, mix, ramp
from PIL import Image, ImageMath

# Centre and width of views of the Mandelbrot set that single precision resolves.
VIEWS = (
    (-0.7436, 0.1318, 0.014),
    (-0.7480, 0.1005, 0.022),
    (-0.1592, 1.0338, 0.030),
    (-1.2535, 0.0467, 0.030),
    (-0.5614, 0.6427, 0.045),
    (0.2925, 0.0149, 0.020),
    (-0.7453, 0.1127, 0.0065),
    (-0.10715, 0.91210, 0.012),
)
# Points whose Julia sets are filaments, dragons, rabbits and spirals.
POINTS = (
    (-0.8, 0.156),
    (-0.7269, 0.1889),
    (0.285, 0.01),
    (-0.4, 0.6),
    (-0.835, -0.2321),
    (-0.70176, -0.3842),
    (0.355, 0.355),
    (-0.162, 1.04),
)
# How many points are computed; a larger picture is this field enlarged before it is coloured.
MOST_POINTS = 260_000


def _calculate(rule: Callable[[dict], object], **images: Image.Image) -> Image.Image:
    return ImageMath.lambda_eval(rule, **images)


def _axis(size: Size, start: float, stop: float, down: bool) -> Image.Image:
    length = size[1] if down else size[0]
    values = array("f", [start + (stop - start) * (index + 0.5) / length for index in range(length)])
    line = Image.frombytes("F", (1, length) if down else (length, 1), values.tobytes())
    return line.resize(size, Image.Resampling.NEAREST)


class Escape:
    """The state of every point: z, how many turns it has stayed near, and how near to zero it has come."""

    def __init__(self, x: Image.Image, y: Image.Image, a: Image.Image, b: Image.Image) -> None:
        self.x, self.y, self.a, self.b = x, y, a, b
        self.far = Image.new("F", x.size, 64.0)
        self.turns = Image.new("F", x.size, 0.0)
        self.nearest = Image.new("F", x.size, 4.0)

    def turn(self) -> None:
        """z → z² + c for the points that are near; the others stay as they left."""
        x, y = self.x, self.y
        xx = _calculate(lambda v: v["x"] * v["x"], x=x)
        yy = _calculate(lambda v: v["y"] * v["y"], y=y)
        size = _calculate(lambda v: v["xx"] + v["yy"], xx=xx, yy=yy)
        near = _calculate(lambda v: v["float"](v["size"] < v["far"]), size=size, far=self.far)
        self.x = _calculate(
            lambda v: v["x"] + v["near"] * (v["xx"] - v["yy"] + v["a"] - v["x"]),
            x=x, near=near, xx=xx, yy=yy, a=self.a,
        )  # fmt: skip
        self.y = _calculate(
            lambda v: v["y"] + v["near"] * (v["x"] * v["y"] + v["x"] * v["y"] + v["b"] - v["y"]),
            x=x, y=y, near=near, b=self.b,
        )  # fmt: skip
        self.turns = _calculate(lambda v: v["n"] + v["near"], n=self.turns, near=near)
        self.nearest = _calculate(lambda v: v["min"](v["t"], v["size"]), t=self.nearest, size=size)

    def smooth(self, most: int) -> tuple[array, array]:
        """For each point: the turns to its escape with a fraction (below 0: it never did), and its nearest."""
        turns, nearest = array("f"), array("f")
        x, y = array("f"), array("f")
        for values, image in ((turns, self.turns), (nearest, self.nearest), (x, self.x), (y, self.y)):
            values.frombytes(image.tobytes())
        log, top = math.log2, most - 0.5
        for index, turn in enumerate(turns):
            if turn >= top:
                turns[index] = -1.0
            else:
                size = x[index] * x[index] + y[index] * y[index]
                turns[index] = turn + 2.6 - log(log(size))
        return turns, nearest


def _levels(turns: array) -> array:
    """Turns as 0–1 by their rank, half and half with their logarithm: every colour gets its share."""
    outside = sorted(turn for turn in turns if turn >= 0)
    if not outside:
        return array("f", [-1.0] * len(turns))
    marks = [outside[len(outside) * part // 512] for part in range(512)] + [outside[-1]]
    low, width = math.log(marks[0] + 1), math.log(outside[-1] + 1) - math.log(marks[0] + 1) or 1.0
    table, mark = [], 0
    for tenth in range(int(outside[-1] * 10) + 2):
        while mark < 512 and marks[mark] < tenth / 10:
            mark += 1
        table.append(0.62 * mark / 512 + 0.38 * (math.log(tenth / 10 + 1) - low) / width)
    top = len(table) - 1

    def level(turn: float) -> float:
        low = int(turn * 10)
        return table[low] + (table[min(low + 1, top)] - table[low]) * (turn * 10 - low)

    return array("f", [level(turn) if turn >= 0 else -1.0 for turn in turns])


def _start(size: Size, rng: random.Random, kind: str) -> Escape:
    width, height = size
    if kind == "julia":
        real, imaginary = rng.choice(POINTS)
        a = Image.new("F", size, real + rng.uniform(-0.003, 0.003))
        b = Image.new("F", size, imaginary + rng.uniform(-0.003, 0.003))
        span = rng.uniform(2.3, 3.0) * max(1.0, width / height / 1.5)
        x, y = 0.0, 0.0
    else:
        a = b = None
        x, y, span = rng.choice(VIEWS)
        span *= rng.uniform(0.85, 1.25)
    reach = span * height / width
    across = _axis(size, x - span / 2, x + span / 2, down=False)
    down = _axis(size, y - reach / 2, y + reach / 2, down=True)
    return Escape(across, down, across if a is None else a, down if b is None else b)


def paint(size: Size, rng: random.Random, colours: list[Colour], kind: str, steps: int) -> Iterator[Image.Image | None]:
    """Paint one set; yields None after each of `steps` steps and then the picture."""
    shrink = min(1.0, math.sqrt(MOST_POINTS / (size[0] * size[1])))
    small = (max(16, round(size[0] * shrink)), max(16, round(size[1] * shrink)))
    escape = _start(small, rng, kind)
    most = 100 + 5 * steps
    for step in range(steps):
        for _ in range(most * (step + 1) // steps - most * step // steps):
            escape.turn()
        yield None
    turns, nearest = escape.smooth(most)
    outside = Image.frombytes("F", small, array("f", [max(0.0, v) for v in _levels(turns)]).tobytes())
    inside = Image.frombytes("F", small, nearest.tobytes())
    mask = Image.frombytes("L", small, bytes(255 if turn < 0 else 0 for turn in turns))
    dark, deep, middle, light, pale = colours
    cycle = [(0.0, dark), (0.2, deep), (0.42, middle), (0.6, light), (0.74, pale), (0.86, middle), (1.0, deep)]
    fine = Image.Resampling.BICUBIC
    picture = coloured(outside.resize(size, fine).point(lambda v: v * 255 + 0).convert("L"), ramp(cycle))
    core = ramp([(0.0, mix(dark, deep, 0.4)), (0.5, dark), (1.0, mix(dark, (0, 0, 0), 0.7))])
    body = coloured(inside.resize(size, fine).point(lambda v: v * 220 + 0).convert("L"), core)
    picture.paste(body, (0, 0), mask.resize(size, fine))
    yield picture
