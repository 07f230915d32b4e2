"""Cog model: enlarges a picture by Lanczos resampling and sharpens its edges."""
# ruff: noqa: B008 -- Cog reads its inputs from calls in the defaults.

import tempfile
import time

from cog import BaseRunner, Input, Path
from PIL import Image, ImageFilter, ImageOps

# A sandbox on a laptop: 40 million pixels are 120 MB while they are worked on.
MOST_PIXELS = 40_000_000


class Runner(BaseRunner):
    """Resamples; it invents no detail."""

    def setup(self) -> None:
        """Nothing is loaded but Pillow's codecs."""
        Image.init()

    def run(
        self,
        image: Path = Input(description="The picture to enlarge: PNG, JPEG, WebP, GIF (first frame), BMP or TIFF."),
        scale: int = Input(description="How many times wider and taller.", ge=2, le=4, default=2),
        sharpen: float = Input(
            description="How strongly edges are sharpened; 0 leaves them as resampled.", ge=0, le=3, default=1.0
        ),
    ) -> Path:
        """Give the enlarged picture as PNG (or as JPEG when a JPEG came in)."""
        start = time.monotonic()
        with Image.open(image) as opened:
            jpeg = opened.format in ("JPEG", "MPO")
            size = (opened.width * scale, opened.height * scale)
            if size[0] * size[1] > MOST_PIXELS:
                raise ValueError(
                    f"{opened.width}x{opened.height} times {scale} is {size[0] * size[1] / 1e6:.0f} million pixels; "
                    f"the most is {MOST_PIXELS // 1_000_000} million"
                )
            picture = ImageOps.exif_transpose(opened)
        alpha = picture.has_transparency_data
        picture = picture.convert("RGBA" if alpha else "RGB")
        before = picture.size
        print(f"read {before[0]}x{before[1]}, {'with' if alpha else 'no'} transparency", flush=True)
        size = (before[0] * scale, before[1] * scale)
        picture = picture.resize(size, Image.Resampling.LANCZOS)
        print(f"resampled to {size[0]}x{size[1]}", flush=True)
        if sharpen:
            mask = ImageFilter.UnsharpMask(radius=0.6 * scale, percent=round(90 * sharpen), threshold=2)
            picture = picture.filter(mask)
            print(f"sharpened by {sharpen:g}")
        path = Path(tempfile.mkdtemp(prefix="upscale-")) / ("out.jpg" if jpeg else "out.png")
        picture.save(path, **({"quality": 92} if jpeg else {"compress_level": 6}))
        self.record_metric("megapixels", round(size[0] * size[1] / 1e6, 3))
        print(f"done in {time.monotonic() - start:.2f} s")
        return Path(path)
