"""What is seen is fresh, what is not costs little, and every end is told once: of predictions and of trainings."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.services.conftest import TEXT, WORDS, Seen, Time, opened
from tests.support.fake_api import Api, Request
from tui.api.types import Training
from tui.services.bus import Ended, Gone, RecordChanged, RecordsListed
from tui.services.watching import poll_interval as pace
from tui.store.filter_query import Query

ME = "ada@here"


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
async def watched(api: Api, tmp_path: Path, time: Time) -> AsyncIterator[Seen]:
    """Services whose time passes only while they wait."""
    async with opened(api.base_url, tmp_path, now=time.now, monotonic=time.clock, sleep=time.sleep) as found:
        yield found


class Told:
    """When, by the watcher's clock, the API spoke of what, and how often it was asked."""

    def __init__(self, api: Api, time: Time) -> None:
        self.last: dict[str, float] = {}
        self.oldest: Counter[str] = Counter()
        self.asked: list[float] = []
        self.first: dict[str, int] = {}
        """With which request from `mark` on the API spoke of it."""
        self._mark = 0
        self._time = time
        self._answer = api._answer
        api._answer = self._note  # type: ignore[method-assign]

    async def _note(self, request: Request) -> None:
        self.asked.append(self._time.passed)
        answer = request.answer

        def noting(value: Any, *rest: Any, **headers: str) -> None:
            for one in value.get("results", [value]):
                id = one.get("id", "")
                self.oldest[id] = max(self.oldest[id], self._time.passed - self.last.get(id, self._time.passed))
                self.last[id] = self._time.passed
                self.first.setdefault(id, len(self.asked) - self._mark)
            answer(value, *rest, **headers)

        request.answer = noting  # type: ignore[method-assign]
        await self._answer(request)

    def mark(self) -> None:
        self.first.clear()
        self._mark = len(self.asked)

    def most_in_a_minute(self, since: float = 0.0) -> int:
        times = [at for at in self.asked if at >= since]
        return max((sum(at <= other < at + 60 for other in times) for at in times), default=0)


async def ten_pages(api: Api, seen: Seen) -> None:
    """Ten pages of live ones, all of them found: as a thousand are, but of smaller pages."""
    api.page = 20
    for n in range(200):
        api.put(f"p{n:03}", "processing", age=n)
    seen.services.watcher.see(True, None)
    await seen.until(lambda: len(seen.services.watcher.live) == 200, "all of them", 60)


async def passes(seen: Seen, time: Time, seconds: float) -> None:
    until = time.passed + seconds
    await seen.until(lambda: time.passed > until, f"{seconds} s", 60)


@pytest.mark.parametrize("first", [0, 16, 192])
async def test_of_ten_pages_of_live_ones_those_in_sight_are_never_three_seconds_old(
    api: Api, watched: Seen, time: Time, first: int
) -> None:
    told = Told(api, time)
    await ten_pages(api, watched)
    shown = [f"p{n:03}" for n in range(first, first + 8)]
    watched.services.watcher.showing(shown)
    watched.services.watcher.see(True, shown[5])
    await passes(watched, time, 10)
    told.oldest.clear()
    began = time.passed
    await passes(watched, time, 100)
    assert max(told.oldest[id] for id in shown) <= pace.OLDEST
    assert told.most_in_a_minute(began) <= 60
    # The others have their turn: nothing is forgotten.
    assert max(told.oldest.values()) < 75
    assert all(time.passed - told.last[id] < 75 for id in api.predictions)


async def test_rows_that_come_into_sight_are_read_at_once_and_scrolling_on_and_on_costs_little(
    api: Api, watched: Seen, time: Time
) -> None:
    told = Told(api, time)
    await ten_pages(api, watched)
    watcher = watched.services.watcher
    watcher.showing([f"p{n:03}" for n in range(8)])
    await passes(watched, time, 40)
    for first in (56, 100, 196):
        shown = [f"p{n:03}" for n in range(first, first + 4)]
        told.mark()
        watcher.showing(shown)
        await watched.until(lambda shown=shown: all(id in told.first for id in shown), "a look")
        # What was being asked, and what had waited longest, go before.
        assert max(told.first[id] for id in shown) <= 3
        await passes(watched, time, 3)
    began = time.passed
    while time.passed < began + 120:
        first = int(time.passed * 7) % 190
        watcher.showing([f"p{n:03}" for n in range(first, first + 8)])
        await asyncio.sleep(0.002)
    assert told.most_in_a_minute(began) <= 80


