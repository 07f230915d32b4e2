"""The grammar of the command line: what may be typed, and its help. Imports nothing but the standard library
until a value is judged by a rule that the forms have too."""

from __future__ import annotations

from argparse import ArgumentTypeError
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

from . import batches, catalogue, cog, deployments_and_files, money, running, this_machine, webhooks
from .call import PROGRAM as PROGRAM
from .call import BatchCall, Given
from .call import Call as Call
from .call import Usage as Usage
from .other_words import translated
from .parsing import FIELD, Command, Parser, every_command, harmless, nothing, pair

COMMANDS: dict[str, Command] = {
    **catalogue.COMMANDS,
    **running.COMMANDS,
    **batches.COMMANDS,
    **deployments_and_files.COMMANDS,
    **money.COMMANDS,
    **webhooks.COMMANDS,
    **cog.COMMANDS,
    **this_machine.COMMANDS,
    "doctor": Command("What works here.", nothing),
}
"""A section's name and an action on it are one command: "models create"."""
ALIASES = {"whoami": "account"}
_TAKES_VALUE = ("--base-url", "--profile", "--theme")
_TAKES_PAIRS = ("run", "trainings create")
"""Commands that take NAME=VALUE behind the model too, as Replicate's own command line does."""

_INTERMIXED = (*_TAKES_PAIRS, "batch", "predictions", "trainings")
"""Commands whose words may stand between their options."""


def parse(argv: Sequence[str]) -> Call:
    """The call that `argv` means. Raises Usage, for help and version too."""
    place = _next_word(argv, 0)
    if place is None:
        top = Parser(prog=PROGRAM, allow_abbrev=False, add_help=False)
        every_command(top)
        top.add_argument("-h", "--help", action="store_true")
        given = vars(top.parse_args(argv))
        if given.pop("help"):
            from tui.cli.help import HELP

            raise Usage(HELP, 0)
        return _checked(Call(**given))
    if argv[place] == "sandbox":
        # What stands behind it has a grammar of its own.
        return replace(parse(argv[:place]), command="sandbox", rest=tuple(argv[place + 1 :]))
    before, behind, stand_ins = _split(argv)
    name, rest = _named(before, place)
    rest += behind
    parser = COMMANDS[name].parser(name)
    try:
        given = vars(parser.parse_intermixed_args(rest) if name in _INTERMIXED else parser.parse_args(rest))
    except Usage as usage:
        for stand_in, word in stand_ins.items():
            usage.text = usage.text.replace(stand_in, harmless(word))
        raise
    given = {dest: _as_given(value, stand_ins) for dest, value in given.items()}
    words = cast("str | list[str] | None", given.pop("words", None))
    words = [] if words is None else [words] if isinstance(words, str) else words
    inputs = tuple(cast("list[str]", given.pop("inputs", [])))
    if name in _TAKES_PAIRS:
        words, inputs = words[:1], (*inputs, *_pairs(name, words[1:]))
    fields = _fields(given)
    options = {dest: given.pop(dest) for dest in list(given) if dest.startswith(batches.BATCH)}
    batch = BatchCall(**{dest.removeprefix(batches.BATCH): value for dest, value in options.items()})
    name = "cancel" if name == "predictions cancel" else name
    return _checked(
        Call(command=name, words=tuple(words), fields=fields, inputs=inputs, batch=batch if options else None, **given)
    )


def _split(argv: Sequence[str]) -> tuple[list[str], list[str], dict[str, str]]:
    """What stands before and behind `--`; behind it something else stands for what looks like an option and is none.

    argparse takes such a word for an option again where options and words may be mixed.
    """
    if "--" not in argv:
        return list(argv), [], {}
    place = list(argv).index("--")
    behind = argv[place + 1 :]
    stand_ins = {f"⟦{number}⟧": word for number, word in enumerate(behind) if word.startswith("-")}
    words = [f"⟦{number}⟧" if word.startswith("-") else word for number, word in enumerate(behind)]
    return list(argv[:place]), words, stand_ins


def _as_given(value: Any, stand_ins: Mapping[str, str]) -> Any:
    """With each word again for what stood for it."""
    if isinstance(value, list):
        return [_as_given(one, stand_ins) for one in cast("list[Any]", value)]
    return stand_ins.get(value, value) if isinstance(value, str) else value


