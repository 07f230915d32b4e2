"""Keys of the user's own that run programs of the user's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.terminal.conftest import Open

pytestmark = pytest.mark.timeout(180)
CONFIG = """
[commands.look]
key = "ctrl+g"
title = "Look at it"
where = ["models"]
run = "{program} {id} {status}"

[commands.see]
key = "g"
where = ["models"]
run = ["{program}", "{id}"]

[commands.aside]
key = "f9"
background = true
token = true
run = "{program} aside"

[commands.gone]
key = "f8"
run = "/nowhere/program"
"""
PROGRAM = """#!/bin/sh
env > "$(dirname "$0")/env"
echo "given $1"
[ "$1" = aside ] || { echo "the program waits"; read line; }
exit 3
"""


def variables(path: Path) -> dict[str, str]:
    return dict(line.partition("=")[::2] for line in path.read_text().splitlines())


@pytest.fixture
def program(tmp_path: Path, home: Path) -> Path:
    """A program that writes down its environment, and the config that gives it keys."""
    path = tmp_path / "program"
    path.write_text(PROGRAM)
    path.chmod(0o755)
    (home / "config").mkdir(parents=True)
    (home / "config" / "config.toml").write_text(CONFIG.replace("{program}", str(path)))
    return path


def test_a_key_of_ones_own_runs_a_program_with_what_is_under_the_cursor_and_no_token(
    console: Open, program: Path
) -> None:
    with console("--sandbox", env={"REPLICATE_API_TOKEN": "r8_secret"}) as t:
        t.until("sandbox/fractal")
        t.settle()
        # Its letter goes before the list's own, and is a letter in a text field.
        t.press("g")
        t.until("the program waits")
        t.send("\n")
        t.until("program ended with code 3")
        t.until("sandbox/fractal")
        found = variables(program.parent / "env")
        assert found["REPLICATE_TUI_KIND"] == "model"
        assert found["REPLICATE_TUI_ID"].startswith("sandbox/") and found["REPLICATE_TUI_FILE"] == ""
        assert "REPLICATE_API_TOKEN" not in found and "r8_secret" not in (program.parent / "env").read_text()
        t.press("/")
        t.until("f1 Help")
        t.type("gui")
        t.until_gone("sandbox/fractal")
        t.until("sandbox/guide")


def test_one_that_cannot_run_says_why_and_the_help_names_them(console: Open, program: Path) -> None:
    with console("--sandbox") as t:
        t.until("sandbox/fractal")
        t.settle()
        t.press("ctrl+g")
        t.until("There is no status here")
        t.press("f8")
        t.until("there is no such program")
        t.press("?")
        t.until("type to filter")
        t.type("look at")
        t.until("Look at it")


def test_one_beside_the_console_that_asks_for_the_token_gets_it_but_not_read_only(console: Open, program: Path) -> None:
    with console("--sandbox") as t:
        t.until("sandbox/fractal")
        t.settle()
        t.press("f9")
        t.until("did not do it")
        found = variables(program.parent / "env")
        assert found["REPLICATE_API_TOKEN"] and found["REPLICATE_API_BASE_URL"].startswith("http://127.0.0.1:")
        (program.parent / "env").unlink()
        t.press("q")
        assert t.wait_exit() == 0
    with console("--sandbox", "--read-only") as t:
        t.until("sandbox/fractal")
        t.settle()
        t.press("f9")
        t.until("wants the token, and this console is read-only")
        assert not (program.parent / "env").exists()
