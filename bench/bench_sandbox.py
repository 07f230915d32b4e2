"""The sandbox: its start, a page of 10,000 predictions, a hundred live at once; beside the least that can be done."""

from __future__ import annotations

import http.client
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bench.rows import Row
from tests.sandbox.conftest import schema, write_model
from tests.sandbox.test_pages import fill
from tests.support.sandbox import ROOT, RunningSandbox, run_sandbox

STARTS, PAGES, STORED, LIVE, SECONDS, WORKERS = 10, 100, 10_000, 100, 5.0, 10
LIMITLESS = ["--retention", "999d", "--rate-limit", "100000000/1s", "--other-rate-limit", "100000000/1s"]

FLOOR = """
import asyncio, json, socket, uvicorn
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

async def answer(request):
    return JSONResponse({"username": "floor"})

async def main():
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    app = Starlette(routes=[Route("/v1/account", answer)])
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off", ws="none"))
    print(json.dumps({"base_url": f"http://127.0.0.1:{listener.getsockname()[1]}/v1", "token": ""}), flush=True)
    await server.serve([listener])

asyncio.run(main())
"""

NAPPER = """
import asyncio
from typing import AsyncIterator
from cog import BaseRunner, Input

class Runner(BaseRunner):
    async def run(self, seconds: float = Input(default=1.0)) -> AsyncIterator[str]:
        for part in range(10):
            await asyncio.sleep(seconds / 10)
            yield f"{part} "
"""
NAPPER_SCHEMA = schema(
    {"seconds": {"type": "number", "default": 1.0}},
    [],
    {"type": "array", "items": {"type": "string"}, "x-cog-array-type": "iterator"},
)


class Caller:
    """One connection that stays open, so that what is measured is the server."""

    def __init__(self, base_url: str, token: str) -> None:
        self._headers = {"Authorization": f"Bearer {token}"}
        self._connection = http.client.HTTPConnection(urlsplit(base_url).netloc, timeout=60)

    def __call__(self, path: str, body: object = None, **headers: str) -> tuple[float, Any]:
        """Milliseconds until the whole answer is there, and its JSON."""
        sent = None if body is None else json.dumps(body)
        start = time.perf_counter()
        self._connection.request("GET" if sent is None else "POST", path, sent, self._headers | headers)
        answer = self._connection.getresponse()
        content = answer.read()
        spent = (time.perf_counter() - start) * 1000
        assert answer.status < 300, (path, answer.status, content[:300])
        return spent, json.loads(content)

    def close(self) -> None:
        self._connection.close()


@contextmanager
def calling(running: RunningSandbox) -> Iterator[Caller]:
    caller = Caller(running.base_url, running.token)
    try:
        yield caller
    finally:
        caller.close()


def start(command: list[str], environment: dict[str, str]) -> float:
    """Milliseconds from the command to its first answer."""
    began = time.perf_counter()
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, cwd=ROOT, env=environment)
    assert process.stdout is not None
    try:
        said = json.loads(process.stdout.readline())
        caller = Caller(said["base_url"], said["token"])
        caller("/v1/account")
        spent = (time.perf_counter() - began) * 1000
        caller.close()
        return spent
    finally:
        process.terminate()
        process.wait(10)
        process.stdout.close()


def starts(state: Path) -> list[Row]:
    """Interleaved with the floor; medians."""
    sandbox = [sys.executable, "-m", "tui.sandbox"]
    ways = {
        "floor": [sys.executable, "-c", FLOOR],
        "sandbox: start to its first answer": sandbox,
        f"sandbox: the same with {STORED:,} stored": [*sandbox, "--retention", "999d", "--state", str(state)],
    }
    # As pip installs it: compiled, which a checkout may not be.
    environment = {**os.environ, "PYTHONPYCACHEPREFIX": str(state.parent / "compiled")}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    for command in ways.values():
        start(command, environment)
    times: dict[str, list[float]] = {what: [] for what in ways}
    for _ in range(STARTS):
        for what, command in ways.items():
            times[what].append(start(command, environment))
    floor = statistics.median(times.pop("floor"))
    beside = "a bare Starlette app with one route"
    return [Row(what, statistics.median(spent), "ms", floor, beside) for what, spent in times.items()]


def pages(call: Caller, first: str = "/v1/predictions") -> list[float]:
    """Milliseconds of each page of a hundred, from the newest to the oldest."""
    times: list[float] = []
    url: str | None = first
    while url is not None and len(times) < PAGES:
        parts = urlsplit(url)
        spent, page = call(f"{parts.path}?{parts.query}")
        assert len(page["results"]) == 100
        times.append(spent)
        url = page["next"]
    return times


def often(ask: Callable[[], float]) -> float:
    """The median of so many askings."""
    return statistics.median(ask() for _ in range(PAGES))