async def test_rows_that_are_scattered_over_the_list_cost_no_more_than_others(
    api: Api, watched: Seen, time: Time
) -> None:
    told = Told(api, time)
    await ten_pages(api, watched)
    watched.services.watcher.showing([f"p{n:03}" for n in range(0, 200, 5)])
    await passes(watched, time, 5)
    told.oldest.clear()
    began = time.passed
    await passes(watched, time, 120)
    assert told.most_in_a_minute(began) <= 60
    assert max(told.oldest[f"p{n:03}"] for n in range(0, 200, 5)) < 20


async def test_what_nobody_sees_costs_six_requests_a_minute_and_its_end_is_found(
    api: Api, watched: Seen, time: Time
) -> None:
    told = Told(api, time)
    await ten_pages(api, watched)
    watched.services.watcher.see(False, None)
    await passes(watched, time, 60)
    began = time.passed
    api.predictions["p155"].update(status="succeeded", logs="x", completed_at=time.now().isoformat())
    await watched.until(lambda: watched.of(Ended), "the end")
    assert time.passed - began < 150
    await passes(watched, time, 120)
    assert told.most_in_a_minute(began) <= 6
    assert [event.record.id for event in watched.of(Ended)] == ["p155"]
    watched.services.watcher.see(True, None)
    began = time.passed
    await watched.until(lambda: told.asked[-1] >= began, "a look at once")
    assert time.passed - began < 3


async def test_long_without_the_focus_nothing_counts_as_seen_but_a_trainings_end_is_told(
    api: Api, watched: Seen, time: Time
) -> None:
    told = Told(api, time)
    watcher = watched.services.watcher
    api.put("t", "processing", kind="trainings", age=4000)
    api.put("p", "succeeded", age=4000)
    watcher.see(True, "t", "training")
    watcher.see(True, None)
    await watched.until(lambda: "t" in watcher.live, "the training")
    watcher.focused(False)
    await passes(watched, time, pace.AWAY + 5)
    began = time.passed
    await passes(watched, time, 200)
    assert told.most_in_a_minute(began) <= 6
    api.trainings["t"].update(
        status="succeeded", output={"version": "a/b:c"}, logs="all", completed_at=time.now().isoformat()
    )
    await watched.until(lambda: watched.of(Ended), "its end")
    record = watched.of(Ended)[0].record
    assert isinstance(record.prediction, Training) and record.prediction.trained_version == "a/b:c"
    assert watched.of(Ended)[0].seconds == pytest.approx(4000 + time.passed, abs=30)
    # Nothing is live any more, and nobody looks: nothing is asked.
    await asyncio.sleep(0.05)
    asked = len(told.asked)
    await asyncio.sleep(0.05)
    assert len(told.asked) == asked
    watcher.focused(True)
    await watched.until(lambda: len(told.asked) > asked, "a look on the return")


async def test_a_screen_that_is_left_does_not_speak_for_the_one_that_is_seen(
    api: Api, watched: Seen, time: Time
) -> None:
    told = Told(api, time)
    api.put("p", "processing")
    watcher = watched.services.watcher
    watcher.see(True, None, by="deployments")
    watcher.see(True, "p")
    # What is left may say so late, after the other one has come.
    watcher.see(False, None, by="deployments")
    await passes(watched, time, 30)
    assert told.most_in_a_minute() > 10
    watcher.see(False, None)
    await passes(watched, time, 60)
    began = time.passed
    await passes(watched, time, 120)
    assert told.most_in_a_minute(began) <= 6


async def test_a_focus_that_is_lost_for_a_moment_changes_nothing(api: Api, watched: Seen, time: Time) -> None:
    told = Told(api, time)
    api.put("p", "processing")
    watched.services.watcher.see(True, "p")
    for _ in range(5):
        watched.services.watcher.focused(False)
        await passes(watched, time, pace.AWAY / 3)
        watched.services.watcher.focused(True)
    assert told.most_in_a_minute() > 20


