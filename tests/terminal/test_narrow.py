"""A narrow terminal shows the list or what is under its cursor; keys belong to what is shown."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.terminal.conftest import COMMAND, Open

pytestmark = pytest.mark.timeout(180)
NARROW = (80, 24)


def _run(home: Path, *words: str) -> str:
    """The id of what a command made, while a console keeps the sandbox."""
    done = subprocess.run(
        [COMMAND, "--sandbox", *words, "--json"],
        env={**os.environ, "REPLICATE_TUI_HOME": str(home)},
        check=True,
        capture_output=True,
        text=True,
    )
    made = json.loads(done.stdout)
    return str(made.get("id") or f"{made['owner']}/{made['name']}")


def test_a_prediction_that_was_named_takes_its_keys(console: Open, home: Path) -> None:
    console("--sandbox").until("sandbox/fractal", 60)
    made = _run(home, "run", "sandbox/guide", "-i", "prompt=hello")
    with console("--sandbox", "predictions", made, size=NARROW) as t:
        t.until("I am the guide", 60)
        t.until("r Run again")
        t.press("]")
        t.until("hello")
        t.press("r")
        t.until("^r Run", 30)
        t.press("escape")
        t.until_gone("^r Run")
        t.press("escape")
        t.until("1 prediction")
        t.until("guide sandb")  # the filter is as empty as it was


def test_a_model_opened_before_it_was_read_takes_its_keys(console: Open) -> None:
    with console("--sandbox", size=NARROW) as t:
        t.until("sandbox/fractal", 60)
        t.send("\x1b[B\r")  # the body comes a moment after
        t.until("Examples")
        t.press("r")
        t.until("sandbox/guide  ", 30)
        t.until("^r Run", 30)
        t.press("escape")
        t.until("README")
        t.press("escape")
        t.until("sandbox/bard")


def test_a_deployment_that_was_named_takes_its_keys(console: Open, home: Path) -> None:
    console("--sandbox").until("sandbox/fractal", 60)
    words = "deployments create mine --model sandbox/guide --hardware cpu"
    made = _run(home, *words.split())
    with console("--sandbox", "deployments", made, size=NARROW) as t:
        t.until("release 1", 60)
        t.press("r")
        t.until("^r Run", 30)
        t.press("escape")
        t.until("release 1")
        t.press("escape")
        t.until("sandbox/mine")
