"""`--set NAME=1..8` and `--set NAME=a,b,c`: the values of a grid, and every combination of them."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator, Mapping, Sequence

_RANGE = re.compile(r"(-?\d{1,15})\.\.(-?\d{1,15})")
MOST = 1_000_000
"""Values that one range may have."""


class BadGrid(ValueError):
    """A grid that cannot be; the message is a sentence."""


def parse_grid(pairs: Sequence[str]) -> dict[str, list[str]]:
    """The values of each name, as texts. Raises BadGrid."""
    grid: dict[str, list[str]] = {}
    for pair in pairs:
        name, _, text = pair.partition("=")
        name = name.strip()
        if name in grid:
            raise BadGrid(f"--set {name}= was given more than once: write all of its values in one, {name}=a,b,c.")
        grid[name] = _values(name, text)
    return grid


def _values(name: str, text: str) -> list[str]:
    found = _RANGE.fullmatch(text.strip())
    if found:
        first, last = int(found[1]), int(found[2])
        if abs(last - first) >= MOST:
            raise BadGrid(f"--set {name}={text[:60]}: has more than {MOST:,} values.")
        step = 1 if last >= first else -1
        return [str(value) for value in range(first, last + step, step)]
    if text.lstrip().startswith("["):
        try:
            items: object = json.loads(text)
        except (ValueError, RecursionError):
            items = None
        if isinstance(items, list) and items:
            return [item if isinstance(item, str) else json.dumps(item) for item in items]  # pyright: ignore[reportUnknownVariableType]
        raise BadGrid(f"--set {name}={text[:60]}: must be a range such as 1..8, values such as a,b,c, or a JSON array.")
    values = [part.strip() for part in text.split(",")]
    if not all(values):
        raise BadGrid(f"--set {name}={text[:60]}: has an empty value; values are separated by commas: a,b,c.")
    return values


def combinations(grid: Mapping[str, Sequence[str]]) -> Iterator[dict[str, str]]:
    """Every combination, the last name's values changing first; one empty combination where there is no grid."""
    for values in itertools.product(*grid.values()):
        yield dict(zip(grid, values, strict=True))
