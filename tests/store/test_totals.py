"""How many ran in a day, and for how long."""

from __future__ import annotations

import time
from datetime import datetime, timedelta

import pytest

from tests.store.conftest import START, made
from tui.store.store import Store
from tui.store.totals import Totals, start_of_day

ME = "me@api"


def ran(number: int, seconds: float | None, at: datetime) -> dict[str, object]:
    return {"number": number, "created_at": at.isoformat(), "metrics": {"predict_time": seconds} if seconds else {}}


async def test_a_period_counts_what_was_created_from_its_first_moment_up_to_its_end(store: Store) -> None:
    day = timedelta(days=1)
    moments = [START - timedelta(seconds=1), START, START + day - timedelta(seconds=1), START + day]
    await store.save(ME, [made(**ran(n, 2.0**n, at)) for n, at in enumerate(moments)])  # type: ignore[arg-type]
    whole = await store.totals(ME, [(START, START + day), (START + day, None), (START - day, START)])
    assert whole == [Totals(2, 6.0), Totals(1, 8.0), Totals(1, 1.0)]


async def test_what_has_not_told_its_time_counts_as_a_run(store: Store) -> None:
    await store.save(ME, [made(1, "processing", metrics={}), made(2, metrics={"predict_time": 3.5})])
    assert await store.totals(ME, [(START, None)]) == [Totals(2, 3.5)]


async def test_trainings_and_other_accounts_are_not_in_the_sums_of_predictions(store: Store) -> None:
    await store.save(ME, [made(1, metrics={"predict_time": 1.0})])
    await store.save(ME, [made(2, metrics={"predict_time": 90.0})], kind="training")
    await store.save("you@api", [made(3, metrics={"predict_time": 7.0})])
    assert await store.totals(ME, [(START, None)]) == [Totals(1, 1.0)]
    assert await store.totals(ME, [(START, None)], kind="training") == [Totals(1, 90.0)]
    assert await store.totals("nobody", [(START, None)]) == [Totals(0, 0.0)]


@pytest.mark.parametrize(
    ("sums", "words"),
    [
        (Totals(14, 212.4), "14 runs · 212 s"),
        (Totals(1, 3.0), "1 run · 3 s"),
        (Totals(1, 0.46), "1 run · 0.5 s"),
        (Totals(2, 9.94), "2 runs · 9.9 s"),
        (Totals(2, 9.96), "2 runs · 10 s"),
        (Totals(2, 0.0), "2 runs"),
        (Totals(1200, 4321.0), "1,200 runs · 4,321 s"),
    ],
)
def test_sums_in_words(sums: Totals, words: str) -> None:
    assert str(sums) == words


def test_a_day_begins_at_the_midnight_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    try:
        midnight = datetime.fromisoformat("2026-11-21T00:00:00-05:00")
        assert start_of_day(datetime.fromisoformat("2026-11-22T04:59:59+00:00")) == midnight
        assert start_of_day(datetime.fromisoformat("2026-11-22T05:00:00+00:00")) == midnight + timedelta(days=1)
    finally:
        monkeypatch.undo()
        time.tzset()
