"""Webhooks to a program on this machine: which come, how they are tried again, and what outlives the console."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks import Webhook

from tests.services.conftest import Seen, Time, opened
from tests.support.fake_api import Api, Request
from tests.support.receiver import CUT, Receiver, Taken, receiving
from tests.support.webhook_api import SECRET, STARTED, webhook_api
from tui.services.webhooks.forwarding import Forwarding, Route
from tui.store.deliveries import Delivery

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    async with webhook_api() as server:
        yield server


class Told:
    """What the forwarding said."""

    def __init__(self) -> None:
        self.deliveries: list[Delivery] = []
        self.failures: list[str] = []

    def of(self, prediction_id: str) -> list[tuple[str, str, int]]:
        return [(one.event, one.state, one.attempts) for one in self.deliveries if one.prediction_id == prediction_id]


@asynccontextmanager
async def forwarding(seen: Seen, receiver: Receiver, **route: Any) -> AsyncIterator[Told]:
    told = Told()
    services = seen.services
    work = Forwarding(
        services.session,
        services.watcher,
        Route(receiver.url, **route),
        told.deliveries.append,
        told.failures.append,
    )
    await work.start()
    try:
        yield told
    finally:
        await work.aclose()


async def until(condition: Any, what: Any = "") -> None:
    limit = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < limit, what
        await asyncio.sleep(0.02)


def statuses(receiver: Receiver, prediction_id: str) -> list[str]:
    return [one.json()["status"] for one in receiver.taken if one.json()["id"] == prediction_id]


async def test_what_begins_after_the_start_is_told_to_its_end_and_what_was_over_is_not(
    api: Api, seen: Seen, receiver: Receiver
) -> None:
    api.put("over", "succeeded", age=60)
    api.put("running", "processing", age=30)
    async with forwarding(seen, receiver) as told:
        fresh = api.put("fresh", "starting", age=-1)
        await until(lambda: "fresh" in seen.services.watcher.tracked)
        fresh |= {"status": "processing", "started_at": fresh["created_at"]}
        await until(lambda: statuses(receiver, "fresh") == ["processing"], told.deliveries)
        fresh["output"] = ["a"]
        await until(lambda: statuses(receiver, "fresh") == ["processing"] * 2, told.deliveries)
        for one in ("fresh", "running"):
            api.predictions[one] |= {"status": "succeeded", "output": ["a", "b"], "completed_at": fresh["created_at"]}
        await until(lambda: told.of("fresh")[-1:] == [("completed", "taken", 1)], told.deliveries)
        await until(lambda: told.of("running") == [("completed", "taken", 1)], told.deliveries)
        quick = api.put("quick", "failed", age=-2, error="no memory", started_at=fresh["created_at"])
        await until(lambda: len(told.of("quick")) == 2, told.deliveries)
    assert [event for event, _, _ in told.of("fresh")] == ["start", "output", "completed"]
    assert told.of("quick") == [("start", "taken", 1), ("completed", "taken", 1)]
    assert statuses(receiver, "over") == [] and told.failures == []
    ends = {one.json()["id"]: one.json() for one in receiver.taken}
    assert ends["fresh"] == api.predictions["fresh"] and ends["quick"] == quick
    for one in receiver.taken:
        assert Webhook(SECRET).verify(one.body, one.headers) == one.json()
        assert "authorization" not in one.headers
    assert len({one.id for one in receiver.taken}) == len(receiver.taken)


async def test_only_the_last_is_tried_again_and_under_the_same_id(api: Api, seen: Seen, receiver: Receiver) -> None:
    receiver.answers = [500, 500, CUT, 301]
    async with forwarding(seen, receiver) as told:
        api.put("p1", "succeeded", age=-1, started_at="2026-11-30T10:00:00Z")
        await until(lambda: told.of("p1")[-1:] == [("completed", "taken", 4)], told.deliveries)
    assert told.of("p1") == [
        ("start", "refused", 1),
        ("completed", "waiting", 1),
        ("completed", "waiting", 2),
        ("completed", "waiting", 3),
        ("completed", "taken", 4),
    ]
    start, *ends = [one.id for one in receiver.taken]
    assert len(set(ends)) == 1 and start != ends[0]
    broken, redirected = told.deliveries[2], told.deliveries[3]
    assert broken.code is None and "broke" in broken.problem
    assert redirected.code == 301 and "http://127.0.0.1:1/elsewhere" in redirected.problem
    assert "follows no redirect" in redirected.problem
    kept = await seen.services.store.deliveries.newest(seen.services.account, 9)
    assert [(one.event, one.state) for one in kept] == [("completed", "taken"), ("start", "refused")]


async def test_a_receiver_that_is_slow_for_one_holds_up_no_other(api: Api, seen: Seen, receiver: Receiver) -> None:
    quick_was_taken = threading.Event()

    def judge(one: Taken) -> int:
        if one.json()["id"] == "slow":
            # Longer than anybody waits for an answer.
            quick_was_taken.wait(30)
        return 200

    receiver.judge = judge
    async with forwarding(seen, receiver, events=("completed",)) as told:
        api.put("slow", "succeeded", age=-1)
        await until(lambda: statuses(receiver, "slow"))
        api.put("quick", "succeeded", age=-2)
        await until(lambda: told.of("quick"), told.deliveries)
        assert all(state != "taken" for _, state, _ in told.of("slow"))
        quick_was_taken.set()
        await until(lambda: told.of("slow")[-1:] and told.of("slow")[-1][1] == "taken", told.deliveries)
    assert told.of("quick") == [("completed", "taken", 1)]


async def test_what_a_console_left_is_delivered_by_the_next_under_the_same_id(
    api: Api, tmp_path: Path, receiver: Receiver
) -> None:
    receiver.answers = [200] + [503] * 9
    async with opened(api.base_url, tmp_path) as seen, forwarding(seen, receiver) as told:
        fields = {"started_at": "2026-11-30T10:00:00Z"}
        api.put("ended", "failed", age=-1, **fields)
        await until(lambda: ("completed", "waiting", 1) in told.of("ended"), told.deliveries)
        api.put("open", "processing", age=-2, **fields)
        await until(lambda: told.of("open") == [("start", "refused", 1)], told.deliveries)
    left = next(one.id for one in told.deliveries if one.event == "completed")
    api.predictions["open"]["status"] = "succeeded"
    receiver.answers.clear()
    before = len(receiver.taken)
    async with opened(api.base_url, tmp_path) as seen, forwarding(seen, receiver) as told:
        await until(lambda: told.of("ended") and told.of("open"), told.deliveries)
    assert told.of("open") == [("completed", "taken", 1)]
    assert [(one.id, one.state) for one in told.deliveries if one.prediction_id == "ended"] == [(left, "taken")]
    assert sorted(one.json()["id"] for one in receiver.taken[before:]) == ["ended", "open"]
    async with opened(api.base_url, tmp_path) as seen, forwarding(seen, receiver) as told:
        api.put("more", "canceled", age=-3)
        await until(lambda: told.of("more"), told.deliveries)
    assert told.of("ended") == told.of("open") == []


async def test_only_those_of_a_model_or_that_are_named(api: Api, seen: Seen, receiver: Receiver) -> None:
    async with forwarding(seen, receiver, model="acme/film", events=("completed",)) as told:
        api.put("words", "succeeded", age=-1)
        api.put("film", "succeeded", age=-2, model="acme/film")
        await until(lambda: told.deliveries)
    assert [one.prediction_id for one in told.deliveries] == ["film"]
    api.put("named", "processing", age=-3)
    async with forwarding(seen, receiver, ids=("named",)) as told:
        api.put("other", "succeeded", age=-4)
        api.predictions["named"]["status"] = "succeeded"
        await until(lambda: told.of("named"), told.deliveries)
    assert [(one.prediction_id, one.event) for one in told.deliveries] == [("named", "completed")]


async def test_a_store_that_takes_nothing_keeps_no_webhook_back(
    api: Api, seen: Seen, tmp_path: Path, receiver: Receiver
) -> None:
    async with forwarding(seen, receiver, events=("completed",)) as told:
        with sqlite3.connect(tmp_path / "kept.db") as database:
            database.execute("DROP TABLE deliveries")
        api.put("p1", "succeeded", age=-1)
        await until(lambda: told.of("p1") == [("completed", "taken", 1)], told.failures)
    assert told.failures and all("kept.db" in failure for failure in told.failures)


async def test_200_live_ones_cost_no_more_requests_than_the_watcher_has(
    api: Api, tmp_path: Path, receiver: Receiver
) -> None:
    clock = Time()
    for number in range(200):
        api.put(f"p{number:03}", "processing", age=10 + number)
    async with (
        opened(api.base_url, tmp_path, monotonic=clock.clock, now=clock.now, sleep=clock.sleep) as seen,
        forwarding(seen, receiver) as told,
    ):
        await until(lambda: clock.passed >= 10)
        before, begun = len(api.seen), clock.passed
        await until(lambda: clock.passed >= begun + 60)
        asked = len(api.seen) - before
        api.predictions["p150"] |= {"status": "succeeded", "output": ["x"]}
        await until(lambda: told.of("p150"), told.deliveries)
    assert 10 <= asked <= 60, asked
    assert [event for event, _, _ in told.of("p150")] == ["completed"]


async def test_one_that_is_named_ends_when_what_was_left_of_it_is_taken(
    api: Api, tmp_path: Path, receiver: Receiver
) -> None:
    receiver.answers = [503] * 9
    async with opened(api.base_url, tmp_path) as seen, forwarding(seen, receiver, events=("completed",)) as told:
        for number, id in enumerate(("named", "other")):
            api.put(id, "succeeded", age=-1 - number)
        await until(lambda: told.of("named") and told.of("other"), told.deliveries)
    receiver.answers.clear()
    before = len(receiver.taken)
    async with opened(api.base_url, tmp_path) as seen:
        services, again = seen.services, Told()
        work = Forwarding(
            services.session,
            services.watcher,
            Route(receiver.url, ids=("named",)),
            again.deliveries.append,
            again.failures.append,
        )
        await work.start()
        async with asyncio.timeout(20):
            await work.finished.wait()
        await work.aclose()
    assert [(one.prediction_id, one.state) for one in again.deliveries] == [("named", "taken")]
    assert [one.json()["id"] for one in receiver.taken[before:]] == ["named"]


async def test_an_end_that_could_not_be_asked_for_is_asked_for_again(
    api: Api, tmp_path: Path, receiver: Receiver
) -> None:
    async with opened(api.base_url, tmp_path) as seen, forwarding(seen, receiver) as told:
        api.put("p1", "processing", age=-1, started_at=STARTED)
        await until(lambda: told.of("p1") == [("start", "taken", 1)], told.deliveries)
    api.predictions["p1"] |= {"status": "succeeded", "output": ["x"]}
    failures = [0]

    async def fails(request: Request) -> None:
        failures[0] += 1
        request.drop() if failures[0] <= 6 else request.answer(api.predictions["p1"])

    api.on["GET", "/v1/predictions/p1"] = fails
    async with opened(api.base_url, tmp_path) as seen, forwarding(seen, receiver) as told:
        await until(lambda: told.of("p1") == [("completed", "taken", 1)], told.deliveries)
    assert failures[0] > 6


async def test_one_that_replicate_does_not_know_any_more_is_told_and_holds_up_nothing(
    api: Api, tmp_path: Path, receiver: Receiver
) -> None:
    async with opened(api.base_url, tmp_path) as seen, forwarding(seen, receiver) as told:
        api.put("p1", "processing", age=-1, started_at=STARTED)
        await until(lambda: told.of("p1") == [("start", "taken", 1)], told.deliveries)
    del api.predictions["p1"]
    async with opened(api.base_url, tmp_path) as seen, forwarding(seen, receiver) as told:
        await until(lambda: told.failures)
        api.put("p2", "canceled", age=-2)
        await until(lambda: told.of("p2"), told.deliveries)
    gone = ["The last webhook of p1 was not delivered: Replicate does not know it any more."]
    assert told.failures == gone and told.of("p1") == []
    async with opened(api.base_url, tmp_path) as seen:
        services, again = seen.services, Told()
        route = Route(receiver.url, ids=("p1",))
        work = Forwarding(services.session, services.watcher, route, again.deliveries.append, again.failures.append)
        await work.start()
        async with asyncio.timeout(20):
            await work.finished.wait()
        await work.aclose()
    assert again.failures == gone and again.deliveries == []


async def test_one_that_is_gone_while_it_is_followed_ends_too(api: Api, seen: Seen, receiver: Receiver) -> None:
    api.put("p1", "processing", age=-1)
    services, told = seen.services, Told()
    route = Route(receiver.url, ids=("p1",))
    work = Forwarding(services.session, services.watcher, route, told.deliveries.append, told.failures.append)
    await work.start()
    del api.predictions["p1"]
    async with asyncio.timeout(20):
        await work.finished.wait()
    await work.aclose()
    assert len(told.failures) == 1 and receiver.taken == []
