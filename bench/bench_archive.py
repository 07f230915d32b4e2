"""An archive of 100,000 predictions: the section opened, a key in it, full text searched as it is typed."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from bench.measure import CONSOLE, FLOOR, TIMES, Program, Series, api, environment, services_of
from bench.rows import Row
from tests.support.many_records import fill
from tests.support.sandbox import RunningSandbox
from tui.store.filter_query import Query
from tui.store.store import Store

RECORDS = 100_000
SEARCHES = ("horse", "horse river", "step", "status:failed horse", "number 4242", "zebra")
STILL = 0.08
"""Seconds without a byte that end an answer."""


def run() -> list[Row]:
    """Fill an archive once, open the section in as many consoles, and use the last of them."""
    found = Series()
    with TemporaryDirectory(prefix="bench-") as folder, api() as sandbox:
        home = Path(folder)
        account = asyncio.run(_account(home, sandbox))
        store = home / "data" / "store.db"
        asyncio.run(fill(store, account, RECORDS))
        asyncio.run(_searched(store, account, found))
        for _ in range(TIMES):
            with Program([CONSOLE], environment(home, sandbox), timeout=60) as console:
                console.shown("sandbox/")
                console.quiet(1.5)
                place, start = len(console.written), time.monotonic()
                console.send("2")
                found.add("open", (console.after(place, "acme") - start) * 1000)
                console.quiet(0.5)
        _use(found, environment(home, sandbox))
    what = f"{RECORDS:,} archived records"
    return [
        Row(f"{what}: the section opened, median", found.median("open"), "ms", most=300),
        Row(f"{what}: a key in the list, median", found.median("key"), "ms", found.median("floor"), "bare list"),
        Row(f"{what}: a key, p95", found.p95("key"), "ms", found.p95("floor"), "bare list", most=10, ratio=1.5),
        Row(f"{what}: a page, p95", found.p95("page"), "ms"),
        Row(f"{what}: full text, the window of a search, median", found.median("search"), "ms", most=100),
        Row(f"{what}: full text, the slowest of {len(SEARCHES)} searches", max(found.values["search"]), "ms", most=100),
        Row(f"{what}: from a letter to its list, median", found.median("typed"), "ms"),
    ]


async def _account(home: Path, sandbox: RunningSandbox) -> str:
    """The account that a console keeps this token's records under."""
    async with services_of(home, sandbox) as services:
        return services.account


async def _searched(path: Path, account: str, found: Series) -> None:
    """What the list asks of the store for each search: a window of rows with the count of all."""
    store = await Store.open(path)
    try:
        for words in SEARCHES:
            query, times = Query.parse(words), list[float]()
            for _ in range(TIMES):
                start = time.monotonic()
                await store.window(account, query)
                times.append((time.monotonic() - start) * 1000)
            found.add("search", median(times))
    finally:
        await store.close()


def _use(found: Series, env: dict[str, str]) -> None:
    """Keys down and up the list beside those in a bare one, and a search as it is typed."""
    with Program([CONSOLE, "predictions"], env, timeout=60) as console, Program(FLOOR, timeout=60) as floor:
        console.shown("acme")
        floor.shown("model-20")
        for program in (console, floor):
            program.quiet(3.0)
        for number in range(100):
            key = "\x1b[B" if number % 50 < 25 else "\x1b[A"
            found.add("key", console.answer(key))
            found.add("floor", floor.answer(key))
        for _ in range(20):
            found.add("page", console.answer("\x1b[6~"))
        for word in ("horse", "river"):
            console.send("/")
            console.quiet(0.5)
            for letter in word:
                place, start = len(console.written), time.monotonic()
                console.send(letter)
                console.quiet(STILL)
                if len(console.written) > place:
                    found.add("typed", (console.arrived[-1][0] - start) * 1000)
            console.send("\x1b")
            console.quiet(0.5)
