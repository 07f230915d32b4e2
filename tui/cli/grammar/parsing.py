"""What every command's grammar is made of: the parser that raises, the options of all, the kinds of values."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from .call import DEFAULT_LIMIT, PROGRAM, Usage

FIELD = "field:"
"""Begins the dest of an option that is a field of the API's."""
_AGO = re.compile(r"(\d{1,5})([smhd])", re.ASCII)
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
WEBHOOK_EVENTS = ("start", "output", "logs", "completed")


class Parser(argparse.ArgumentParser):
    """Raises Usage instead of printing and leaving."""

    def error(self, message: str) -> NoReturn:
        raise Usage(f"{PROGRAM}: {harmless(message)}\nTry: {self.prog} --help", 2)

    def exit(self, status: int = 0, message: str | None = None) -> NoReturn:
        raise Usage((message or "").rstrip("\n"), status)

    def print_help(self, file: Any = None) -> None:
        raise Usage(self.format_help().rstrip("\n"), 0)

    @property
    def arguments(self) -> list[argparse.Action]:
        """What it takes, words and options, in the order of its help."""
        return list(self._actions)

    def option(self, text: str) -> argparse.Action | None:
        """What an option does, by one of its names."""
        return self._option_string_actions.get(text)


class Command(NamedTuple):
    """One command: what it does, in a sentence, and what it takes."""

    summary: str
    arguments: Callable[[argparse.ArgumentParser], None]
    epilog: str | None = None
    has_version: bool = False
    """Whether its own --version VERSION names a model's version, instead of asking for this program's."""

    def parser(self, name: str) -> Parser:
        """Its parser; `name` has two words for an action on a section."""
        parser = Parser(
            prog=f"{PROGRAM} {name}",
            description=self.summary,
            epilog=self.epilog,
            allow_abbrev=False,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        self.arguments(parser)
        every_command(parser, version=not self.has_version)
        return parser


def nothing(parser: argparse.ArgumentParser) -> None:
    """The arguments of a command that takes none."""


def words(metavar: str, nargs: int | str = 1, help: str | None = None) -> Callable[[argparse.ArgumentParser], None]:
    """The arguments of a command that takes words alone."""

    def arguments(parser: argparse.ArgumentParser) -> None:
        parser.add_argument("words", metavar=metavar, nargs=nargs, help=help)

    return arguments


class _Version(argparse.Action):
    """Prints the version."""

    def __init__(self, option_strings: Sequence[str], dest: str, default: Any = None, help: str | None = None) -> None:
        super().__init__(option_strings, dest, nargs=0, default=default, help=help)

    def __call__(self, *_: object, **__: object) -> NoReturn:
        from tui import __version__

        raise Usage(f"{PROGRAM} {__version__}", 0)


def harmless(text: str) -> str:
    """A message of argparse quotes what was typed: no control code of it may reach the terminal."""
    return "".join(character if character.isprintable() or character == "\n" else "?" for character in text)


# ---- options that commands share


def every_command(parser: argparse.ArgumentParser, *, version: bool = True) -> None:
    """The options that stand before or after any command."""
    group = parser.add_argument_group("options of every command")
    missing = argparse.SUPPRESS
    group.add_argument("--sandbox", action="store_true", default=missing, help="use the local Replicate")
    group.add_argument("--base-url", metavar="URL", default=missing, help="the API's address")
    group.add_argument("--profile", metavar="NAME", default=missing, help="a profile of the config file")
    group.add_argument("--read-only", action="store_true", default=missing, help="refuse whatever costs or changes")
    group.add_argument("--theme", metavar="NAME", default=missing, help="the console's colours")
    group.add_argument("--json", action="store_true", default=missing, help="print the API's objects as JSON")
    if version:
        group.add_argument("--version", action=_Version, default=missing, help="print the version")


def field(parser: argparse.ArgumentParser, name: str, help: str, option: str | None = None, **given: Any) -> None:
    """An option for a field of the API's, by the API's name."""
    option = option or f"--{name.replace('_', '-')}"
    parser.add_argument(option, dest=FIELD + name, help=help, **given)


def limit(parser: argparse.ArgumentParser) -> None:
    """--limit of a list."""
    help = "how many at most; 0 for all (100)"
    parser.add_argument("--limit", metavar="N", type=count, default=DEFAULT_LIMIT, help=help)


def yes(parser: argparse.ArgumentParser, help: str = "do not ask; without a terminal it has to be given") -> None:
    """--yes of what destroys or goes on costing."""
    parser.add_argument("--yes", "-y", action="store_true", help=help)


def follow(parser: argparse.ArgumentParser) -> None:
    """--follow of what is live."""
    parser.add_argument("--follow", action="store_true", help="print a line of JSON for each change until the end")


def inputs(parser: argparse.ArgumentParser, of: str) -> None:
    """-i of what takes an input, and --input, which takes all of it at once."""
    parser.add_argument(
        "-i",
        dest="inputs",
        metavar="NAME=VALUE",
        action="append",
        type=pair,
        default=[],
        help=f"a value of {of} input; NAME=@FILE gives a file, and for a text field its content (@- is stdin); "
        "NAME=@prediction:ID[/INDEX] an output of an earlier run (0 is the first); NAME= gives an empty text",
    )
    parser.add_argument(
        "--input",
        dest="input_file",
        metavar="FILE",
        type=_whole,
        help=f"{of} input as a JSON object, from a file, or from stdin with -; each -i comes on top of it",
    )


def webhook(parser: argparse.ArgumentParser) -> None:
    """--webhook and which events it is told."""
    field(parser, "webhook", "an https address that is told how it goes", metavar="URL", type=https)
    field(
        parser,
        "webhook_events_filter",
        f"of what it is told: {', '.join(WEBHOOK_EVENTS)} (may be repeated)",
        "--webhook-event",
        metavar="EVENT",
        action="append",
        choices=WEBHOOK_EVENTS,
    )


# ---- kinds of values


def duration(text: str) -> float:
    """Seconds of `90`, `30s`, `5m`, `1h30m45s`. Raises ArgumentTypeError."""
    from tui.forms.delivery import seconds_of

    try:
        return seconds_of(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def moment(text: str) -> str:
    """The moment of `2026-03-01`, `2026-03-01T12:00:00Z`, or `2h` ago, as the API wants it. Raises
    ArgumentTypeError."""
    ago = _AGO.fullmatch(text.strip().lower())
    try:
        if ago:
            found = datetime.now(UTC) - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
        else:
            # A time without a zone is the time of this machine, as people mean it.
            found = datetime.fromisoformat(text.strip()).astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        wanted = "a date, a time such as 2026-03-01T12:00:00Z, or how long ago: 30m, 2h, 3d"
        raise argparse.ArgumentTypeError(f"must be {wanted}; got {text[:40]!r}") from None
    return found.isoformat().replace("+00:00", "Z")


def count(text: str) -> int:
    """How many; 0 for all. Raises ArgumentTypeError."""
    if not re.fullmatch(r"\d{1,9}", text, re.ASCII):
        raise argparse.ArgumentTypeError(f"must be a whole number, 0 for all, got {text[:40]!r}")
    return int(text)


def port(text: str) -> int:
    """A port. Raises ArgumentTypeError."""
    found = count(text)
    if found > 65535:
        raise argparse.ArgumentTypeError(f"must be a port from 0 to 65535, got {text[:40]!r}")
    return found


def instances(most: int) -> Any:
    """A number of instances from 0 to `most` (docs/replicate.md, Operations)."""

    def parse(text: str) -> int:
        if not re.fullmatch(r"\d{1,9}", text, re.ASCII) or int(text) > most:
            raise argparse.ArgumentTypeError(f"must be a whole number from 0 to {most}, got {text[:40]!r}")
        return int(text)

    return parse


def link(text: str) -> str:
    """An http address, or "" where a field is to be emptied. Raises ArgumentTypeError."""
    from tui.forms.delivery import is_address

    if text and not is_address(text, ("http", "https")):
        raise argparse.ArgumentTypeError(f"must be an address such as https://github.com/you/it, got {text[:60]!r}")
    return text


def address(text: str) -> str:
    """An http address. Raises ArgumentTypeError."""
    if not text:
        raise argparse.ArgumentTypeError("must be an address such as http://localhost:8000/hook")
    return link(text)


def https(text: str) -> str:
    """An address that a webhook may go to. Raises ArgumentTypeError."""
    from tui.forms.delivery import webhook_fault

    if fault := webhook_fault(text):
        raise argparse.ArgumentTypeError(fault)
    return text


def pair(text: str) -> str:
    """NAME=VALUE of an input. Raises ArgumentTypeError."""
    if "=" not in text[1:]:
        raise argparse.ArgumentTypeError(f"must be NAME=VALUE or NAME=@FILE, got {text[:60]!r}")
    return text


def _whole(text: str) -> str:
    """A file that holds a whole input. Raises ArgumentTypeError for a pair."""
    if "=" in text[1:] and not Path(text).is_file():
        raise argparse.ArgumentTypeError(f"must be a JSON file, or - for stdin; one value is -i {text[:60]}")
    if not text:
        raise argparse.ArgumentTypeError("must be a JSON file, or - for stdin")
    return text


def metadata(text: str) -> str:
    """NAME=VALUE of a file's metadata. Raises ArgumentTypeError."""
    if "=" not in text[1:]:
        raise argparse.ArgumentTypeError(f"must be NAME=VALUE, got {text[:60]!r}")
    return text