def _named(argv: Sequence[str], place: int) -> tuple[str, list[str]]:
    """The command whose first word stands at `place`, and everything else. Raises Usage for one that there is not."""
    word = ALIASES.get(argv[place], argv[place])
    rest = [*argv[:place], *argv[place + 1 :]]
    action = _next_word(rest, place)
    # A word behind an option may be its value.
    more = [rest[index] for index in _words(rest, place) if index == place or not rest[index - 1].startswith("-")]
    other = translated(word, more[0] if more else None, more[1:])
    if other is not None:
        known = other[0]
        left = [*rest[:action], *rest[action + 1 :]] if other[1] == 2 and action is not None else rest
        return _named([*left[:place], *known, *left[place:]], place)
    if action is not None and f"{word} {rest[action]}" in COMMANDS:
        return f"{word} {rest[action]}", [*rest[:action], *rest[action + 1 :]]
    if word in COMMANDS:
        return word, rest
    actions = [name for name in COMMANDS if name.startswith(f"{word} ")]
    if actions and {"-h", "--help"} & set(rest):
        return actions[0], rest
    if actions:
        raise Usage(f"{PROGRAM}: {word}: say what: {', '.join(f'{PROGRAM} {name}' for name in actions)}", 2)
    import difflib

    near = difflib.get_close_matches(word, COMMANDS, 1, 0.5)
    hint = f"; did you mean {near[0]!r}?" if near else "."
    raise Usage(f"{PROGRAM}: {harmless(f'there is no command {word!r}{hint}')}\nTry: {PROGRAM} --help", 2)


def _pairs(name: str, words: Sequence[str]) -> list[str]:
    """NAME=VALUE words as inputs. Raises Usage for a word that is none."""
    for word in words:
        try:
            pair(word)
        except ArgumentTypeError as error:
            raise Usage(f"{PROGRAM}: {harmless(str(error))}\nTry: {PROGRAM} {name} --help", 2) from None
    return list(words)


def _fields(given: dict[str, Any]) -> dict[str, Given]:
    """What was given of the API's fields, taken out of `given`."""
    found: dict[str, Given] = {}
    for dest in [dest for dest in given if dest.startswith(FIELD)]:
        value = given.pop(dest)
        if value is not None:
            found[dest.removeprefix(FIELD)] = tuple(cast("list[str]", value)) if isinstance(value, list) else value
    return found


def _checked(call: Call) -> Call:
    """The call, where nothing of it excludes another thing of it. Raises Usage."""
    complaint = _contradiction(call)
    if complaint is not None:
        raise Usage(f"{PROGRAM}: {complaint}", 2)
    return call


def _contradiction(call: Call) -> str | None:
    """Which two things that were given exclude each other."""
    if call.sandbox and call.base_url:
        return "--sandbox and --base-url exclude each other: the sandbox has its own address."
    waiting = {
        "--stream": call.stream,
        "--save": call.save is not None,
        "--webhook-forward": call.text("webhook_forward") is not None,
    }
    for option, given in waiting.items():
        if given and call.wait is False:
            return f"{option} waits for the output: it cannot be given with --no-wait."
    if call.stream and call.json:
        return "--stream prints text, --json prints JSON: give one of them."
    if call.several("webhook_events_filter") and not call.text("webhook"):
        return "--webhook-event says of what a webhook is told: give the --webhook too."
    if call.follow and not call.words and call.text("created_before"):
        return "--follow shows what comes, --created-before what was: give one of them."
    if call.command == "models" and call.words and (call.text("sort_by") or call.text("sort_direction")):
        return "a search has its own order: give either a QUERY, or --sort-by and --sort-direction."
    return _kept(call) or _scaling(call)


def _kept(call: Call) -> str | None:
    """What `predictions` and `trainings` take only for what this machine keeps, and what they do not take then."""
    if call.command not in ("predictions", "trainings"):
        return None
    if not call.local:
        if call.text("format"):
            return f"--{call.text('format')} prints what this machine keeps: give --local too."
        if call.delete:
            return "--delete deletes what this machine keeps: give --local too."
        if len(call.words) > 1:
            return f"{harmless(' '.join(call.words[1:]))}: name one ID, or give --local to look for words."
        return None
    asked = [name for name in ("created_after", "created_before", "source") if call.text(name)]
    if call.follow or asked:
        option = "--follow" if call.follow else f"--{asked[0].replace('_', '-')}"
        return f"{option} asks the API, --local asks nothing: write since:, until: or source: among the words."
    if call.delete and not call.words:
        return "--delete wants to know what: give words or filters, such as until:2025-12-31."
    if call.json and call.text("format"):
        return f"--json and --{call.text('format')} exclude each other: give one of them."
    return None


def _scaling(call: Call) -> str | None:
    least, most = call.number("min_instances"), call.number("max_instances")
    if least is None or most is None or least <= most:
        return None
    return f"argument --min-instances: must be at most --max-instances ({most}), got {least}"


def _next_word(argv: Sequence[str], start: int) -> int | None:
    """Where the first word stands that is no option and no option's value."""
    return next(_words(argv, start), None)


def _words(argv: Sequence[str], start: int) -> Iterator[int]:
    """Where words stand that are no options; the values of options that only some commands have count as words."""
    skip = False
    for index in range(start, len(argv)):
        word = argv[index]
        if skip:
            skip = False
        elif word == "--":
            return
        elif word in _TAKES_VALUE:
            skip = True
        elif not word.startswith("-"):
            yield index
