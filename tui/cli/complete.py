"""What may stand next in a command line, for the shells: words of the grammar, and names and ids from the store.

The scripts of `completion` ask for it at each tab, so nothing is imported that is not needed, no command is run for a
token, and the network is never used.
"""

from __future__ import annotations

import argparse
import contextlib
import sqlite3
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, cast

from tui.cli.grammar import ALIASES, COMMANDS
from tui.cli.grammar.parsing import Command, Parser, every_command

if TYPE_CHECKING:
    from tui.settings import Settings
    from tui.store.filter_query import Kind

Candidate = tuple[str, str]
"""A word, and what it is."""
Read = Callable[[sqlite3.Connection, str], Iterable[Candidate]]
"""Reads words from the store, for an account."""
FILES = ":files"
"""Stands in the place of words where the shell completes its own files."""
_FILES = ("FILE", "DIR", "PATH")
_SIGNS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._/:@=+-")
"""What a word from the store may hold: a shell would read other signs as its own."""


def print_candidates(words: Sequence[str]) -> int:
    """Print a candidate a line, `word TAB meaning`, for `words`, of which the last is not finished; never a failure."""
    lines: list[str] = []
    # A tab that finds nothing is better than a traceback in one's command line.
    with contextlib.suppress(Exception):
        lines = [f"{word}\t{' '.join(what.split())[:80]}" if what else word for word, what in candidates(words)]
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    return 0


def candidates(words: Sequence[str]) -> list[Candidate]:
    """What the last word may become."""
    *before, word = words or [""]
    if "--" in before or (before and before[0] == "sandbox" and "--" in words):
        return [(FILES, "")]
    found = [one for one in _next(before, word) if one[0].startswith(word) or one[0] == FILES]
    first: dict[str, str] = {}
    for one, what in found:
        first.setdefault(one, what)
    return list(first.items())


def _next(before: Sequence[str], word: str) -> Iterable[Candidate]:
    name, parser, plain = _parsed(before)
    option = _option_before(parser, before)
    if option is not None:
        return _values(option, name, before, word, plain)
    if word.startswith("--") and "=" in word:
        option = parser.option(word.partition("=")[0])
        start = f"{word.partition('=')[0]}="
        if option is None:
            return []
        given = _values(option, name, before, word.removeprefix(start), plain)
        return [(f"{start}{one}" if one != FILES else one, what) for one, what in given]
    if word.startswith("-"):
        return _options(parser)
    found: list[Candidate] = []
    if not plain:
        found += _actions(name) if name else _commands()
    if name:
        found += _positional(name, parser, before, word, plain)
    return found


def _parsed(before: Sequence[str]) -> tuple[str, Parser, list[str]]:
    """The command that was typed, its parser, and the words that were given to it."""
    name, plain = "", list[str]()
    parser = Parser(prog="", add_help=False, allow_abbrev=False)
    every_command(parser)
    parser.add_argument("-h", "--help", action="store_true", help="print the help")
    skip = False
    for index, word in enumerate(before):
        if skip:
            skip = False
        elif word.startswith("-"):
            skip = _takes_value(parser, word)
        elif not name:
            name = ALIASES.get(word, word)
            parser = _parser_of(name) or parser
        elif f"{name} {word}" in COMMANDS and not plain and name == before[index - 1]:
            name = f"{name} {word}"
            parser = _parser_of(name) or parser
        else:
            plain.append(word)
    return name, parser, plain


def _parser_of(name: str) -> Parser | None:
    command: Command | None = COMMANDS.get(name)
    return command.parser(name) if command is not None else None


def _takes_value(parser: Parser, word: str) -> bool:
    action = parser.option(word)
    return action is not None and action.nargs != 0


def _option_before(parser: Parser, before: Sequence[str]) -> argparse.Action | None:
    """The option whose value is being typed."""
    if not before or not before[-1].startswith("-") or not _takes_value(parser, before[-1]):
        return None
    return parser.option(before[-1])


def _commands() -> Iterator[Candidate]:
    for name, command in COMMANDS.items():
        first, _, action = name.partition(" ")
        if not action:
            yield first, _first(command.summary)
        elif first not in COMMANDS:
            yield first, f"{', '.join(one.partition(' ')[2] for one in COMMANDS if one.startswith(f'{first} '))}"
    yield "sandbox", "serve a local Replicate, or run a command with it"


def _actions(name: str) -> Iterator[Candidate]:
    for other, command in COMMANDS.items():
        if other.startswith(f"{name} "):
            yield other.removeprefix(f"{name} "), _first(command.summary)


