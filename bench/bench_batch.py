"""A batch of 100,000 rows beside one of 100: until its first row is sent, and what it takes of memory.

Every row is judged and written down before the first is sent. Beside it: the same file read by Python's csv, and its
rows put into SQLite as JSON, which nobody can do without.
"""

from __future__ import annotations

import csv
import json
import re
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.measure import CONSOLE, Program, Series
from bench.rows import Row
from tests.support.command import Command
from tests.support.sandbox import RunningSandbox, run_sandbox

ROWS, FEW = 100_000, 100
TIMES = 3
SENDING = 5.0
"""Seconds for which it sends before its memory is looked at."""
FIXED = ("-i", "width=64", "-i", "height=64", "-i", "steps=1", "-i", "pace=0")


def run() -> list[Row]:
    """Several times each, in turns."""
    found = Series()
    with TemporaryDirectory(prefix="bench-") as folder:
        large, small = _rows(Path(folder) / "large.csv", ROWS), _rows(Path(folder) / "small.csv", FEW)
        for turn in range(TIMES):
            found.add("floor", _floor(large, Path(folder) / f"floor-{turn}.db"))
            with run_sandbox(options=("--rate-limit", "100000/1m")) as sandbox:
                for name, file in (("small", small), ("large", large)):
                    seconds, memory = _begun(sandbox, file, Path(folder) / f"{name}-{turn}")
                    found.add(name, seconds * 1000)
                    found.add(f"{name} memory", memory)
                found.add("section", _section(sandbox, Path(folder) / f"large-{turn}"))
    more = found.median("large") - found.median("small")
    memory = found.median("large memory") - found.median("small memory")
    what = f"a batch of {ROWS:,} rows"
    return [
        Row(f"{what}: until the first is sent, more than one of {FEW} takes", more, "ms", found.median("floor"),
            "csv and SQLite alone", most=2000),
        Row(f"{what}: until the first is sent, from the start of the command", found.median("large"), "ms",
            found.median("small"), f"one of {FEW}"),
        Row(f"{what}: peak memory over one of {FEW}", memory, "MB", most=40),
        Row(f"{what}: the section opened", found.median("section"), "ms", most=300),
    ]  # fmt: skip


def _rows(path: Path, count: int) -> Path:
    lines = (f"lake {row} by night,{row},user {row}\n" for row in range(1, count + 1))
    path.write_text("prompt,seed,who\n" + "".join(lines))
    return path


def _floor(path: Path, store: Path) -> float:
    """Milliseconds to read the rows and to put them into a table."""
    start = time.monotonic()
    connection = sqlite3.connect(store)
    connection.execute("CREATE TABLE rows (number INTEGER PRIMARY KEY, columns BLOB, input BLOB)")

    def values() -> Iterator[tuple[int, bytes, bytes]]:
        with path.open(newline="") as file:
            for number, row in enumerate(csv.DictReader(file), 1):
                sent = {"prompt": row["prompt"], "seed": int(row["seed"])}
                yield number, json.dumps(row).encode(), json.dumps(sent).encode()

    with connection:
        connection.executemany("INSERT INTO rows VALUES (?, ?, ?)", values())
    connection.close()
    return (time.monotonic() - start) * 1000


def _begun(sandbox: RunningSandbox, rows: Path, home: Path) -> tuple[float, float]:
    """Seconds until the first row is sent, and the peak memory in MB after it has sent for a while."""
    command = Command(home, home / "work").against(sandbox)
    before = _sent(sandbox)
    start = time.monotonic()
    process = command.start("batch", "sandbox/fractal", str(rows), *FIXED, "--concurrency", "4", "--yes")
    try:
        while _sent(sandbox) == before:
            if process.poll() is not None:
                raise AssertionError(process.communicate()[1])
            time.sleep(0.02)
        seconds = time.monotonic() - start
        time.sleep(SENDING)
        status = Path(f"/proc/{process.pid}/status").read_text() if process.poll() is None else ""
    finally:
        process.kill()
        process.communicate()
    peak = re.search(r"VmHWM:\s+(\d+) kB", status)
    return seconds, int(peak[1]) / 1000 if peak else float("nan")


def _section(sandbox: RunningSandbox, home: Path) -> float:
    """Milliseconds from the key until a new console shows the batch in its section."""
    environment = Command(home, home / "work").against(sandbox).env
    with Program([CONSOLE], {name: value for name, value in environment.items() if name.startswith("REPLICATE")}) as t:
        t.shown("Find")
        t.quiet(2.0)
        place, start = len(t.written), time.monotonic()
        t.send("6")
        return (t.after(place, "sandbox/fractal") - start) * 1000


def _sent(sandbox: RunningSandbox) -> int:
    return sum(entry["method"] == "POST" and entry["path"].endswith("/predictions") for entry in sandbox.requests())
