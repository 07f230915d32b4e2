"""Webhooks that were delivered from here: kept with what became of them, up to a limit."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from tui.store import deliveries as deliveries_module
from tui.store.deliveries import Delivery
from tui.store.store import Store

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
HOOK = "http://127.0.0.1:1/hook"


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = await Store.open(tmp_path / "kept.db")
    yield opened
    await opened.close()


def one(id: str, prediction_id: str = "p1", event: str = "completed", after: float = 0.0, url: str = HOOK) -> Delivery:
    at = NOW + timedelta(seconds=after)
    return Delivery(id, "forwarded", event, prediction_id, "succeeded", url, at)


async def test_what_was_written_down_is_found_with_what_became_of_it(store: Store) -> None:
    first, second = one("msg_1", event="start"), one("msg_2", after=1)
    await store.deliveries.add("ada", first, b'{"a": "\xc3\xa9"}')
    await store.deliveries.add("ada", second, b"2")
    await store.deliveries.add("bob", one("msg_1"), b"bob's")
    told = replace(second, state="refused", attempts=3, code=500, seconds=0.25, problem="it burns")
    await store.deliveries.tell("ada", told)
    assert await store.deliveries.newest("ada", 10) == [told, first]
    assert await store.deliveries.newest("ada", 1) == [told]
    assert await store.deliveries.body("ada", "msg_1") == b'{"a": "\xc3\xa9"}'
    assert await store.deliveries.body("bob", "msg_1") == b"bob's"
    assert await store.deliveries.body("ada", "msg_9") == b""


async def test_what_nobody_took_yet_is_found_by_its_address(store: Store) -> None:
    kept = store.deliveries
    old, waiting, taken = one("old", after=-10), one("waiting", "p2"), one("taken", "p3", after=1)
    for delivery in (old, waiting, taken, one("elsewhere", "p4", url="http://127.0.0.1:2/")):
        await kept.add("ada", delivery, b"")
    await kept.tell("ada", replace(taken, state="taken", attempts=1, code=200))
    assert await kept.waiting("ada", HOOK, NOW) == [waiting]
    assert await kept.waiting("ada", HOOK, NOW - timedelta(seconds=10)) == [old, waiting]
    assert await kept.waiting("bob", HOOK, NOW) == []


async def test_a_prediction_without_its_last_webhook_is_found_once(store: Store) -> None:
    kept = store.deliveries
    await kept.add("ada", one("a", "ended", "start"), b"")
    await kept.add("ada", one("b", "ended", "completed", after=1), b"")
    await kept.add("ada", one("c", "open", "start"), b"")
    await kept.add("ada", one("d", "open", "output", after=1), b"")
    await kept.add("ada", one("e", "open", "completed", url="http://127.0.0.1:2/"), b"")
    found = await kept.unfinished("ada", HOOK, NOW)
    assert [(delivery.prediction_id, delivery.id) for delivery in found] == [("open", "d")]


async def test_no_more_are_kept_than_the_newest_and_none_for_longer_than_a_month(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliveries_module, "MOST", 3)
    monkeypatch.setattr(deliveries_module, "_TRIMMED_EACH", 4)
    kept = store.deliveries
    month = timedelta(days=30).total_seconds()
    await kept.add("ada", one("too old", after=-month - 1), b"")
    await kept.add("ada", one("as old as may be", after=-month), b"")
    await kept.add("bob", one("another's", after=-month - 1), b"")
    await kept.add("ada", one("now"), b"")
    assert [found.id for found in await kept.newest("ada", 9)] == ["now", "as old as may be"]
    for number in range(4):
        await kept.add("ada", one(f"more {number}", after=number + 1), b"")
    assert [found.id for found in await kept.newest("ada", 9)] == ["more 3", "more 2", "more 1"]
    assert [found.id for found in await kept.newest("bob", 9)] == ["another's"]


async def test_the_one_before_is_of_the_same_prediction_and_earlier(store: Store) -> None:
    kept = store.deliveries
    first, second, third = one("b", event="start"), one("a", event="output", after=1), one("c", after=1)
    other = one("z", "p2", after=0.5)
    for delivery in (first, second, third, other):
        await kept.add("ada", delivery, b"")
    await kept.add("bob", one("y", after=0.9), b"")
    assert await kept.before("ada", third) == second
    assert await kept.before("ada", second) == first
    assert await kept.before("ada", first) is None
    assert await kept.before("ada", other) is None
