"""Pictures: a gallery of nine that opens, keys meanwhile, and a list scrolled while each row's files are looked at."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any, cast

from bench.measure import CONSOLE, FLOOR, TIMES, Program, Series
from bench.rows import Row

FILES = 9
PREDICTIONS = 1000
KEYS = 100
DOWN, UP, RIGHT = "\x1b[B", "\x1b[A", "\x1b[C"


def run() -> list[Row]:
    """Open galleries, then scroll."""
    found = Series()
    with _server(40, FILES) as base, _home(base) as env:
        _open(base, env, found)
    with _server(PREDICTIONS, 1) as base, _home(base) as env:
        _scroll(env, found)
    what = f"gallery of {FILES} pictures"
    scrolled = f"{PREDICTIONS:,} predictions with previews"
    return [
        Row(f"{what}: the first is shown after its file is there, median", found.median("first"), "ms", most=150),
        Row(f"{what}: a key while they come, median", found.median("meanwhile"), "ms"),
        Row(f"{what}: a key while they come, p95", found.p95("meanwhile"), "ms", most=10),
        Row(f"{what}: all are shown, median", found.median("all"), "ms"),
        Row(f"{scrolled}: down, median", found.median("down"), "ms", found.median("floor"), "bare list"),
        Row(f"{scrolled}: down, p95", found.p95("down"), "ms", found.p95("floor"), "bare list", most=10),
    ]


@contextmanager
def _server(predictions: int, files: int) -> Generator[str]:
    command = [sys.executable, "-m", "bench.pictures_server", str(predictions), str(files)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


@contextmanager
def _home(base: str) -> Generator[dict[str, str]]:
    with TemporaryDirectory(prefix="bench-") as folder:
        token = {"REPLICATE_API_BASE_URL": f"{base}/v1", "REPLICATE_API_TOKEN": "r8_bench"}
        yield {"REPLICATE_TUI_HOME": str(Path(folder)), **token}


def _ask(address: str) -> object:
    with urllib.request.urlopen(address, timeout=30) as answer:
        return json.loads(answer.read())


def _wait(program: Program, seconds: float) -> None:
    """Wait so long, and read meanwhile what is written."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        program.read(left)


def _pictured(program: Program, place: int, timeout: float = 20.0) -> float:
    """The time at which the first picture was painted behind `place`: a hundred changes of colour are no text."""
    found, end = cast(Any, program), time.monotonic() + timeout
    taken = 0
    for at, size in found.arrived:
        taken += size
        if taken > place and bytes(found.written[place:taken]).count(b"48;2;") > 100:
            return at
    while time.monotonic() < end:
        if program.read(0.05) and bytes(found.written[place:]).count(b"48;2;") > 100:
            return found.arrived[-1][0]
    raise AssertionError("no picture came")


def _place(program: Program) -> int:
    """Where what is written from now on begins."""
    return len(cast(Any, program).written)


def _open(base: str, env: dict[str, str], found: Series) -> None:
    """The pictures are kept back until their sheet has the focus; then keys are pressed as they come.

    Not faster than a held key repeats: what comes quicker than frames waits for one.
    """
    pauses = Random(7)
    with (console := Program([CONSOLE, "predictions"], env, timeout=60)):
        console.shown("number 00010")
        console.quiet(2.0)
        for _ in range(TIMES):
            _ask(f"{base}/hold")
            place = _place(console)
            console.send(DOWN)
            console.after(place, f"1/{FILES}")
            console.send("\r")
            console.quiet(0.3)
            place, start = _place(console), time.monotonic()
            _ask(f"{base}/release")
            for number in range(2, FILES + 1):
                _wait(console, pauses.uniform(0.02, 0.06))
                pressed = _place(console)
                at = time.monotonic()
                console.send(RIGHT)
                found.add("meanwhile", (console.after(pressed, f"{number}/{FILES}") - at) * 1000)
            first = _pictured(console, place)
            sent = _ask(f"{base}/sent")
            assert isinstance(sent, float)
            found.add("first", max(0.0, first - sent) * 1000)
            console.quiet(0.4)
            found.add("all", (cast(Any, console).arrived[-1][0] - start) * 1000)
            console.send("\x1b")
            console.quiet(0.3)


def _scroll(env: dict[str, str], found: Series) -> None:
    """Down the list, with pauses of any length, so that keys come while files are fetched, decoded and painted."""
    pauses = Random(7)
    with (
        (console := Program([CONSOLE, "predictions"], env, timeout=60)),
        (floor := Program(FLOOR, timeout=60)),
    ):
        console.shown("number 00010")
        floor.shown("model-20")
        for program in (console, floor):
            program.quiet(2.0)
        for number in range(1, KEYS + 1):
            _wait(console, pauses.uniform(0.0, 0.4))
            place, at = _place(console), time.monotonic()
            console.send(DOWN)
            found.add("down", (console.after(place, f"number {number:05}") - at) * 1000)
            found.add("floor", floor.answer(DOWN if number % 40 < 20 else UP))
