"""Turns an image file into terminal cells with Pillow. Everything here blocks: call it in a thread."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from rich.color import Color
from rich.color_triplet import ColorTriplet
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tui.terminal.graphics import Colours
from tui.widgets.media.file_facts import Facts, facts, why_not

if TYPE_CHECKING:
    from PIL.Image import Image

MOST_PIXELS = 100_000_000
"""Larger pictures are refused: unpacked they take gigabytes."""
SMALLEST_SHOWN = 24
"""Pictures of fewer pixels a side are enlarged by whole steps, so that there is something to see."""
Rgb = tuple[int, int, int]
UPPER = "▀"
# From dark to bright, by how much of a cell each covers.
SHADES = " .:-=+*#%@"


class Refused(Exception):
    """A file that cannot be shown as a picture; the message is a sentence for people."""


@dataclass(frozen=True)
class Canvas:
    """What the cells are made for: the size in cells, the colours of the terminal, and what lies behind."""

    width: int
    height: int
    colours: Colours
    background: Rgb
    cell: tuple[int, int] = (1, 2)
    """The pixels of a cell where the terminal draws real pixels, else one wide and two high."""


@dataclass(frozen=True)
class Shot:
    """A picture that was made ready: its facts in words, and its cells or its pixels."""

    path: Path
    caption: str
    strips: list[Strip]
    pixels: Image | None = None
    size: tuple[int, int] = (0, 0)
    """In cells."""


def take(path: Path, canvas: Canvas, *, pixels: bool = False) -> Shot:
    """Reads a picture and fits it into the canvas. With `pixels` it is left as an image, in the terminal's pixels.

    Raises Refused, in words.
    """
    try:
        found = facts(path)
    except OSError as error:
        raise Refused(f"{path.name}: {why_not(path, error)}.") from None
    if not found.is_picture:
        raise Refused(f"{path.name} is not a picture but {found.words}.")
    from PIL import Image, UnidentifiedImageError

    # The limit is judged here, before anything is unpacked; Pillow's own only warns.
    Image.MAX_IMAGE_PIXELS = None
    try:
        with Image.open(path) as image:
            return _take(image, found, canvas, pixels)
    except Refused:
        raise
    except UnidentifiedImageError:
        raise Refused(f"{path.name} begins as {found.kind}, but the rest cannot be read as a picture.") from None
    except MemoryError:
        raise Refused(f"{path.name} is too large for this machine's memory.") from None
    except Exception as error:  # noqa: BLE001 # decoders raise anything on broken files
        reason = str(error)[:80] or type(error).__name__
        raise Refused(f"{path.name} begins as {found.kind}, but it is broken: {reason}.") from None


def _take(image: Image, found: Facts, canvas: Canvas, pixels: bool) -> Shot:
    width, height = image.size
    if width * height > MOST_PIXELS:
        megapixels = width * height / 1_000_000
        raise Refused(
            f"{found.path.name} has {width}×{height} = {megapixels:,.0f} megapixels: too large to show here (the limit "
            f"is {MOST_PIXELS // 1_000_000})."
        )
    frames = int(getattr(image, "n_frames", 1))
    caption = f"{width}×{height} {found.words}"
    if frames > 1:
        caption += f" · first of {frames} frames"
    room = (max(1, canvas.width * canvas.cell[0]), max(1, canvas.height * canvas.cell[1]))
    image.draft("RGB", (room[0] * 2, room[1] * 2))
    fitted = _fitted(_turned(image), room, grow=not pixels)
    if pixels:
        columns = max(1, round(fitted.width / canvas.cell[0]))
        rows = max(1, round(fitted.height / canvas.cell[1]))
        return Shot(found.path, caption, [], fitted, (columns, rows))
    flat = _flattened(fitted, canvas.background)
    strips = _shaded(flat, canvas.background) if canvas.colours == "none" else _coloured(flat, canvas)
    return Shot(found.path, caption, strips, None, (flat.width, len(strips)))


def _turned(image: Image) -> Image:
    from PIL import ImageOps

    image.load()
    transparent = image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info
    if image.mode.startswith(("I", "F")):
        image = _eight_bits(image)
    # A camera's picture may lie on its side, with a note about it.
    return ImageOps.exif_transpose(image).convert("RGBA" if transparent else "RGB")


def _eight_bits(image: Image) -> Image:
    """Depth maps and scans have 16 or 32 bits a pixel: from their darkest to their brightest."""
    wide = image.convert("F")
    low, high = cast("tuple[float, float]", wide.getextrema())
    scale = 255 / ((high - low) or 1.0)
    return cast(Any, wide).point(_line(scale, -low * scale)).convert("L")


def _line(scale: float, offset: float) -> Callable[[Any], Any]:
    # Pillow calls it with a stand-in for the value, and allows no more than a product and a sum.
    return lambda value: value * scale + offset


def _resized(image: Image, size: tuple[int, int], resample: int) -> Image:
    # Pillow's own types leave this one open.
    return cast(Any, image).resize(size, resample, reducing_gap=2.0)


def _fitted(image: Image, room: tuple[int, int], *, grow: bool) -> Image:
    from PIL.Image import Resampling

    scale = min(room[0] / image.width, room[1] / image.height)
    if scale >= 1:
        steps = int(scale) if grow and max(image.size) <= SMALLEST_SHOWN else 1
        if steps == 1:
            return image
        return _resized(image, (image.width * steps, image.height * steps), Resampling.NEAREST)
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    return _resized(image, size, Resampling.HAMMING)


def _flattened(image: Image, background: Rgb) -> Image:
    """The picture without transparency: a quiet checker shows where it was."""
    if image.mode != "RGBA":
        return image
    from PIL import Image as Images

    lift = 22 if sum(background) < 384 else -22
    other = tuple(max(0, min(255, part + lift)) for part in background)
    under = Images.new("RGB", image.size, background)
    square = Images.new("RGB", (4, 4), other)
    for y in range(0, image.height, 4):
        for x in range((y // 4 % 2) * 4, image.width, 8):
            under.paste(square, (x, y))
    under.paste(image, (0, 0), image)
    return under


def _coloured(image: Image, canvas: Canvas) -> list[Strip]:
    if canvas.colours != "true":
        image = _dithered(image, 256 if canvas.colours == "256" else 16)
    width, height = image.size
    data = image.tobytes()
    row_bytes = width * 3
    behind = _colour(*canvas.background)
    styles: dict[bytes, Style] = {}
    strips: list[Strip] = []
    for top in range(0, height, 2):
        upper = data[top * row_bytes : (top + 1) * row_bytes]
        lower = data[(top + 1) * row_bytes : (top + 2) * row_bytes]
        segments: list[Segment] = []
        last, run = b"", 0
        for x in range(0, row_bytes, 3):
            pair = upper[x : x + 3] + lower[x : x + 3]
            if pair == last:
                run += 1
                continue
            if run:
                segments.append(Segment(UPPER * run, styles[last]))
            last, run = pair, 1
            if pair not in styles:
                under = _colour(*pair[3:6]) if len(pair) == 6 else behind
                styles[pair] = Style.from_color(_colour(*pair[:3]), under)
        if run:
            segments.append(Segment(UPPER * run, styles[last]))
        strips.append(Strip(segments, width))
    return strips


def _colour(red: int, green: int, blue: int) -> Color:
    return Color.from_triplet(ColorTriplet(red, green, blue))


def _dithered(image: Image, count: int) -> Image:
    """The picture in the terminal's own colours, its shades made of dots: bands look worse."""
    from PIL import Image as Images

    palette = Images.new("P", (1, 1))
    if count == 16:
        # The colours that Rich takes the sixteen to be, so that each is found again as itself.
        dark = [(r, g, b) for b in (0, 170) for g in (0, 170) for r in (0, 170)]
        colours = [(170, 85, 0) if c == (170, 170, 0) else c for c in dark]
        colours += [(r, g, b) for b in (85, 255) for g in (85, 255) for r in (85, 255)]
    else:
        steps = (0, 95, 135, 175, 215, 255)
        colours = [(r, g, b) for r in steps for g in steps for b in steps]
        colours += [(8 + 10 * n,) * 3 for n in range(24)]
    flat = [part for colour in colours for part in colour]
    palette.putpalette(flat + list(colours[0]) * (256 - len(colours)))
    return image.quantize(palette=palette, dither=Images.Dither.FLOYDSTEINBERG).convert("RGB")


def _shaded(image: Image, background: Rgb) -> list[Strip]:
    """The picture in characters of more or less ink, for terminals that show no colours."""
    from PIL.Image import Resampling

    grey = _resized(image.convert("L"), (image.width, max(1, (image.height + 1) // 2)), Resampling.BOX)
    data = grey.tobytes()
    shades = SHADES if sum(background) < 384 else SHADES[::-1]
    width = grey.width
    inks = [
        "".join(shades[value * len(shades) // 256] for value in data[start : start + width])
        for start in range(0, len(data), width)
    ]
    return [Strip([Segment(ink, Style())], width) for ink in inks]
