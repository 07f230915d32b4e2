"""A key to the first changed cell: in the list, the form, the palette and a choice, beside a bare Textual app.

Console and floor run side by side and get their keys in turn. Then once more with an API that is slow and fails: no key
may wait for the network.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import cycle

from bench.measure import BARE, CONSOLE, FLOOR, Program, Series, api, homes, near_and_away
from bench.rows import Row

KEYS = 100
MODELS = 4_000
UP, DOWN = "\x1b[A", "\x1b[B"
MODEL = "sandbox/everything"
"""The sandbox's model with a field of every kind."""


def run() -> list[Row]:
    """With an API that answers at once, and with one that takes 200 ms."""
    return near_and_away(_measure)


def _measure(chaos: str, where: str) -> list[Row]:
    found = Series()
    with api(chaos) as sandbox, homes(sandbox, MODELS, 2) as (home, other):
        with Program([CONSOLE], home) as console, Program(FLOOR) as floor:
            for program in (console, floor):
                program.shown("model-20")
                program.quiet(2.0)
            _in_turn(found, console, floor, "list", _walk, _walk)
            console.send("/")
            floor.send("\x1b[Z")
            _in_turn(found, console, floor, "filter", _letters, _letters)
            console.send("\x1b")
            console.quiet(0.5)
            console.send("\x10")
            _in_turn(found, console, floor, "palette", _letters, _letters)
        with Program([CONSOLE, "run", MODEL], other) as console, Program(FLOOR) as floor:
            console.shown("A short text")
            floor.shown("model-20")
            for program in (console, floor):
                program.quiet(2.0)
            floor.send("\x1b[Z")
            _in_turn(found, console, floor, "form", _letters, _letters)
            _in_turn(found, console, floor, "fields", _fields, _letters)
    bare = f"{BARE}: "
    rows = [
        Row(f"a key in the list, {MODELS:,} models{where}, p95", found.p95("list"), "ms", found.p95("floor list"),
            f"{bare}its table", 10, 1.5),
        *(
            Row(f"a key in the {name}{where}, p95", found.p95(name), "ms", found.p95(f"floor {name}"),
                f"{bare}its input", 10, 1.5)
            for name in ("filter", "palette", "form")
        ),
        Row(f"tab through the form{where}, p95", found.p95("fields"), "ms", found.p95("floor fields"),
            f"{bare}a key in its input", 10, 1.5),
    ]  # fmt: skip
    medians = [
        Row(f"a key in the {name}{where}, median", found.median(name), "ms", found.median(f"floor {name}"), bare[:-2])
        for name in ("list", "filter", "palette", "form", "fields")
    ]
    return [*rows, *medians]


def _in_turn(
    found: Series,
    console: Program,
    floor: Program,
    name: str,
    ours: Callable[[], Iterator[str]],
    theirs: Callable[[], Iterator[str]],
) -> None:
    console.quiet(0.5)
    for number, (key, other) in enumerate(zip(ours(), theirs(), strict=False)):
        if number >= KEYS:
            return
        found.add(name, console.answer(key))
        found.add(f"floor {name}", floor.answer(other))


def _walk() -> Iterator[str]:
    """Six rows down, six up."""
    return cycle([DOWN] * 6 + [UP] * 6)


def _fields() -> Iterator[str]:
    """Ten fields on, ten back."""
    return cycle(["\t"] * 10 + ["\x1b[Z"] * 10)


def _letters() -> Iterator[str]:
    """A word that is typed and taken back."""
    return cycle([*"image of", *["\x7f"] * 8])
