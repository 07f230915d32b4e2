"""Clouds of gas between stars: noise folded by noise."""

import random
from collections.abc import Iterator

from field import Colour, Size, bytes_of, coloured, glow, mix, noise, product, ramp
from PIL import Image, ImageChops, ImageDraw, ImageFilter


def folded(picture: Image.Image, rng: random.Random, amount: float) -> Image.Image:
    """The picture with each place moved by smooth noise, by up to `amount` of its width."""
    width, height = picture.size
    columns, rows = 36, 24
    shifts = []
    for _ in range(2):
        field = noise((columns * 8 + 8, rows * 8 + 8), rng, 3, 3).resize((columns + 1, rows + 1))
        shifts.append(field.load())
    reach = amount * width / 127.5

    def place(column: int, row: int) -> tuple[float, float]:
        return (
            column * width / columns + (shifts[0][column, row] - 127.5) * reach,
            row * height / rows + (shifts[1][column, row] - 127.5) * reach,
        )

    mesh = []
    for column in range(columns):
        for row in range(rows):
            box = (
                column * width // columns,
                row * height // rows,
                (column + 1) * width // columns,
                (row + 1) * height // rows,
            )
            corners = place(column, row), place(column, row + 1), place(column + 1, row + 1), place(column + 1, row)
            mesh.append((box, tuple(number for corner in corners for number in corner)))
    return picture.transform(picture.size, Image.Transform.MESH, mesh, Image.Resampling.BILINEAR)


def stars(size: Size, rng: random.Random, share: float, lowest: float = 1.0) -> Image.Image:
    """Stars on black, in the upper `lowest` of the picture; a few are large and have a halo."""
    width, height = size
    sky = Image.new("RGB", size)
    draw = ImageDraw.Draw(sky)
    tints = [(255, 255, 255), (190, 214, 255), (255, 232, 200), (255, 206, 178)]
    for _ in range(round(width * height * share)):
        x, y = rng.randrange(width), rng.random() * height * lowest
        bright = rng.random() ** 3 * (1 - (y / height / lowest) ** 2 * 0.7)
        draw.point((x, y), mix((0, 0, 0), rng.choice(tints), 0.15 + 0.85 * bright))
    halo = sky.copy().filter(ImageFilter.GaussianBlur(0.7))
    sky = ImageChops.add(sky, halo)
    unit = min(width, height)
    for _ in range(max(3, round(width * height * share / 90))):
        x, y = rng.randrange(width), rng.random() * height * lowest * 0.9
        tint, radius = rng.choice(tints), unit * rng.uniform(0.004, 0.012)
        light = glow(size, (x, y), radius * 3, 4)
        sky.paste(tint, (0, 0), light)
        ImageDraw.Draw(sky).ellipse((x - 0.8, y - 0.8, x + 0.8, y + 0.8), fill=(255, 255, 255))
    return sky


def paint(size: Size, rng: random.Random, colours: list[Colour], steps: int) -> Iterator[Image.Image | None]:
    """Paint a nebula; yields None after each of `steps` steps and then the picture."""
    dark, deep, middle, light, pale = colours
    octaves = min(8, 4 + steps // 5)
    margin = round(max(size) * 0.2)
    # Folding pulls the edges in: it works on more than is shown.
    wide = (size[0] + 2 * margin, size[1] + 2 * margin)
    shown = (margin, margin, margin + size[0], margin + size[1])
    cloud = bytes_of(noise(wide, rng, 3, octaves), 1.15, -22)
    folds = max(1, min(3, steps // 4))
    for step in range(steps):
        if step * folds // steps != (step + 1) * folds // steps:
            cloud = folded(cloud, rng, 0.05)
        yield None
    dust = folded(bytes_of(noise(wide, rng, 4, octaves), 1.7, -40), rng, 0.05)
    dust = dust.filter(ImageFilter.GaussianBlur(1)).crop(shown)
    cloud = cloud.crop(shown)
    width, height = size
    centre = (width * rng.uniform(0.32, 0.68), height * rng.uniform(0.32, 0.68))
    core = glow(size, centre, max(size) * 0.62, 1.6)
    body = product(cloud.convert("F"), core.convert("F")).point(lambda v: v / 230 + 0)
    body = product(body, dust.convert("F")).point(lambda v: v / 190 + 0)
    thin = ImageChops.multiply(cloud, dust).point([v // 3 for v in range(256)])
    whole = ImageChops.add(body.convert("L"), thin)
    black = mix(dark, (0, 0, 6), 0.6)
    stops = [(0.0, black), (0.14, mix(black, deep, 0.5)), (0.34, deep), (0.58, middle), (0.8, light), (1.0, pale)]
    picture = coloured(whole, ramp(stops))
    other = coloured(
        folded(whole, rng, 0.05), ramp([(0.0, (0, 0, 0)), (0.55, (0, 0, 0)), (1.0, mix(light, pale, 0.4))])
    )
    picture = ImageChops.screen(picture, other.point([v // 2 for v in range(256)] * 3))
    picture = ImageChops.screen(picture, stars(size, rng, 0.0022))
    bloom = picture.filter(ImageFilter.GaussianBlur(max(size) / 60)).point([v // 3 for v in range(256)] * 3)
    yield ImageChops.screen(picture, bloom)
