"""A large archive, made as the store would have made it over months."""

from __future__ import annotations

import asyncio
import random
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tui.api.types import Prediction, decode
from tui.store.store import Store

LAST = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
_VOCABULARY = (
    "horse river cathedral neon fog astronaut garden winter glass portrait castle harbour storm violet engine lantern "
    "meadow copper dragon library mountain orchid piano quartz raven saffron tiger umbrella velvet whale"
)
_WORDS = _VOCABULARY.split()
_MODELS = ("acme/paint", "acme/words", "black-forest-labs/flux-schnell", "meta/llama-3-8b", "openai/whisper")


def record(number: int, total: int) -> dict[str, Any]:
    """The answer of the API for one of `total`; the highest number is the youngest."""
    chance = random.Random(number)
    created = LAST - timedelta(seconds=30 * (total - number))
    status = chance.choices(("succeeded", "failed", "canceled"), (90, 8, 2))[0]
    run, queue = chance.expovariate(1 / 6), chance.expovariate(1 / 2)
    words = " ".join(chance.choices(_WORDS, k=12))
    return {
        "id": f"{chance.getrandbits(64):016x}{number:08d}",
        "model": chance.choice(_MODELS),
        "version": f"{chance.getrandbits(8):064x}",
        "status": status,
        "source": "api" if number % 10 else "web",
        "created_at": created.isoformat(),
        "started_at": (created + timedelta(seconds=queue)).isoformat(),
        "completed_at": (created + timedelta(seconds=queue + run)).isoformat(),
        "input": {"prompt": f"number {number}: {words}", "seed": number, "steps": 28},
        "output": ["https://replicate.delivery/out-0.png"] if status == "succeeded" else None,
        "logs": "".join(f"step {n}/28 {chance.choice(_WORDS)}\n" for n in range(12)),
        "error": "CUDA out of memory" if status == "failed" else None,
        "metrics": {"predict_time": run, "total_time": run + queue},
    }


async def fill(path: Path, account: str, total: int, batch: int = 2000) -> None:
    """Keep `total` records of `account` in the file."""
    store = await Store.open(path)
    try:
        for start in range(0, total, batch):
            chunk = [decode(Prediction, record(n, total)) for n in range(start, min(start + batch, total))]
            await store.save(account, chunk, LAST)
    finally:
        await store.close()


if __name__ == "__main__":
    began = time.monotonic()
    asyncio.run(fill(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])))
    print(f"{time.monotonic() - began:.1f} s")
