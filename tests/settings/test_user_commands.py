"""The user's own commands, as the config file has them."""

from __future__ import annotations

import pytest

from tui.settings.user_commands import UserCommand, read_command, variables

HERE = "config.toml: [commands.x]"


def command(**table: object) -> UserCommand:
    return read_command("x", {"key": "ctrl+g", **table}, HERE)


def test_what_is_under_the_cursor_stays_within_its_word() -> None:
    found = command(run="open -a Gimp {file} --title={id}:{status}")
    facts = {"file": "/tmp/a b; rm -rf x.png", "id": "abc"}
    assert found.words(facts) == ["open", "-a", "Gimp", "/tmp/a b; rm -rf x.png", "--title=abc:"]
    assert found.wants == ("file", "id", "status")


def test_a_fact_that_looks_like_a_placeholder_is_left_as_it_is() -> None:
    assert command(run="echo {model}").words({"model": "{id}", "id": "abc"}) == ["echo", "{id}"]


def test_the_environment_has_every_fact_and_those_that_are_not_known_are_empty() -> None:
    assert variables({"id": "abc", "kind": "model"}) == {
        "REPLICATE_TUI_KIND": "model",
        "REPLICATE_TUI_ID": "abc",
        "REPLICATE_TUI_MODEL": "",
        "REPLICATE_TUI_VERSION": "",
        "REPLICATE_TUI_DEPLOYMENT": "",
        "REPLICATE_TUI_STATUS": "",
        "REPLICATE_TUI_URL": "",
        "REPLICATE_TUI_FILE": "",
    }


@pytest.mark.parametrize("shell", ["sh", "/bin/bash", "zsh"])
def test_a_shell_gets_no_text_that_somebody_else_chose(shell: str) -> None:
    with pytest.raises(ValueError, match=r'\{model\} to a shell.*"\$REPLICATE_TUI_MODEL"'):
        command(run=[shell, "-c", "echo {model}"])
    assert command(run=[shell, "-c", 'echo "$REPLICATE_TUI_MODEL"']).wants == ()


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({"run": "echo {prompt}"}, "run knows no {prompt}; known are kind, id, model"),
        ({"run": "echo 'x"}, "run is no command line"),
        ({"run": ""}, "run must be a command line"),
        ({"run": "true", "key": "a,b"}, "key must be one key"),
        ({"run": "true", "key": " "}, "key must be one key"),
        ({"run": "true", "where": "models"}, "where must be a list of some of models, predictions"),
        ({"run": "true", "background": 1}, "background must be true or false"),
        ({"run": "true", "title": 1}, "title must be text"),
    ],
)
def test_what_is_wrong_is_named_with_the_table_and_the_key(table: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError) as refused:
        command(**table)
    assert str(refused.value).startswith(f"{HERE}: ") and words in str(refused.value)


@pytest.mark.parametrize("name", ["", "a b", "-x", "x" * 41, "é"])
def test_a_name_that_no_id_can_be_made_of_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="letters, digits and dashes"):
        read_command(name, {"key": "x", "run": "true"}, HERE)


def test_the_longest_name_is_taken() -> None:
    assert read_command("x" * 40, {"key": "x", "run": "true"}, HERE).name == "x" * 40
