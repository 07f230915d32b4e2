"""A thousand live predictions watched: requests a minute, counted at the server, and how old a status in sight gets."""

from __future__ import annotations

import asyncio
import random
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bench.bench_sandbox import LIMITLESS, calling
from bench.rows import Row
from tests.support.sandbox import RunningSandbox, run_sandbox
from tui.api.token import Token
from tui.services.bus import Ended, Event
from tui.services.services import Services
from tui.store.filter_query import Query

LIVE, ROWS, SECONDS, CANCELED = 1000, 36, 60.0, 12
"""So many live ones; rows in sight; seconds of each measurement; of the rows in sight, those that end meanwhile."""
THEIRS = 120.0
"""Requests a minute for each prediction of the official Python and Node clients: one every 0.5 s.

Source: docs/replicate.md, Polling and sync mode.
"""


def run() -> list[Row]:
    """On one sandbox: its model `trouble` hangs, one at a time, and all others wait, which is live as well."""
    with tempfile.TemporaryDirectory() as folder, run_sandbox(options=LIMITLESS) as running:
        with calling(running) as call:
            version = call("/v1/models/sandbox/trouble")[1]["latest_version"]["id"]
        body = {"version": version, "input": {"kind": "hang", "seconds": 3600}}

        def create(_: int) -> None:
            with calling(running) as own:
                own("/v1/predictions", body)

        with ThreadPoolExecutor(8) as threads:
            list(threads.map(create, range(LIVE)))
        return asyncio.run(watch(running, Path(folder)))


async def watch(running: RunningSandbox, home: Path) -> list[Row]:
    """Measure at the top of the list, in its middle, and with nobody looking."""
    services = await Services.open(
        running.base_url, Token(running.token), account="bench", store_path=home / "s.db", outputs_dir=home
    )
    try:
        watcher, began = services.watcher, time.monotonic()
        watcher.see(True, None)
        while len(watcher.live) < LIVE:
            await asyncio.sleep(0.1)
            assert time.monotonic() - began < 120, f"{len(watcher.live)} of {LIVE} were found"
        rows: list[Row] = [Row(f"watch: {LIVE:,} live ones found", time.monotonic() - began, "s")]
        peer = f"the official clients' polling of {LIVE:,}"
        for where, first in (("at the top", 0), ("in the middle", LIVE // 2)):
            listed = await services.store.rows("bench", Query(status="live"), limit=first + ROWS)
            shown = [row.id for row in listed[first:]]
            watcher.showing(shown)
            watcher.see(True, shown[0])
            await asyncio.sleep(5)
            asked = Asked(running)
            oldest, late = await look(services, running, shown)
            what = f"watch: {LIVE:,} live, the list seen {where}"
            rows += [
                Row(f"{what}, requests a minute", await asked.a_minute(), "", THEIRS * LIVE, peer),
                Row(f"{what}, the oldest status in sight", oldest, "s", 3.0, "the longest that is allowed"),
                Row(f"{what}, an end is told after at most", late, "s", 3.0, "the longest that is allowed"),
            ]
        watcher.see(False, None)
        await asyncio.sleep(5)
        asked = Asked(running)
        await asyncio.sleep(SECONDS)
        rows.append(
            Row(f"watch: {LIVE:,} live, not seen, requests a minute", await asked.a_minute(), "", THEIRS * LIVE, peer)
        )
        return rows
    finally:
        await services.aclose()


class Asked:
    """Counts what the server is asked from now on, cancellations by others apart."""

    def __init__(self, running: RunningSandbox) -> None:
        self._running = running
        self._began = time.monotonic()
        self._before = self._count()

    def _count(self) -> int:
        return sum(entry["operation"] != "predictions.cancel" for entry in self._running.requests())

    async def a_minute(self) -> float:
        """The requests since then, for a minute."""
        seconds = time.monotonic() - self._began
        return (await asyncio.to_thread(self._count) - self._before) * 60 / seconds


async def look(services: Services, running: RunningSandbox, shown: list[str]) -> tuple[float, float]:
    """Seconds: the oldest that a live status in sight was, and the longest from an end to its being told."""
    ended: dict[str, float] = {}

    def note(event: Event) -> None:
        if isinstance(event, Ended):
            ended.setdefault(event.record.id, time.monotonic())

    unsubscribe = services.bus.subscribe(note)
    live = services.watcher._live_set.live
    victims = random.Random(1).sample(shown[1:], CANCELED)
    canceled: dict[str, float] = {}
    oldest, began = 0.0, time.monotonic()
    while (spent := time.monotonic() - began) < SECONDS:
        oldest = max([oldest, *(time.monotonic() - live[one].confirmed for one in shown if one in live)])
        if victims and spent > (SECONDS - 10) * len(canceled) / CANCELED:
            one = victims.pop()
            with calling(running) as call:
                await asyncio.to_thread(call, f"/v1/predictions/{one}/cancel", {})
            canceled[one] = time.monotonic()
        await asyncio.sleep(0.05)
    unsubscribe()
    return oldest, max(ended[one] - at for one, at in canceled.items())
