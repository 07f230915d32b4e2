"""Writes the pages that are made from the code: the man page, the command line's page, the page of the settings.

`make reference` writes them anew; a test compares them with the code.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tui import __version__
from tui.cli.grammar import COMMANDS
from tui.cli.grammar.parsing import Parser, every_command
from tui.cli.help import HELP
from tui.settings.config_schema import described
from tui.settings.user_commands import FACTS, VARIABLE

ROOT = Path(__file__).resolve().parent.parent
MAN, COMMAND_LINE, SETTINGS = (ROOT / "docs" / name for name in ("replicate-tui.1", "command-line.md", "settings.md"))
_MADE = "made by `make reference`: change the code that it is made from"
_MARKUP = re.compile(r"[<>|\[\]*_]")
_MANY = {"?": "[{}]", "*": "[{}]...", "+": "{}..."}


class Entry(NamedTuple):
    """One command, as both pages tell it."""

    name: str
    usage: str
    summary: str
    options: list[tuple[str, str]]
    more: str


def entries() -> Iterator[Entry]:
    """Every command of the grammar."""
    shared = {action.dest for action in _of_all()}
    for name, command in sorted(COMMANDS.items()):
        every = command.parser(name).arguments
        own = [one for one in every if one.dest not in {*shared, "help"} and one.help != argparse.SUPPRESS]
        words = [_words(one) for one in own if not one.option_strings]
        options = [(_option(one), _sentence(one)) for one in own if one.option_strings]
        usage = " ".join([name, *words, *(["[OPTIONS]"] if options else [])])
        yield Entry(name, usage, command.summary.replace("\n", " "), options, (command.epilog or "").strip("\n"))


def _of_all() -> list[argparse.Action]:
    parser = Parser(add_help=False)
    every_command(parser)
    return parser.arguments


def _words(action: argparse.Action) -> str:
    return _MANY.get(str(action.nargs), "{}").format(action.metavar)


def _option(action: argparse.Action) -> str:
    names = ", ".join(action.option_strings)
    if action.nargs == 0:
        return names
    value = action.metavar or (action.dest.rpartition(":")[2].upper() if not action.choices else "WHAT")
    return f"{names} {value}"


def _sentence(action: argparse.Action) -> str:
    chosen = [str(one) for one in action.choices or ()]
    told = action.help or ""
    return told if not chosen or all(one in told for one in chosen) else f"{told} ({', '.join(chosen)})"


def _last(title: str) -> str:
    """A paragraph at the end of the whole help."""
    return " ".join(HELP[HELP.index(f"{title}:") + len(title) + 1 :].partition("\n\n")[0].split())


# ---- the man page


def man_page() -> str:
    """The man page, in roff."""
    lines = [
        f'.\\" {_MADE}',
        f'.TH REPLICATE\\-TUI 1 "" "replicate\\-tui {__version__}" "User Commands"',
        ".SH NAME",
        "replicate\\-tui \\- the console for Replicate in a terminal",
        ".SH SYNOPSIS",
        ".B replicate\\-tui",
        "[\\fIOPTIONS\\fR] [\\fICOMMAND\\fR]",
        ".SH DESCRIPTION",
        "Find a model, fill the form that its schema asks for, run it, watch it, and keep what came.",
        "Without a command the console opens on the models. A command opens it at that place, where it has one; with",
        "\\fB\\-\\-json\\fR, or where stdout is no terminal, it prints the API's objects instead.",
        ".SH OPTIONS",
        "They stand before or after the command.",
    ]
    for action in _of_all():
        lines += [".TP", f".B {_roff(_option(action))}", _roff(_sentence(action))]
    lines.append(".SH COMMANDS")
    for entry in entries():
        lines += [f".SS {_roff(entry.usage)}", _roff(entry.summary)]
        for option, told in entry.options:
            lines += [".TP", f".B {_roff(option)}", _roff(told)]
        if entry.more:
            lines += [".PP", ".nf", *(_roff(line) for line in entry.more.splitlines()), ".fi"]
    lines += [".SH ENVIRONMENT", _roff(_last("Environment")), ".SH EXIT STATUS", _roff(_last("Exit codes"))]
    lines += [".SH FILES", "\\fBreplicate\\-tui config path\\fR says where the config file is.", ".SH SEE ALSO"]
    lines += ["https://github.com/replicate\\-tui/replicate\\-tui"]
    return "\n".join(lines) + "\n"


def _roff(text: str) -> str:
    escaped = text.replace("\\", "\\e").replace("-", "\\-").replace("…", "...").replace("'", "\\(aq")
    return f"\\&{escaped}" if escaped.startswith((".", " ")) or not escaped else escaped


# ---- the pages of the site


def command_line_page() -> str:
    """Every command with its options, in Markdown."""
    parts = [f"<!-- {_MADE} -->", "# Command line: all commands", ""]
    parts += [
        "`replicate-tui [OPTIONS] [COMMAND]`. Each command opens the console at its place, or with `--json`, or where",
        "stdout is no terminal, prints the API's objects.",
        "",
        "## Options of every command",
        "",
    ]
    parts += [*_list((_option(one), _sentence(one)) for one in _of_all()), ""]
    for entry in entries():
        parts += [f"## {entry.name}", "", f"`replicate-tui {entry.usage}`", "", entry.summary, ""]
        parts += [*_list(iter(entry.options)), ""] if entry.options else []
        if entry.more:
            parts += ["```text", *entry.more.splitlines(), "```", ""]
    parts += [
        "## sandbox",
        "",
        "`replicate-tui sandbox [-- COMMAND]` has a page of its own: [sandbox](sandbox.md).",
        "",
    ]
    parts += ["## Environment", "", _last("Environment"), "", "## Exit codes", "", _last("Exit codes"), ""]
    return "\n".join(parts)


def _list(options: Iterator[tuple[str, str]]) -> list[str]:
    return [f"- `{option}`: {_MARKUP.sub(_escaped, told)}" for option, told in options]


def _escaped(found: re.Match[str]) -> str:
    return f"\\{found[0]}"


def settings_page() -> str:
    """Every setting of the config file, in Markdown."""
    parts = [f"<!-- {_MADE} -->", "# Settings: all of the config file", ""]
    parts += [
        "`replicate-tui config path` says where the file is, `config edit` opens it, `config check` names mistakes,",
        "and `config schema` prints the schema that this page is made from. `NAME` stands for a name of yours.",
        "",
        "| setting | what it is for |",
        "| --- | --- |",
        *(f"| `{path}` | {words} |" for path, words in described()),
        "",
        "## What a command of your own is told",
        "",
        "| in `run` | in its environment | what it is |",
        "| --- | --- | --- |",
        *(f"| `{{{name}}}` | `{VARIABLE}{name.upper()}` | {words} |" for name, words in FACTS.items()),
        "",
    ]
    return "\n".join(parts)


PAGES = {MAN: man_page, COMMAND_LINE: command_line_page, SETTINGS: settings_page}

if __name__ == "__main__":
    for path, made in PAGES.items():
        path.write_text(made(), "utf-8")
