"""Runs every benchmark of this folder: `make bench`, or `python -m bench [NAME ...] [--json]`.

A benchmark is a module `bench_*.py` with a function `run() -> list[bench.Row]`. Each figure stands beside its budget
and its floor or peer from the same run: machines are noisy, and only ratios within one run mean something. On a machine
that does other things at the same time, times with a fixed budget say nothing; look at the ratios.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import platform
import sys
import traceback
from dataclasses import asdict
from pathlib import Path

from bench.rows import Row


def main() -> int:
    """Run the benchmarks that are named, or all; print a table or JSON. 1 where one of them broke."""
    names = sorted(path.stem.removeprefix("bench_") for path in Path(__file__).parent.glob("bench_*.py"))
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*names, []], help=f"of {', '.join(names)}")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    options = parser.parse_args()
    rows: list[Row] = []
    if not options.json:
        print(f"on {os.cpu_count()} cores, Python {platform.python_version()}")
    failed: list[str] = []
    for name in options.names or names:
        print(f"running {name} …", file=sys.stderr)
        try:
            found: list[Row] = importlib.import_module(f"bench.bench_{name}").run()
        except Exception:  # noqa: BLE001 - one that breaks must not cost the half hour of the others
            traceback.print_exc()
            failed.append(name)
            continue
        rows += found
        if not options.json:
            _print(found)
    if options.json:
        print(json.dumps([{**asdict(row), "budget": row.budget, "met": row.met} for row in rows], indent=2))
    if failed:
        print(f"broken: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def _print(rows: list[Row]) -> None:
    """The table of one benchmark, as soon as it has run: all of them take half an hour."""
    width = max(len(row.what) for row in rows)
    print(f"\nload {os.getloadavg()[0]:.1f}")
    print(f"{'what':<{width}}  {'figure':>12}  {'budget':>12}     {'beside':>12}  {'ratio':>6}  what is beside it")
    for row in rows:
        ratio = f"{row.figure / row.beside:.2f}" if row.beside else ""
        sign = {None: " ", True: "✓", False: "✗"}[row.met]
        cells = [_cell(value, row.unit) for value in (row.figure, row.budget, row.beside)]
        print(f"{row.what:<{width}}  {cells[0]:>12}  {cells[1]:>12} {sign}   {cells[2]:>12}  {ratio:>6}  {row.floor}")
    sys.stdout.flush()


def _cell(value: float | None, unit: str) -> str:
    return "" if value is None else f"{value:,.1f} {unit}".rstrip()


if __name__ == "__main__":
    sys.exit(main())
