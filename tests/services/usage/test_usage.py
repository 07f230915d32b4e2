"""What was used, by every grouping, on records whose true sums are known."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tui.api.types import Deployment, Prediction, decode
from tui.services.services import Services
from tui.services.usage.spans import spans
from tui.services.usage.usage import Grouping, Line, Usage, as_object
from tui.store.batch import Batch
from tui.store.batches import new_row
from tui.store.timestamps import micros

FIRST = datetime(2026, 11, 20, tzinfo=UTC)
VERSION = "f" * 64
MODELS: tuple[tuple[str, str | None, dict[str, object]], ...] = (
    ("black-forest-labs/flux-schnell", None, {"image_count": 1}),
    ("openai/gpt-5", None, {"input_token_count": 100, "output_token_count": 10}),
    ("stability-ai/sdxl", None, {}),
    ("acme/lakes", "ada/lakes", {}),
)


@pytest.fixture(autouse=True)
def in_utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
async def services(tmp_path: Path) -> AsyncIterator[Services]:
    """Nothing is asked of this API."""
    opened = await Services.open(
        "http://127.0.0.1:9/v1", None, account="ada", store_path=tmp_path / "kept.db", outputs_dir=tmp_path
    )
    yield opened
    await opened.aclose()


def made(number: int, **fields: Any) -> Prediction:
    """One of 2,000: 500 a day of four models in turn; the last of ten failed. Each ran for two seconds."""
    model, deployment, metrics = MODELS[number % 4]
    created = FIRST + timedelta(days=number // 500, seconds=number % 500)
    return decode(
        Prediction,
        {
            "id": f"p{number:05}",
            "model": model,
            "deployment": deployment,
            "version": VERSION,
            "status": "failed" if number % 10 == 9 else "succeeded",
            "source": "web" if number % 2 else "api",
            "created_at": created.isoformat(),
            "completed_at": (created + timedelta(seconds=2)).isoformat(),
            "metrics": {"predict_time": 2.0, **metrics},
            **fields,
        },
    )


def release(number: int, sku: str, at: datetime, least: int = 0) -> Deployment:
    return decode(
        Deployment,
        {
            "owner": "ada",
            "name": "lakes",
            "current_release": {
                "number": number,
                "model": "acme/lakes",
                "version": VERSION,
                "created_at": at.isoformat(),
                "configuration": {"hardware": sku, "min_instances": least, "max_instances": 2},
            },
        },
    )


async def fill(services: Services) -> None:
    """2,000 records; the deployment moves to dearer hardware in the middle of the third day."""
    await services.store.releases.save("ada", [release(1, "gpu-t4", FIRST - timedelta(days=1))])
    await services.store.releases.save("ada", [release(2, "gpu-l40s", FIRST + timedelta(days=2, seconds=250))])
    await services.deployments.load()
    await services.store.save("ada", [made(number) for number in range(2000)])


def told(usage: Usage, grouping: Grouping) -> dict[str, tuple[int, float, float | None, int]]:
    def of(line: Line) -> tuple[int, float, float | None, int]:
        cost = None if line.sum.cost is None else round(line.sum.cost, 9)
        return line.sum.count, line.sum.seconds, cost, line.sum.cost_unknown

    return {line.key: of(line) for line in usage.by(grouping)}


# 500 pictures at $0.003; 400 answers at 100 tokens of $1.25 and 10 of $10 a million, 100 that failed and have no price;
# 500 of no price; through the deployment 125 + 125 + 62 on gpu-t4 (624 s at $0.000225), 63 + 125 on gpu-l40s (376 s at
# $0.000975): these are billed by the second, also where they failed.
PICTURES, ANSWERS, T4, L40S = 1.5, 0.09, 0.1404, 0.3666


async def test_every_grouping_is_exact(services: Services) -> None:
    await fill(services)
    usage = await services.usage.read()
    assert told(usage, "model") == {
        "black-forest-labs/flux-schnell": (500, 1000.0, PICTURES, 0),
        "acme/lakes": (500, 1000.0, 0.507, 0),
        "openai/gpt-5": (500, 1000.0, ANSWERS, 100),
        "stability-ai/sdxl": (500, 1000.0, None, 500),
    }
    assert told(usage, "hardware") == {
        "": (1500, 3000.0, 1.59, 600),
        "gpu-l40s": (188, 376.0, L40S, 0),
        "gpu-t4": (312, 624.0, T4, 0),
    }
    assert told(usage, "deployment") == {"": (1500, 3000.0, 1.59, 600), "ada/lakes": (500, 1000.0, 0.507, 0)}
    assert told(usage, "status") == {"succeeded": (1800, 3600.0, 1.995, 500), "failed": (200, 400.0, 0.102, 100)}
    assert told(usage, "source") == {"api": (1000, 2000.0, 1.5, 500), "web": (1000, 2000.0, 0.597, 100)}
    assert told(usage, "day") == {
        "2026-11-20": (500, 1000.0, 0.45375, 150),
        "2026-11-21": (500, 1000.0, 0.45375, 150),
        "2026-11-22": (500, 1000.0, 0.54825, 150),
        "2026-11-23": (500, 1000.0, 0.64125, 150),
    }
    total = usage.total()
    assert (total.sum.count, total.sum.units) == (2000, {"images": 500.0, "input_tokens": 5e4, "output_tokens": 5e3})
    assert (total.lost.count, total.lost.seconds, total.lost.cost_unknown) == (200, 400.0, 100)
    assert total.lost.cost == pytest.approx(0.102)


async def test_sums_are_those_of_single_runs_priced_one_by_one(services: Services) -> None:
    await fill(services)
    rows = await services.store.rows("ada", limit=2000)
    alone = [
        services.prices.prediction(
            model=row.model, status=row.status, predict_time=row.predict_time, deployment=row.deployment,
            created_at=row.created_at, billed=row.billed,
        )
        for row in rows
    ]  # fmt: skip
    total = (await services.usage.read()).total().sum
    assert total.cost == pytest.approx(sum(one.dollars for one in alone if one is not None))
    assert total.cost_unknown == sum(1 for one in alone if one is None) == 600


async def test_a_while_has_its_first_moment_in_it_and_not_its_last(services: Services) -> None:
    await fill(services)
    day = FIRST + timedelta(days=1)
    usage = await services.usage.read(day, day + timedelta(seconds=10))
    assert told(usage, "day") == {"2026-11-21": (10, 20.0, 0.01035, 3)}
    assert (
        await services.usage.read(day + timedelta(seconds=499), day + timedelta(seconds=500))
    ).total().sum.count == 1
    assert (await services.usage.read(day + timedelta(days=9))).by("model") == []


async def test_the_runs_of_a_batch_are_told_apart(services: Services) -> None:
    await fill(services)
    await services.store.batches.add("ada", Batch("b1", "openai/gpt-5", "", FIRST))
    await services.store.batches.add_rows("b1", [new_row(number, number, 0, {}, {}, None) for number in (1, 5, 9)])
    for number in (1, 5, 9):
        await services.store.batches.change_row("b1", number, prediction_id=f"p{number:05}")
    usage = await services.usage.read(by_batch=True)
    assert told(usage, "batch") == {"": (1997, 3994.0, 2.09655, 599), "b1": (3, 6.0, 0.00045, 1)}


async def test_instances_that_stood_by_are_told_with_their_cost(services: Services) -> None:
    # One for an hour, then two for two hours, then none: 5 hours at $0.81.
    hour = timedelta(hours=1)
    for number, least, at in ((1, 1, FIRST), (2, 2, FIRST + hour), (3, 0, FIRST + 3 * hour)):
        await services.store.releases.save("ada", [release(number, "gpu-t4", at, least)])
    await services.deployments.load()

    async def stood(since: datetime) -> list[str]:
        return services.usage.standing(await services.usage.read(since, FIRST + timedelta(days=1)))

    assert await stood(FIRST) == ["≈ $4.05  ada/lakes"]
    assert await stood(FIRST + 2 * hour) == ["≈ $1.62  ada/lakes"]
    assert await stood(FIRST + 3 * hour) == []
    # What ran on them for an hour of that did not stand idle.
    at = (FIRST + 2 * hour).isoformat()
    await services.store.save("ada", [made(3, created_at=at, metrics={"predict_time": 3600.0})])
    assert await stood(FIRST) == ["≈ $3.24  ada/lakes"]
    assert (await services.usage.read()).total().sum.cost == pytest.approx(0.81)
    everything = [made(7, created_at=at, metrics={"predict_time": 36_000.0})]
    await services.store.save("ada", everything)
    assert await stood(FIRST) == []


async def test_what_changes_or_goes_is_counted_anew(services: Services) -> None:
    young = made(0, status="processing", metrics={}, completed_at=None)
    await services.store.save("ada", [young])
    assert told(await services.usage.read(), "status") == {"processing": (1, 0.0, None, 1)}
    await services.store.save("ada", [made(0)])
    assert told(await services.usage.read(), "status") == {"succeeded": (1, 2.0, 0.003, 0)}
    await services.store.save("?guess", [made(1)])
    await services.store.rename_account("?guess", "ada")
    assert (await services.usage.read()).total().sum.count == 2


async def test_what_was_aborted_is_neither_paid_for_nor_unknown(services: Services) -> None:
    await services.store.save("ada", [made(2, status="aborted", metrics={}, completed_at=None)])
    total = (await services.usage.read()).total().sum
    assert (total.count, total.cost, total.cost_unknown) == (1, None, 0)


async def test_a_group_is_an_object_that_says_that_its_cost_is_an_estimate(services: Services) -> None:
    await services.store.save("ada", [made(1), made(9)])
    (line,) = (await services.usage.read()).by("model")
    assert as_object(line) == {
        "key": "openai/gpt-5",
        "count": 2,
        "predict_time": 4.0,
        "input_tokens": 200.0,
        "output_tokens": 20.0,
        "cost": pytest.approx(0.000225),
        "cost_unknown": 1,
        "estimate": True,
        "lost": {"count": 1, "predict_time": 2.0, "cost": None, "cost_unknown": 1},
    }


def test_days_are_those_of_this_machine_where_the_clocks_are_turned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    begin, hour = datetime(2026, 10, 23, 22, tzinfo=UTC), 3_600_000_000
    found = spans(begin, begin + timedelta(days=4, hours=2), [begin + timedelta(hours=6)])
    at = micros(begin)
    assert [((one.midnight - at) / hour, (one.since - at) / hour, (one.until - at) / hour) for one in found] == [
        (0, 0, 6), (0, 6, 24), (24, 24, 49), (49, 49, 98),
    ]  # fmt: skip
