"""A landscape's land: ridges that fade into the haze, rock, snow, sand and firs."""

from canvas import WHITE, Canvas, wander
from field import Colour, bytes_of, coloured, mix, noise, ramp, vertical
from PIL import Image, ImageChops, ImageDraw, ImageFilter


def ridge(canvas: Canvas, depth: float, foot: float, tall: float, sharp: float, bumps: float) -> list[float]:
    """One layer of land; `depth` is 0 for the farthest and 1 for the nearest. Gives its line."""
    width, _ = canvas.size
    line = wander(canvas.rng, bumps, 7 if sharp > 0.3 else 3, sharp)
    heights = [foot - tall * (0.45 + 0.5 * line(x / 479)) for x in range(480)]
    haze = mix(canvas.sky[3], canvas.sky[2], 0.35)
    colour = mix(haze, canvas.near, 0.12 + 0.88 * depth**0.85)
    if canvas.scene.place == "desert":
        sand = mix(mix((226, 164, 96), canvas.sky[2], 0.3), canvas.near, 0.15 + 0.5 * depth)
        colour = mix(haze, sand, 0.35 + 0.6 * depth)
    top = max(0, round(min(heights)))
    foggy = mix(colour, haze, 0.62 * (1 - depth) + 0.12)
    fill = Image.new("RGB", canvas.size, foggy)
    span = max(8, round(tall * 1.3))
    fill.paste(vertical((width, span), [colour, colour, mix(colour, foggy, 0.5), foggy]), (0, top))
    mask = canvas.below(heights)
    if sharp > 0.3:
        fill = relief(canvas, fill, heights, depth, tall)
    elif canvas.scene.place == "desert":
        fill = dune(canvas, fill, heights, colour, depth)
    canvas.lay(fill, mask)
    return heights


def relief(canvas: Canvas, fill: Image.Image, heights: list[float], depth: float, tall: float) -> Image.Image:
    """Rock that catches the light, and snow on the crests where it was asked for."""
    width, _ = canvas.size
    rock = noise(canvas.size, canvas.rng, 7, 6, stretch=0.8)
    bump = bytes_of(rock)
    slope = ImageChops.subtract(bump, ImageChops.offset(bump, 3 if canvas.light[0] < width / 2 else -3, -2), 1, 128)
    slope = slope.point([max(0, min(255, round(128 + (v - 128) * 2.2))) for v in range(256)])
    # The offset wraps around: at the sides there is nothing to compare with.
    flat = Image.new("L", canvas.size, 128)
    flat.paste(slope.crop((4, 4, canvas.size[0] - 4, canvas.size[1] - 4)), (4, 4))
    slope = flat
    strength = 0.16 if canvas.scene.hour == "night" else 0.26
    lit = mix(canvas.sky[3], canvas.glare, 0.5)
    fill = Image.composite(
        Image.composite(Image.new("RGB", canvas.size, lit), Image.new("RGB", canvas.size, canvas.near), slope),
        fill,
        slope.point([round(abs(v - 128) * 2 * strength) for v in range(256)]),
    )
    if canvas.scene.snow and depth < 0.85:
        jag = wander(canvas.rng, 40, 4, 0.5)
        level = min(heights) + tall * 0.36
        line = [max(y - 2, level + tall * 0.13 * jag(i / len(heights))) for i, y in enumerate(heights)]
        white = mix(mix(WHITE, canvas.sky[3], 0.3), canvas.sky[1], 0.3 if canvas.scene.hour == "night" else 0.05)
        shadow = mix(white, canvas.sky[1], 0.55)
        snow = Image.composite(
            Image.new("RGB", canvas.size, white),
            Image.new("RGB", canvas.size, shadow),
            slope.point([max(0, min(255, round(128 + (v - 128) * 3))) for v in range(256)]),
        )
        bare = canvas.below(line).filter(ImageFilter.GaussianBlur(1.2))
        rough = ImageChops.add(bare, bytes_of(rock, 1.2, -150))
        fill = Image.composite(fill, snow, rough)
    return fill


def dune(canvas: Canvas, fill: Image.Image, heights: list[float], colour: Colour, depth: float) -> Image.Image:
    """Sand: the slopes that face the light are bright, the others dark, both less so with each step down."""
    width, height = canvas.size
    side = 1 if canvas.light[0] > width / 2 else -1
    count = len(heights)
    slopes = [(heights[min(i + 3, count - 1)] - heights[max(i - 3, 0)]) * side for i in range(count)]
    most = max(abs(slope) for slope in slopes) or 1.0
    strip = Image.frombytes("L", (count, 1), bytes(round(128 + 127 * slope / most) for slope in slopes))
    shade = strip.resize((width, height), Image.Resampling.BICUBIC)
    # The crest's shadow runs down aslant, and softens.
    lean = 0.9 * side
    shade = shade.transform(shade.size, Image.Transform.AFFINE, (1, lean, -lean * min(heights), 0, 1, 0))
    shade = shade.filter(ImageFilter.GaussianBlur(width / 90))
    bright, dark = mix(colour, canvas.glare, 0.45), mix(colour, canvas.near, 0.6)
    sand = coloured(shade, ramp([(0.0, dark), (0.42, mix(dark, colour, 0.5)), (0.56, colour), (1.0, bright)]))
    top = max(0, round(min(heights)))
    fade = Image.new("L", canvas.size)
    span = max(8, round(height * 0.3))
    fade.paste(vertical((width, span), [(255,) * 3, (190,) * 3, (90,) * 3, (30,) * 3]).convert("L"), (0, top))
    fill = Image.composite(sand, fill, fade)
    ripple = bytes_of(noise(canvas.size, canvas.rng, 24, 2, stretch=6), 0.07 + 0.05 * depth)
    return ImageChops.add(fill, Image.merge("RGB", [ripple] * 3), 1, -9 - round(6 * depth))


def trees(canvas: Canvas, heights: list[float], depth: float, tall: float) -> None:
    """Firs along a ridge's line."""
    width, height = canvas.size
    haze = mix(canvas.sky[3], canvas.sky[2], 0.35)
    colour = mix(haze, mix(canvas.near, canvas.scene.colours[0], 0.4), 0.25 + 0.75 * depth)
    mask = Image.new("L", (width * 2, height * 2))
    draw = ImageDraw.Draw(mask)
    x = 0.0
    while x < width:
        foot = heights[min(int(x / width * len(heights)), len(heights) - 1)] + tall * 0.35
        size = tall * canvas.rng.uniform(0.55, 1.25)
        for tier in range(5):
            wide, up = size * (0.07 + 0.045 * tier), foot - size * (1 - tier * 0.17)
            draw.polygon(
                [(2 * x, 2 * up), (2 * (x - wide), 2 * (up + size * 0.34)), (2 * (x + wide), 2 * (up + size * 0.34))],
                fill=255,
            )
        draw.rectangle(
            [2 * (x - size * 0.02), 2 * (foot - size * 0.15), 2 * (x + size * 0.02), 2 * (foot + size * 0.1)], fill=255
        )
        x += size * canvas.rng.uniform(0.16, 0.42)
    canvas.lay(colour, mask.resize(canvas.size, Image.Resampling.BOX))
