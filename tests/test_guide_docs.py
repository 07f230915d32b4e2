"""What the guide says of keys, options and commands is what there is."""

from __future__ import annotations

import contextlib
import re

import pytest

from tests.support.paths import ROOT
from tui import commands
from tui.cli import grammar, main
from tui.cli.help import HELP

DOCS = "\n".join(path.read_text("utf-8") for path in sorted((ROOT / "tui/sandbox/models/guide/docs").glob("*.md")))
TOLD = set(re.findall(r"`([^`\n]+)`", DOCS))
CHARACTERS = {
    "question_mark": "?",
    "slash": "/",
    "colon": ":",
    "vertical_line": "|",
    "escape": "esc",
    "right_square_bracket": "]",
    "left_square_bracket": "[",
    "equals_sign": "=",
}
OF_THE_PARTS = {"j", "k", "g", "G", "p", "F", "-", "L", "w", "*", "tab", "enter", "space", "ctrl+c", "ctrl+j"}
"""Keys of lists, forms and the terminal itself, which are no commands."""


def keys_of(command: type[commands.Command]) -> list[str]:
    return [CHARACTERS.get(key, key) for key in command.keys.split(",")]


def test_every_key_that_the_guide_names_does_something() -> None:
    known = OF_THE_PARTS | {key for command in commands.REGISTRY.values() for key in keys_of(command)}
    named = {word for word in TOLD if len(word) == 1 or re.fullmatch(r"ctrl\+\w+|f\d+|esc|enter|space|tab", word)}
    assert len(named) > 20
    assert named - known == set()


def test_the_guide_names_a_key_of_every_command() -> None:
    missing = [id for id, command in commands.REGISTRY.items() if not TOLD & set(keys_of(command))]
    assert missing == []


def test_every_option_and_command_that_the_guide_names_exists(capsys: pytest.CaptureFixture[str]) -> None:
    known = HELP
    for command in (*grammar.COMMANDS, "sandbox"):
        # The last exits by itself, as argparse does.
        with contextlib.suppress(SystemExit):
            main([*command.split(), "--help"])
        known += capsys.readouterr().out
    options = {option for words in TOLD for option in re.findall(r"--[a-z-]+", words)}
    assert len(options) > 10
    assert options - set(re.findall(r"--[a-z-]+", known)) == set()
    named = {found[1] for words in TOLD if (found := re.match(r"replicate-tui ([a-z]+)", words))}
    assert len(named) > 5
    for words in ("models create", "deployments update", "files upload", "webhooks secret", "versions delete"):
        assert f"`{words}" in DOCS, words
    assert named - set(re.findall(r"^  ([a-z]+)", HELP, re.MULTILINE)) - {"whoami"} == set()


def test_the_guide_tells_every_exit_code() -> None:
    told = DOCS[DOCS.index("## Exit codes") :].split("\n\n")[0]
    codes = re.findall(r"(\d+) ", HELP[HELP.index("Exit codes:") :])
    assert codes and all(re.search(rf"\b{code}\b", told) for code in codes)
