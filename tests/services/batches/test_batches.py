"""A batch in the store: what is sent of it, what stops it, and how it goes on."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from tests.services.conftest import TEXT, WORDS, Seen, opened
from tests.support.fake_api import Api, Request
from tui.services.batches.batches import BatchError, Limits, Options
from tui.services.batches.plan import Plan, Runnable
from tui.store.batch import Batch
from tui.store.records import RunIntent, RunState

CREATE = ("POST", "/v1/models/acme/words/predictions")


async def planned(seen: Seen, *prompts: str, **limits: Any) -> Batch:
    """A batch of these prompts, of which nothing is sent."""
    plan = Plan([Runnable(WORDS, TEXT, TEXT.from_text)], grid={"prompt": prompts})
    options = Options((WORDS,), Limits(**limits))
    batch, wrong, refused = await seen.services.batches.plan("acme/words", "", options, plan.runs(None), [TEXT])
    assert (wrong, refused) == ([], 0)
    return batch


async def work(seen: Seen, batch: Batch) -> Batch:
    return await seen.services.batches.work(batch.id, [(WORDS, TEXT)], hidden={}, tell=lambda _: None)


def succeeds(api: Api) -> list[str]:
    """From now on what is created has ended already; the prompts that were asked for."""
    asked: list[str] = []

    async def create(request: Request) -> None:
        made = api.create(request)
        made.update(status="succeeded", output=["yes"], metrics={"predict_time": 2.0})
        asked.append(made["input"]["prompt"])
        request.answer(made, 201)

    api.on[CREATE] = create
    return asked


def refuses(api: Api, status: int) -> list[str]:
    """From now on creations are refused; the prompts that were asked for."""
    asked: list[str] = []

    async def create(request: Request) -> None:
        asked.append(request.json()["input"]["prompt"])
        request.answer({"detail": "no", "status": status}, status)

    api.on[CREATE] = create
    return asked


async def test_every_row_is_sent_once_and_its_figures_are_kept(api: Api, seen: Seen) -> None:
    asked = succeeds(api)
    batch = await work(seen, await planned(seen, "a", "b", "c"))
    assert sorted(asked) == ["a", "b", "c"]
    assert (batch.state, batch.counts, batch.error, batch.owner) == ("done", {"done": 3}, None, None)
    rows = await seen.services.store.batches.rows(batch.id)
    assert [(row.number, row.input, row.seconds) for row in rows] == [
        (1, {"prompt": "a"}, 2.0),
        (2, {"prompt": "b"}, 2.0),
        (3, {"prompt": "c"}, 2.0),
    ]
    again = await work(seen, batch)
    assert again.counts == {"done": 3}
    assert len(asked) == 3


@pytest.mark.parametrize(("status", "asked_again"), [(402, True), (401, True), (422, False)])
async def test_what_stops_all_rows_leaves_them_and_what_one_row_lacks_does_not(
    api: Api, seen: Seen, status: int, asked_again: bool
) -> None:
    refused = refuses(api, status)
    batch = await work(seen, await planned(seen, "a", "b", "c", concurrency=1))
    if not asked_again:
        assert (batch.state, batch.counts) == ("done", {"failed": 3})
        assert refused == ["a", "b", "c"]
        return
    assert refused == ["a"]
    assert (batch.state, batch.counts) == ("open", {"left": 3})
    assert batch.error
    assert await seen.services.batches.state(batch) == "stopped"
    asked = succeeds(api)
    batch = await work(seen, batch)
    assert sorted(asked) == ["a", "b", "c"]
    assert (batch.state, batch.counts, batch.error) == ("done", {"done": 3}, None)


async def test_a_batch_stops_at_its_failures_and_its_billed_seconds(api: Api, seen: Seen) -> None:
    refuses(api, 422)
    batch = await work(seen, await planned(seen, "a", "b", "c", "d", concurrency=1, stop_after_failures=2))
    assert batch.counts == {"failed": 2, "left": 2}
    assert batch.error == "2 rows failed (--stop-after-failures 2)"
    succeeds(api)
    batch = await work(seen, await planned(seen, "a", "b", "c", "d", concurrency=1, max_seconds=4.0))
    assert batch.counts == {"done": 2, "left": 2}
    assert batch.error == "4 seconds are billed (--max-seconds 4)"


async def test_a_model_that_fails_for_the_moment_is_run_again_and_another_is_not(api: Api, seen: Seen) -> None:
    errors = {"a": ["Too high a demand (E003)"], "b": ["index out of range"]}
    asked: list[str] = []

    async def create(request: Request) -> None:
        made = api.create(request)
        prompt = made["input"]["prompt"]
        asked.append(prompt)
        error = errors[prompt].pop() if errors[prompt] else None
        made.update(status="failed" if error else "succeeded", error=error, output=None if error else ["yes"])
        request.answer(made, 201)

    api.on[CREATE] = create
    batch = await work(seen, await planned(seen, "a", "b"))
    assert sorted(asked) == ["a", "a", "b"]
    assert batch.counts == {"done": 1, "failed": 1}
    (row,) = await seen.services.store.batches.rows(batch.id, ("failed",))
    assert (row.input["prompt"], row.reason, row.error) == ("b", "model", "index out of range")
    assert await seen.services.batches.retry(batch.id) == 1
    batch = await work(seen, batch)
    assert sorted(asked) == ["a", "a", "b", "b"]
    assert batch.counts == {"done": 2}


@pytest.mark.parametrize(("retry_paid", "times"), [(False, 1), (True, 3)])
async def test_a_failure_that_was_billed_is_run_again_only_where_that_is_asked_for(
    api: Api, seen: Seen, monkeypatch: pytest.MonkeyPatch, retry_paid: bool, times: int
) -> None:
    monkeypatch.setattr("tui.services.batches.worker._LATER", (0.01,))
    asked: list[str] = []

    async def create(request: Request) -> None:
        made = api.create(request)
        asked.append(made["input"]["prompt"])
        made.update(status="failed", error="It failed (E1000)", metrics={"predict_time": 3.0})
        request.answer(made, 201)

    api.on[CREATE] = create
    batch = await work(seen, await planned(seen, "a", retries=2, retry_paid=retry_paid))
    assert asked == ["a"] * times
    assert batch.counts == {"failed": 1}


async def test_the_rows_of_an_earlier_process_are_taken_up_a_few_at_a_time(
    api: Api, seen: Seen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.services.runs.adoption.LOOKS", (0.01,))
    batch = await planned(seen, *(f"prompt {number}" for number in range(20)), concurrency=3)
    store = seen.services.store
    for number in range(1, 21):
        run = RunIntent(f"r{number}", "acme/words", {"prompt": "a"}, seen.services.now(), state="creating",
                        owner="7-gone")  # fmt: skip
        await store.begin_run(seen.services.account, run)
        await store.batches.change_row(batch.id, number, state="live", run_id=run.run_id)
    most = 0

    def tell(_: Batch) -> None:
        nonlocal most
        most = max(most, sum(run.message is not None for run in seen.services.runs.unknown))

    monkeypatch.setattr(seen.services.runs, "_tell_unknown", lambda: tell(batch))
    done = await work(seen, batch)
    assert done.counts == {"unknown": 20}
    assert most == 3


@pytest.mark.parametrize(("send_unknown", "counts", "sent"), [(False, {"unknown": 1}, []), (True, {"done": 1}, ["a"])])
async def test_a_row_whose_answer_was_lost_is_sent_once_more_only_where_a_person_says_so(
    api: Api,
    seen: Seen,
    monkeypatch: pytest.MonkeyPatch,
    send_unknown: bool,
    counts: dict[str, int],
    sent: list[str],
) -> None:
    monkeypatch.setattr("tui.services.runs.adoption.LOOKS", (0.01,))

    async def drop(request: Request) -> None:
        request.drop()

    api.on[CREATE] = drop
    batch = await work(seen, await planned(seen, "a"))
    assert batch.counts == {"unknown": 1}
    asked = succeeds(api)
    batch = await seen.services.batches.work(
        batch.id, [(WORDS, TEXT)], hidden={}, tell=lambda _: None, send_unknown=send_unknown
    )
    assert batch.counts == counts
    assert asked == sent


@pytest.mark.parametrize(("left", "counts"), [("draft", {"done": 1}), ("creating", {"unknown": 1})])
async def test_a_row_of_a_process_that_died_is_sent_again_only_if_it_was_surely_never_sent(
    api: Api, seen: Seen, monkeypatch: pytest.MonkeyPatch, left: RunState, counts: dict[str, int]
) -> None:
    monkeypatch.setattr("tui.services.runs.adoption.LOOKS", (0.01,))
    asked = succeeds(api)
    batch = await planned(seen, "a")
    store, ownership = seen.services.store, seen.services.session.ownership
    await store.begin_run(
        seen.services.account, RunIntent("r", "acme/words", {"prompt": "a"}, seen.services.now(), owner="7-gone")
    )
    await store.batches.change_row(batch.id, 1, state="live", run_id="r")
    really = ownership.alive

    def dies_now(owner: str | None) -> bool:
        if owner != "7-gone":
            return really(owner)
        # What was read of the run is a draft; its process goes on by a step, and ends.
        change = sqlite3.connect(store.path)
        change.execute("UPDATE runs SET state = ? WHERE run_id = 'r' AND owner = '7-gone'", (left,))
        change.commit()
        change.close()
        return False

    monkeypatch.setattr(ownership, "alive", dies_now)
    async with asyncio.timeout(30):
        done = await work(seen, batch)
    assert done.counts == counts
    assert asked == (["a"] if left == "draft" else [])


async def test_an_undecided_row_that_another_console_holds_is_not_waited_for(
    api: Api, seen: Seen, tmp_path: Path
) -> None:
    batch = await planned(seen, "a")
    store = seen.services.store
    async with opened(api.base_url, tmp_path) as other:
        owner = other.services.session.ownership.name
        run = RunIntent("r", "acme/words", {"prompt": "a"}, seen.services.now(), state="unknown", owner=owner)
        await store.begin_run(seen.services.account, run)
        await store.batches.change_row(batch.id, 1, state="live", run_id="r")
        async with asyncio.timeout(30):
            done = await work(seen, batch)
    assert (done.state, done.counts) == ("open", {"unknown": 1})


async def test_one_process_works_on_a_batch_at_a_time(api: Api, seen: Seen, tmp_path: Path) -> None:
    succeeds(api)
    batch = await planned(seen, "a")
    async with opened(api.base_url, tmp_path) as other:
        with pytest.raises(BatchError, match="being worked on by another process"):
            await work(other, batch)
        with pytest.raises(BatchError, match="is running"):
            await other.services.batches.delete(batch.id)
    assert (await work(seen, batch)).state == "done"


async def test_a_refused_value_keeps_nothing(seen: Seen) -> None:
    plan = Plan([Runnable(WORDS, TEXT, TEXT.from_text)], grid={"prompt": ["a"], "nothing": ["1"]})
    options = Options((WORDS,))
    _, wrong, refused = await seen.services.batches.plan("acme/words", "", options, plan.runs(None), [TEXT])
    assert refused == 1
    assert "nothing: is an unknown input" in str(wrong[0])
    assert await seen.services.batches.all_of() == []


async def test_secrets_are_not_kept_and_asked_for_again(api: Api, seen: Seen, tmp_path: Path) -> None:
    sent: list[Any] = []

    async def create(request: Request) -> None:
        sent.append(request.json()["input"])
        made = api.create(request)
        made.update(status="succeeded", output=["yes"])
        request.answer(made, 201)

    api.on[CREATE] = create
    plan = Plan([Runnable(WORDS, TEXT, TEXT.from_text)], texts={"api_key": "hunter2"}, grid={"prompt": ["a"]})
    options = Options((WORDS,))
    batch, _, _ = await seen.services.batches.plan("acme/words", "", options, plan.runs(None), [TEXT])
    with pytest.raises(BatchError, match="were not kept"):
        await work(seen, batch)
    assert sent == []
    hidden = {"api_key": "hunter2"}
    batch = await seen.services.batches.work(batch.id, [(WORDS, TEXT)], hidden=hidden, tell=lambda _: None)
    assert sent == [{"prompt": "a", "api_key": "hunter2"}]
    assert batch.state == "done"
    kept = b"".join(path.read_bytes() for path in tmp_path.glob("kept.db*") if path.is_file())
    assert b"hunter2" not in kept