async def test_trainings_are_listed_opened_and_followed_like_predictions(api: Api, watched: Seen, time: Time) -> None:
    watcher = watched.services.watcher
    for n in range(130):
        api.put(f"t{n:03}", "succeeded" if n else "processing", kind="trainings", age=5000 + n * 60)
    watcher.see(True, "t000", "training")
    await watched.until(lambda: any(e.record.id == "t000" for e in watched.of(RecordChanged)), "the open one")
    await watched.until(lambda: watched.of(RecordsListed), "the list")
    assert {r.kind for e in watched.of(RecordsListed) for r in e.records} == {"training"}
    # Its log is followed however old it gets: a training may take hours.
    asked, began = api.count("GET", "/trainings/t000"), time.passed
    await passes(watched, time, 60)
    assert api.count("GET", "/trainings/t000") - asked >= 10 * (time.passed - began) / 60
    assert await watcher.older("training") == 30 and await watcher.older("training") is None
    assert await watched.services.store.count(ME, Query(kind="training")) == 130
    assert await watched.services.store.count(ME) == 0
    api.trainings["t000"].update(status="failed", error="it broke", logs="the log")
    await watched.until(lambda: watched.of(Ended), "its end")
    record = await watched.services.store.get(ME, "t000")
    assert record is not None and record.kind == "training" and isinstance(record.prediction, Training)
    await watched.until(lambda: "t000" not in watcher.live)
    assert not any("/predictions" in path for _, path in api.seen)


async def test_a_live_training_far_down_the_list_is_watched_without_filters(
    api: Api, watched: Seen, time: Time
) -> None:
    told = Told(api, time)
    api.page = 10
    for n in range(45):
        live = n < 12 or n in (33, 34)
        api.put(f"t{n:02}", "processing" if live else "succeeded", kind="trainings", age=n, data_removed=not live)
    watcher = watched.services.watcher
    for n in (33, 34):
        await watcher.ask(f"t{n}", "training")
    watcher.see(True, None, "training")
    watcher.showing(["t33", "t34"], "training")
    await passes(watched, time, 60)
    told.oldest.clear()
    await passes(watched, time, 60)
    assert max(told.oldest["t33"], told.oldest["t34"]) <= 8
    assert told.most_in_a_minute() <= 66


@pytest.mark.parametrize("kind", ["prediction", "training"])
async def test_an_end_is_told_once_whoever_learns_of_it(api: Api, watched: Seen, kind: Any) -> None:
    api.put("p", "processing", kind=f"{kind}s", age=30)
    api.put("over", "succeeded", kind=f"{kind}s", age=60)
    watcher = watched.services.watcher
    await watcher.ask("p", kind)
    await watcher.ask("over", kind)
    kept = api.trainings if kind == "training" else api.predictions
    kept["p"].update(status="succeeded", logs="x", completed_at=kept["over"]["created_at"])
    await asyncio.gather(watcher.refresh(kind), watcher.ask("p", kind))
    await watcher.refresh(kind)
    await watcher.ask("p", kind)
    await watched.services.runs.cancel("p", kind)
    assert [event.record.id for event in watched.of(Ended)] == ["p"]
    assert watched.of(Ended)[0].record.kind == kind


async def test_an_end_that_another_console_wrote_down_first_is_told_here_too(
    api: Api, tmp_path: Path, time: Time
) -> None:
    clock = {"now": time.now, "monotonic": time.clock, "sleep": time.sleep}
    async with opened(api.base_url, tmp_path, **clock) as this, opened(api.base_url, tmp_path, **clock) as other:
        api.put("p", "processing", age=20)
        api.put("q", "processing", age=20)
        for seen in (this, other):
            await seen.services.watcher.refresh()
        for id in "pq":
            api.put(id, "failed", age=20, error="no", logs="x")
        await other.services.watcher.refresh()
        await other.services.watcher.ask("q")
        await this.services.watcher.refresh()
        await this.services.watcher.ask("q")
        for seen in (this, other):
            assert sorted(event.record.id for event in seen.of(Ended)) == ["p", "q"]


