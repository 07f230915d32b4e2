"""A key to the first changed cell in the list of models, and what an idle console writes, beside a bare Textual app."""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path

from bench.rows import Row
from tests.terminal import Terminal

KEYS = 60
IDLE = 10.0
BIN = Path(sys.executable).parent


def key_times(terminal: Terminal) -> list[float]:
    """Milliseconds from each key to the first byte of its answer."""
    times: list[float] = []
    for number in range(KEYS):
        terminal.settle(0.05, 1)
        before = len(terminal.written)
        start = time.monotonic()
        terminal.send("\x1b[B" if number % 12 < 6 else "\x1b[A")
        while len(terminal.written) == before and time.monotonic() - start < 2:
            terminal.pump(0.002)
        times.append((time.monotonic() - start) * 1000)
    return times


def idle(terminal: Terminal) -> tuple[float, float]:
    """Bytes written and per cent of a core in `IDLE` seconds."""
    terminal.settle(1.0, 10)
    before, cpu = len(terminal.written), _cpu(terminal.pid)
    end = time.monotonic() + IDLE
    while time.monotonic() < end:
        terminal.pump(0.2)
    return float(len(terminal.written) - before), (_cpu(terminal.pid) - cpu) / IDLE * 100


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / 100


def _memory(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1000
    return 0.0


def run() -> list[Row]:
    """The console and the floor, one after the other on the same machine."""
    with tempfile.TemporaryDirectory() as home:
        with Terminal([str(BIN / "replicate-tui"), "--sandbox"], env={"REPLICATE_TUI_HOME": home}) as t:
            t.until("sandbox/fractal")
            t.settle(1.0)
            ours, (our_bytes, our_cpu), our_memory = key_times(t), idle(t), _memory(t.pid)
        with Terminal([sys.executable, "bench/floor.py"]) as t:
            t.until("owner/model-20")
            theirs, (their_bytes, their_cpu), their_memory = key_times(t), idle(t), _memory(t.pid)
    bare = "a bare Textual app with a table"

    def p95(values: list[float]) -> float:
        return statistics.quantiles(values, n=20)[-1]

    return [
        Row("a key in the list, median", statistics.median(ours), "ms", statistics.median(theirs), bare),
        Row("a key in the list, p95", p95(ours), "ms", p95(theirs), bare),
        Row(f"idle for {IDLE:.0f} s: written", our_bytes, "B", their_bytes, bare),
        Row(f"idle for {IDLE:.0f} s: CPU", our_cpu, "%", their_cpu, bare),
        Row("peak memory", our_memory, "MB", their_memory, bare),
    ]
