"""Runs every benchmark of this folder: `make bench`, or `python -m bench [NAME ...] [--json]`.

A benchmark is a module `bench_*.py` with a function `run() -> list[bench.Row]`. Each figure stands beside its floor or
peer from the same run, for these machines are noisy and only ratios within one run mean something.
"""

from __future__ import annotations

import argparse
import importlib
import json
import sys
from dataclasses import asdict
from pathlib import Path

from bench.rows import Row


def main() -> int:
    """Run the benchmarks that are named, or all; print a table or JSON."""
    names = sorted(path.stem.removeprefix("bench_") for path in Path(__file__).parent.glob("bench_*.py"))
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*names, []], help=f"of {', '.join(names)}")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    options = parser.parse_args()
    rows: list[Row] = []
    for name in options.names or names:
        print(f"running {name} …", file=sys.stderr)
        rows += importlib.import_module(f"bench.bench_{name}").run()
    if options.json:
        print(json.dumps([asdict(row) for row in rows], indent=2))
        return 0
    width = max(len(row.what) for row in rows)
    print(f"{'what':<{width}}  {'figure':>12}  {'beside':>12}  {'ratio':>6}  what is beside it")
    for row in rows:
        ratio = f"{row.figure / row.beside:.2f}" if row.beside else ""
        beside = f"{row.beside:,.1f} {row.unit}" if row.beside is not None else ""
        print(f"{row.what:<{width}}  {f'{row.figure:,.1f} {row.unit}':>12}  {beside:>12}  {ratio:>6}  {row.floor}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
