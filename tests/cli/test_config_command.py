"""`config`: where the file is, what is wrong with it, and what an editor may be told of it."""

from __future__ import annotations

import stat
import sys
from pathlib import Path

import pytest

from tests.support.command import Command
from tests.support.terminal import Terminal


def write(command: Command, text: str) -> Path:
    path = command.home / "config" / "config.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_the_path_is_printed_alone_for_a_script_and_with_the_others_as_json(command: Command) -> None:
    here = command.home / "config" / "config.toml"
    result = command("config", "path")
    assert (result.code, result.out, result.err) == (0, f"{here}\n", "")
    found = command("config", "path", "--json").json
    assert found["config"] == str(here) and found["outputs"] == str(command.home / "data" / "outputs")


def test_a_file_that_is_right_ends_with_0_and_one_that_is_not_there_too(command: Command) -> None:
    result = command("config", "check")
    assert (result.code, result.json["error"], result.json["warnings"]) == (0, None, [])
    write(command, 'theme = "nord"\n')
    result = command("config", "check")
    assert (result.code, result.json["error"], result.json["warnings"]) == (0, None, [])


def test_each_mistake_is_named_by_its_place_and_the_code_is_2(command: Command) -> None:
    path = write(
        command,
        'theme = "nrod"\nred_only = true\n[keymap]\nqiut = "ctl+q"\n[profiles.default]\ntoken_command = "touch ran"\n',
    )
    result = command("config", "check")
    assert result.code == 2
    assert result.json["error"] is None
    warnings = result.json["warnings"]
    assert all(warning.startswith(str(path)) for warning in warnings)
    for words in ("did you mean 'nord'", "did you mean 'read_only'", "did you mean 'quit'", "did you mean 'ctrl+q'"):
        assert [warning for warning in warnings if words in warning], words
    assert not (command.folder / "ran").exists(), "a look at the file runs nothing of it"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("read_only = true\ntheme = ]", "line 2"),
        ("[profiles.x]\nread_only = 3", "[profiles.x]: read_only must be true or false."),
        ('[commands.x]\nkey = "f9"\nrun = "echo {nothing}"', "[commands.x]: run knows no {nothing}"),
    ],
)
def test_a_file_that_cannot_be_used_is_explained_here_and_refused_elsewhere(
    command: Command, text: str, words: str
) -> None:
    path = write(command, text)
    result = command("config", "check")
    assert result.code == 2
    assert str(path) in result.json["error"] and words in result.json["error"]
    refused = command("account")
    assert refused.code == 2 and words in refused.err
    assert command("config", "path").code == 0


def test_the_schema_has_the_names_of_themes_and_commands(command: Command) -> None:
    found = command("config", "schema").json["properties"]
    assert {"nord", "replicate-light"} <= set(found["theme"]["anyOf"][0]["enum"])
    assert "cancel-prediction" in found["keymap"]["propertyNames"]["enum"]


def test_an_editor_needs_a_terminal(command: Command) -> None:
    result = command("config", "edit")
    assert result.code == 2 and "An editor needs a terminal" in result.err
    assert not (command.home / "config").exists()


def test_the_editor_gets_a_file_of_its_own_and_what_it_left_is_checked(command: Command, tmp_path: Path) -> None:
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\nenv > seen\necho \'theme = "nrod"\' >> "$1"\n')
    editor.chmod(0o755)
    words = [sys.executable, "-m", "tui", "config", "edit"]
    env: dict[str, str | None] = {**command.env, "EDITOR": str(editor), "VISUAL": None, "REPLICATE_API_TOKEN": "r8_x"}
    with Terminal(words, env=env, cwd=command.folder, size=(200, 24)) as t:
        t.until("did you mean 'nord'?")
        assert t.wait_exit() == 2
    path = command.home / "config" / "config.toml"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_text().startswith("# The settings of replicate-tui")
    assert "r8_x" not in (command.folder / "seen").read_text()
