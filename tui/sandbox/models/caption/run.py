"""Cog model: says in a sentence or two what can be measured in a picture."""
# ruff: noqa: B008 -- Cog reads its inputs from calls in the defaults.

import colorsys

from cog import BaseRunner, Input, Path
from PIL import Image, ImageFilter, ImageOps, ImageStat

HUES = (
    (15, "red"), (40, "orange"), (66, "yellow"), (90, "lime green"), (160, "green"), (190, "turquoise"),
    (215, "sky blue"), (255, "blue"), (290, "violet"), (330, "magenta"), (346, "rose"), (361, "red"),
)  # fmt: skip


def colour_name(red: int, green: int, blue: int) -> str:
    """A plain English name for a colour."""
    hue, light, _ = colorsys.rgb_to_hls(red / 255, green / 255, blue / 255)
    chroma = (max(red, green, blue) - min(red, green, blue)) / 255
    if light < 0.07:
        return "black"
    if light > 0.94:
        return "white"
    if chroma < 0.09:
        return "dark grey" if light < 0.33 else "light grey" if light > 0.68 else "grey"
    name = next(name for limit, name in HUES if hue * 360 < limit)
    if name in ("orange", "red", "yellow") and light < 0.42 and chroma < 0.6:
        return "dark brown" if light < 0.22 else "brown"
    return f"dark {name}" if light < 0.3 else f"pale {name}" if light > 0.76 else name


def dominant(picture: Image.Image, most: int = 3) -> list[tuple[str, float]]:
    """The colours that cover most of it, as (name, share), the largest first."""
    small = picture.resize((96, 96), Image.Resampling.BOX).quantize(12, Image.Quantize.MEDIANCUT)
    palette = small.getpalette() or []
    shares: dict[str, float] = {}
    for count, index in small.getcolors() or []:
        name = colour_name(*palette[index * 3 : index * 3 + 3])
        shares[name] = shares.get(name, 0) + count / (96 * 96)
    ranked = sorted(shares.items(), key=lambda item: -item[1])
    return [item for item in ranked if item[1] >= 0.08][:most] or ranked[:1]


def shape(width: int, height: int) -> str:
    """Portrait, landscape, square, or a strip."""
    ratio = width / height
    if 0.95 <= ratio <= 1.05:
        return "square"
    if ratio > 2.2 or ratio < 0.45:
        return "very wide" if ratio > 1 else "very tall"
    return "landscape-format" if ratio > 1 else "portrait-format"


def brightness(mean: float) -> str:
    """A word for a mean of 0 to 255."""
    words = ((40, "very dark"), (90, "dark"), (150, "evenly lit"), (205, "bright"), (256, "very bright"))
    return next(word for limit, word in words if mean < limit)


def detail(edges: float) -> str:
    """A phrase for the mean strength of edges."""
    words = ((4, "smooth, with hardly an edge"), (12, "calm, with a few edges"), (28, "fairly detailed"))
    return next((word for limit, word in words if edges < limit), "full of fine detail")


def layout(grey: Image.Image) -> str:
    """Where the light is: compares the means of thirds."""
    rows = grey.resize((1, 3), Image.Resampling.BOX).tobytes()
    columns = grey.resize((3, 1), Image.Resampling.BOX).tobytes()
    cells = grey.resize((3, 3), Image.Resampling.BOX).tobytes()
    differences = (
        (cells[4] - (sum(cells) - cells[4]) / 8, "lighter in its middle", "darker in its middle"),
        (rows[0] - rows[2], "lighter at its top", "lighter at its bottom"),
        (columns[0] - columns[2], "lighter on its left", "lighter on its right"),
    )
    most, above, below = max(differences, key=lambda item: abs(item[0]))
    return "lit alike all over" if abs(most) <= 30 else above if most > 0 else below


def joined(words: list[str]) -> str:
    """a, b and c."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


class Runner(BaseRunner):
    """Measures; it does not recognise."""

    def setup(self) -> None:
        """Nothing is loaded but Pillow's codecs."""
        Image.init()

    def run(
        self,
        image: Path = Input(description="The picture to describe."),
        detail_level: str = Input(
            description="How much to say.", choices=["short", "normal", "full"], default="normal"
        ),
    ) -> str:
        """Give one sentence, two, or all the numbers."""
        with Image.open(image) as opened:
            kind, frames = opened.format or "unknown", getattr(opened, "n_frames", 1)
            transparent = opened.has_transparency_data
            picture = ImageOps.exif_transpose(opened).convert("RGBA")
        width, height = picture.size
        print(f"read {kind} {width}x{height}")
        flat = Image.new("RGB", picture.size, (255, 255, 255))
        flat.paste(picture, (0, 0), picture.getchannel("A"))
        flat.thumbnail((512, 512), Image.Resampling.BOX)
        grey = flat.convert("L")
        mean, spread = ImageStat.Stat(grey).mean[0], ImageStat.Stat(grey).stddev[0]
        # The filter leaves the outermost pixels as they are: they are no edges.
        inner = (1, 1, max(2, grey.width - 1), max(2, grey.height - 1))
        edges = ImageStat.Stat(grey.filter(ImageFilter.FIND_EDGES).crop(inner)).mean[0]
        colours = dominant(flat)
        light = brightness(mean)
        article = "An" if light[0] in "aeiou" else "A"
        text = (
            f"{article} {light}, {shape(width, height)} picture of {width} by {height} pixels, "
            f"mostly {joined([name for name, _ in colours])}."
        )
        if detail_level == "short":
            return text
        contrast = "strong" if spread > 70 else "moderate" if spread > 35 else "low"
        text += f" It is {detail(edges)}, {layout(grey)}, and has {contrast} contrast."
        if transparent:
            alpha = ImageStat.Stat(picture.getchannel("A")).mean[0]
            text += f" {1 - alpha / 255:.0%} of it is transparent."
        if frames > 1:
            text += f" It moves: it has {frames} frames, of which this is the first."
        if detail_level == "full":
            shares = ", ".join(f"{name} {share:.0%}" for name, share in colours)
            text += (
                f" In numbers: {kind}, mean brightness {mean:.0f} of 255, deviation {spread:.0f}, "
                f"edges {edges:.1f}, entropy {grey.entropy():.2f} bits; {shares}."
            )
        self.record_metric("output_token_count", len(text.split()))
        return text
