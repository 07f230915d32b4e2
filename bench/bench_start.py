"""The start: from the command to the first useful screen, beside a bare Textual app; and what --version costs."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.rows import Row
from tests.terminal import Terminal

TIMES = 10
BIN = Path(sys.executable).parent


def until(command: list[str], text: str, env: dict[str, str] | None = None) -> float:
    """Milliseconds from the start of the command until `text` is on the screen."""
    with Terminal(command, env=env, timeout=30) as terminal:
        terminal.wait(lambda: text in terminal.text(), text)
        return (time.monotonic() - terminal.started) * 1000


def command(arguments: list[str]) -> float:
    """Milliseconds of a command that ends by itself."""
    start = time.monotonic()
    subprocess.run(arguments, check=True, capture_output=True, stdin=subprocess.DEVNULL)
    return (time.monotonic() - start) * 1000


def run() -> list[Row]:
    """Interleaved, medians."""
    floor: list[float] = []
    console: list[float] = []
    version: list[float] = []
    bare: list[float] = []
    with tempfile.TemporaryDirectory() as home:
        env = {"REPLICATE_TUI_HOME": home}
        # One console stays open, so that each of the others joins a sandbox that runs, as a token's user finds the API.
        with Terminal([str(BIN / "replicate-tui"), "--sandbox"], env=env) as keeper:
            keeper.until("sandbox/fractal")
            for _ in range(TIMES):
                floor.append(until([sys.executable, "bench/floor.py"], "owner/model-20"))
                console.append(until([str(BIN / "replicate-tui"), "--sandbox"], "fractal", env))
                version.append(command([str(BIN / "replicate-tui"), "--version"]))
                bare.append(command([sys.executable, "-c", "import argparse"]))
    middle = statistics.median
    return [
        Row("start to the list of models", middle(console), "ms", middle(floor), "a bare Textual app with a table"),
        Row("replicate-tui --version", middle(version), "ms", middle(bare), "python -c 'import argparse'"),
    ]
