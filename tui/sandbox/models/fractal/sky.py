"""What is in a landscape's sky: stars, the sun or the moon, the aurora and the clouds."""

from canvas import BLACK, WHITE, Canvas, wander
from field import bytes_of, coloured, glow, mix, noise, ramp, vertical
from nebula import stars
from PIL import Image, ImageChops, ImageDraw, ImageFilter


def heavens(canvas: Canvas) -> None:
    """Stars, and the sun or the moon with its glow."""
    width, height = canvas.size
    unit, night = min(width, height), canvas.scene.hour == "night"
    if night:
        top = canvas.horizon / height
        canvas.picture = ImageChops.screen(canvas.picture, stars(canvas.size, canvas.rng, 0.0028, top))
        band = bytes_of(noise(canvas.size, canvas.rng, 5, 6), 1.2, -70)
        lean = glow((width * 2, height * 2), (width, height), height, 1.4).resize((width * 2, height // 2))
        lean = lean.rotate(-28, expand=True).resize(canvas.size)
        canvas.add((150, 150, 210), ImageChops.multiply(band, lean).point([v // 2 for v in range(256)]))
    if canvas.scene.hour == "storm":
        canvas.add(canvas.glare, glow(canvas.size, canvas.light, unit * 0.6, 2))
        return
    canvas.add(canvas.glare, glow(canvas.size, canvas.light, unit * 0.95, 3.2).point([v * 3 // 4 for v in range(256)]))
    if canvas.scene.place == "volcano":
        return
    x, y = canvas.light
    radius = unit * (0.038 if night else 0.05)
    canvas.add(canvas.glare, glow(canvas.size, canvas.light, radius * 3.2, 2))
    disc = Image.new("L", (width * 2, height * 2))
    ImageDraw.Draw(disc).ellipse([2 * (x - radius), 2 * (y - radius), 2 * (x + radius), 2 * (y + radius)], fill=255)
    canvas.lay(mix(canvas.glare, WHITE, 0.5), disc.resize(canvas.size, Image.Resampling.BOX))


def aurora(canvas: Canvas) -> None:
    """Curtains of green and violet light."""
    width, height = canvas.size
    for colour, base, weight in (((60, 255, 160), 0.42, 0.85), ((120, 90, 255), 0.34, 0.6), ((40, 220, 200), 0.3, 0.5)):
        line = wander(canvas.rng, 2.2, 3, 0.2)
        fine = wander(canvas.rng, 26, 3, 0.0)
        curtain = Image.new("L", (width, height))
        draw = ImageDraw.Draw(curtain)
        strip = vertical((1, 64), [BLACK, (18,) * 3, (60,) * 3, (150,) * 3, (255,) * 3, (120,) * 3, BLACK]).convert("L")
        for x in range(0, width, 2):
            foot = height * (base + 0.12 * line(x / width)) * canvas.horizon / height / 0.52
            tall = max(4, round(height * (0.3 + 0.06 * fine(x / width))))
            bright = 0.55 + 0.35 * fine(x / width)
            beam = strip.resize((2, tall)).point([round(v * max(0.0, min(1.0, bright)) * weight) for v in range(256)])
            curtain.paste(beam, (x, round(foot - tall)))
        del draw
        canvas.add(colour, curtain.filter(ImageFilter.GaussianBlur(width / 260)))


def clouds(canvas: Canvas) -> None:
    """Clouds that lie flatter towards the horizon and are lit from the light's side."""
    width, height = canvas.size
    storm, night = canvas.scene.hour == "storm", canvas.scene.hour == "night"
    deep = round(canvas.horizon)
    # Shading compares each place with one beside it: the field is wider than what is shown.
    pad = round(width / 40)
    field = noise((width + 2 * pad, deep + 2 * pad), canvas.rng, 2.6, 7, stretch=2.6)
    density = bytes_of(field, 1.7 if storm else 1.5, -100 if storm else -150)
    shade = ImageChops.offset(density, round(width / 160), round(-height / 90)).filter(
        ImageFilter.GaussianBlur(width / 250)
    )
    shown = (pad, pad, pad + width, pad + deep)
    density, shade = density.crop(shown), shade.crop(shown)
    lit = ImageChops.subtract(density, shade, 1, 128)
    top, low = mix(canvas.sky[2], WHITE, 0.55), mix(canvas.sky[1], canvas.near, 0.35)
    if night:
        top, low = mix(canvas.sky[2], canvas.sky[3], 0.6), canvas.sky[1]
    if canvas.scene.hour in ("dusk", "dawn"):
        top, low = mix(canvas.sky[3], canvas.glare, 0.5), mix(canvas.sky[1], canvas.sky[2], 0.3)
    colour = coloured(lit, ramp([(0.0, low), (0.46, mix(low, top, 0.35)), (0.62, top), (1.0, mix(top, WHITE, 0.6))]))
    fade = vertical((1, deep), [(230,) * 3, (200,) * 3, (120,) * 3, (30,) * 3]).convert("L").resize((width, deep))
    mask = ImageChops.multiply(density, fade)
    if night:
        mask = mask.point([v // 3 for v in range(256)])
    canvas.picture.paste(colour, (0, 0), mask)
