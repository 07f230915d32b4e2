"""Cog model: makes a picture's background transparent by flooding it from the borders."""
# ruff: noqa: B008 -- Cog reads its inputs from calls in the defaults.

import tempfile

from cog import BaseRunner, Input, Path
from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageOps

# The flood is walked in Python: it works on a copy of at most this many pixels a side.
WORK_SIDE = 420
OUTSIDE = 255


def distance(picture: Image.Image, colour: tuple[int, ...]) -> Image.Image:
    """How far each pixel is from a colour: the largest difference of its three bands."""
    bands = ImageChops.difference(picture, Image.new("RGB", picture.size, colour)).split()
    return ImageChops.lighter(ImageChops.lighter(bands[0], bands[1]), bands[2])


def border(picture: Image.Image) -> list[tuple[int, int]]:
    """The places along the four sides, a few pixels apart."""
    width, height = picture.size
    step = max(1, min(width, height) // 40)
    across = [(x, y) for x in range(0, width, step) for y in (0, height - 1)]
    return across + [(x, y) for y in range(0, height, step) for x in (0, width - 1)]


def background(picture: Image.Image, tolerance: int) -> Image.Image:
    """A mask of mode L with 255 where the background is: what a flood from the borders reaches."""
    found = Image.new("L", picture.size)
    for place in border(picture):
        if found.getpixel(place) == OUTSIDE:
            continue
        colour = picture.getpixel(place)
        like = distance(picture, colour).point([128 if value <= tolerance else 0 for value in range(256)])
        ImageDraw.floodfill(like, place, OUTSIDE)
        reached = like.point([OUTSIDE if value == OUTSIDE else 0 for value in range(256)])
        found = ImageChops.lighter(found, reached)
    return found


def enclosed(picture: Image.Image, found: Image.Image, tolerance: int) -> Image.Image:
    """The background with the places inside the thing that look as the background near them does."""
    known = picture.copy()
    known.putalpha(found)
    guess = known.resize((1, 1), Image.Resampling.BOX).convert("RGB").resize(picture.size)
    for side in (3, 6, 12):
        coarse = known.resize((side, side), Image.Resampling.BOX).resize(picture.size, Image.Resampling.BILINEAR)
        guess.paste(coarse.convert("RGB"), (0, 0), coarse.getchannel("A").point([min(255, v * 3) for v in range(256)]))
    bands = ImageChops.difference(picture, guess).split()
    far = ImageChops.lighter(ImageChops.lighter(bands[0], bands[1]), bands[2])
    like = far.point([OUTSIDE if value <= tolerance // 2 else 0 for value in range(256)])
    # Single pixels that happen to match are no holes.
    like = like.filter(ImageFilter.MinFilter(5)).filter(ImageFilter.MaxFilter(5))
    return ImageChops.lighter(found, like)


class Runner(BaseRunner):
    """Knows nothing of things: it knows only colours that touch the picture's border."""

    def setup(self) -> None:
        """Nothing is loaded but Pillow's codecs."""
        Image.init()

    def run(
        self,
        image: Path = Input(description="A picture of something before a plain or smooth background."),
        tolerance: int = Input(
            description="How far a colour may be from the border's and still be background.",
            ge=0,
            le=200,
            default=36,
        ),
        feather: float = Input(description="How soft the edge is, in pixels.", ge=0, le=20, default=1.0),
        holes: bool = Input(
            description="Also clear places of the background's colour that the thing encloses.", default=True
        ),
        invert: bool = Input(description="Keep the background and cut the thing out.", default=False),
    ) -> Path:
        """Give a PNG with an alpha channel."""
        with Image.open(image) as opened:
            picture = ImageOps.exif_transpose(opened).convert("RGBA")
        flat = Image.new("RGB", picture.size, (255, 255, 255))
        flat.paste(picture, (0, 0), picture.getchannel("A"))
        work = flat.copy()
        work.thumbnail((WORK_SIDE, WORK_SIDE), Image.Resampling.BOX)
        print(f"read {picture.width}x{picture.height}; flooding at {work.width}x{work.height}", flush=True)
        work = work.filter(ImageFilter.MedianFilter(3))
        mask = background(work, tolerance)
        if holes:
            mask = enclosed(work, mask, tolerance)
        # One pixel off the thing's edge, where its colour is mixed with the background's.
        mask = mask.filter(ImageFilter.MaxFilter(3)).resize(picture.size, Image.Resampling.BICUBIC)
        if not invert:
            mask = ImageChops.invert(mask)
        if feather:
            mask = mask.filter(ImageFilter.GaussianBlur(feather))
        kept = sum(count * value for value, count in enumerate(mask.histogram())) / 255
        share = kept / (picture.width * picture.height)
        print(f"kept {share:.0%} of the picture")
        picture.putalpha(ImageChops.multiply(mask, picture.getchannel("A")))
        self.record_metric("kept_share", round(share, 4))
        path = Path(tempfile.mkdtemp(prefix="cutout-")) / "out.png"
        picture.save(path)
        return Path(path)
