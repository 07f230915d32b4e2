"""What may be typed of what things cost."""

from __future__ import annotations

from tui.cli.grammar.parsing import Command, nothing

_PRICES_EPILOG = """\
The config file's [prices] goes before the book. An entry that is over a year old is marked. No price is in the API:
every amount that comes of them is an estimate."""

COMMANDS = {
    "prices": Command(
        "The prices that estimates come of, with where each stands and since when.", nothing, _PRICES_EPILOG
    ),
}
