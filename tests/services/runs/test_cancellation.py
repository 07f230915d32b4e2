"""Cancelling many: each that was meant, whatever breaks on the way, and no other."""

from __future__ import annotations

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.request import Request as Sent
from urllib.request import urlopen

from tests.services.conftest import Seen, opened
from tests.support.fake_api import Api, Request
from tests.support.sandbox import RunningSandbox, run_sandbox
from tui.api.errors import ApiError, NotFound, Unauthorized
from tui.services.bus import RecordChanged
from tui.services.runs.cancellation import AT_ONCE
from tui.store.records import Kind, Record

PREDICTION: Kind = "prediction"
TRAINING: Kind = "training"
MARKED, OTHERS = 50, 10


def create_one(sandbox: RunningSandbox, model: str, values: dict[str, Any]) -> str:
    """A prediction that is made by somebody else."""
    version = sandbox.get(f"/v1/models/sandbox/{model}")["latest_version"]["id"]
    body = json.dumps({"version": version, "input": values}).encode()
    headers = {"Authorization": f"Bearer {sandbox.token}", "Content-Type": "application/json"}
    with urlopen(Sent(f"{sandbox.base_url}/predictions", body, headers), timeout=30) as answer:
        return str(json.load(answer)["id"])


def create(sandbox: RunningSandbox, count: int) -> list[str]:
    """So many predictions that hang."""
    with ThreadPoolExecutor(4) as threads:
        return list(threads.map(lambda _: create_one(sandbox, "trouble", {"kind": "hang"}), range(count)))


async def test_fifty_marked_ones_end_canceled_through_thirty_percent_of_faults_and_no_other(tmp_path: Path) -> None:
    faults = "predictions.cancel:500=0.1, predictions.cancel:lost=0.1, predictions.cancel:drop=0.1; seed=3"
    with run_sandbox(chaos=faults) as sandbox:
        ids = await asyncio.to_thread(create, sandbox, MARKED + OTHERS)
        marked, others = set(ids[::6] + ids[1::6] + ids[2::6] + ids[3::6] + ids[4::6]), set(ids[5::6])
        assert len(marked) == MARKED and len(others) == OTHERS

        async def briefly(seconds: float) -> None:
            await asyncio.sleep(min(seconds, 0.02))

        async with opened(sandbox.base_url, tmp_path, token=sandbox.token, account=None, sleep=briefly) as seen:
            outcomes = [one async for one in seen.services.runs.cancel_many((id, PREDICTION) for id in marked)]
        assert {id for id, _ in outcomes} == marked and len(outcomes) == MARKED
        assert {r.prediction.status if isinstance(r, Record) else str(r) for _, r in outcomes} == {"canceled"}
        await asyncio.to_thread(check, sandbox, marked, others)


def check(sandbox: RunningSandbox, marked: set[str], others: set[str]) -> None:
    stands = {one["id"]: one["status"] for one in sandbox.get("/v1/predictions")["results"]}
    assert {stands[id] for id in marked} == {"canceled"}
    assert {stands[id] for id in others} <= {"starting", "processing"}
    assert any(entry["status"] != 200 for entry in sandbox.requests("predictions.cancel")), "the faults struck"


async def test_each_outcome_says_what_became_of_it(api: Api, seen: Seen) -> None:
    api.put("runs", "processing")
    api.put("done", "succeeded", output="it was quicker")
    api.put("trains", "processing", kind="trainings")
    items = [("runs", PREDICTION), ("done", PREDICTION), ("absent", PREDICTION), ("trains", TRAINING)]
    outcomes = {id: outcome async for id, outcome in seen.services.runs.cancel_many(items)}
    assert isinstance(outcomes["absent"], NotFound)
    records = {id: one for id, one in outcomes.items() if isinstance(one, Record)}
    assert {id: (one.kind, one.prediction.status) for id, one in records.items()} == {
        "runs": ("prediction", "canceled"),
        "done": ("prediction", "succeeded"),
        "trains": ("training", "canceled"),
    }
    assert {event.record.id for event in seen.of(RecordChanged)} == {"runs", "done", "trains"}
    assert api.trainings["trains"]["status"] == "canceled" and not api.count("POST", "/predictions/trains/cancel")


async def test_a_mark_that_is_given_twice_is_canceled_once_and_few_at_the_same_time(api: Api, seen: Seen) -> None:
    under_way = most = 0

    async def slow(request: Request) -> None:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0.01)
        under_way -= 1
        await api._answer(request)

    for n in range(20):
        api.put(f"p{n}", "processing")
        api.on["POST", f"/v1/predictions/p{n}/cancel"] = slow
    items = [(f"p{n % 20}", PREDICTION) for n in range(40)]
    outcomes = [id async for id, _ in seen.services.runs.cancel_many(items)]
    assert len(outcomes) == 20 and most <= AT_ONCE
    assert sum(method == "POST" for method, _ in api.seen) == 20


async def test_a_refusal_is_told_and_not_tried_again(api: Api, seen: Seen) -> None:
    async def refuse(request: Request) -> None:
        request.answer({"detail": "You did not pass a valid token", "status": 401}, 401)

    api.put("p", "processing")
    api.on["POST", "/v1/predictions/p/cancel"] = refuse
    outcomes = [one async for one in seen.services.runs.cancel_many([("p", PREDICTION)])]
    assert isinstance(outcomes[0][1], Unauthorized) and isinstance(outcomes[0][1], ApiError)
    assert api.count("POST", "/predictions/p/cancel") == 1


async def test_who_stops_reading_stops_what_was_not_begun(api: Api, seen: Seen) -> None:
    for n in range(30):
        api.put(f"p{n}", "processing")
    outcomes = seen.services.runs.cancel_many((f"p{n}", PREDICTION) for n in range(30))
    await anext(outcomes)
    await outcomes.aclose()
    asked = len(api.seen)
    assert asked <= 1 + 2 * AT_ONCE
    await asyncio.sleep(0.05)
    assert len(api.seen) == asked


async def test_nothing_marked_asks_nothing(api: Api, seen: Seen) -> None:
    assert [one async for one in seen.services.runs.cancel_many([])] == []
    assert api.seen == []
