"""Draws an image file with Pillow as numbers that cells are made of."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from tui.pictures.blocks import coloured, contrasted, dots_of
from tui.pictures.canvas import Canvas, Drawing, Refused, Rgb
from tui.pictures.kitty import transmission

if TYPE_CHECKING:
    from PIL.Image import Image

MOST_PIXELS = 100_000_000
"""Larger pictures are refused: unpacked they take gigabytes."""
SMALLEST_SHOWN = 24
"""Pictures of fewer pixels a side are enlarged by whole steps: their pixels are what there is to see."""
# From dark to bright, by how much of a cell each covers.
SHADES = " .:-=+*#%@"


class Painter:
    """Draws pictures; of an animation it keeps the file open from frame to frame."""

    def __init__(self) -> None:
        self._open: tuple[Path, Image] | None = None
        self._files = contextlib.ExitStack()

    def draw(self, path: Path, kind: str, canvas: Canvas, frame: int | None = None) -> Drawing:
        """A picture, fitted into the canvas; of an animation, its first frame.

        `kind` is what its first bytes say that it is, such as "PNG". `frame` is the number of an animation's frame, to
        be shown in its turn; after the last it begins anew. Raises Refused, in words.
        """
        with _broken_in_words(path, kind):
            if frame is not None:
                return self._frame(path, canvas, frame)
            with _opened(path) as image:
                return _drawn(image, canvas)

    def _frame(self, path: Path, canvas: Canvas, number: int) -> Drawing:
        if self._open is None or self._open[0] != path:
            self.close()
            with contextlib.ExitStack() as stack:
                self._open = (path, stack.enter_context(_opened(path)))
                self._files = stack.pop_all()
        image = self._open[1]
        image.seek(number % _frames(image))
        seconds = max(0.02, float(image.info.get("duration") or 100) / 1000)
        # Only characters change fast enough everywhere.
        return replace(_drawn(image, replace(canvas, pixels="", cell=(1, 2))), seconds=seconds)

    def close(self) -> None:
        """Close the file of the animation."""
        self._open = None
        self._files.close()


def _frames(image: Image) -> int:
    return int(getattr(image, "n_frames", 1))


@contextlib.contextmanager
def _broken_in_words(path: Path, kind: str) -> Generator[None]:
    """Whatever goes wrong with a picture is said in words."""
    from PIL import UnidentifiedImageError

    try:
        yield
    except Refused:
        raise
    except UnidentifiedImageError:
        raise Refused(f"{path.name} begins as {kind}, but the rest cannot be read as a picture.") from None
    except MemoryError:
        raise Refused(f"{path.name} is too large for this machine's memory.") from None
    except Exception as error:  # noqa: BLE001 # decoders raise anything on broken files
        reason = str(error)[:80] or type(error).__name__
        raise Refused(f"{path.name} begins as {kind}, but it is broken: {reason}.") from None


@contextlib.contextmanager
def _opened(path: Path) -> Generator[Image]:
    from PIL import Image

    # The limit is judged here, before anything is unpacked; Pillow's own only warns.
    Image.MAX_IMAGE_PIXELS = None
    with Image.open(path) as image:
        _check_size(image, path)
        yield image


def _check_size(image: Image, path: Path) -> None:
    width, height = image.size
    if width * height > MOST_PIXELS:
        megapixels = width * height / 1_000_000
        raise Refused(
            f"{path.name} has {width}×{height} = {megapixels:,.0f} megapixels: too large to show here (the limit "
            f"is {MOST_PIXELS // 1_000_000})."
        )


def _drawn(image: Image, canvas: Canvas) -> Drawing:
    shaded = canvas.colours == "none"
    dots = canvas.cell if canvas.pixels else (1, 1) if shaded else dots_of(canvas.blocks)
    about = (image.width, image.height), _frames(image)
    image.draft("RGB", (canvas.width * dots[0] * 2, canvas.height * dots[1] * 2))
    whole = _turned(image)
    size = _cells_for(whole.size, canvas)
    drawing = Drawing(about[0], size, about[1])
    if canvas.pixels:
        most = (size[0] * dots[0], size[1] * dots[1])
        small = whole if whole.width <= most[0] and whole.height <= most[1] else _resized(whole, most)
        number, payload = transmission(small, size, in_tmux=canvas.pixels == "kitty in tmux")
        return replace(drawing, number=number, payload=payload)
    flat = _flattened(_resized(whole, (size[0] * dots[0], size[1] * dots[1])), canvas.background)
    if shaded:
        return replace(drawing, inks=_shaded(flat, canvas.background))
    over, under = coloured(flat, canvas.blocks, canvas.colours)
    return replace(drawing, over=over, under=under)


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


def _shaded(image: Image, background: Rgb) -> tuple[str, ...]:
    """The picture in characters of more or less ink, for terminals that show no colours."""
    data = contrasted(image).tobytes()
    shades = SHADES if sum(background) < 384 else SHADES[::-1]
    width = image.width
    return tuple(
        "".join(shades[value * len(shades) // 256] for value in data[start : start + width])
        for start in range(0, len(data), width)
    )
