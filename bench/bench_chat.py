"""Chat in the real console: an answer as it streams while one types, and a key in a conversation of 200 long turns."""

from __future__ import annotations

import asyncio
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from bench import chat_program
from bench.measure import FLOOR, TIMES, Program, Series, api, environment
from bench.rows import Row
from bench.stream import END
from tests.sandbox_fixture import RunningSandbox

TOKENS, RATE = 10_000, 1_000
TURNS, LONG = 200, 20_000
KEYS = 60
PEER_TIMES = 3
"""Rounds of the peer, whose stream takes a minute."""
PATIENCE = 30.0
"""Seconds after the last token for which the end is waited for; a figure of 30,000 ms means: not even then."""
FIGURES = (
    ("behind at the end", "ms", 150.0),
    ("key, median", "ms", None),
    ("key, p95", "ms", 50.0),
    ("CPU per 1,000 tokens", "ms", 600.0),
    ("written per token", "B", 250.0),
)
F9, UP, PAGE_UP = "\x1b[20~", "\x1b[A", "\x1b[5~"


def run() -> list[Row]:
    """The stream beside Textual's own, the long conversation beside an empty one and a bare input; all in turn."""
    streams = {name: Series() for name in ("empty", "full", "theirs")}
    found = Series()
    with api() as sandbox, _home(sandbox, 0, 0) as empty, _home(sandbox, TURNS, LONG) as full:
        for number in range(TIMES):
            _stream(empty, streams["empty"])
            _stream(full, streams["full"])
            if number < PEER_TIMES:
                _peer(streams["theirs"])
        _keys(found, empty, full)
    peer = "Markdown.get_stream, a write per token"
    where = (("empty", "an empty conversation"), ("full", f"one of {TURNS} turns of {LONG:,} tokens"))
    rows = [
        Row(
            f"chat, {TOKENS:,} tokens at {RATE:,}/s in {words}: {what}",
            streams[name].median(what),
            unit,
            streams["theirs"].median(what),
            peer,
            most,
        )
        for name, words in where
        for what, unit, most in FIGURES
    ]
    rows += [
        Row(f"chat, a key in the composer, {TURNS} turns of {LONG:,} tokens, p95", found.p95("full"), "ms",
            found.p95("empty"), "an empty conversation", 20, 1.5),
        Row("chat, a key in the composer of an empty conversation, p95", found.p95("empty"), "ms",
            found.p95("floor"), "a bare Textual app's input", 20, 1.5),
        Row(f"chat, a line up in {TURNS} turns of {LONG:,} tokens, p95", found.p95("line"), "ms", most=50),
        Row(f"chat, a page up in {TURNS} turns of {LONG:,} tokens, p95", found.p95("page"), "ms", most=50),
    ]  # fmt: skip
    return rows


@contextmanager
def _home(sandbox: RunningSandbox, turns: int, tokens: int) -> Iterator[dict[str, str]]:
    with TemporaryDirectory(prefix="bench-") as folder:
        asyncio.run(chat_program.fill(Path(folder), sandbox.base_url, sandbox.token, turns, tokens))
        yield environment(Path(folder), sandbox)


def _open(env: dict[str, str]) -> Program:
    program = Program([sys.executable, "-m", "bench.chat_program", str(TOKENS), str(RATE)], env)
    program.shown("measured")
    program.shown("of 4,000 tokens")
    program.quiet(2.0)
    return program


def _stream(env: dict[str, str], found: Series) -> None:
    """An answer streams while a letter is typed every 300 ms; the letters stand in the composer one after the other."""
    with _open(env) as program:
        cpu, place = program.cpu(), len(program.written)
        program.send(F9)
        # The first words are there: the stream has begun.
        began = program.after(place, "Section ")
        _typed(program, found, place, began, "q", lambda count: "q" * count)
        found.add("CPU per 1,000 tokens", (program.cpu() - cpu) * 1_000_000 / TOKENS)


def _peer(found: Series) -> None:
    """The same with Textual's own stream, below a line that counts the keys."""
    with Program([sys.executable, "-m", "bench.stream", str(TOKENS), str(RATE)]) as program:
        program.shown("ready")
        program.quiet()
        cpu, place = program.cpu(), len(program.written)
        program.send("s")
        _typed(program, found, place, time.monotonic(), "p", lambda count: f"<{count}>")
        found.add("CPU per 1,000 tokens", (program.cpu() - cpu) * 1_000_000 / TOKENS)


def _typed(program: Program, found: Series, place: int, began: float, key: str, shown: Callable[[int], str]) -> None:
    """Press a key every 300 ms until the last word is there; `shown` is what tells that so many were answered."""
    last = began + TOKENS / RATE
    keys: list[float] = []
    pressed, sent, next_key = 0.0, 0, began + 0.3
    while True:
        now = time.monotonic()
        if not pressed and next_key <= now < last:
            pressed, sent = now, len(program.written)
            program.send(key)
        program.read(0.005)
        if pressed and shown(len(keys) + 1).encode() in program.written[sent:]:
            keys.append((time.monotonic() - pressed) * 1000)
            next_key, pressed = pressed + 0.3, 0.0
        if END.encode() in program.written[place:] or now > last + PATIENCE:
            break
    found.add("behind at the end", (time.monotonic() - last) * 1000)
    found.add("key, median", statistics.median(keys))
    found.add("key, p95", statistics.quantiles(keys, n=20)[-1])
    found.add("written per token", (len(program.written) - place) / TOKENS)


def _keys(found: Series, empty: dict[str, str], full: dict[str, str]) -> None:
    with _open(empty) as short, _open(full) as long, Program(FLOOR) as floor:
        floor.shown("model-20")
        floor.quiet(1.0)
        floor.send("\x1b[Z")
        short.send("\x15")
        long.send("\x15")
        for number in range(KEYS):
            # Short enough to stay on one line.
            key = "q" if number % 30 < 29 else "\x15"
            found.add("empty", short.answer(key))
            found.add("full", long.answer(key))
            found.add("floor", floor.answer(key))
        for _ in range(KEYS):
            found.add("page", long.answer(PAGE_UP))
        long.send("\x1b[Z")
        for _ in range(KEYS):
            found.add("line", long.answer(UP))
