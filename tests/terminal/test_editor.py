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
