"""A store on disk for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tui.api.types import Prediction, decode
from tui.store.store import Store

START = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)


def made(number: int | str, status: str = "succeeded", **fields: Any) -> Prediction:
    """A prediction as the API tells it; a number makes it that many seconds younger."""
    seconds = number if isinstance(number, int) else 0
    return decode(
        Prediction,
        {
            "id": f"p{number:06}" if isinstance(number, int) else number,
            "model": "acme/paint",
            "version": "f" * 64,
            "status": status,
            "source": "api",
            "created_at": (START + timedelta(seconds=seconds)).isoformat(),
            "input": {"prompt": f"picture {number}"},
            "output": ["https://replicate.delivery/x/out.png"],
            "logs": "10%|#   | 1/10\n",
            **fields,
        },
    )


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = await Store.open(tmp_path / "kept.db", progress=lambda logs: 0.1)
    yield opened
    await opened.close()
