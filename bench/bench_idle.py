"""Twenty seconds with nothing to do: bytes to the terminal, CPU, requests, memory; beside a bare Textual app."""

from __future__ import annotations

import time

from bench.measure import BARE, Program, beside_floor, near_and_away
from bench.rows import Row

SECONDS = 20.0
MODELS = 4_000


def run() -> list[Row]:
    """With an API that answers at once, and with one that takes 200 ms."""
    return near_and_away(_measure)


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


def _written(program: Program) -> float:
    return float(len(program.written))