async def test_the_end_of_a_run_of_this_console_is_told_once(api: Api, tmp_path: Path) -> None:
    async with opened(api.base_url, tmp_path) as seen:
        run = await seen.services.runs.start(WORDS, TEXT, {"prompt": "x"})
        await seen.until(lambda: api.predictions and seen.services.watcher.live)
        made = next(iter(api.predictions.values()))
        # It ends before it was asked for the first time: its creation's answer said that it was live.
        made.update(status="succeeded", output=["x"], logs="", completed_at=made["created_at"])
        await seen.ended(run)
        await seen.services.watcher.refresh()
        await seen.services.watcher.ask(made["id"])
        assert [event.record.id for event in seen.of(Ended)] == [made["id"]]


async def test_what_ended_before_this_console_saw_it_is_no_news_of_an_end(api: Api, tmp_path: Path, time: Time) -> None:
    clock = {"now": time.now, "monotonic": time.clock, "sleep": time.sleep}
    for kind in ("predictions", "trainings"):
        api.put(f"ends-{kind}", "processing", kind=kind)
        api.put(f"lives-{kind}", "processing", kind=kind)
    async with opened(api.base_url, tmp_path, **clock) as seen:
        await seen.services.watcher.refresh()
        await seen.services.watcher.refresh("training")
    for kept in (api.predictions, api.trainings):
        for id in kept:
            if id.startswith("ends"):
                kept[id].update(status="succeeded", logs="x", output="y")
    async with opened(api.base_url, tmp_path, **clock) as seen:
        # Nobody looks at a list: what was live is taken up all the same.
        seen.services.watcher.begin()
        await seen.until(lambda: seen.services.watcher.live == {"lives-predictions", "lives-trainings"})
        await seen.until(
            lambda: (
                {e.record.id for e in seen.of(RecordChanged) if e.record.row.whole}
                == {"ends-predictions", "ends-trainings"}
            ),
            "the whole records of those that ended",
        )
        assert not seen.of(Ended)
        for kept, id in ((api.predictions, "lives-predictions"), (api.trainings, "lives-trainings")):
            kept[id].update(status="canceled", logs="x")
        await seen.until(lambda: len(seen.of(Ended)) == 2, "the ends")


async def test_a_live_one_that_is_not_in_its_place_in_the_list_is_asked_for_and_gone(
    api: Api, watched: Seen, time: Time
) -> None:
    for n in range(250):
        api.put(f"p{n:03}", "processing", age=n)
    watcher = watched.services.watcher
    watcher.see(True, None)
    await watched.until(lambda: len(watcher.live) == 250)
    watcher.showing(["p150", "p151"])
    del api.predictions["p150"], api.predictions["p249"]
    await watched.until(lambda: len(watched.of(Gone)) == 2, "both")
    assert {event.prediction_id for event in watched.of(Gone)} == {"p150", "p249"}
    assert not watched.of(Ended)


async def test_one_answer_that_fails_again_and_again_holds_up_nothing_else(api: Api, watched: Seen, time: Time) -> None:
    for n in range(20):
        api.put(f"p{n:03}", "processing", age=n)

    async def broken(request: Request) -> None:
        request.answer({"detail": "no"}, 501)

    api.on["GET", "/v1/predictions/p003"] = broken
    watched.services.watcher.see(True, "p003")
    await passes(watched, time, 300)
    listed = api.count("GET", "/predictions")
    assert listed > 40
    assert api.count("GET", "/predictions/p003") < 30


async def test_a_low_rate_limit_slows_the_list_down(api: Api, watched: Seen, time: Time) -> None:
    told = Told(api, time)

    async def limited(request: Request) -> None:
        answer = request.answer
        request.answer = lambda *a, **k: answer(*a, **k, ratelimit_remaining="50", ratelimit_reset="60")  # type: ignore[method-assign]
        await api._answer(request)

    api.on["GET", "/v1/predictions"] = limited
    await ten_pages(api, watched)
    watched.services.watcher.showing(["p001"])
    await passes(watched, time, 20)
    began = time.passed
    await passes(watched, time, 120)
    assert told.most_in_a_minute(began) <= 14
