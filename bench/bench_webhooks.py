"""Webhooks that are forwarded: how long after a prediction's end its last one comes, beside the sandbox's own."""

from __future__ import annotations

import asyncio
import json
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

from bench.bench_sandbox import LIMITLESS, calling
from bench.rows import Row
from tests.support.receiver import Receiver, Taken, receiving
from tests.support.sandbox import RunningSandbox, run_sandbox
from tui.api.token import Token
from tui.services.services import Services
from tui.services.webhooks.forwarding import Forwarding, Route

PREDICTIONS = 12
PAUSE = 2.5
"""Seconds from one creation to the next: what ends is asked for whole, within the watcher's 60 requests a minute."""


def run() -> list[Row]:
    """Each prediction has a webhook of its own too, so that both ways are measured on the same ones."""
    with (
        tempfile.TemporaryDirectory() as folder,
        run_sandbox(options=[*LIMITLESS, "--workers", "4"]) as running,
        receiving() as own,
        receiving() as forwarded,
    ):
        theirs, ours = Noting(own), Noting(forwarded)
        asyncio.run(_forward(running, Path(folder), own, forwarded, ours))
        late = median(ours.ends[id] - theirs.ends[id] for id in theirs.ends)
        worst = max(ours.ends[id] - theirs.ends[id] for id in theirs.ends)
        what = "webhooks forward: after the sandbox's own"
        return [
            Row(f"{what}, median", late, "s", most=3.0),
            Row(f"{what}, at most", worst, "s", most=6.0),
        ]


class Noting:
    """When the last webhook of each prediction came."""

    def __init__(self, receiver: Receiver) -> None:
        self.ends: dict[str, float] = {}
        receiver.judge = self._note

    def _note(self, one: Taken) -> int:
        said: dict[str, Any] = json.loads(one.body)
        if said.get("completed_at"):
            self.ends.setdefault(said["id"], time.monotonic())
        return 200


async def _forward(running: RunningSandbox, home: Path, own: Receiver, forwarded: Receiver, ours: Noting) -> None:
    services = await Services.open(
        running.base_url, Token(running.token), account="bench", store_path=home / "s.db", outputs_dir=home
    )
    forwarding = Forwarding(services.session, services.watcher, Route(forwarded.url), lambda _: None, print)
    try:
        await forwarding.start()
        await asyncio.to_thread(_create, running, own.url)
        began = time.monotonic()
        while len(ours.ends) < PREDICTIONS:
            await asyncio.sleep(0.05)
            assert time.monotonic() - began < 120, f"{len(ours.ends)} of {PREDICTIONS} were delivered"
    finally:
        await forwarding.aclose()
        await services.aclose()


def _create(running: RunningSandbox, url: str) -> None:
    with calling(running) as call:
        version = call("/v1/models/sandbox/guide")[1]["latest_version"]["id"]
        body = {"version": version, "input": {"prompt": "What is a webhook?"}, "webhook": url}
        for _ in range(PREDICTIONS):
            call("/v1/predictions", body)
            time.sleep(PAUSE)
