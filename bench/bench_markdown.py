"""An answer of 10,000 tokens as it streams, with a key every 300 ms: the Markdown view beside Textual's stream."""

from __future__ import annotations

import os
import select
import statistics
import sys
import time
from pathlib import Path

from bench.rows import Row
from bench.stream import END

TOKENS, RATE = 10_000, 1_000
PATIENCE = 30.0
"""Seconds after the last token for which the end is waited for; a figure of 30,000 ms means: not even then."""


def run() -> list[Row]:
    """Both ways, one after the other, each in a pseudo-terminal of its own."""
    ours, theirs = _measure("ours"), _measure("theirs")
    units = {"behind at the end": "ms", "CPU per 1,000 tokens": "ms", "written per token": "B"}
    peer = "Markdown.get_stream, a write per token"
    most = {"behind at the end": 150, "key, p95": 50, "CPU per 1,000 tokens": 600, "written per token": 250}
    return [
        Row(
            f"Markdown, {TOKENS:,} tokens at {RATE:,}/s: {name}",
            ours[name],
            units.get(name, "ms"),
            theirs[name],
            peer,
            most.get(name),
        )
        for name in ours
    ]


def _measure(which: str) -> dict[str, float]:
    from tests.terminal import Terminal

    command = [sys.executable, "-m", "bench.stream", which, str(TOKENS), str(RATE)]
    with Terminal(command, timeout=60) as terminal:
        terminal.until("ready")
        terminal.settle(0.5)
        cpu, output = _cpu(terminal.pid), bytearray()
        began = time.monotonic()
        last = began + TOKENS / RATE
        terminal.send("s")
        keys: list[float] = []
        pressed, next_key, ended = 0.0, began + 0.3, 0.0
        while not ended:
            now = time.monotonic()
            if not pressed and next_key <= now < last:
                terminal.send("p")
                pressed = now
            # Read past the emulator, whose own time would count as the program's.
            if select.select([terminal.fd], [], [], 0.005)[0]:
                output += os.read(terminal.fd, 65536)
            fresh = bytes(output[-70_000:])
            if pressed and f"<{len(keys) + 1}>".encode() in fresh:
                keys.append((time.monotonic() - pressed) * 1000)
                next_key, pressed = pressed + 0.3, 0.0
            if END.encode() in fresh or now > last + PATIENCE:
                ended = time.monotonic()
        spent = _cpu(terminal.pid) - cpu
        return {
            "behind at the end": (ended - last) * 1000,
            "key, median": statistics.median(keys),
            "key, p95": statistics.quantiles(keys, n=20)[-1],
            "CPU per 1,000 tokens": spent * 1_000_000 / TOKENS,
            "written per token": len(output) / TOKENS,
        }


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / 100
