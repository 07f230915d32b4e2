"""The days of a list: exact over the whole archive, by this machine's midnights, under any filter."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.store.conftest import made
from tui.api.types import Prediction
from tui.store.filter_query import NEWEST, Order, Query
from tui.store.store import Store
from tui.wording import day

ME = "me@api"


@pytest.fixture
def berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def ran(id: str, at: str, seconds: float | None = 1.0, status: str = "succeeded", **fields: object) -> Prediction:
    return made(
        id,
        status,
        created_at=datetime.fromisoformat(at).isoformat(),
        metrics={} if seconds is None else {"predict_time": seconds},
        **fields,
    )


async def days(store: Store, words: str = "", order: Order = NEWEST, **window: int) -> list[tuple[str, int, str]]:
    """Each as its date, the place of its first record, and its sums."""
    found = await store.window(ME, Query.parse(words), order, **window)
    return [(f"{one.begins:%Y-%m-%d}", one.first, str(one.totals)) for one in found.days]


@pytest.mark.usefixtures("berlin")
async def test_a_day_goes_from_midnight_to_midnight_where_the_machine_is(store: Store) -> None:
    await store.save(
        ME,
        [
            ran("a", "2026-11-20T22:59:59Z", 4.0),
            ran("b", "2026-11-20T23:00:00Z", 2.5),
            ran("c", "2026-11-21T22:59:59.999Z", 0.5),
            ran("d", "2026-11-21T23:00:00Z", None, "processing"),
        ],
    )
    assert await days(store) == [
        ("2026-11-22", 0, "1 run"),
        ("2026-11-21", 1, "2 runs · 3 s"),
        ("2026-11-20", 3, "1 run · 4 s"),
    ]
    assert await days(store, order=Order("created", False)) == [
        ("2026-11-20", 0, "1 run · 4 s"),
        ("2026-11-21", 1, "2 runs · 3 s"),
        ("2026-11-22", 3, "1 run"),
    ]


@pytest.mark.usefixtures("berlin")
@pytest.mark.parametrize(("sunday", "begins", "ends"), [("2026-03-29", 23, 22), ("2026-10-25", 22, 23)])
async def test_a_day_on_which_the_clocks_are_turned_has_all_of_its_hours(
    store: Store, sunday: str, begins: int, ends: int
) -> None:
    date = datetime.fromisoformat(sunday).replace(tzinfo=UTC)
    first, last = date - timedelta(hours=24 - begins), date + timedelta(hours=ends) - timedelta(seconds=1)
    moments = [first - timedelta(seconds=1), first, last, last + timedelta(seconds=1)]
    await store.save(ME, [ran(f"p{n}", at.isoformat()) for n, at in enumerate(moments)])
    assert [found for found in await days(store) if found[0] == sunday] == [(sunday, 1, "2 runs · 2 s")]


@pytest.mark.usefixtures("berlin")
@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("status:failed", [("2026-11-21", 0, "1 run · 7 s"), ("2026-11-19", 1, "1 run · 9 s")]),
        ("model:words", [("2026-11-20", 0, "2 runs · 5 s")]),
        ("walrus", [("2026-11-21", 0, "1 run · 7 s"), ("2026-11-20", 1, "1 run · 2 s")]),
        ("walrus status:failed", [("2026-11-21", 0, "1 run · 7 s")]),
        ("walrus heron", []),
        ("since:2026-11-20T12:00:00Z", [("2026-11-21", 0, "1 run · 7 s"), ("2026-11-20", 1, "1 run · 3 s")]),
    ],
)
async def test_the_days_are_those_of_what_the_filter_finds(
    store: Store, words: str, expected: list[tuple[str, int, str]]
) -> None:
    await store.save(
        ME,
        [
            ran("a", "2026-11-19T10:00:00Z", 9.0, "failed"),
            ran("b", "2026-11-20T10:00:00Z", 2.0, model="acme/words", input={"prompt": "a walrus"}),
            ran("c", "2026-11-20T13:00:00Z", 3.0, model="acme/words"),
            ran("d", "2026-11-21T10:00:00Z", 7.0, "failed", input={"prompt": "two walruses"}),
        ],
    )
    assert await days(store, words) == expected


async def test_a_window_deep_in_the_list_knows_how_many_days_are_above_it(store: Store) -> None:
    noon = datetime(2026, 11, 21, 12, tzinfo=UTC)
    await store.save(ME, [ran(f"p{n:04}", (noon - timedelta(hours=8 * n)).isoformat()) for n in range(300)])
    found = await days(store, first=150, size=10)
    whole = await days(store, size=300)
    assert [one[:2] for one in found] == [one[:2] for one in whole if one[1] < 160]
    assert len(found) == 54 and len(whole) == 101
    # Of those above the window nobody sees the seconds.
    assert found[0][2] == "2 runs" and found[-1] == whole[53] == (whole[53][0], 158, "3 runs · 3 s")


async def test_other_orders_have_no_days(store: Store) -> None:
    await store.save(ME, [made(1), made(2)])
    assert await days(store, order=Order("run", True)) == []
    assert await days(store, "nothing-like-it") == []


@pytest.mark.parametrize(
    "year", ["0001-01-01T00:00:00+00:00", "1969-12-31T12:00:00+00:00", "9999-12-31T23:59:59+00:00"]
)
@pytest.mark.parametrize("words", ["", "picture"])
async def test_a_time_that_no_calendar_has_breaks_no_list(store: Store, year: str, words: str) -> None:
    await store.save(ME, [made(1), made("old", created_at=year)])
    for order in (NEWEST, Order("created", False)):
        found = await store.window(ME, Query.parse(words), order)
        assert len(found.rows) == 2


@pytest.mark.usefixtures("berlin")
@pytest.mark.parametrize(
    ("midnight", "words"),
    [
        ("2026-11-21T00:00:00+01:00", "today"),
        ("2026-11-20T00:00:00+01:00", "yesterday"),
        ("2026-11-19T00:00:00+01:00", "Thu 19 Nov"),
        ("2026-11-22T00:00:00+01:00", "Sun 22 Nov"),
        ("2025-11-19T00:00:00+01:00", "19 Nov 2025"),
    ],
)
def test_days_in_words(midnight: str, words: str) -> None:
    now = datetime.fromisoformat("2026-11-21T00:30:00+01:00")
    assert day(datetime.fromisoformat(midnight), now) == words


async def test_an_archive_of_years_is_told_by_days_in_no_time(tmp_path: Path) -> None:
    store = await Store.open(tmp_path / "years.db")
    try:
        noon = datetime(2026, 11, 21, 12, tzinfo=UTC)
        await store.save(ME, [ran(f"p{n:04}", (noon - timedelta(days=n)).isoformat()) for n in range(1000)])
        began = time.process_time()
        assert len(await days(store, first=990, size=10)) == 1000
        assert time.process_time() - began < 0.3
    finally:
        await store.close()


async def test_a_search_with_a_filter_tells_its_days_as_quickly_as_one_without(tmp_path: Path) -> None:
    store = await Store.open(tmp_path / "many.db")
    try:
        noon = datetime(2026, 11, 21, 12, tzinfo=UTC)
        await store.save(ME, [ran(f"p{n:04}", (noon - timedelta(seconds=n)).isoformat()) for n in range(3000)])
        began = time.process_time()
        assert await days(store, "picture status:succeeded") == await days(store, "picture")
        # Looking through the filter's index for each document takes seconds.
        assert time.process_time() - began < 0.5
    finally:
        await store.close()
