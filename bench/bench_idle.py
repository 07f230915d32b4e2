"""Twenty seconds with nothing to do: bytes to the terminal, CPU, requests, memory; beside a bare Textual app.

And ten of a run that is looked at, with its clock and its bar, then ten with its picture.
"""

from __future__ import annotations

import time

from bench.measure import BARE, CONSOLE, Program, api, beside_floor, homes, near_and_away
from bench.rows import Row

SECONDS = 20.0
MODELS = 4_000
LOOKED_AT = 10.0
"""Seconds for which a run is looked at."""


def run() -> list[Row]:
    """With an API that answers at once, and with one that takes 200 ms."""
    return [*near_and_away(_measure), *_run()]


def _measure(chaos: str, where: str) -> list[Row]:
    """Both at the same time."""
    with beside_floor(chaos, MODELS) as (sandbox, ours, bare):
        requests = len(sandbox.requests())
        before = {program: (len(program.written), program.cpu()) for program in (ours, bare)}
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            ours.pump(0.1)
            bare.pump(0.1)
        written, cpu = ({p: value(p) - before[p][i] for p in before} for i, value in enumerate((_written, Program.cpu)))
        asked = len(sandbox.requests()) - requests
        what = f"idle for {SECONDS:.0f} s{where}"
        return [
            Row(f"{what}: written", written[ours], "B", written[bare], BARE, most=0),
            Row(f"{what}: CPU", cpu[ours] / SECONDS * 100, "%", cpu[bare] / SECONDS * 100, BARE, most=0.5),
            Row(f"{what}: requests", asked, "", most=0),
            Row(
                f"peak memory, idle, {MODELS:,} models cached{where}", ours.memory(), "MB", bare.memory(), BARE, most=60
            ),
        ]


def _run() -> list[Row]:
    """A run of fifteen steps that take a second each, over the list of models."""
    inputs = [part for pair in ("prompt=a lake", "steps=15", "pace=1") for part in ("-i", pair)]
    with (
        api() as sandbox,
        homes(sandbox, 0) as (home,),
        Program([CONSOLE, "run", "sandbox/fractal", *inputs], home) as p,
    ):
        p.shown("13 %")
        second = _rate(p, LOOKED_AT)
        p.after(0, "succeeded")
        p.quiet(2.0)
        return [
            Row("a second of a run: written", second, "B", most=3_000),
            Row("a run that has ended, with its picture: written", _rate(p, LOOKED_AT) * LOOKED_AT, "B", most=0),
        ]


def _rate(program: Program, seconds: float) -> float:
    """Bytes a second."""
    before, end = _written(program), time.monotonic() + seconds
    while time.monotonic() < end:
        program.pump(0.1)
    return (_written(program) - before) / seconds


def _written(program: Program) -> float:
    return float(len(program.written))
