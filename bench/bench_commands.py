"""Commands that end by themselves: --version, --help, account --json and its requests, beside Python's own start."""

from __future__ import annotations

import sys

from bench.measure import CONSOLE, TIMES, Series, api, command, homes, rounds
from bench.rows import Row


def run() -> list[Row]:
    """All in turn; medians."""
    found = Series()
    with api() as sandbox, homes(sandbox, 0) as (home,):
        commands = {
            "argparse": [sys.executable, "-c", "import argparse"],
            "replicate": [sys.executable, "-c", "import replicate"],
            "--version": [CONSOLE, "--version"],
            "--help": [CONSOLE, "--help"],
            "account --json": [CONSOLE, "account", "--json"],
        }
        parts = [lambda name=name: found.add(name, command(commands[name], home)) for name in commands]
        rounds(1, *parts)
        found.values.clear()
        before = len(sandbox.requests())
        rounds(TIMES, *parts)
        requests = (len(sandbox.requests()) - before) / TIMES
    bare, peer = "python -c 'import argparse'", "python -c 'import replicate'"
    return [
        *(
            Row(f"replicate-tui {name}", found.median(name), "ms", found.median("argparse"), bare, ratio=3)
            for name in ("--version", "--help")
        ),
        Row("replicate-tui account --json", found.median("account --json"), "ms", found.median("replicate"), peer, 300),
        Row("replicate-tui account --json: requests", requests, "", most=1),
    ]
