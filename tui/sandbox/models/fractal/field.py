"""Fields of numbers over a picture's area, made with Pillow alone: noise, gradients and colours."""

import random
from collections.abc import Sequence

from PIL import Image, ImageMath

Colour = tuple[int, int, int]
Size = tuple[int, int]


def noise(size: Size, rng: random.Random, cells: float, octaves: int, stretch: float = 1.0) -> Image.Image:
    """Fractal value noise of mode F, from 0 to 255; `cells` is how many bumps the first octave has across."""
    width, height = size
    total: Image.Image | None = None
    weight, sum_of_weights = 1.0, 0.0
    for octave in range(octaves):
        across = max(2, round(cells * 2**octave))
        down = max(2, round(cells * 2**octave * height / width * stretch))
        if octave and (across > width or down > height):
            break
        grid = Image.frombytes("L", (across, down), rng.randbytes(across * down)).convert("F")
        layer = grid.resize(size, Image.Resampling.BICUBIC)
        total = mixed(total, layer, weight) if total is not None else layer
        sum_of_weights += weight
        weight /= 2
    assert total is not None
    # Sums of noise crowd around the middle: spread them so that the whole range is used.
    spread = 1.6 / sum_of_weights
    return total.point(lambda value: value * spread + (127.5 - 127.5 * 1.6))


def mixed(one: Image.Image, other: Image.Image, weight: float) -> Image.Image:
    """one + other × weight, mode F."""
    scaled = other.point(lambda value: value * weight + 0)
    return ImageMath.lambda_eval(lambda given: given["a"] + given["b"], a=one, b=scaled)


def product(one: Image.Image, other: Image.Image) -> Image.Image:
    """one × other, mode F."""
    return ImageMath.lambda_eval(lambda given: given["a"] * given["b"], a=one, b=other)


def bytes_of(field: Image.Image, scale: float = 1.0, offset: float = 0.0) -> Image.Image:
    """The field × scale + offset as a mask of mode L; what is out of range is clipped."""
    return field.point(lambda value: value * scale + offset).convert("L")


def mix(one: Colour, other: Colour, part: float) -> Colour:
    """The colour that lies `part` of the way from one to the other."""
    part = min(1.0, max(0.0, part))
    return (
        round(one[0] + (other[0] - one[0]) * part),
        round(one[1] + (other[1] - one[1]) * part),
        round(one[2] + (other[2] - one[2]) * part),
    )


def ramp(stops: Sequence[tuple[float, Colour]], length: int = 256) -> list[Colour]:
    """`length` colours along the stops, which go from 0 to 1."""
    colours = []
    for index in range(length):
        place = index / (length - 1)
        low = max((stop for stop in stops if stop[0] <= place), default=stops[0])
        high = min((stop for stop in stops if stop[0] >= place), default=stops[-1])
        width = high[0] - low[0]
        part = (place - low[0]) / width if width else 0.0
        # A smoothed step: no edge shows where two stops meet.
        colours.append(mix(low[1], high[1], part * part * (3 - 2 * part)))
    return colours


def coloured(field: Image.Image, colours: Sequence[Colour]) -> Image.Image:
    """A mask of mode L as RGB: its 0–255 looked up in 256 colours."""
    bands = [field.point([colour[band] for colour in colours]) for band in range(3)]
    return Image.merge("RGB", bands)


def vertical(size: Size, colours: Sequence[Colour]) -> Image.Image:
    """A gradient from the first colour at the top to the last at the bottom."""
    strip = Image.new("RGB", (1, len(colours)))
    strip.putdata(list(colours))
    return strip.resize(size, Image.Resampling.BICUBIC)


def glow(size: Size, centre: tuple[float, float], radius: float, power: float = 1.0) -> Image.Image:
    """A round light as a mask of mode L: 255 at the centre (in pixels), 0 from `radius` on."""
    side = max(2, round(radius * 2))
    disc = Image.radial_gradient("L").point([round(255 * max(0.0, 1 - v / 181) ** power) for v in range(256)])
    # The gradient reaches the corners: 181 of its steps are the distance from the centre to a side.
    disc = disc.resize((side, side), Image.Resampling.BICUBIC)
    mask = Image.new("L", size)
    mask.paste(disc, (round(centre[0] - side / 2), round(centre[1] - side / 2)))
    return mask


def grain(picture: Image.Image, rng: random.Random, amount: float = 3.0) -> Image.Image:
    """The picture with fine noise: wide gradients show no bands."""
    width, height = picture.size
    tile = Image.frombytes("L", (128, 128), rng.randbytes(128 * 128))
    whole = Image.new("L", picture.size)
    for left in range(0, width, 128):
        for top in range(0, height, 128):
            whole.paste(tile, (left, top))
    half = amount / 2
    light = Image.merge("RGB", [whole.point([round(v / 255 * amount) for v in range(256)])] * 3)
    plain = Image.new("RGB", picture.size, (round(half),) * 3)
    from PIL import ImageChops

    return ImageChops.subtract(ImageChops.add(picture, light), plain)
