"""Models of one's own by keyboard, in a real terminal on a real sandbox."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.terminal.conftest import COMMAND, Open

# Real terminals on a machine that may be busy with other tests.
pytestmark = pytest.mark.timeout(240)


def editor(folder: Path, script: str) -> dict[str, str | None]:
    """An environment whose editor runs a line of shell on the file."""
    program = folder / "editor.sh"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return {"EDITOR": str(program), "VISUAL": None}


def test_a_model_is_made_edited_and_deleted_by_keyboard_alone(console: Open, tmp_path: Path) -> None:
    env = editor(tmp_path, 'printf "# Paints\\n\\nIt *paints*.\\n" > "$1"')
    with console("--sandbox", env=env) as t:
        t.until("sandbox/guide")
        t.press("n")
        t.until("A new model")
        t.until("▌ name")
        t.type("Paint Er")
        t.to_field("hardware")
        t.press("enter")
        t.until("gpu-t4")
        t.press("enter")
        t.until("≈ $0.36/h")
        t.to_field("github_url")
        t.type("ftp://x")
        # What is surely wrong is told before anything is sent, what the API refuses at its field after.
        t.press("ctrl+r")
        t.until("✗ github_url must be an http or https address")
        t.press("ctrl+u")
        t.until_gone("ftp://x")
        t.type("https://github.com/a/painter")
        t.press("ctrl+r")
        t.until("Create sandbox/Paint Er?")
        t.press("s")
        t.until("✗ name: The name may have lower-case letters")
        t.until("▌ name")
        t.press("ctrl+u")
        t.until_gone("Paint Er")
        t.type("painter")
        t.until("name: painter")
        t.press("ctrl+r")
        t.until("Create sandbox/painter?")
        t.press("s")
        t.until("sandbox/painter was made.")
        t.until("private")

        t.press("e")
        t.until("▌ description")
        t.until("https://github.com/a/painter")
        t.type("Paints on request")
        t.until("description: Paints on request")
        t.press("ctrl+r")
        t.until("Update sandbox/painter?")
        t.press("s")
        t.until("sandbox/painter was changed.")
        t.until("Paints on request")

        t.press("E")
        t.until("Send the README of sandbox/painter?")
        t.press("s")
        t.until("The README of sandbox/painter is changed.")
        t.until("It paints.")

        t.press("D")
        t.until("Delete the model sandbox/painter?")
        t.press("d")
        t.until("sandbox/painter is deleted.")
        t.until_gone("Paints on request")
        t.press("M")
        t.until("sandbox/guide")
        t.until_gone("sandbox/painter  ")

        # The library's models are public and not to be changed: the rule says why.
        t.press("D")
        t.until_match("is public. Only your own private models")
        t.press("q")
        assert t.wait_exit() == 0


def test_two_versions_are_compared_from_the_list_of_versions(console: Open) -> None:
    with console("--sandbox", "model", "sandbox/fractal", size=(80, 24)) as t:
        t.until("fractal")
        t.press("enter")
        t.until("Versions")
        t.press("d")
        t.until("Versions of sandbox/fractal")
        t.until("+ output_format: png | webp | jpg · default png")
        t.until("num_outputs: 1–2 → 1–4")
        t.press("x")
        t.until("− output_format")
        t.until("may break what runs it today")
        t.press("escape")
        t.until_gone("Versions of sandbox/fractal")


def test_a_model_that_no_list_has_is_opened_by_its_name(console: Open, home: Path) -> None:
    first = console("--sandbox")
    first.until("sandbox/fractal", 60)
    words = "models create sandbox/hidden --visibility private --hardware cpu --description nobody-lists-me --json"
    subprocess.run(
        [COMMAND, "--sandbox", *words.split()],
        env={**os.environ, "REPLICATE_TUI_HOME": str(home)},
        check=True,
        capture_output=True,
    )
    second = console("--sandbox", "model", "sandbox/hidden")
    second.until("nobody-lists-me", 60)
