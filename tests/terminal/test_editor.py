"""Lending the terminal to another program, and the keys of a user's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.terminal.conftest import Open

# Real terminals on a machine that may be busy with other tests.
pytestmark = pytest.mark.timeout(180)


def test_a_field_goes_to_the_editor_and_back_more_than_once(console: Open, tmp_path: Path) -> None:
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\necho "the editor waits"\nread line\nprintf "%s" "$line from the editor" > "$1"\n')
    editor.chmod(0o755)
    with console("--sandbox", "run", "sandbox/fractal", env={"EDITOR": str(editor), "VISUAL": None}) as t:
        t.until("num_outputs")
        for text in ("first", "second"):
            t.settle()
            t.press("ctrl+e")
            t.until("the editor waits")
            t.send(f"{text}\n")
            t.until(f"{text} from the editor")
            t.until("num_outputs")
        t.settle()
        t.type(" and keys")
        t.until("from the editor and keys")


def test_a_key_can_be_changed_in_the_config(console: Open, home: Path) -> None:
    config = home / "config"
    config.mkdir(parents=True)
    (config / "config.toml").write_text('[keymap]\nfilter = "f"\n')
    with console("--sandbox") as t:
        t.until("sandbox/guide")
        t.until("f Filter")
        t.press("f")
        t.type("zoom")
        t.until_gone("sandbox/guide")
        t.until("sandbox/zoom")


def test_an_editor_that_cannot_be_started_is_told_in_words_and_the_console_lives(console: Open) -> None:
    for editor, words in (("vi 'unclosed", "no command line"), ("/nowhere/vi", "there is no such program")):
        with console("--sandbox", "run", "sandbox/fractal", env={"EDITOR": editor, "VISUAL": None}) as t:
            t.until("num_outputs")
            t.settle()
            t.press("ctrl+e")
            t.until(words)
            t.type("still typed")
            t.until("still typed")


def test_what_runs_is_watched_while_the_editor_is_open_and_ctrl_c_ends_only_the_editor(
    console: Open, tmp_path: Path
) -> None:
    seen = tmp_path / "token"
    editor = tmp_path / "editor"
    editor.write_text(f'#!/bin/sh\necho "[$REPLICATE_API_TOKEN]" > {seen}\necho "the editor waits"\nread line\n')
    editor.chmod(0o755)
    with console(
        "--sandbox",
        "run",
        "sandbox/fractal",
        env={"EDITOR": str(editor), "VISUAL": None, "REPLICATE_API_TOKEN": "r8_canary"},
    ) as t:
        t.until("num_outputs")
        t.settle()
        t.press("ctrl+e")
        t.until("the editor waits")
        t.send("\x03")
        t.until("num_outputs")
        t.type("and on")
        t.until("and on")
    assert seen.read_text() == "[]\n"
