"""Usage over 100,000 records of the last 30 days whose true sums are known: exact, opened, grouped otherwise."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.measure import CONSOLE, TIMES, Program, Series, api, environment, services_of
from bench.rows import Row
from tests.support.sandbox import RunningSandbox
from tui.api.types import Prediction, decode

RECORDS = 100_000
MODELS: tuple[tuple[str, dict[str, object]], ...] = (
    ("black-forest-labs/flux-schnell", {"image_count": 1}),
    ("openai/gpt-5", {"input_token_count": 100, "output_token_count": 10}),
    ("stability-ai/sdxl", {}),
    ("meta/musicgen", {}),
)
# A quarter of them each, the last of ten failed: those are odd, so 5,000 of gpt-5 and of musicgen. By hand: 25,000
# pictures at $0.003; 20,000 answers at 100 tokens of $1.25 and 10 of $10 a million; the others have no price.
EXPECTED: dict[str, dict[str, tuple[int, float, float | None, int]]] = {
    "model": {
        "black-forest-labs/flux-schnell": (25_000, 50_000.0, 75.0, 0),
        "openai/gpt-5": (25_000, 50_000.0, 4.5, 5_000),
        "stability-ai/sdxl": (25_000, 50_000.0, None, 25_000),
        "meta/musicgen": (25_000, 50_000.0, None, 25_000),
    },
    "status": {"succeeded": (90_000, 180_000.0, 79.5, 45_000), "failed": (10_000, 20_000.0, None, 10_000)},
    "source": {"api": (50_000, 100_000.0, 75.0, 25_000), "web": (50_000, 100_000.0, 4.5, 30_000)},
    "hardware": {"": (100_000, 200_000.0, 79.5, 55_000)},
    "deployment": {"": (100_000, 200_000.0, 79.5, 55_000)},
    "batch": {"": (100_000, 200_000.0, 79.5, 55_000)},
}


def run() -> list[Row]:
    """Fill an archive once, compare its sums, open the section in consoles and walk through its groupings."""
    found = Series()
    with TemporaryDirectory(prefix="bench-") as folder, api() as sandbox:
        home = Path(folder)
        asyncio.run(_summed(home, sandbox, found))
        for _ in range(TIMES):
            with Program([CONSOLE], environment(home, sandbox), timeout=60) as console:
                console.shown("sandbox/")
                console.quiet(1.5)
                place, start = len(console.written), time.monotonic()
                console.send("8")
                found.add("open", (console.after(place, "100,000 runs") - start) * 1000)
                console.quiet(1.5)
                for _ in range(7):
                    found.add("grouping", console.answer("]"))
    what = f"usage of {RECORDS:,} records"
    return [
        Row(f"{what}: the section opened, median", found.median("open"), "ms", most=300),
        Row(f"{what}: another grouping, median", found.median("grouping"), "ms", most=100),
        Row(f"{what}: another grouping, p95", found.p95("grouping"), "ms", most=100),
        Row(f"{what}: summed up in the store, median", found.median("read"), "ms"),
        Row(f"{what}: summed up with batches, median", found.median("batches"), "ms"),
    ]


async def _summed(home: Path, sandbox: RunningSandbox, found: Series) -> None:
    async with services_of(home, sandbox) as services:
        last = datetime.now(UTC)
        for first in range(0, RECORDS, 2000):
            page = [decode(Prediction, record(number, last)) for number in range(first, first + 2000)]
            await services.store.save(services.account, page, last)
        for name, options in (("read", {}), ("batches", {"by_batch": True})):
            for _ in range(TIMES):
                start = time.monotonic()
                usage = await services.usage.read(last - timedelta(days=30), **options)
                found.add(name, (time.monotonic() - start) * 1000)
        for grouping, expected in EXPECTED.items():
            lines = {line.key: line.sum for line in usage.by(grouping)}  # type: ignore[arg-type]
            sums = {
                key: (one.count, one.seconds, None if one.cost is None else round(one.cost, 6), one.cost_unknown)
                for key, one in lines.items()
            }
            assert sums == expected, (grouping, sums)
        assert sum(line.sum.count for line in usage.by("day")) == RECORDS


def record(number: int, last: datetime) -> dict[str, object]:
    """One of 100,000 within 29 days; each ran for two seconds."""
    model, metrics = MODELS[number % 4]
    created = last - timedelta(seconds=25 * number + 10)
    return {
        "id": f"bench{number:08}",
        "model": model,
        "version": "f" * 64,
        "status": "failed" if number % 10 == 9 else "succeeded",
        "source": "web" if number % 2 else "api",
        "created_at": created.isoformat(),
        "started_at": created.isoformat(),
        "completed_at": (created + timedelta(seconds=2)).isoformat(),
        "input": {"prompt": f"number {number}"},
        "metrics": {"predict_time": 2.0, **metrics},
    }
