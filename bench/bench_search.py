"""Search as one types over 4,000 known models with their schemas and READMEs: a letter until the list has followed.

Beside a letter in the input of a bare Textual app, which has no list that follows.
"""

from __future__ import annotations

import time

from bench.measure import BARE, Series, beside_floor, near_and_away
from bench.rows import Row

MODELS = 4_000
WORDS = ("upscale", "music 12", "lab-7/", "video restore")
STILL = 0.05
"""Seconds without a byte that end an answer; the API itself is asked 0.3 s after the last letter."""
CELL = 1_000
"""Bytes above which more was painted than the letter: other rows."""


def run() -> list[Row]:
    """With an API that answers at once, and with one that takes 200 ms."""
    return near_and_away(_measure)


def _measure(chaos: str, where: str) -> list[Row]:
    """Each letter of a few searches."""
    found = Series()
    with beside_floor(chaos, MODELS) as (_, console, floor):
        floor.send("\x1b[Z")
        for word in WORDS:
            console.send("/")
            console.quiet(0.3)
            cpu = console.cpu()
            for letter in word:
                found.add("floor", floor.answer(letter, still=STILL))
                place, start = len(console.written), time.monotonic()
                console.send(letter)
                console.quiet(STILL)
                if len(console.written) > place:
                    found.add("followed", (console.arrived[-1][0] - start) * 1000)
                if len(console.written) - place > CELL:
                    found.add("other rows", (console.arrived[-1][0] - start) * 1000)
            found.add("cpu", (console.cpu() - cpu) / len(word) * 1000)
            console.quiet(1.0)
            console.send("\x1b")
            console.quiet(0.5)
            console.send("\x1b")
            console.quiet(0.5)
    what = f"search over {MODELS:,} models{where}, a letter"
    return [
        Row(f"{what}: until the list has followed, median", found.median("followed"), "ms", found.median("floor"),
            f"{BARE}: a key in its input", 16),
        Row(f"{what}: the same, p95", found.p95("followed"), "ms", found.p95("floor"), f"{BARE}: a key in its input"),
        Row(f"{what} that leaves other rows, median", found.median("other rows"), "ms"),
        Row(f"{what}: CPU", found.median("cpu"), "ms"),
    ]  # fmt: skip
