"""The canvas of a landscape: its picture under way, its light and colours, and the lines of its land."""

import math
import random
from collections.abc import Callable
from dataclasses import dataclass

from field import Colour, Size, mix, vertical
from PIL import Image, ImageChops, ImageDraw
from words import Scene

BLACK: Colour = (0, 0, 0)
WHITE: Colour = (255, 255, 255)
# The sky from its top to the horizon, the light's colour, and the colour of what is near.
SKIES: dict[str, tuple[list[Colour], Colour, Colour]] = {
    "night": ([(4, 7, 24), (10, 20, 52), (28, 46, 92), (70, 92, 138)], (236, 240, 255), (5, 9, 22)),
    "dawn": ([(64, 84, 142), (150, 128, 178), (244, 172, 164), (255, 222, 182)], (255, 244, 214), (34, 30, 62)),
    "dusk": ([(42, 34, 92), (138, 56, 116), (236, 104, 84), (255, 194, 112)], (255, 236, 184), (28, 14, 42)),
    "day": ([(40, 106, 192), (96, 160, 224), (168, 208, 238), (232, 242, 246)], (255, 255, 244), (22, 48, 62)),
    "storm": ([(38, 44, 56), (72, 82, 96), (122, 132, 142), (184, 190, 192)], (226, 230, 228), (20, 26, 32)),
    "volcano": ([(16, 8, 18), (58, 14, 26), (152, 38, 22), (246, 122, 40)], (255, 214, 130), (12, 6, 10)),
}
Line = Callable[[float], float]


def wander(rng: random.Random, bumps: float, octaves: int, sharp: float) -> Line:
    """A random line over 0–1 with values of about -1 to 1; `sharp` near 1 gives crests instead of waves."""
    if not sharp:
        waves = [(rng.uniform(0, math.tau), bumps * 1.7**octave * math.pi, 0.45**octave) for octave in range(octaves)]
        return lambda x: sum(weight * math.sin(phase + x * turn) for phase, turn, weight in waves)
    layers = []
    for octave in range(octaves):
        count = max(2, math.ceil(bumps * 2**octave)) + 2
        layers.append(([rng.uniform(-1, 1) for _ in range(count)], bumps * 2**octave, 0.52**octave))

    def line(x: float) -> float:
        total = 0.0
        for values, frequency, weight in layers:
            place = x * frequency
            index = min(int(place), len(values) - 2)
            part = place - index
            part = part * part * (3 - 2 * part)
            value = values[index] + (values[index + 1] - values[index]) * part
            total += weight * (value * (1 - sharp) + (1 - 2 * abs(value)) * sharp)
        return total

    return line


@dataclass
class Canvas:
    """A picture under way: what the painters of its parts share."""

    picture: Image.Image
    rng: random.Random
    scene: Scene
    horizon: float
    light: tuple[float, float]
    sky: list[Colour]
    glare: Colour
    near: Colour

    @property
    def size(self) -> Size:
        return self.picture.size

    def below(self, heights: list[float]) -> Image.Image:
        """A mask of what lies under a line, smooth at its edge."""
        width, height = self.size
        mask = Image.new("L", (width * 2, height * 2))
        points = [(index * 2 * width / (len(heights) - 1), y * 2) for index, y in enumerate(heights)]
        ImageDraw.Draw(mask).polygon([(0, height * 2), *points, (width * 2, height * 2)], fill=255)
        return mask.resize(self.size, Image.Resampling.BOX)

    def lay(self, what: Image.Image | Colour, mask: Image.Image) -> None:
        """Put a picture or a colour where the mask says."""
        self.picture.paste(what, (0, 0), mask)

    def add(self, colour: Colour, mask: Image.Image) -> None:
        """Add light."""
        self.picture = ImageChops.screen(self.picture, Image.composite(
            Image.new("RGB", self.size, colour), Image.new("RGB", self.size), mask))  # fmt: skip


def begin(size: Size, rng: random.Random, scene: Scene) -> Canvas:
    """The empty canvas: where the horizon is, where the light comes from, and the colours."""
    width, height = size
    sky, glare, near = SKIES["volcano" if scene.place == "volcano" else scene.hour]
    tint = scene.colours
    # The asked tone colours the sky's hour, most at the horizon.
    sky = [mix(colour, tint[min(index + 1, 4)], 0.10 + 0.05 * index) for index, colour in enumerate(sky)]
    levels = {"ocean": 0.6, "lake": 0.56, "city": 0.7, "desert": 0.5, "volcano": 0.6}
    horizon = height * (levels.get(scene.place, 0.52) + rng.uniform(-0.04, 0.04))
    high = {"night": 0.24, "day": 0.2, "storm": 0.3}.get(scene.hour)
    if scene.place == "volcano":
        high = None
    up = height * high if high else horizon - height * rng.uniform(0.03, 0.12)
    light = (width * rng.choice([rng.uniform(0.2, 0.4), rng.uniform(0.6, 0.8)]), up)
    picture = vertical((width, round(horizon + height * (0.25 if scene.place == "volcano" else 0))), sky)
    whole = Image.new("RGB", size, sky[-1])
    whole.paste(picture, (0, 0))
    return Canvas(whole, rng, scene, horizon, light, sky, glare, mix(near, tint[0], 0.35))
