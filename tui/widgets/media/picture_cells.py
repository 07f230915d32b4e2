"""Turns an image file into terminal cells with Pillow. Everything here blocks: call it in a thread."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tui.terminal.graphics import Blocks, Colours, Pixels
from tui.widgets.media.block_cells import Rgb, coloured, contrasted, dots_of
from tui.widgets.media.file_facts import Facts, facts, why_not
from tui.widgets.media.pixel_cells import pixel_cells

if TYPE_CHECKING:
    from PIL.Image import Image

MOST_PIXELS = 100_000_000
"""Larger pictures are refused: unpacked they take gigabytes."""
SMALLEST_SHOWN = 24
"""Pictures of fewer pixels a side are enlarged by whole steps: their pixels are what there is to see."""
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
    blocks: Blocks = "quadrants"
    """What a cell is divided into."""
    cell: tuple[int, int] = (1, 2)
    """A cell's pixels where the terminal draws real pixels, else its proportions."""
    pixels: Pixels = ""
    """How the terminal takes real pixels."""


@dataclass(frozen=True)
class Shot:
    """A picture that was made ready: its facts in words, and its cells."""

    path: Path
    caption: str
    strips: list[Strip]
    size: tuple[int, int]
    """In cells."""
    frames: int = 1
    payload: str = ""
    """What the terminal must be sent before the cells show anything: the picture itself, where it takes pixels."""


def take(path: Path, canvas: Canvas) -> Shot:
    """Reads a picture and fits it into the canvas; of an animation, its first frame. Raises Refused, in words."""
    with _opened(path) as (image, found):
        frames = int(getattr(image, "n_frames", 1))
        caption = f"{image.width}×{image.height} {found.words}"
        if frames > 1:
            caption += f" · {frames} frames"
        strips, size, payload = _drawn(image, canvas)
        return Shot(path, caption, strips, size, frames, payload)


def film(path: Path, canvas: Canvas) -> Generator[tuple[list[Strip], float]]:
    """The frames of an animation again and again, each with the seconds that it stands. Raises Refused, in words."""
    # Only characters change fast enough everywhere.
    canvas = replace(canvas, pixels="", cell=(1, 2))
    with _opened(path) as (image, _):
        for number in count():
            image.seek(number % int(getattr(image, "n_frames", 1)))
            yield _drawn(image, canvas)[0], max(0.02, float(image.info.get("duration") or 100) / 1000)


@contextlib.contextmanager
def _opened(path: Path) -> Generator[tuple[Image, Facts]]:
    """The open picture; whatever goes wrong with it, also later, is said in words."""
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
            _check_size(image, path)
            yield image, found
    except Refused:
        raise
    except UnidentifiedImageError:
        raise Refused(f"{path.name} begins as {found.kind}, but the rest cannot be read as a picture.") from None
    except MemoryError:
        raise Refused(f"{path.name} is too large for this machine's memory.") from None
    except Exception as error:  # noqa: BLE001 # decoders raise anything on broken files
        reason = str(error)[:80] or type(error).__name__
        raise Refused(f"{path.name} begins as {found.kind}, but it is broken: {reason}.") from None


def _check_size(image: Image, path: Path) -> None:
    width, height = image.size
    if width * height > MOST_PIXELS:
        megapixels = width * height / 1_000_000
        raise Refused(
            f"{path.name} has {width}×{height} = {megapixels:,.0f} megapixels: too large to show here (the limit "
            f"is {MOST_PIXELS // 1_000_000})."
        )


def _drawn(image: Image, canvas: Canvas) -> tuple[list[Strip], tuple[int, int], str]:
    """The picture's cells, how many they are, and what the terminal must be sent before."""
    shaded = canvas.colours == "none"
    dots = canvas.cell if canvas.pixels else (1, 1) if shaded else dots_of(canvas.blocks)
    image.draft("RGB", (canvas.width * dots[0] * 2, canvas.height * dots[1] * 2))
    whole = _turned(image)
    size = _cells_for(whole.size, canvas)
    if canvas.pixels:
        most = (size[0] * dots[0], size[1] * dots[1])
        small = whole if whole.width <= most[0] and whole.height <= most[1] else _resized(whole, most)
        strips, payload = pixel_cells(small, size, canvas.background, in_tmux=canvas.pixels == "kitty in tmux")
        return strips, size, payload
    flat = _flattened(_resized(whole, (size[0] * dots[0], size[1] * dots[1])), canvas.background)
    strips = _shaded(flat, canvas.background) if shaded else coloured(flat, canvas.blocks, canvas.colours)
    return strips, size, ""


def _cells_for(picture: tuple[int, int], canvas: Canvas) -> tuple[int, int]:
    """How many cells a picture takes at its proportions: as many as there are."""
    room = (max(1, canvas.width * canvas.cell[0]), max(1, canvas.height * canvas.cell[1]))
    scale = min(room[0] / picture[0], room[1] / picture[1])
    if scale > 1 and max(picture) <= SMALLEST_SHOWN:
        scale = float(int(scale))
    columns = round(picture[0] * scale / canvas.cell[0])
    rows = round(picture[1] * scale / canvas.cell[1])
    return min(max(1, columns), max(1, canvas.width)), min(max(1, rows), max(1, canvas.height))


def _turned(image: Image) -> Image:
    from PIL import ImageOps

    image.load()
    transparent = image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info
    if image.mode.startswith(("I", "F")):
        image = _eight_bits(image)
    # A camera's picture may lie on its side, with a note about it. Nothing is copied in vain: that takes milliseconds,
    # and Pillow lets nobody else run meanwhile.
    ImageOps.exif_transpose(image, in_place=True)
    wanted = "RGBA" if transparent else "RGB"
    return image if image.mode == wanted else image.convert(wanted)


def _eight_bits(image: Image) -> Image:
    """Depth maps and scans have 16 or 32 bits a pixel: from their darkest to their brightest."""
    wide = image.convert("F")
    low, high = cast("tuple[float, float]", wide.getextrema())
    scale = 255 / ((high - low) or 1.0)
    return cast(Any, wide).point(_line(scale, -low * scale)).convert("L")


def _line(scale: float, offset: float) -> Callable[[Any], Any]:
    # Pillow calls it with a stand-in for the value, and allows no more than a product and a sum.
    return lambda value: value * scale + offset


def _resized(image: Image, size: tuple[int, int]) -> Image:
    from PIL.Image import Resampling

    if max(image.size) <= SMALLEST_SHOWN:
        how = Resampling.NEAREST
    else:
        how = Resampling.HAMMING if size[0] < image.width else Resampling.BICUBIC
    # Pillow's own types leave this one open.
    return cast(Any, image).resize(size, how, reducing_gap=2.0)


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


def _shaded(image: Image, background: Rgb) -> list[Strip]:
    """The picture in characters of more or less ink, for terminals that show no colours."""
    data = contrasted(image).tobytes()
    shades = SHADES if sum(background) < 384 else SHADES[::-1]
    width = image.width
    inks = [
        "".join(shades[value * len(shades) // 256] for value in data[start : start + width])
        for start in range(0, len(data), width)
    ]
    return [Strip([Segment(ink, Style())], width) for ink in inks]