def stored(state: Path) -> list[Row]:
    """Pages and single predictions of 10,000, beside the least that the same server answers."""
    with run_sandbox(state=state, options=LIMITLESS) as running, calling(running) as call:
        call("/v1/predictions")
        spent = pages(call)
        assert len(spent) == PAGES
        one = call("/v1/predictions")[1]["results"][0]["id"]
        least = often(lambda: call("/v1/account")[0])
        single = often(lambda: call(f"/v1/predictions/{one}")[0])
    beside = "the same sandbox's account.get"
    what = f"sandbox: a page of 100 of {STORED:,} predictions"
    return [
        Row(f"{what}, median", statistics.median(spent), "ms", least, beside),
        Row(f"{what}, p95", statistics.quantiles(spent, n=20)[-1], "ms", least, beside),
        Row(f"sandbox: one of {STORED:,} predictions", single, "ms", least, beside),
    ]


def live(state: Path, cog: Path) -> list[Row]:
    """A hundred that run at the same time and give 200 words a second in all, over the 10,000."""
    with run_sandbox(state=state, cog=[cog], options=LIMITLESS) as running, calling(running) as call:
        version = call("/v1/models/sandbox/napper")[1]["latest_version"]["id"]
        _wait(call, [call("/v1/predictions", {"version": version, "input": {"seconds": 0.01}})[1]["id"]])
        idle = often(lambda: call("/v1/predictions")[0])
        short = {"version": version, "input": {"seconds": 0.0}}
        alone = statistics.median(call("/v1/predictions", short)[0] for _ in range(20))
        body = {"version": version, "input": {"seconds": SECONDS}}

        def create(_: int) -> str:
            with calling(running) as own:
                return own("/v1/predictions", body)[1]["id"]

        began = time.perf_counter()
        with ThreadPoolExecutor(LIVE) as threads:
            made = list(threads.map(create, range(LIVE)))
        created = (time.perf_counter() - began) * 1000
        busy: list[tuple[float, Any]] = []
        while time.perf_counter() - began < SECONDS * 0.9:
            busy.append(call("/v1/predictions"))
            time.sleep(0.02)
        at_once = max(sum(item["status"] == "processing" for item in page["results"]) for _, page in busy)
        _wait(call, made)
        whole = time.perf_counter() - began
    assert at_once >= LIVE * 0.9, at_once
    return [
        Row(f"sandbox: {LIVE} creations at once", created, "ms", LIVE * alone, "one after another"),
        Row(
            f"sandbox: the first page while {at_once} predictions are live",
            statistics.median(spent for spent, _ in busy),
            "ms",
            idle,
            "the same page when none is",
        ),
        Row(f"sandbox: {LIVE} live at once, created to ended", whole, "s", SECONDS, "what each of them sleeps"),
    ]


def workers(cog: Path) -> list[Row]:
    """Twenty runs of a second over ten workers, of which none has started, and again when all have."""
    options = [*LIMITLESS, "--workers", str(WORKERS)]
    with run_sandbox(cog=[cog], options=options) as running, calling(running) as call:
        version = call("/v1/models/sandbox/napper")[1]["latest_version"]["id"]
        body = {"version": version, "input": {"seconds": 1.0}}

        def run(_: int) -> str:
            with calling(running) as own:
                return own("/v1/predictions", body, Prefer="wait=60")[1]["id"]

        def all_at_once() -> float:
            began = time.perf_counter()
            with ThreadPoolExecutor(2 * WORKERS) as threads:
                made = list(threads.map(run, range(2 * WORKERS)))
            spent = time.perf_counter() - began
            _wait(call, made)
            return spent

        cold, warm = all_at_once(), all_at_once()
    what, beside = f"sandbox: {2 * WORKERS} runs of a second, {WORKERS} workers", "what each worker sleeps"
    return [Row(f"{what} not started", cold, "s", 2.0, beside), Row(f"{what} started", warm, "s", 2.0, beside)]


def _wait(call: Caller, ids: list[str]) -> None:
    for prediction in ids:
        while (job := call(f"/v1/predictions/{prediction}")[1])["status"] not in {"succeeded", "failed", "canceled"}:
            time.sleep(0.02)
        assert job["status"] == "succeeded", job


def run() -> list[Row]:
    """All of it on one state."""
    with tempfile.TemporaryDirectory() as folder:
        state = Path(folder) / "sandbox.sqlite"
        fill(state, STORED)
        config = 'run: "run.py:Runner"\nconcurrency:\n  max: 100\n'
        napper = write_model(Path(folder) / "napper", NAPPER, NAPPER_SCHEMA, config)
        alone = write_model(Path(folder) / "alone" / "napper", NAPPER, NAPPER_SCHEMA, 'run: "run.py:Runner"\n')
        return [*starts(state), *stored(state), *live(state, napper), *workers(alone)]
