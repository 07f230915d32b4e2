"""Paints a picture with block characters: a cell shows two colours, in the shape that its dots have.

The bright dots of a cell are the ink, the dark ones the ground; each takes the mean of its dots. The work on pixels is
Pillow's, in C.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from tui.pictures.canvas import Blocks, Colours

if TYPE_CHECKING:
    from PIL.Image import Image

FLAT = 10
"""A cell whose two colours differ by no more is painted in one: nobody sees the shape, and less is sent."""

_QUADRANTS = " ▘▝▀▖▌▞▛▗▚▐▜▄▙▟█"
_SEXTANT_GAPS = {0: " ", 0b010101: "▌", 0b101010: "▐", 0b111111: "█"}


def _sextants() -> str:
    """The shapes of Unicode's sextants, which pass over the four that there were before."""
    found: list[str] = []
    point = 0x1FB00
    for bits in range(64):
        if bits in _SEXTANT_GAPS:
            found.append(_SEXTANT_GAPS[bits])
        else:
            found.append(chr(point))
            point += 1
    return "".join(found)


_SHAPES: dict[Blocks, tuple[int, int, str]] = {
    "halves": (1, 2, " ▀▄█"),
    "quadrants": (2, 2, _QUADRANTS),
    "sextants": (2, 3, _sextants()),
}
"""Dots across and down, and the character for each set of dots: the first dot is bit 0, then along the row."""


def dots_of(blocks: Blocks) -> tuple[int, int]:
    """How many dots a cell has across and down."""
    across, down, _ = _SHAPES[blocks]
    return across, down


def shapes_of(blocks: Blocks) -> str:
    """The character for each set of dots of a cell."""
    return _SHAPES[blocks][2]


def coloured(image: Image, blocks: Blocks, colours: Colours) -> tuple[bytes, bytes]:
    """The cells of an RGB picture whose size is a whole number of cells in dots: `over` and `under` of a Drawing."""
    from PIL import Image as Images

    across, down, _ = _SHAPES[blocks]
    size = (image.width // across, image.height // down)
    pattern, ink, ground = _split(image, across, down, size)
    if colours != "true":
        ink, ground = (_dithered(each, colours) for each in (ink, ground))
    over = Images.merge("RGBA", (*ink.split(), pattern))
    under = Images.merge("RGBA", (*ground.split(), Images.new("L", size)))
    return over.tobytes(), under.tobytes()


def contrasted(image: Image) -> Image:
    """The picture's light alone, spread from black to white: what few shades can tell."""
    from PIL import ImageOps

    return ImageOps.autocontrast(image.convert("L"), cutoff=1)


def _split(image: Image, across: int, down: int, size: tuple[int, int]) -> tuple[Image, Image, Image]:
    """Of each cell: which of its dots are bright, the mean of those, and the mean of the others."""
    from PIL import Image as Images
    from PIL import ImageChops

    dots = across * down
    grey = image.convert("L")
    level = _resized(_resized(grey, size), image.size)
    bright = _over(ImageChops.subtract(grey, level), 0)
    weights = Images.frombytes("L", (across, down), bytes(1 << dot for dot in range(dots)))
    pattern = _mean(ImageChops.darker(bright, _tiled(weights, image.size)), size)
    share = _mean(bright, size)
    inks: list[Image] = []
    grounds: list[Image] = []
    for band in image.split():
        lit, whole = _mean(ImageChops.darker(band, bright), size), _mean(band, size)
        inks.append(_evaluated(_of_bright, lit=lit, share=share))
        grounds.append(_evaluated(_of_dark, whole=whole, lit=lit, share=share))
    ink, ground = Images.merge("RGB", inks), Images.merge("RGB", grounds)
    shapes = _evaluated(lambda v: v["pattern"] * dots, pattern=pattern)
    red, green, blue = ImageChops.difference(ink, ground).split()
    uneven = _over(ImageChops.lighter(ImageChops.lighter(red, green), blue), FLAT)
    even = ImageChops.invert(uneven)
    ground.paste(_resized(image, size), (0, 0), even)
    ink.paste(0, (0, 0), even)
    return ImageChops.darker(shapes, uneven), ink, ground


def _of_bright(v: dict[str, Any]) -> Any:
    return v["lit"] * 255 / v["max"](v["share"], 1)


def _of_dark(v: dict[str, Any]) -> Any:
    return (v["whole"] - v["lit"]) * 255 / v["max"](255 - v["share"], 1)


def _tiled(tile: Image, size: tuple[int, int]) -> Image:
    """A picture of that size, filled with a small one; doubled as often as it takes, for that is quick."""
    from PIL import Image as Images

    full = Images.new(tile.mode, size)
    full.paste(tile, (0, 0))
    width, height = tile.size
    while width < size[0]:
        full.paste(full.crop((0, 0, width, height)), (width, 0))
        width *= 2
    while height < size[1]:
        full.paste(full.crop((0, 0, size[0], height)), (0, height))
        height *= 2
    return full


def _resized(image: Image, size: tuple[int, int]) -> Image:
    """The mean of each cell, or each cell's value for all of its dots."""
    from PIL.Image import Resampling

    how = Resampling.BOX if size[0] <= image.width else Resampling.NEAREST
    return cast(Any, image).resize(size, how)


def _mean(band: Image, size: tuple[int, int]) -> Image:
    """The mean of each cell, unrounded."""
    return _resized(band.convert("F"), size)


def _evaluated(rule: Callable[[dict[str, Any]], Any], **images: Image) -> Image:
    """What the rule gives for each pixel, rounded."""
    from PIL import ImageMath

    found = cast("Image", ImageMath.lambda_eval(lambda v: rule(v) + 0.5, **cast(Any, images)))
    return found.convert("L")


def _over(image: Image, limit: int) -> Image:
    """White where a pixel is over the limit, black elsewhere."""
    return cast(Any, image).point([0] * (limit + 1) + [255] * (255 - limit))


def _dithered(image: Image, colours: Colours) -> Image:
    """The picture in the terminal's own colours, its shades made of dots: bands look worse.

    Of sixteen colours, which each user sets as he likes, only the greys are sure to be what they are called.
    """
    from PIL import Image as Images

    palette = Images.new("P", (1, 1))
    if colours == "16":
        wanted = [(0, 0, 0), (85, 85, 85), (170, 170, 170), (255, 255, 255)]
        image = contrasted(image).convert("RGB")
    else:
        steps = (0, 95, 135, 175, 215, 255)
        wanted = [(r, g, b) for r in steps for g in steps for b in steps]
        wanted += [(8 + 10 * n,) * 3 for n in range(24)]
    flat = [part for colour in wanted for part in colour]
    palette.putpalette(flat + list(wanted[0]) * (256 - len(wanted)))
    return image.quantize(palette=palette, dither=Images.Dither.FLOYDSTEINBERG).convert("RGB")