def _first(summary: str) -> str:
    return summary.partition(". ")[0].rstrip(".")


def _options(parser: Parser) -> Iterator[Candidate]:
    for action in parser.arguments:
        for option in action.option_strings:
            if action.help != argparse.SUPPRESS:
                yield option, action.help or ""


# ---- values


def _values(
    option: argparse.Action, name: str, before: Sequence[str], word: str, plain: Sequence[str]
) -> Iterable[Candidate]:
    if option.choices:
        return [(str(choice), "") for choice in option.choices]
    metavar = str(option.metavar or "")
    if option.dest == "inputs":
        return _input_names(before, word, plain)
    if metavar in _FILES or option.dest == "input_file":
        return [(FILES, "")]
    if option.dest == "profile":
        return [(one, "") for one in _settings(before).profiles]
    if option.dest == "theme":
        from tui.appearance import theme_names

        return [(one, "") for one in theme_names()]
    return _named(metavar, name, before, word)


def _positional(
    name: str, parser: Parser, before: Sequence[str], word: str, plain: Sequence[str]
) -> Iterable[Candidate]:
    """What the words of the command may be."""
    action = next((one for one in parser.arguments if one.dest == "words"), None)
    if action is None or (plain and action.nargs in (None, 1, "?")):
        return []
    if action.choices:
        return [(str(choice), "") for choice in action.choices]
    if name == "batch" and plain:
        return [(FILES, "")]
    if name == "run" and plain:
        return _input_names(before, word, plain)
    metavar = str(action.metavar or "")
    if metavar.partition("|")[0] in _FILES:
        return [(FILES, "")]
    if name.startswith("deployments") or (name == "run" and "--deployment" in before):
        return _named("DEPLOYMENT", name, before, word)
    return _named(metavar, name, before, word)


def _named(metavar: str, name: str, before: Sequence[str], word: str) -> Iterable[Candidate]:
    """Names and ids that the store has."""
    from tui.store import known_words as known

    section = name.partition(" ")[0]
    kind: Kind = "training" if section == "trainings" else "prediction"
    live = name in ("cancel", "predictions cancel", "trainings cancel")
    reads: dict[str, Read] = {
        "OWNER/NAME": lambda db, account: known.models(db, account, word),
        "OWNER/NAME[:VERSION]": lambda db, account: known.models(db, account, word),
        "DEPLOYMENT": known.deployments,
        "SLUG": known.collections,
        "SKU": known.hardware,
        "ID": lambda db, account: known.records(db, account, kind, word, only_live=live),
    }
    if metavar == "ID" and section in ("batches", "chat", "files"):
        own: dict[str, Read] = {"batches": known.batches, "chat": known.conversations}
        return _from_store(before, own[section]) if section in own else []
    read = reads.get(metavar)
    return _from_store(before, read) if read is not None else []


def _settings(before: Sequence[str]) -> Settings:
    from tui.settings import Options, load

    def value(option: str) -> str | None:
        given = [after for one, after in pairwise(before) if one == option]
        return given[-1] if given else None

    options = Options("--sandbox" in before, value("--base-url"), value("--profile"))
    return load(options, run_token_command=False)


def _from_store(before: Sequence[str], read: Read) -> list[Candidate]:
    from tui.store.before_connecting import peek

    def rows(connection: sqlite3.Connection, account: str) -> list[Candidate]:
        return [one for one in read(connection, account) if one[0] and set(one[0]) <= _SIGNS]

    return peek(_settings(before), rows, cast("list[Candidate]", []))


def _input_names(before: Sequence[str], word: str, plain: Sequence[str]) -> Iterable[Candidate]:
    """NAME= of the model's input, then its choices; behind NAME=@ the shell's files."""
    name, equals, value = word.partition("=")
    if value.startswith("@"):
        return [(FILES, "")]
    ref = plain[0].partition(":")[0] if plain else ""

    def read(connection: sqlite3.Connection, account: str) -> Iterable[Candidate]:
        from tui.forms import Form
        from tui.store.catalogue import model

        found = model(connection, account, ref)
        version = found[0].latest_version if found is not None else None
        form = Form.parse(version.openapi_schema if version is not None else None)
        if not equals:
            return [(f"{field.name}=", field.description or field.title) for field in form.fields]
        field = form.field(name)
        return [(f"{name}={choice}", "") for choice in (field.choices or ())] if field is not None else []

    return _from_store(before, read) if ref else []
