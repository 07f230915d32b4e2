"""Chat in the real console: an answer as it streams while one types, and a key in a conversation of 200 long turns."""

from __future__ import annotations

import asyncio
import json
import re
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.chat_server import MODEL
from bench.measure import CONSOLE, FLOOR, TIMES, Bystander, Program, Series, bystander
from bench.rows import Row
from bench.stream import END, text

TOKENS, RATE = 10_000, 1_000
TURNS, LONG = 200, 20_000
KEYS = 60
PATIENCE = 30.0
"""Seconds after the last token for which the end is waited for; a figure of 30,000 ms means: not even then."""
FIGURES = (
    ("behind at the end", "ms", 150.0),
    ("behind, at most", "ms", 150.0),
    ("key, median", "ms", None),
    ("key, p95", "ms", 50.0),
    ("CPU per 1,000 tokens", "ms", 600.0),
    ("written per token", "B", 250.0),
)
STALL = "held up"
UP, PAGE_UP = "\x1b[A", "\x1b[5~"
TOKEN = "r8_" + "x" * 37
QUESTION = "what is asked"
SECTION = re.compile(r"Section (\d+)")
Env = dict[str, str | None]


def run() -> list[Row]:
    """The stream beside Textual's own, the long conversation beside an empty one and a bare input; all in turn."""
    streams = {name: Series() for name in ("empty", "full", "theirs")}
    found = Series()
    with _speaker() as base, bystander() as beside:
        for _ in range(TIMES):
            for name, turns in (("empty", 0), ("full", TURNS)):
                with _home(base, turns, LONG) as home:
                    _stream(base, home, streams[name], beside)
            _peer(streams["theirs"])
        with _home(base, 0, 0) as empty, _home(base, TURNS, LONG) as full:
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
    rows += [_worst(streams[name], f"chat, {TOKENS:,} tokens at {RATE:,}/s in {words}") for name, words in where]
    rows += [
        Row(f"chat, a key in the composer, {TURNS} turns of {LONG:,} tokens, p95", found.p95("full"), "ms",
            found.p95("empty"), "an empty conversation", 20, 1.5),
        Row("chat, a key in the composer of an empty conversation, p95", found.p95("empty"), "ms",
            found.p95("floor"), "a bare Textual app's input", 20, 1.5),
        Row(f"chat, a line up in {TURNS} turns of {LONG:,} tokens, p95", found.p95("line"), "ms", most=50),
        Row(f"chat, a page up in {TURNS} turns of {LONG:,} tokens, p95", found.p95("page"), "ms", most=50),
    ]  # fmt: skip
    return rows


def _worst(found: Series, what: str) -> Row:
    """The round that was furthest behind, beside the machine's own longest stall in it."""
    behind, stall = max(zip(found.values["behind, at most"], found.values[STALL], strict=True))
    return Row(
        f"{what}: behind, at most, the worst of {TIMES} rounds",
        behind,
        "ms",
        stall,
        "the longest wait of processes that only sleep, in that round",
        150,
    )


