"""Landscapes in layers: a sky, ridges that fade into the distance, and what stands or lies before them."""

import random
from collections.abc import Callable, Iterator
from functools import partial

from canvas import Canvas, begin
from field import Size, grain
from land import ridge, trees
from PIL import Image
from scenery import crater, houses, water
from sky import aurora, clouds, heavens
from words import Scene


def plan(canvas: Canvas, steps: int) -> list[Callable[[], object]]:
    """What is painted, in its order; more steps paint more layers."""
    _, height = canvas.size
    scene, layers = canvas.scene, max(2, min(7, 2 + steps // 4))
    jobs: list[Callable[[], object]] = [lambda: heavens(canvas)]
    if scene.aurora:
        jobs.append(lambda: aurora(canvas))
    if scene.place != "volcano":
        jobs.append(lambda: clouds(canvas))

    def land(index: int, count: int, span: float, tall: float, sharp: float, bumps: float, firs: bool) -> None:
        depth = index / max(1, count - 1)
        foot = canvas.horizon + span * depth**1.25
        line = ridge(canvas, depth, foot, tall * (1 - 0.35 * depth), sharp, bumps * (1 + 0.5 * depth))
        if firs and depth > 0.3:
            trees(canvas, line, depth, height * (0.028 + 0.11 * depth**2))

    def lands(count: int, span: float, tall: float, sharp: float, bumps: float, firs: bool = False) -> None:
        jobs.extend(partial(land, index, count, span, tall, sharp, bumps, firs) for index in range(count))

    below = height - canvas.horizon
    if scene.place == "ocean":
        lands(2, 2.0, height * 0.08, 0.5, 3)
        jobs[-1:] = []
        jobs.append(lambda: water(canvas))
    elif scene.place == "lake":
        lands(max(2, layers - 3), height * 0.02, height * 0.3, 0.55, 3, firs=False)
        jobs.append(lambda: trees(canvas, [canvas.horizon - 1] * 480, 0.62, height * 0.045))
        jobs.append(lambda: water(canvas))
    elif scene.place == "city":
        jobs.extend(partial(houses, canvas, depth) for depth in (0.15, 0.55, 1.0))
        jobs.append(lambda: water(canvas))
    elif scene.place == "desert":
        lands(max(3, layers - 2), below * 0.85, height * 0.2, 0.0, 1.6)
    elif scene.place == "volcano":
        jobs.append(lambda: crater(canvas))
        jobs.append(lambda: land(9, 10, below * 0.62, height * 0.16, 0.4, 4, False))
    elif scene.place == "forest":
        lands(layers, below * 0.95, height * 0.26, 0.35, 2.4, firs=True)
    else:
        lands(layers, below * 0.95, height * 0.36, 0.6, 2.6)
    return jobs


def paint(size: Size, rng: random.Random, scene: Scene, steps: int) -> Iterator[Image.Image | None]:
    """Paint a landscape; yields None after each of `steps` steps and then the picture."""
    canvas = begin(size, rng, scene)
    jobs = plan(canvas, steps)
    for step in range(steps):
        for job in jobs[len(jobs) * step // steps : len(jobs) * (step + 1) // steps]:
            job()
        yield None
    yield grain(canvas.picture, rng)
