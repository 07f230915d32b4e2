"""What may be typed to run many at once."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from .parsing import Command, count, duration, inputs, limit, pair, webhook, words, yes

BATCH = "batch:"
"""Begins the dest of an option that says how a batch goes."""
_EPILOG = """\
FILE is CSV, TSV, JSONL, a JSON array, or plain text with a prompt a line; its content tells which. A column named like
an input fills it. Every row is checked before the first one is sent. Each row is sent once, whatever happens: after
ctrl-c, a crash or a lost connection, replicate-tui batches resume ID goes on where it stopped.

  replicate-tui batch owner/model prompts.csv --save out --out table.jsonl
  replicate-tui batch owner/model rows.jsonl --map prompt=caption --dry-run
  replicate-tui batch sandbox/fractal -i prompt=lake --set seed=1..8 --set steps=5,20 --save out --name "{seed}-{steps}"
  replicate-tui batch owner/model --model owner/other prompts.txt --yes --json

Exit 0 only where every row succeeded; 1 says how many did not."""
_ACTIONS = """\
  replicate-tui batches resume ID      go on where it stopped
  replicate-tui batches resume ID --send-unknown
                                       and send the rows once more whose answers were lost
  replicate-tui batches retry ID       run again what failed or was canceled
  replicate-tui batches cancel ID      send nothing more, and cancel what is live
  replicate-tui batches export ID --out FILE.jsonl|FILE.csv
  replicate-tui batches delete ID      forget it; its predictions and files stay"""


def _option(parser: argparse.ArgumentParser, name: str, help: str, dest: str | None = None, **given: object) -> None:
    parser.add_argument(f"--{name}", dest=BATCH + (dest or name.replace("-", "_")), help=help, **given)  # pyright: ignore[reportArgumentType]


def _batch(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("words", metavar="OWNER/NAME[:VERSION] [FILE]", nargs="*", help="- is stdin")
    several: dict[str, object] = {"action": "append", "default": []}
    _option(parser, "model", "run the same rows on this one too", "models", metavar="OWNER/NAME", **several)
    _option(parser, "deployment", "run the rows on a deployment", "deployments", metavar="OWNER/NAME", **several)
    inputs(parser, "every run's")
    _option(
        parser,
        "map",
        "fill a field from a column of another name",
        "maps",
        metavar="FIELD=COLUMN",
        type=pair,
        **several,
    )
    _option(parser, "set", "every value: a range 1..8, or a,b,c; two of them make a grid", "sets",
            metavar="NAME=VALUES", type=pair, **several)  # fmt: skip
    _option(parser, "repeat", "run each so many times", metavar="N", type=_some, default=1)
    _option(parser, "concurrency", "how many at once (16)", metavar="N", type=_some, default=16)
    _option(parser, "rate", "how many to send a minute, at most", metavar="N/min", type=_rate)
    _option(parser, "retries", "how often to try again what can pass and was not billed (3)", metavar="N", type=count,
            default=3)  # fmt: skip
    _option(parser, "retry-paid", "try a failure again that was billed, too: each try is", action="store_true")
    parser.add_argument("--cancel-after", metavar="TIME", type=duration, help="cancel each so long after its creation")
    _option(parser, "stop-after-failures", "send nothing more after so many failures", metavar="N", type=_some)
    _option(parser, "max-seconds", "send nothing more after so many billed seconds", metavar="S", type=_amount)
    _option(parser, "max-cost", "send nothing more after so many dollars, as far as prices are known",
            metavar="DOLLARS", type=_amount)  # fmt: skip
    webhook(parser)
    parser.add_argument("--save", metavar="DIR", type=Path, help="save the outputs into DIR")
    parts = "{row}, {index}, {id}, {model}, a column, an input"
    _option(parser, "name", f'how the files are called ("{{row}}-{{index}}"): {parts}', metavar="TEMPLATE")
    _option(parser, "out", "write the table of all rows, as JSONL or CSV", metavar="FILE", type=_table)
    _option(parser, "label", "what it is for", metavar="TEXT")
    _option(parser, "dry-run", "send nothing: say how many runs, and show the first", action="store_true")
    _option(parser, "skip-invalid", "leave out the rows that the schema refuses", action="store_true")
    yes(parser)
    parser.add_argument("--wait", action=argparse.BooleanOptionalAction, help="wait for the ends, or only send")


def _batches(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("words", metavar="ID", nargs="?")
    limit(parser)


def _resume(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("words", metavar="ID", nargs=1)
    inputs(parser, "every run's secret")
    _option(parser, "out", "write the table of all rows at the end", metavar="FILE", type=_table)


def _go_on(parser: argparse.ArgumentParser) -> None:
    _resume(parser)
    _option(
        parser,
        "send-unknown",
        "send the rows once more whose answers were lost, and that were not found: one that was created all the same "
        "is paid twice",
        action="store_true",
    )
    yes(parser)


def _export(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("words", metavar="ID", nargs=1)
    _option(parser, "out", "where the table goes", metavar="FILE", type=_table, required=True)


def _delete(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("words", metavar="ID", nargs=1)
    yes(parser)


def _some(text: str) -> int:
    if not re.fullmatch(r"\d{1,6}", text, re.ASCII) or int(text) < 1:
        raise argparse.ArgumentTypeError(f"must be a whole number of at least 1, got {text[:40]!r}")
    return int(text)


def _amount(text: str) -> float:
    if not re.fullmatch(r"\d{1,9}(\.\d{1,6})?", text, re.ASCII):
        raise argparse.ArgumentTypeError(f"must be a number such as 10 or 2.50, got {text[:40]!r}")
    return float(text)


def _rate(text: str) -> float:
    found = re.fullmatch(r"(\d{1,6}(?:\.\d{1,3})?)(?:/(?:min|minute|m))?", text, re.ASCII)
    if found is None or float(found[1]) <= 0:
        raise argparse.ArgumentTypeError(f"must be so many a minute, as 60/min, got {text[:40]!r}")
    return float(found[1])


def _table(text: str) -> Path:
    path = Path(text)
    if path.suffix.lower() not in (".jsonl", ".csv"):
        raise argparse.ArgumentTypeError(f"must end in .jsonl or .csv, got {text[:60]!r}")
    return path


COMMANDS = {
    "batch": Command("Run a model on many rows, or over a grid of values.", _batch, _EPILOG),
    "batches": Command("Your batches, newest first, or one.", _batches, _ACTIONS),
    "batches resume": Command("Go on with a batch where it stopped.", _go_on),
    "batches retry": Command("Run again what failed or was canceled in a batch.", _resume),
    "batches cancel": Command("End a batch: what is live is canceled. What ran until now is billed.", words("ID")),
    "batches export": Command("Write the table of a batch.", _export),
    "batches delete": Command("Forget a batch; its predictions and files stay.", _delete),
}
