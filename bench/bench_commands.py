"""Commands that end by themselves: --version, --help, account --json and its requests, beside Python's own start."""

from __future__ import annotations

import sys

from bench.measure import CONSOLE, TIMES, Series, api, command, homes, rounds
from bench.rows import Row

GET = """
import asyncio, os, httpx
async def main():
    headers = {"Authorization": "Bearer " + os.environ["REPLICATE_API_TOKEN"]}
    base_url = os.environ["REPLICATE_API_BASE_URL"]
    async with httpx.AsyncClient(base_url=base_url, headers=headers, verify=False) as client:
        print((await client.get("account")).raise_for_status().text)
asyncio.run(main())
"""
"""The least that a program with httpx does for the same answer: nothing checked, tried again or explained."""


def run() -> list[Row]:
    """All in turn; medians."""
    found = Series()
    with api() as sandbox, homes(sandbox, 0) as (home,):
        commands = {
            "argparse": [sys.executable, "-c", "import argparse"],
            "replicate": [sys.executable, "-c", "import replicate"],
            "httpx": [sys.executable, "-c", GET],
            "--version": [CONSOLE, "--version"],
            "--help": [CONSOLE, "--help"],
            "account --json": [CONSOLE, "account", "--json"],
        }
        parts = [lambda name=name: found.add(name, command(commands[name], home)) for name in commands]
        rounds(1, *parts)
        found.values.clear()
        before = len(sandbox.requests())
        rounds(TIMES, *parts)
        requests = (len(sandbox.requests()) - before) / TIMES - 1  # the GET asks once as well
    bare, peer = "python -c 'import argparse'", "python -c 'import replicate'"
    return [
        *(
            Row(f"replicate-tui {name}", found.median(name), "ms", found.median("argparse"), bare, ratio=3)
            for name in ("--version", "--help")
        ),
        Row("replicate-tui account --json", found.median("account --json"), "ms", found.median("replicate"), peer, 300),
        Row(
            "replicate-tui account --json",
            found.median("account --json"),
            "ms",
            found.median("httpx"),
            "a GET by httpx",
        ),
        Row("replicate-tui account --json: requests", requests, "", most=1),
    ]
