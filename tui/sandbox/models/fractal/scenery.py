"""What stands in a landscape or lies before it: towers, water, a burning mountain."""

import math

from canvas import Canvas, wander
from field import Size, bytes_of, glow, mix, noise, vertical
from land import relief
from PIL import Image, ImageChops, ImageDraw, ImageFilter


def houses(canvas: Canvas, depth: float) -> None:
    """One row of towers, with windows lit unless it is day."""
    width, height = canvas.size
    rng, unit = canvas.rng, min(width, height)
    haze = mix(canvas.sky[3], canvas.sky[2], 0.4)
    colour = mix(haze, canvas.near, 0.2 + 0.8 * depth)
    draw = ImageDraw.Draw(canvas.picture)
    share = {"day": 0.0, "storm": 0.2, "night": 0.5}.get(canvas.scene.hour, 0.34) * (0.35 + 0.65 * depth)
    glass = [(255, 226, 150), (255, 200, 110), (240, 240, 220), canvas.scene.colours[3]]
    x = -unit * 0.05
    while x < width:
        wide = unit * rng.uniform(0.045, 0.1) * (0.7 + 0.5 * depth)
        middle = 1 - abs((x + wide / 2) / width - 0.5) * 1.3
        tall = unit * (0.1 + 0.42 * rng.random() ** 1.8 * middle + 0.12 * (1 - depth))
        top = canvas.horizon - tall
        draw.rectangle([x, top, x + wide, canvas.horizon], fill=colour)
        if rng.random() < 0.4:
            draw.rectangle([x + wide * 0.2, top - unit * 0.02, x + wide * 0.8, top], fill=colour)
        if rng.random() < 0.25:
            draw.line([x + wide / 2, top - unit * 0.07, x + wide / 2, top], fill=colour, width=max(1, unit // 300))
        cell = max(3, round(unit * 0.011))
        for row in range(int(top + cell), int(canvas.horizon - cell), cell):
            for column in range(int(x + cell * 0.7), int(x + wide - cell * 0.7), cell):
                if rng.random() < share:
                    light = mix(colour, rng.choice(glass), rng.uniform(0.35, 1.0) * (0.4 + 0.6 * depth))
                    draw.rectangle([column, row, column + cell * 0.45, row + cell * 0.5], fill=light)
        x += wide * rng.uniform(0.75, 1.25)


def water(canvas: Canvas) -> None:
    """Water from the horizon down: it mirrors what is above, is broken by ripples, and glitters."""
    width, height = canvas.size
    edge = round(canvas.horizon)
    deep = height - edge
    calm = canvas.scene.place != "ocean"
    mirror = canvas.picture.crop((0, max(0, edge - deep), width, edge)).transpose(Image.Transpose.FLIP_TOP_BOTTOM)
    mirror = mirror.resize((width, deep)).filter(ImageFilter.GaussianBlur(1.0 if calm else 6.0))
    mesh = []
    y, rng, room = 0, canvas.rng, width / 44
    while y < deep:
        part = y / deep
        tall = max(1, round(1 + part * height / 110))
        sway = rng.uniform(-1, 1) * (0.4 + part * (7 if calm else 16)) * width / 768
        dip = rng.uniform(-1, 1) * (0.5 + part * (6 if calm else 14))
        left, right = room + sway, width - room + sway
        low = min(deep, y + tall)
        top, bottom = min(deep - 1.0, max(0.0, y + dip)), min(float(deep), max(1.0, low + dip))
        mesh.append(((0, y, width, low), (left, top, left, bottom, right, bottom, right, top)))
        y = low
    mirror = mirror.transform(mirror.size, Image.Transform.MESH, mesh, Image.Resampling.BILINEAR)
    body = vertical(
        (width, deep), [canvas.sky[3], mix(canvas.sky[2], canvas.near, 0.3), mix(canvas.sky[1], canvas.near, 0.7)]
    )
    surface = Image.blend(mirror, body, 0.22 if calm else 0.5)
    waves = waves_of(canvas, (width, deep), calm)
    surface = ImageChops.add(surface, Image.merge("RGB", [waves] * 3), 1, -(22 if calm else 34))
    canvas.picture.paste(surface, (0, edge))
    glitter(canvas, edge, deep)
    if canvas.scene.place != "city":
        shore = Image.new("L", canvas.size)
        ImageDraw.Draw(shore).rectangle([0, edge - 1, width, edge + 1], fill=150)
        canvas.lay(mix(canvas.sky[3], canvas.glare, 0.4), shore.filter(ImageFilter.GaussianBlur(1.5)))


def waves_of(canvas: Canvas, size: Size, calm: bool) -> Image.Image:
    """Waves that grow from the horizon towards the eye, as a mask around a middle value."""
    width, deep = size
    strength = 0.17 if calm else 0.27
    field = bytes_of(noise((width, max(deep, 32)), canvas.rng, 3, 6, stretch=7), strength)
    out = Image.new("L", size)
    y = 0
    while y < deep:
        part = y / deep
        tall = max(1, round(1 + part * deep / 24))
        source = round(deep * part**0.55)
        row = field.crop((0, min(source, field.height - 2), width, min(source + 2 + tall // 2, field.height)))
        out.paste(row.resize((width, tall), Image.Resampling.BICUBIC), (0, y))
        y += tall
    return out


def glitter(canvas: Canvas, edge: int, deep: int) -> None:
    """The light's path on the water."""
    if canvas.scene.hour == "storm":
        return
    width, height = canvas.size
    rng = canvas.rng
    mask = Image.new("L", (width, height))
    draw = ImageDraw.Draw(mask)
    for _ in range(round(deep * width / 420)):
        part = rng.random() ** 1.5
        spread = width * (0.018 + 0.13 * part)
        x = rng.gauss(canvas.light[0], spread)
        y = edge + 1 + part * deep
        long = rng.uniform(0.3, 1.0) * width * (0.006 + 0.03 * part)
        near = math.exp(-(((x - canvas.light[0]) / (spread * 1.4)) ** 2))
        bright = round(255 * near * rng.uniform(0.3, 1.0) * (1 - 0.55 * part))
        draw.ellipse([x - long, y, x + long, y + max(1.0, part * height / 190)], fill=bright)
    canvas.add(canvas.glare, mask.filter(ImageFilter.GaussianBlur(0.8)))


def crater(canvas: Canvas) -> None:
    """A burning mountain: its smoke, its cone, lava on its sides and embers in the air."""
    width, height = canvas.size
    rng, unit = canvas.rng, min(width, height)
    x, top = width * rng.uniform(0.42, 0.58), height * rng.uniform(0.26, 0.32)
    lip = unit * 0.055
    smoke = bytes_of(noise(canvas.size, rng, 7, 7), 2.0, -70)
    plume = Image.new("L", canvas.size)
    draw = ImageDraw.Draw(plume)
    for step in range(40):
        part = step / 39
        sway = unit * 0.25 * part * math.sin(part * 2.2 + x)
        size = lip * (1.0 + 6 * part)
        draw.ellipse(
            [
                x + sway - size,
                top - part * height * 0.42 - size * 0.7,
                x + sway + size,
                top - part * height * 0.42 + size * 0.7,
            ],
            fill=235,
        )
    plume = ImageChops.multiply(plume.filter(ImageFilter.GaussianBlur(unit / 26)), smoke)
    canvas.lay((74, 50, 54), plume)
    canvas.add((255, 120, 30), glow(canvas.size, (x, top), unit * 0.6, 2.4))
    foot = width * 0.46
    jag = wander(rng, 30, 4, 0.4)
    heights = []
    for index in range(480):
        away = max(0.0, abs(index / 479 * width - x) - lip) / foot
        heights.append(
            top + (canvas.horizon + height * 0.2 - top) * min(1.0, away) ** 0.72 + unit * 0.008 * jag(index / 479)
        )
    rock = mix(canvas.near, (52, 22, 20), 0.5)
    fill = vertical(canvas.size, [(96, 32, 18), rock, canvas.near, canvas.near])
    canvas.lay(relief(canvas, fill, heights, 0.9, unit * 0.4), canvas.below(heights))
    lava = Image.new("L", canvas.size)
    draw = ImageDraw.Draw(lava)
    for _ in range(9):
        px, py = x + rng.uniform(-lip, lip), top + unit * 0.006
        lean, wide = rng.uniform(-0.75, 0.75), unit * rng.uniform(0.004, 0.011)
        end = canvas.horizon + height * rng.uniform(-0.12, 0.16)
        while py < end:
            nx, ny = px + lean * unit * 0.014 + rng.gauss(0, unit * 0.006), py + unit * 0.016
            draw.line([px, py, nx, ny], fill=255, width=max(1, round(wide)))
            px, py, wide = nx, ny, max(1.0, wide * 0.985)
    draw.ellipse([x - lip, top - unit * 0.009, x + lip, top + unit * 0.012], fill=255)
    inside = canvas.below([y - 1 for y in heights])
    halo = ImageChops.multiply(lava.filter(ImageFilter.GaussianBlur(unit / 45)), inside)
    canvas.add((255, 60, 10), halo.point([min(255, v * 2) for v in range(256)]))
    canvas.lay((255, 196, 90), lava.filter(ImageFilter.GaussianBlur(0.8)))
    canvas.add((255, 190, 90), glow(canvas.size, (x, top - unit * 0.02), unit * 0.2, 2.2))
    sparks = Image.new("L", canvas.size)
    draw = ImageDraw.Draw(sparks)
    for _ in range(round(width * height / 2600)):
        away = rng.random() ** 0.7
        angle = rng.gauss(-math.pi / 2, 0.5 + 0.4 * away)
        px, py = x + math.cos(angle) * away * unit * 0.85, top + math.sin(angle) * away * unit * 0.6
        size = rng.uniform(0.4, 1.5) * unit / 512
        draw.ellipse([px - size, py - size, px + size, py + size], fill=round(255 * (1 - away * 0.75)))
    canvas.add((255, 170, 60), sparks)
