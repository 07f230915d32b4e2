"""The console under a profiler: `python -m bench.profiled [--sandbox]`; press some keys, then q.

Prints the 40 costliest functions and keeps everything in console.prof, for `python -m pstats console.prof`.
"""

from __future__ import annotations

import cProfile
import pstats
import sys

from tui.app import Console
from tui.navigation import Place
from tui.settings import Options, load

KEPT = "console.prof"


def main() -> None:
    """Open it, and tell where the time went."""
    profile = cProfile.Profile()
    profile.runcall(Console(load(Options(sandbox="--sandbox" in sys.argv)), Place()).run)
    profile.dump_stats(KEPT)
    pstats.Stats(KEPT).sort_stats("cumulative").print_stats(40)


if __name__ == "__main__":
    main()
