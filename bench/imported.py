"""What a start imports, by `python -X importtime`: `python -m bench.imported [ARGUMENT ...]`, as of replicate-tui.

The console opens in a terminal of its own, for its screen and the list of imports both go to stderr; then it is left.
Prints what was imported before the first paint, costliest first, and what came after it.
"""

from __future__ import annotations

import re
import sys
from typing import NamedTuple

from bench.measure import Program

SHOWN = 40
_LINE = re.compile(rb"import time:\s+(\d+) \|\s+(\d+) \|( *)([\w.]+)")


class Imported(NamedTuple):
    """A module, with the microseconds that it took by itself and with all that it imported first."""

    name: str
    alone: int
    whole: int
    depth: int


def read(written: bytes) -> list[Imported]:
    """The modules in the order in which they were imported."""
    return [Imported(m[4].decode(), int(m[1]), int(m[2]), len(m[3]) // 2) for m in _LINE.finditer(written)]


def main() -> None:
    """Open it, leave it, and tell."""
    with Program([sys.executable, "-X", "importtime", "-m", "tui", *(sys.argv[1:] or ["--sandbox"])]) as program:
        program.until("Find")  # the footer's last word
        painted = len(program.written)
        program.quiet(3.0)
        program.send("q")
        program.quiet(1.0)
    before, after = read(bytes(program.written[:painted])), read(bytes(program.written[painted:]))
    print(f"{'with its own':>12}  {'alone':>8}  of {len(before)} modules before the first paint, in ms")
    for module in sorted(before, key=lambda module: -module.whole)[:SHOWN]:
        print(f"{module.whole / 1000:12.1f}  {module.alone / 1000:8.1f}  {module.name}")
    for words, modules in (("before the first paint", before), ("after it", after)):
        print(f"{sum(module.alone for module in modules) / 1000:12.1f} ms in {len(modules)} modules {words}")


if __name__ == "__main__":
    main()
