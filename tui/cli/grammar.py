"""The grammar of the command line: what may be typed, and its help. Imports nothing but argparse."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, cast

if TYPE_CHECKING:
    from tui.settings import Options

PROGRAM = "replicate-tui"
DEFAULT_LIMIT = 100
_DURATION = re.compile(r"(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,7}(?:\.\d{1,3})?)s?)?", re.ASCII)
_TAKES_VALUE = ("--base-url", "--profile", "--theme")

_RUN_EPILOG = """\
On a terminal, the form opens where a value is missing, and otherwise the run starts in the console. With --json,
--stream, --save, --wait, --no-wait or --cancel-on-interrupt, or where stdout is no terminal, nothing opens.

ctrl-c leaves a prediction that was created running, and says how to cancel it: what it has cost would be lost.
With --cancel-on-interrupt, ctrl-c cancels it; a second ctrl-c leaves at once.

  replicate-tui --sandbox run sandbox/guide -i prompt="How do I cancel a prediction?" --stream
  replicate-tui run owner/model -i image=@photo.jpg --save out --json"""


class Usage(Exception):
    """The program ends here with this text: help and version on stdout (code 0), a wrong usage on stderr (2)."""

    def __init__(self, text: str, code: int) -> None:
        super().__init__(text)
        self.text = text
        self.code = code


@dataclass(frozen=True)
class Call:
    """One command line, understood."""

    command: str = ""
    """"" opens the console on the models."""
    words: tuple[str, ...] = ()
    """The positional arguments."""
    sandbox: bool = False
    base_url: str | None = None
    profile: str | None = None
    read_only: bool = False
    theme: str | None = None
    json: bool = False
    limit: int = DEFAULT_LIMIT
    """How many objects of a list; 0 for all."""
    inputs: tuple[str, ...] = ()
    save: Path | None = None
    cancel_after: float | None = None
    """Seconds."""
    stream: bool = False
    wait: bool | None = None
    cancel_on_interrupt: bool = False
    rest: tuple[str, ...] = field(default=())
    """What `sandbox` was given: its own grammar reads it."""

    def options(self) -> Options:
        """What the settings need to know of it."""
        from tui.settings import Options

        return Options(self.sandbox, self.base_url, self.profile, self.read_only, self.theme)


class _Parser(argparse.ArgumentParser):
    """Raises Usage instead of printing and leaving."""

    def error(self, message: str) -> NoReturn:
        wrong = re.match(r"argument COMMAND: invalid choice: '([^']*)' \(choose from (.*)\)", message)
        if wrong:
            import difflib

            near = difflib.get_close_matches(wrong[1], re.findall(r"[a-z]+", wrong[2]), 1, 0.5)
            message = f"there is no command {wrong[1]!r}" + (f"; did you mean {near[0]!r}?" if near else ".")
        raise Usage(f"{PROGRAM}: {_harmless(message)}\nTry: {self.prog} --help", 2)

    def exit(self, status: int = 0, message: str | None = None) -> NoReturn:
        raise Usage((message or "").rstrip("\n"), status)

    def print_help(self, file: Any = None) -> None:
        raise Usage(self.format_help().rstrip("\n"), 0)


class _Top(_Parser):
    """The parser with the hand-made, grouped help."""

    def format_help(self) -> str:
        from tui.cli.help import HELP

        return HELP


class _Version(argparse.Action):
    """Prints the version."""

    def __init__(self, option_strings: Sequence[str], dest: str, default: Any = None, help: str | None = None) -> None:
        super().__init__(option_strings, dest, nargs=0, default=default, help=help)

    def __call__(self, *_: object, **__: object) -> NoReturn:
        from tui import __version__

        raise Usage(f"{PROGRAM} {__version__}", 0)


def _harmless(text: str) -> str:
    """A message of argparse quotes what was typed: no control code of it may reach the terminal."""
    return "".join(character if character.isprintable() or character == "\n" else "?" for character in text)


def duration(text: str) -> float:
    """Seconds of `90`, `30s`, `5m`, `1h30m45s` (FACTS §3). Raises ArgumentTypeError."""
    match = re.fullmatch(
        r"(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,7}(?:\.\d{1,3})?)s?)?", text.strip().lower(), re.ASCII
    )
    if match is None or not any(match.groups()):
        raise argparse.ArgumentTypeError(f"must be a time such as 30s, 5m or 1h30m45s, got {text[:40]!r}")
    hours, minutes, seconds = (float(part or 0) for part in match.groups())
    total = hours * 3600 + minutes * 60 + seconds
    if total < 5:
        raise argparse.ArgumentTypeError(f"must be at least 5 seconds, got {text[:40]!r}")
    return total


def _limit(text: str) -> int:
    if not re.fullmatch(r"\d{1,9}", text, re.ASCII):
        raise argparse.ArgumentTypeError(f"must be a whole number, 0 for all, got {text[:40]!r}")
    return int(text)


def _pair(text: str) -> str:
    if "=" not in text[1:]:
        raise argparse.ArgumentTypeError(f"must be NAME=VALUE or NAME=@FILE, got {text[:60]!r}")
    return text


def _globals(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("options of every command")
    missing = argparse.SUPPRESS
    group.add_argument("--sandbox", action="store_true", default=missing, help="use the local Replicate")
    group.add_argument("--base-url", metavar="URL", default=missing, help="the API's address")
    group.add_argument("--profile", metavar="NAME", default=missing, help="a profile of the config file")
    group.add_argument("--read-only", action="store_true", default=missing, help="refuse whatever costs or changes")
    group.add_argument("--theme", metavar="NAME", default=missing, help="the console's colours")
    group.add_argument("--json", action="store_true", default=missing, help="print the API's objects as JSON")
    group.add_argument("--version", action=_Version, default=missing, help="print the version")


def _build() -> argparse.ArgumentParser:
    top = _Top(prog=PROGRAM, allow_abbrev=False)
    _globals(top)
    commands = top.add_subparsers(dest="command", metavar="COMMAND", parser_class=_Parser, required=False)

    def command(name: str, summary: str, *aliases: str, epilog: str | None = None) -> argparse.ArgumentParser:
        return commands.add_parser(
            name,
            aliases=aliases,
            description=summary,
            epilog=epilog,
            allow_abbrev=False,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )

    def limit(parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "--limit", metavar="N", type=_limit, default=DEFAULT_LIMIT, help="how many at most; 0 for all (100)"
        )

    parsers = [
        models := command("models", "The models, or those that a search finds."),
        model := command("model", "One model, or one version of it."),
        run := command("run", "Run a model.", epilog=_RUN_EPILOG),
        predictions := command("predictions", "Your predictions, newest first, or one."),
        cancel := command("cancel", "Cancel predictions, without asking. What ran until now is billed."),
        collections := command("collections", "The collections, or one with its models."),
        search := command("search", "Models, collections and pages of the documentation."),
        command("account", "Who the token belongs to.", "whoami"),
        command("hardware", "What models can run on."),
        command("doctor", "What works here."),
    ]
    models.add_argument("words", metavar="QUERY", nargs="*", help="words to search for")
    limit(models)
    model.add_argument("words", metavar="OWNER/NAME[:VERSION]", nargs=1)
    predictions.add_argument("words", metavar="ID", nargs="?")
    limit(predictions)
    cancel.add_argument("words", metavar="ID", nargs="+")
    collections.add_argument("words", metavar="SLUG", nargs="?")
    limit(collections)
    search.add_argument("words", metavar="QUERY", nargs="+")
    search.add_argument("--limit", metavar="N", type=_limit, default=20, help="how many models, 1 to 50 (20)")
    _run_arguments(run)
    for parser in parsers:
        _globals(parser)
    return top


def _run_arguments(run: argparse.ArgumentParser) -> None:
    run.add_argument("words", metavar="OWNER/NAME[:VERSION]", nargs=1)
    run.add_argument(
        "-i",
        "--input",
        dest="inputs",
        metavar="NAME=VALUE",
        action="append",
        type=_pair,
        default=[],
        help="a value of the model's input; NAME=@FILE gives a file, and for a text field its content",
    )
    run.add_argument("--save", metavar="DIR", type=Path, help="save the output files into DIR")
    run.add_argument(
        "--cancel-after", metavar="TIME", type=duration, help="cancel it so long after its creation: 30s, 5m, 1h30m"
    )
    run.add_argument("--stream", action="store_true", help="print the output's text as it comes")
    run.add_argument(
        "--wait", action=argparse.BooleanOptionalAction, help="wait for the end (the default), or only create it"
    )
    run.add_argument("--cancel-on-interrupt", action="store_true", help="ctrl-c cancels the prediction")


def parse(argv: Sequence[str]) -> Call:
    """The call that `argv` means. Raises Usage, for help and version too."""
    own, rest = _split_sandbox(argv)
    given = vars(_build().parse_args(own))
    command = given.pop("command", None) or ""
    if rest is not None:
        command = "sandbox"
    if command == "whoami":
        command = "account"
    words = cast("str | list[str] | None", given.pop("words", None))
    words = [] if words is None else [words] if isinstance(words, str) else words
    if given.get("sandbox") and given.get("base_url"):
        raise Usage(f"{PROGRAM}: --sandbox and --base-url exclude each other: the sandbox has its own address.", 2)
    if given.get("stream") and given.get("wait") is False:
        raise Usage(f"{PROGRAM}: --stream waits for the output: it cannot be given with --no-wait.", 2)
    if given.get("save") is not None and given.get("wait") is False:
        raise Usage(f"{PROGRAM}: --save waits for the output: it cannot be given with --no-wait.", 2)
    if given.get("stream") and given.get("json"):
        raise Usage(f"{PROGRAM}: --stream prints text, --json prints JSON: give one of them.", 2)
    inputs = tuple(cast("list[str]", given.pop("inputs", [])))
    return Call(command=command, words=tuple(words), inputs=inputs, rest=tuple(rest or ()), **given)


def _split_sandbox(argv: Sequence[str]) -> tuple[Sequence[str], Sequence[str] | None]:
    """What stands before the command `sandbox`, and what stands after it: that has a grammar of its own."""
    skip = False
    for index, word in enumerate(argv):
        if skip:
            skip = False
        elif word in _TAKES_VALUE:
            skip = True
        elif not word.startswith("-"):
            return (argv[:index], argv[index + 1 :]) if word == "sandbox" else (argv, None)
    return argv, None
