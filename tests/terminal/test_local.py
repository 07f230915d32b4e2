"""A Cog model by keyboard, from its first line: begun, run, broken, mended, run again; no token, no Docker."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest

from tests.terminal.conftest import COMMAND, Open, processes_of, wait_until

pytestmark = pytest.mark.timeout(240)

# Breaks the model where it is whole, and mends it where it is broken.
EDIT = """
if grep -q nothing "$1"
then sed -i.old '/self.nothing/d' "$1"
else sed -i.old 's/return " ".join/self.nothing()\\n        return " ".join/' "$1"
fi
"""


def test_a_model_is_begun_run_broken_mended_and_run_again_without_a_token(
    console: Open, home: Path, tmp_path: Path
) -> None:
    editor = tmp_path / "edit.sh"
    editor.write_text(f"#!/bin/sh\n{EDIT}")
    editor.chmod(0o755)
    env: dict[str, str | None] = {
        "EDITOR": str(editor),
        "VISUAL": None,
        "REPLICATE_API_TOKEN": None,
        "REPLICATE_API_BASE_URL": "http://127.0.0.1:9/v1",
    }
    subprocess.run([COMMAND, "cog", "init", "poet"], cwd=tmp_path, check=True, capture_output=True)
    poet = tmp_path / "poet"
    with console("cog", "poet", env=env, timeout=60) as t:
        t.until("○ not started")
        t.until("▌ prompt")
        t.type("Ada")
        t.press("ctrl+r")
        t.until("Hello, Ada!")
        t.until("E Edit source")
        assert processes_of(poet)

        t.press("E")
        t.until("the source was changed")
        t.until("E Edit source")
        t.press("ctrl+r")
        t.until("run.py:18: self.nothing()")
        t.until("AttributeError: 'Runner' object has no attribute 'nothing'")
        t.press("]")
        t.until("✗ 18          self.nothing()")
        t.until("╰╴ AttributeError")
        t.until_gone("the source was changed")

        t.press("E")
        t.until("the source was changed")
        t.until("E Edit source")
        t.press("ctrl+r")
        t.until("Hello, Ada!")
        t.press("escape")
        t.until("▌ Ada")
        t.press("escape")
        t.until("Last run")
        t.until("✓ succeeded")
        t.until("● ready")
        # What is at Replicate wants a token, and says so.
        t.press("2")
        t.until("needs an API token")
        t.until("esc goes back")
        t.press("escape")
        t.until("● ready")
        os.kill(t.pid, signal.SIGTERM)
        wait_until(lambda: not processes_of(poet), "the model ended with the console", 30)