@contextmanager
def _speaker() -> Iterator[str]:
    """The address of an API whose model speaks at `RATE`."""
    command = [sys.executable, "-m", "bench.chat_server", str(TOKENS), str(RATE)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            yield server.stdout.readline().strip()
        finally:
            server.terminate()


@contextmanager
def _home(base: str, turns: int, tokens: int) -> Iterator[Env]:
    """The environment of a console whose last conversation has so many turns, each answer of so many tokens."""
    with TemporaryDirectory(prefix="bench-") as folder:
        asyncio.run(_fill(Path(folder), base, turns, tokens))
        yield {"REPLICATE_TUI_HOME": folder, "REPLICATE_API_BASE_URL": base, "REPLICATE_API_TOKEN": TOKEN}


async def _fill(home: Path, base_url: str, turns: int, tokens: int) -> None:
    """A conversation of so many turns, each answer of so many tokens, is kept in the home."""
    from tui.api.token import Token
    from tui.services.services import Services
    from tui.store.conversation import Turn

    services = await Services.open(
        base_url,
        Token(TOKEN),
        account=None,
        store_path=home / "data" / "store.db",
        outputs_dir=home / "data" / "outputs",
    )
    try:
        await services.identify()
        conversation = await services.chats.create(MODEL)
        await services.chats.rename(conversation.id, "measured")
        before: str | None = None
        for number in range(turns):
            asked = number % 2 == 0
            turn = Turn(
                id=f"{number:024x}",
                conversation_id=conversation.id,
                parent=before,
                role="user" if asked else "assistant",
                text=f"{QUESTION} {number}" if asked else text(tokens).replace(END, "").replace("Section", "Part"),
                model="" if asked else MODEL,
                metrics={} if asked else {"output_tokens": float(tokens), "predict_time": 20.0},
                created_at=datetime.now(UTC),
            )
            await services.store.chats.append(services.account, [turn], leaf=turn.id)
            before = turn.id
    finally:
        await services.aclose()


def _open(env: Env) -> Program:
    program = Program([CONSOLE, "chat"], env)
    program.shown("measured")
    program.quiet(2.0)
    return program


def _stream(base: str, env: Env, found: Series, beside: Bystander) -> None:
    """An answer streams while a letter is typed every 300 ms; the letters stand in the composer one after the other."""
    with _open(env) as program:
        program.send(QUESTION)
        program.quiet()
        cpu, place = program.cpu(), len(program.written)
        program.send("\r")
        began = program.after(place, "Section ")
        _typed(program, found, place, _said(base)[0][1], "q", lambda count: "q" * count)
        _behind(program, found, place, _said(base))
        found.add(STALL, beside.longest(since=began))
        found.add("CPU per 1,000 tokens", (program.cpu() - cpu) * 1_000_000 / TOKENS)


def _peer(found: Series) -> None:
    """The same with Textual's own stream, below a line that counts the keys."""
    with Program([sys.executable, "-m", "bench.stream", str(TOKENS), str(RATE)]) as program:
        program.shown("ready")
        program.quiet()
        cpu, place = program.cpu(), len(program.written)
        program.send("s")
        began = time.monotonic()
        _typed(program, found, place, began, "p", lambda count: f"<{count}>")
        _behind(program, found, place, [(number, began + number / RATE) for number in range(TOKENS + 1)])
        found.add("CPU per 1,000 tokens", (program.cpu() - cpu) * 1_000_000 / TOKENS)


def _said(base: str) -> list[tuple[int, float]]:
    """How many tokens the last stream had said, and when."""
    with urllib.request.urlopen(f"{base}/said") as answer:
        return json.load(answer)


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
    found.add("key, median", statistics.median(keys))
    found.add("key, p95", statistics.quantiles(keys, n=20)[-1])
    found.add("written per token", (len(program.written) - place) / TOKENS)


def _behind(program: Program, found: Series, place: int, said: Sequence[tuple[int, float]]) -> None:
    """How long after it was said each section's heading was painted, and the last word."""
    found.add("behind at the end", (program.arrived[-1][0] - said[-1][1]) * 1000)
    found.add("behind, at most", max(_lags(program, place, said)) * 1000)


def _lags(program: Program, place: int, said: Sequence[tuple[int, float]]) -> Iterator[float]:
    """Seconds from the moment at which the model had said a section's number to the one at which it was painted."""
    times: list[tuple[int, float]] = []
    end = 0
    for arrived, size in program.arrived:
        end += size
        times.append((end, arrived))
    written = bytes(program.written)
    for heading in SECTION.finditer(text(TOKENS)):
        painted = re.compile(rb"Section %s(?!\d)" % heading[1].encode()).search(written, place)
        if painted is not None:
            shown = next(arrived for end, arrived in times if end >= painted.end())
            yield shown - next(when for count, when in said if count * 4 >= heading.end())


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
