"""The `[commands]` table of the config file: keys that run programs of the user's own."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import cast

PLACES = ("models", "predictions", "trainings", "deployments")
"""The sections in which a command of the user's own has something to act on."""
FACTS: Mapping[str, str] = {
    "kind": "what it is: model, prediction, training or deployment",
    "id": "the id of the prediction or training; OWNER/NAME of a model or deployment",
    "model": "OWNER/NAME of the model",
    "version": "the id of the model's version",
    "deployment": "OWNER/NAME of the deployment",
    "status": "the status of the prediction or training",
    "url": "its page on the web",
    "file": "the saved output file that is looked at",
}
"""What a command of the user's own may be told of the thing under the cursor."""
VARIABLE = "REPLICATE_TUI_"
"""Begins the name of each variable that such a program gets."""
_PLACEHOLDER = re.compile(r"\{(\w*)\}")
_SHELLS = ("sh", "bash", "dash", "zsh", "fish", "ksh", "busybox")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}", re.ASCII)


@dataclass(frozen=True)
class UserCommand:
    """One `[commands.NAME]` table."""

    name: str
    key: str
    run: tuple[str, ...]
    """The words of the command line, with their placeholders."""
    where: tuple[str, ...] = PLACES
    title: str = ""
    background: bool = False
    token: bool = False

    @property
    def wants(self) -> tuple[str, ...]:
        """The facts that stand in its words: without one of them it cannot run."""
        return tuple(dict.fromkeys(name for word in self.run for name in _PLACEHOLDER.findall(word)))

    def words(self, facts: Mapping[str, str]) -> list[str]:
        """The command line for the thing under the cursor: each fact stays within its word."""
        return [_PLACEHOLDER.sub(lambda found: facts.get(found[1], ""), word) for word in self.run]


def variables(facts: Mapping[str, str]) -> dict[str, str]:
    """The facts as variables of the environment; one that is not known is empty."""
    return {f"{VARIABLE}{name.upper()}": facts.get(name, "") for name in FACTS}


def read_command(name: str, table: Mapping[str, object], where: str) -> UserCommand:
    """The table of one command. Raises ValueError with the key and what it should be."""
    if not _NAME.fullmatch(name):
        raise ValueError(f"{where}: its name must be letters, digits and dashes, 40 at most.")
    key = table.get("key")
    if not isinstance(key, str) or not key.strip() or "," in key.strip(","):
        raise ValueError(f'{where}: key must be one key in quotes, such as "ctrl+g".')
    command = UserCommand(
        name=name,
        key=key.strip(),
        run=_run(table.get("run"), where),
        where=_where(table.get("where"), where),
        title=_text(table, "title", where),
        background=_flag(table, "background", where),
        token=_flag(table, "token", where),
    )
    unknown = [fact for fact in command.wants if fact not in FACTS]
    if unknown:
        raise ValueError(f"{where}: run knows no {{{unknown[0]}}}; known are {', '.join(FACTS)}.")
    _check_shell(command, where)
    return command


def _run(value: object, where: str) -> tuple[str, ...]:
    try:
        words = shlex.split(value) if isinstance(value, str) else value
    except ValueError as error:
        raise ValueError(f"{where}: run is no command line: {error}.") from error
    if isinstance(words, list) and words:
        listed = cast("list[object]", words)
        if all(isinstance(word, str) for word in listed) and listed[0]:
            return tuple(str(word) for word in listed)
    raise ValueError(f"{where}: run must be a command line, or a list of words.")


def _where(value: object, where: str) -> tuple[str, ...]:
    if value is None:
        return PLACES
    words = cast("list[object]", value) if isinstance(value, list) else []
    if not words or not all(word in PLACES for word in words):
        raise ValueError(f"{where}: where must be a list of some of {', '.join(PLACES)}.")
    return tuple(place for place in PLACES if place in words)


def _text(table: Mapping[str, object], key: str, where: str) -> str:
    value = table.get(key, "")
    if not isinstance(value, str):
        raise ValueError(f"{where}: {key} must be text in quotes.")
    return value


def _flag(table: Mapping[str, object], key: str, where: str) -> bool:
    value = table.get(key, False)
    if not isinstance(value, bool):
        raise ValueError(f"{where}: {key} must be true or false.")
    return value


def _check_shell(command: UserCommand, where: str) -> None:
    """A name that somebody else chose must not become a part of a shell's program."""
    if PurePath(command.run[0]).name not in _SHELLS:
        return
    for word in command.run[1:]:
        if found := _PLACEHOLDER.search(word):
            raise ValueError(
                f"{where}: run gives {found[0]} to a shell, which would run what stands in it. "
                f'Write "${VARIABLE}{found[1].upper()}" there.'
            )
