"""Cog model: paints landscapes, nebulae and fractals that a prompt's words steer."""

import random
import tempfile
import time
import zlib
from collections.abc import Iterator

import escape
import landscape
import nebula
import words
from cog import BaseRunner, Input, Path
from PIL import Image


def nap(seconds: float) -> None:
    """Sleep in short pieces: a cancellation comes through between two of them."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        time.sleep(min(0.05, left))


class Progress:
    """Prints one bar per step, as tqdm does, and keeps each step at least `pace` seconds long."""

    def __init__(self, total: int, pace: float) -> None:
        self.total, self.pace, self.done = total, pace, 0
        self.start = self.last = time.monotonic()

    def step(self) -> None:
        """One step is done."""
        self.done += 1
        nap(self.last + self.pace - time.monotonic())
        self.last = time.monotonic()
        passed = max(self.last - self.start, 1e-6)
        left = passed / self.done * (self.total - self.done)
        share = self.done / self.total
        bar = "█" * int(share * 10)
        bar += "▏▎▍▌▋▊▉"[int(share * 80) % 8 - 1] if int(share * 80) % 8 else ""
        print(
            f"{share:4.0%}|{bar:<10}| {self.done}/{self.total} "
            f"[{_clock(passed)}<{_clock(left)}, {self.done / passed:5.2f}it/s]",
            flush=True,
        )


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60:02}:{int(seconds) % 60:02}"


class Runner(BaseRunner):
    """Paints with noise and arithmetic: nothing was learned from pictures."""

    def setup(self) -> None:
        """There are no weights; a first small picture finds what is missing before anybody waits."""
        for _ in landscape.paint((64, 64), random.Random(0), words.read("mountain", "auto"), 1):
            pass
        print("fractal: ready")

    def run(
        self,
        prompt: str = Input(
            description="What to paint. It knows words such as mountain, ocean, lake, forest, desert, city, "
            "volcano, nebula; night, dawn, sunset, storm, aurora, snow; fire, ice, gold, neon."
        ),
        kind: str = Input(
            description="What sort of picture. auto lets the prompt decide.",
            choices=["auto", "landscape", "nebula", "mandelbrot", "julia"],
            default="auto",
        ),
        width: int = Input(description="Width in pixels.", ge=64, le=1440, default=768),
        height: int = Input(description="Height in pixels.", ge=64, le=1440, default=512),
        num_outputs: int = Input(description="How many pictures.", ge=1, le=4, default=1),
        seed: int | None = Input(
            description="The same seed gives the same pictures. Leave it out for a random one.", default=None
        ),
        steps: int = Input(
            description="How many steps a picture takes; more give more layers and more iterations.",
            ge=1,
            le=50,
            default=20,
        ),
        pace: float = Input(
            description="The least time of a step in seconds, so that one can watch.",
            ge=0,
            le=2,
            default=0.08,
        ),
        output_format: str = Input(
            description="The pictures' file format.", choices=["png", "webp", "jpg"], default="png"
        ),
    ) -> Iterator[Path]:
        """Paint `num_outputs` pictures and give each as soon as it is done."""
        if seed is None:
            seed = random.SystemRandom().randrange(2**32)
        print(f"Using seed: {seed}")
        scene = words.read(prompt, kind)
        steered = ", ".join(scene.known) or "none, so its checksum chose"
        what = f"{scene.place}, {scene.hour}" if scene.kind == "landscape" else scene.kind
        print(f"Painting {what} in {scene.tone} ({width}x{height}); words known: {steered}", flush=True)
        folder = Path(tempfile.mkdtemp(prefix="fractal-"))
        progress = Progress(steps * num_outputs, pace)
        for number in range(num_outputs):
            rng = random.Random(zlib.crc32(f"{seed}/{number}".encode()))
            picture = self._paint(scene, (width, height), rng, steps, progress)
            path = folder / f"out-{number}.{output_format}"
            if output_format == "png":
                picture.save(path, compress_level=6)
            else:
                picture.save(path, quality=90)
            yield Path(path)
        self.record_metric("image_count", num_outputs)

    def _paint(
        self, scene: words.Scene, size: tuple[int, int], rng: random.Random, steps: int, progress: Progress
    ) -> Image.Image:
        if scene.kind == "landscape":
            stages = landscape.paint(size, rng, scene, steps)
        elif scene.kind == "nebula":
            stages = nebula.paint(size, rng, scene.colours, steps)
        else:
            stages = escape.paint(size, rng, scene.colours, scene.kind, steps)
        for stage in stages:
            if stage is not None:
                return stage
            progress.step()
        raise RuntimeError("the painter gave no picture")
