"""What may be typed of what things cost."""

from __future__ import annotations

import argparse

from tui.cli.grammar.parsing import Command, field, moment, nothing

GROUPINGS = ("day", "model", "hardware", "deployment", "status", "source", "batch")
_PRICES_EPILOG = """\
The config file's [prices] goes before the book. An entry that is over a year old is marked. No price is in the API:
every amount that comes of them is an estimate."""
_USAGE_EPILOG = """\
  replicate-tui usage --since 30d --by model
  replicate-tui usage --by day --csv
  replicate-tui usage sync
It counts what this machine keeps; `usage sync` first reads what was made elsewhere. Every cost is an estimate by the
prices of `replicate-tui prices`; what has no price is counted in cost_unknown."""


def _usage(usage: argparse.ArgumentParser) -> None:
    field(usage, "since", "what began since then: a date, a time, or 30d ago (30d)", metavar="TIME", type=moment)
    field(usage, "until", "what began before then (now)", metavar="TIME", type=moment)
    field(usage, "by", f"by {', '.join(GROUPINGS)} (day)", metavar="WHAT", choices=GROUPINGS)
    field(
        usage,
        "format",
        "print a table, also where stdout is no terminal",
        "--table",
        action="store_const",
        const="table",
    )
    field(usage, "format", "print comma-separated values", "--csv", action="store_const", const="csv")


COMMANDS = {
    "prices": Command(
        "The prices that estimates come of, with where each stands and since when.", nothing, _PRICES_EPILOG
    ),
    "usage": Command("What was used and what it may have cost.", _usage, _USAGE_EPILOG),
    "usage sync": Command("Read all that the API still lists, so that what was made elsewhere counts.", nothing),
}
