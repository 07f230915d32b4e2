"""One poller: few requests, none twice at once, none for what nobody sees, and no failure that is not one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.services.conftest import Seen, Time, opened
from tests.support.fake_api import Api, Request
from tui.api.errors import ApiError, NotFound
from tui.services.bus import Gone, RecordChanged, RecordsListed, Stale
from tui.services.watching import fetcher
from tui.store.records import Query

ME = "ada@here"


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
async def watched(api: Api, tmp_path: Path, time: Time) -> AsyncIterator[Seen]:
    """Services whose time passes only while they wait."""
    async with opened(api.base_url, tmp_path, now=time.now, monotonic=time.clock, sleep=time.sleep) as found:
        yield found


async def test_nothing_is_asked_when_nothing_is_live_and_nobody_looks(api: Api, watched: Seen, time: Time) -> None:
    watched.services.watcher.see(False, None)
    await asyncio.sleep(0.1)
    assert api.seen == [] and time.waits == []


async def test_a_list_that_is_seen_shows_what_another_console_made(api: Api, watched: Seen, time: Time) -> None:
    api.put("old", "succeeded", age=100)
    watched.services.watcher.see(True, None)
    await watched.until(lambda: watched.of(RecordsListed))
    api.put("new", "succeeded", age=1)
    await watched.until(lambda: len(watched.of(RecordsListed)) == 2, "the new one")
    assert [r.id for r in watched.of(RecordsListed)[1].records] == ["new"]
    rows = await watched.services.store.rows(ME)
    assert [row.id for row in rows] == ["new", "old"]


async def test_a_quiet_list_costs_a_few_requests_a_minute_and_none_when_it_is_left(
    api: Api, watched: Seen, time: Time
) -> None:
    for n in range(150):
        api.put(f"p{n}", "succeeded", age=7200 + n, data_removed=True)
    watched.services.watcher.see(True, None)
    await watched.until(lambda: time.passed > 300)
    assert 15 <= len(api.seen) <= 25
    watched.services.watcher.see(False, None)
    await asyncio.sleep(0.05)
    asked = len(api.seen)
    await asyncio.sleep(0.05)
    assert len(api.seen) == asked


async def test_a_thousand_live_predictions_cost_tens_of_requests_a_minute(api: Api, watched: Seen, time: Time) -> None:
    for n in range(1000):
        api.put(f"p{n:04}", "processing", age=n / 10)
    watched.services.watcher.see(True, None)
    await watched.until(lambda: time.passed > 120)
    assert len(api.seen) <= 100
    assert await watched.services.store.count(ME, Query(status="live")) == 1000
    # One that ends on the last page is noticed within the rotation.
    api.predictions["p0999"]["status"] = "succeeded"
    began = time.passed
    await watched.until(
        lambda: any(r.id == "p0999" and not r.live for e in watched.of(RecordsListed) for r in e.records)
    )
    assert time.passed - began < 120


async def test_a_tracked_prediction_is_followed_to_its_end_with_its_logs(api: Api, watched: Seen, time: Time) -> None:
    api.put("p", "starting")
    watched.services.watcher.track("p")
    await watched.until(lambda: api.count("GET", "/predictions/p") > 3)
    api.predictions["p"].update(
        status="succeeded", output="x", logs="all of it", completed_at=api.predictions["p"]["created_at"]
    )
    await watched.until(lambda: not watched.services.watcher.tracked, "the end")
    record = await watched.services.store.get(ME, "p")
    assert record is not None
    assert (record.prediction.status, record.prediction.logs) == ("succeeded", "all of it")
    asked = len(api.seen)
    await asyncio.sleep(0.05)
    assert len(api.seen) == asked


@pytest.mark.parametrize("days", [-400, 400])
async def test_a_clock_that_jumps_neither_stops_the_watching_nor_floods_the_api(
    api: Api, tmp_path: Path, time: Time, days: int
) -> None:
    jump = timedelta()
    async with opened(
        api.base_url, tmp_path, now=lambda: time.now() + jump, monotonic=time.clock, sleep=time.sleep
    ) as seen:
        api.put("p", "processing")
        seen.services.watcher.see(True, "p")
        seen.services.watcher.track("p")
        await seen.until(lambda: api.count("GET", "/predictions/p") > 2)
        jump = timedelta(days=days)
        before, passed = len(api.seen), time.passed
        await seen.until(lambda: time.passed > passed + 60, "a minute")
        minutes = (time.passed - passed) / 60
        assert 2 <= len(api.seen) - before <= 130 * minutes
        api.predictions["p"].update(status="succeeded", output="x", logs="all")
        await seen.until(lambda: not seen.services.watcher.tracked, "the end")


async def test_a_prediction_that_hangs_is_asked_for_more_and_more_seldom(api: Api, watched: Seen, time: Time) -> None:
    api.put("p", "starting")
    watched.services.watcher.track("p")
    await watched.until(lambda: time.passed > 600)
    assert api.count("GET", "/predictions/p") < 160


async def test_many_tracked_ones_are_read_from_the_list_and_fetched_whole_at_their_end(
    api: Api, watched: Seen, time: Time
) -> None:
    for n in range(30):
        api.put(f"p{n}", "processing", logs="the beg")
        await watched.services.watcher.ask(f"p{n}")
        watched.services.watcher.track(f"p{n}")
    await watched.until(lambda: time.passed > 60)
    assert len(api.seen) < 70
    for one in api.predictions.values():
        one.update(status="succeeded", output="x", logs="the beginning, and the end")
    await watched.until(lambda: not watched.services.watcher.tracked, "the end of all")
    for n in range(30):
        record = await watched.services.store.get(ME, f"p{n}")
        assert record is not None and record.prediction.logs == "the beginning, and the end"


async def test_what_others_ran_is_fetched_whole_when_it_ends_under_our_eyes(
    api: Api, watched: Seen, time: Time
) -> None:
    api.put("theirs", "processing")
    watched.services.watcher.see(True, None)
    await watched.until(lambda: watched.of(RecordsListed))
    api.predictions["theirs"].update(status="succeeded", output="kept", logs="theirs")

    def fetched() -> bool:
        return any(e.record.prediction.output == "kept" for e in watched.of(RecordChanged))

    await watched.until(fetched, "the whole record")


async def test_what_was_live_at_the_last_end_and_is_below_the_list_is_asked_for(
    api: Api, tmp_path: Path, time: Time
) -> None:
    async with opened(api.base_url, tmp_path) as seen:
        api.put("deep", "processing", age=90_000)
        await seen.services.watcher.ask("deep")
    for n in range(101):
        api.put(f"p{n}", "succeeded", age=7200 + n)
    api.predictions["deep"].update(status="canceled", logs="")
    async with opened(api.base_url, tmp_path, now=time.now, monotonic=time.clock, sleep=time.sleep) as seen:
        seen.services.watcher.see(True, None)
        await seen.until(lambda: any(e.record.id == "deep" for e in seen.of(RecordChanged)), "the old one's end")


async def test_no_request_is_in_flight_twice(api: Api, watched: Seen, time: Time) -> None:
    api.put("p", "processing")
    gate = asyncio.Event()

    async def slow(request: Request) -> None:
        await gate.wait()
        await api._answer(request)

    api.on["GET", "/v1/predictions"] = api.on["GET", "/v1/predictions/p"] = slow
    watcher = watched.services.watcher
    watcher.see(True, "p")
    watcher.track("p")
    calls = [asyncio.ensure_future(watcher.ask("p")) for _ in range(5)]
    calls += [asyncio.ensure_future(watcher.refresh()) for _ in range(5)]
    await watched.until(lambda: len(api.seen) >= 2)
    calls[0].cancel()
    await asyncio.sleep(0.05)
    gate.set()
    await asyncio.gather(*calls, return_exceptions=True)
    assert not calls[1].cancelled()
    await watched.until(lambda: api.count("GET", "/predictions/p") > 3)
    assert set(api.most_at_once.values()) == {1}


async def test_an_open_one_that_is_kept_whole_is_not_asked_for(api: Api, watched: Seen) -> None:
    api.put("p", "succeeded", logs="the logs")
    await watched.services.watcher.ask("p")
    watched.services.watcher.see(False, "p")
    await asyncio.sleep(0.05)
    assert api.count("GET", "/predictions/p") == 1


async def test_an_open_one_that_ended_is_asked_for_once(api: Api, watched: Seen, time: Time) -> None:
    api.put("p", "succeeded", logs="the logs")
    watched.services.watcher.see(False, "p")
    await watched.until(lambda: watched.of(RecordChanged))
    await asyncio.sleep(0.05)
    assert api.count("GET", "/predictions/p") == 1


async def test_a_failed_poll_is_stale_and_not_a_failed_prediction(api: Api, watched: Seen, time: Time) -> None:
    api.put("p", "processing", logs="1")
    watched.services.watcher.track("p")
    await watched.until(lambda: watched.of(RecordChanged))
    answered = watched.services.watcher.last_answer
    api.down = True
    await watched.until(lambda: watched.of(Stale), "stale")
    stale = watched.of(Stale)[0]
    assert stale.since is not None and answered is not None and stale.since >= answered
    assert stale.error
    record = await watched.services.store.get(ME, "p")
    assert record is not None and record.prediction.status == "processing" and record.live
    went_down, asked = time.passed, len(api.seen)
    await watched.until(lambda: time.passed > went_down + 600)
    assert len(api.seen) - asked < 120, "it slows down"
    api.down = False
    api.predictions["p"].update(status="succeeded")
    await watched.until(lambda: not watched.services.watcher.tracked, "the recovery")
    assert watched.of(Stale)[-1] == Stale(None, None)


async def test_an_api_that_does_not_answer_is_stale_long_before_the_request_fails(
    api: Api, watched: Seen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetcher, "SILENT", 0.3)
    api.put("p", "processing", logs="1")
    watched.services.watcher.track("p")
    await watched.until(lambda: watched.of(RecordChanged))
    answers = asyncio.Event()

    async def hang(request: Request) -> None:
        await answers.wait()
        request.answer(api.predictions["p"])

    api.on["GET", "/v1/predictions/p"] = hang
    last = watched.services.watcher.last_answer
    await watched.until(lambda: watched.of(Stale), "stale")
    (stale,) = watched.of(Stale)
    assert stale.since is not None and last is not None and stale.since >= last
    assert stale.error == ""
    answers.set()
    await watched.until(lambda: watched.of(Stale)[-1] == Stale(None, None), "the answer")
    assert len(watched.of(Stale)) == 2


async def test_one_slow_answer_beside_others_is_no_silence(
    api: Api, watched: Seen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetcher, "SILENT", 0.5)
    slow = asyncio.Event()

    async def hang(request: Request) -> None:
        await slow.wait()
        request.answer(api.put("slow", "succeeded"))

    api.put("slow", "processing")
    api.on["GET", "/v1/predictions/slow"] = hang
    api.put("quick", "processing")
    asked = asyncio.create_task(watched.services.watcher.ask("slow"))
    began = asyncio.get_running_loop().time()
    while asyncio.get_running_loop().time() < began + 1.2:
        await watched.services.watcher.ask("quick")
        await asyncio.sleep(0.05)
    assert watched.of(Stale) == []
    slow.set()
    await asked


async def test_the_pauses_grow_and_are_never_in_step(api: Api, watched: Seen, time: Time) -> None:
    api.down = True
    api.put("p", "processing")
    watched.services.watcher.track("p")
    await watched.until(lambda: len(watched.of(Stale)) > 8)
    assert max(time.waits) > 10
    assert len(set(time.waits)) == len(time.waits)


async def test_one_that_is_gone_is_live_for_nobody_and_keeps_what_came(api: Api, watched: Seen) -> None:
    api.put("p", "processing", logs="what came")
    watched.services.watcher.track("p")
    await watched.until(lambda: watched.of(RecordChanged))
    del api.predictions["p"]
    await watched.until(lambda: not watched.services.watcher.tracked)
    await watched.until(lambda: not watched.of(RecordChanged)[-1].record.live, "the news of it")
    assert not watched.of(Stale)
    assert [event.prediction_id for event in watched.of(Gone)] == ["p"]
    store = watched.services.store
    record = await store.get(ME, "p")
    assert record is not None and record.row.status == "gone" and not record.live
    assert record.prediction.logs == "what came"
    assert await store.live_rows(ME) == [] and not watched.services.watcher.live
    watched.services.watcher.track("p")
    assert not watched.services.watcher.tracked


async def test_one_that_is_gone_is_asked_for_by_no_later_console(api: Api, tmp_path: Path, time: Time) -> None:
    async with opened(api.base_url, tmp_path, now=time.now, monotonic=time.clock, sleep=time.sleep) as seen:
        api.put("p", "processing")
        await seen.services.watcher.ask("p")
        del api.predictions["p"]
        with pytest.raises(NotFound):
            await seen.services.watcher.ask("p")
    asked = api.count("GET", "/predictions/p")
    async with opened(api.base_url, tmp_path, now=time.now, monotonic=time.clock, sleep=time.sleep) as seen:
        seen.services.watcher.see(True, "p")
        passed = time.passed
        await seen.until(lambda: time.passed > passed + 60)
        assert api.count("GET", "/predictions/p") == asked
        # A server that had only mislaid it tells of it again.
        api.put("p", "processing")
        await seen.until(lambda: any(r.live for event in seen.of(RecordsListed) for r in event.records), "its news")
        record = await seen.services.store.get(ME, "p")
        assert record is not None and record.live and record.row.status == "processing"
        seen.services.watcher.track("p")
        assert seen.services.watcher.tracked == {"p"}


async def test_what_another_console_wrote_down_first_is_news_to_this_one(api: Api, tmp_path: Path, time: Time) -> None:
    clock = {"now": time.now, "monotonic": time.clock, "sleep": time.sleep}
    async with opened(api.base_url, tmp_path, **clock) as this, opened(api.base_url, tmp_path, **clock) as other:
        for seen in (this, other):
            seen.services.session.account = ME
        api.put("p", "processing")
        await this.services.watcher.ask("p")
        api.put("p", "succeeded", output="done", logs="all of it")
        await other.services.watcher.ask("p")
        before = len(this.of(RecordChanged))
        await this.services.watcher.ask("p")
        news = this.of(RecordChanged)[before:]
        assert [event.record.live for event in news] == [False]


async def test_a_low_rate_limit_slows_the_asking_down(api: Api, tmp_path: Path) -> None:
    counts: list[int] = []
    for left in (2000, 50):
        time = Time()
        api.put("p", "processing")

        async def limited(request: Request, left: int = left) -> None:
            request.answer(api.predictions["p"], ratelimit_remaining=str(left), ratelimit_reset="60")

        api.on["GET", "/v1/predictions/p"] = limited
        home = tmp_path / str(left)
        async with opened(api.base_url, home, now=time.now, monotonic=time.clock, sleep=time.sleep) as seen:
            api.seen.clear()
            seen.services.watcher.track("p")
            await seen.until(lambda time=time: time.passed > 60)
            counts.append(len(api.seen))
    assert counts[1] * 3 < counts[0]


async def test_older_pages_come_one_after_the_other_until_there_are_none(api: Api, watched: Seen) -> None:
    api.page = 10
    for n in range(25):
        api.put(f"p{n}", "succeeded", age=7200 + n)
    watcher = watched.services.watcher
    assert [await watcher.older(), await watcher.older(), await watcher.older()] == [10, 5, None]
    assert await watched.services.store.count(ME) == 25


async def test_a_gap_between_what_is_kept_and_the_first_page_is_read_up(api: Api, tmp_path: Path, time: Time) -> None:
    api.page = 10
    api.put("before", "succeeded", age=9999)
    async with opened(api.base_url, tmp_path) as seen:
        await seen.services.watcher.refresh()
    for n in range(45):
        api.put(f"p{n:02}", "succeeded", age=7200 + n)
    async with opened(api.base_url, tmp_path, now=time.now, monotonic=time.clock, sleep=time.sleep) as seen:
        seen.services.watcher.see(True, None)
        await seen.until(lambda: sum(len(e.records) for e in seen.of(RecordsListed)) >= 45, "the rest")
        assert await seen.services.store.count(ME) == 46


async def test_a_refresh_that_fails_says_so_to_its_caller_and_to_all(api: Api, tmp_path: Path) -> None:
    time = Time()
    async with opened(api.base_url, tmp_path, now=time.now, monotonic=time.clock, sleep=time.sleep) as seen:
        api.down = True
        with pytest.raises(ApiError):
            await seen.services.watcher.refresh()
        assert seen.of(Stale)[0].since is None and seen.of(Stale)[0].error


async def test_a_full_disk_makes_it_stale_and_it_goes_on_later(api: Api, watched: Seen) -> None:
    store = watched.services.store

    def limit(db: object) -> None:
        pages = db.execute("PRAGMA page_count").fetchone()[0]  # type: ignore[attr-defined]
        db.execute(f"PRAGMA max_page_count = {pages + 2}")  # type: ignore[attr-defined]

    await store._database.read(limit)
    api.put("p", "processing", logs="".join(f"{n:x}" for n in range(100_000)))
    watched.services.watcher.track("p")
    await watched.until(lambda: any("disk is full" in (e.error or "") for e in watched.of(Stale)))
    await store._database.read(lambda db: db.execute("PRAGMA max_page_count = 1073741823"))
    await watched.until(lambda: watched.of(RecordChanged), "the record")


async def test_what_an_earlier_console_left_live_is_looked_for_wherever_one_scrolls(
    api: Api, tmp_path: Path, time: Time
) -> None:
    for n in range(250):
        api.put(f"p{n:03}", "processing", age=n)
    clock = {"now": time.now, "monotonic": time.clock, "sleep": time.sleep}
    async with opened(api.base_url, tmp_path, **clock) as first:
        first.services.watcher.see(True, None)
        await first.until(lambda: len(first.services.watcher.live) == 250, "all of them")
    for one in api.predictions.values():
        one.update(status="succeeded", output="x", completed_at=one["created_at"])
    last = {f"p{n:03}" for n in range(200, 250)}
    async with opened(api.base_url, tmp_path, **clock) as seen:
        watcher = seen.services.watcher
        watcher.see(True, None)
        watcher.begin()
        watcher.showing(f"p{n:03}" for n in range(50))
        watcher.showing(last)

        def told() -> set[str]:
            return {record.id for event in seen.of(RecordsListed) for record in event.records if not record.live}

        await seen.until(lambda: last <= told(), "the ends of those in sight")
        await seen.until(lambda: len(told()) == 250, "all other ends")


async def test_a_fault_in_one_answer_does_not_end_the_watching(
    api: Api, watched: Seen, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    store, broken = watched.services.store, [True]
    fold_page = store.fold_page

    async def fails_once(*given: Any) -> Any:
        if broken:
            broken.pop()
            raise RuntimeError("a fault of the program")
        return await fold_page(*given)

    monkeypatch.setattr(store, "fold_page", fails_once)
    api.put("p", "succeeded")
    watched.services.watcher.see(True, None)
    await watched.until(lambda: watched.of(RecordsListed), "the list")
    assert "a fault of the program" in caplog.text and "first prediction" in caplog.text


async def test_older_pages_are_read_at_once_for_a_while_and_then_within_the_budget(
    api: Api, watched: Seen, time: Time
) -> None:
    api.page = 1
    for n in range(100):
        api.put(f"p{n:02}", "succeeded", age=7200 + n)
    watcher, read = watched.services.watcher, list[float]()
    while time.passed < 61:
        assert await watcher.older() == 1
        read.append(time.passed)
    assert read[2] - read[0] < 0.5, "who scrolls does not wait for the first pages"
    assert 50 <= len([at for at in read if at < 60]) <= 60
    paused = time.passed
    await time.sleep(11)
    await watcher.older()
    await watcher.older()
    assert time.passed - paused < 11.5, "after a pause the first ones come at once again"


async def test_older_pages_leave_the_list_that_is_seen_its_turn(api: Api, watched: Seen, time: Time) -> None:
    api.page = 1
    for n in range(100):
        api.put(f"p{n:02}", "succeeded", age=7200 + n)
    watcher = watched.services.watcher
    watcher.see(True, None)
    while time.passed < 30:
        await watcher.older()
    api.put("new", "processing", age=0)
    begun = time.passed
    while time.passed < begun + 20 and await watched.services.store.row(ME, "new") is None:
        await watcher.older()
    assert await watched.services.store.row(ME, "new") is not None


async def test_a_list_that_repeats_itself_under_new_cursors_ends(api: Api, watched: Seen) -> None:
    api.put("a", "succeeded", age=7200)
    api.put("b", "succeeded", age=7300)
    cursors = iter(range(1000))

    async def again(request: Request) -> None:
        following = f"{api.base_url}/predictions?cursor=again{next(cursors)}"
        request.answer({"results": list(api.predictions.values()), "next": following, "previous": None})

    api.on["GET", "/v1/predictions"] = again
    watcher = watched.services.watcher
    assert [await watcher.older() for _ in range(5)] == [2, 2, 2, None, None]
    assert api.count("GET", "/predictions") == 4


@pytest.mark.parametrize(("age", "asked"), [(3590, True), (3610, False)])
async def test_what_ended_elsewhere_is_fetched_whole_before_replicate_deletes_its_data(
    api: Api, watched: Seen, age: float, asked: bool
) -> None:
    api.put("theirs", "succeeded", age=age, output=["https://x/1.png"], logs="all of it")
    watched.services.watcher.see(True, None)
    await watched.until(lambda: watched.of(RecordsListed), "the list")
    if asked:
        await watched.until(lambda: watched.of(RecordChanged), "the whole")
    else:
        await asyncio.sleep(0.1)
    record = await watched.services.store.get(ME, "theirs")
    assert record is not None
    assert (record.prediction.output, record.prediction.logs) == (
        (["https://x/1.png"], "all of it") if asked else (None, "")
    )
    assert api.count("GET", "/predictions/theirs") == (1 if asked else 0)


async def test_what_is_archived_stays_when_replicate_has_deleted_its_data(api: Api, watched: Seen) -> None:
    kept = api.put("p", "succeeded", output={"file": "x"}, logs="all of it", metrics={"predict_time": 2.0})
    watcher = watched.services.watcher
    await watcher.ask("p")
    kept.update(input={}, output={}, logs="", error="", data_removed=True)
    for _ in range(2):
        await watcher.refresh()
        await watcher.ask("p")
    record = await watched.services.store.get(ME, "p")
    assert record is not None and record.prediction.data_removed and record.row.data_removed
    shown = record.prediction
    assert (shown.input, shown.output, shown.logs) == ({"prompt": "x"}, {"file": "x"}, "all of it")
    assert record.row.has_outputs and record.row.summary == "x"
