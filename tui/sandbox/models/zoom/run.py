"""Cog model: a flight into the Mandelbrot set as an animated GIF."""

import math
import random
import tempfile
import time

from cog import BaseRunner, Input, Path
from PIL import Image

# Where the flight ends, and how wide the last frame is there.
TARGETS = {
    "seahorse": (-0.743643, 0.131826, 4e-4),
    "spiral": (-0.7746806, -0.1374169, 5e-3),
    "minibrot": (-1.7548777, 0.0, 6e-2),
    "dendrite": (-0.1011, 0.9563, 8e-4),
}
PALETTES = {
    "sunset": ((9, 4, 32), (110, 22, 92), (238, 92, 72), (255, 208, 120), (255, 250, 232)),
    "ocean": ((2, 8, 34), (8, 58, 112), (24, 146, 186), (146, 226, 212), (250, 255, 244)),
    "forest": ((4, 14, 10), (18, 74, 48), (88, 146, 58), (226, 210, 104), (255, 250, 224)),
    "grey": ((0, 0, 0), (70, 70, 70), (150, 150, 150), (220, 220, 220), (255, 255, 255)),
}


def palette(name: str) -> list[int]:
    """256 colours that run up and down the palette's stops; the last is the set's own black."""
    stops = PALETTES[name]
    around = [*stops, *reversed(stops[1:-1])]
    colours: list[int] = []
    for index in range(255):
        place = index / 255 * len(around)
        low, part = int(place), place % 1
        one, other = around[low % len(around)], around[(low + 1) % len(around)]
        colours += [round(a + (b - a) * part) for a, b in zip(one, other, strict=True)]
    return [*colours, 4, 2, 10]


def frame(size: tuple[int, int], centre: tuple[float, float], span: float, turns: int) -> Image.Image:
    """One view as palette indices. Computed in Python's doubles, so that it can go deep."""
    width, height = size
    reach = span * height / width
    left, top = centre[0] - span / 2, centre[1] - reach / 2
    out = bytearray(width * height)
    log, place = math.log, 0
    for row in range(height):
        y = top + reach * (row + 0.5) / height
        for column in range(width):
            x = left + span * (column + 0.5) / width
            c = complex(x, y)
            z = 0j
            value = 255
            # The main heart and disc never escape: no need to try.
            q = (x - 0.25) ** 2 + y * y
            if q * (q + (x - 0.25)) > 0.25 * y * y and (x + 1) ** 2 + y * y > 0.0625:
                for turn in range(turns):
                    z = z * z + c
                    if z.real * z.real + z.imag * z.imag > 64:
                        smooth = turn + 2 - log(log(abs(z))) / 0.6931
                        value = int(64 * log(smooth + 1)) % 255
                        break
            out[place] = value
            place += 1
    return Image.frombytes("P", size, bytes(out))


class Runner(BaseRunner):
    """Computes every frame anew."""

    def setup(self) -> None:
        """There is nothing to load."""
        print("zoom: ready")

    def run(
        self,
        target: str = Input(
            description="Where to fly.",
            choices=["seahorse", "spiral", "minibrot", "dendrite", "random"],
            default="seahorse",
        ),
        frames: int = Input(description="How many frames.", ge=2, le=60, default=24),
        size: int = Input(description="Width in pixels; the height is two thirds of it.", ge=48, le=320, default=180),
        fps: int = Input(description="Frames a second.", ge=1, le=50, default=12),
        colours: str = Input(
            description="The palette.", choices=["sunset", "ocean", "forest", "grey"], default="sunset"
        ),
        bounce: bool = Input(description="Fly back again, so that the loop has no jump.", default=True),
    ) -> Path:
        """Give an animated GIF that repeats for ever."""
        name = random.choice(sorted(TARGETS)) if target == "random" else target
        x, y, last = TARGETS[name]
        first, shape = 3.2, (size, max(2, size * 2 // 3))
        table = palette(colours)
        print(f"Flying to {name} at {x:g}{y:+g}i: {frames} frames of {shape[0]}x{shape[1]}", flush=True)
        start = time.monotonic()
        made: list[Image.Image] = []
        for number in range(frames):
            part = number / (frames - 1)
            span = first * (last / first) ** part
            # Slow the approach's sideways drift: the target is reached long before the zoom ends.
            drift = 1 - (span - last) / (first - last)
            centre = (-0.6 + (x + 0.6) * drift, y * drift)
            image = frame(shape, centre, span, 70 + round(180 * part))
            image.putpalette(table)
            made.append(image)
            passed = time.monotonic() - start
            share = (number + 1) / frames
            left = passed / share - passed
            print(
                f"{share:4.0%}|{'█' * int(share * 10):<10}| {number + 1}/{frames} "
                f"[{_clock(passed)}<{_clock(left)}, {(number + 1) / max(passed, 1e-6):5.2f}it/s]",
                flush=True,
            )
        if bounce:
            made += made[-2:0:-1]
        path = Path(tempfile.mkdtemp(prefix="zoom-")) / "out.gif"
        # Equal frames are kept: a flight has as many as were asked for.
        made[0].save(path, save_all=True, append_images=made[1:], duration=round(1000 / fps), loop=0, optimize=False)
        self.record_metric("frame_count", len(made))
        return Path(path)


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60:02}:{int(seconds) % 60:02}"
