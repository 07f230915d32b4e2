"""The while of which usage is told: the ones with a name, and what one types."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tui.services.usage.periods import PERIODS, bounds, phrase
from tui.store.totals import start_of_day

NOW = datetime(2026, 3, 15, 12, 30, tzinfo=UTC)


def midnight(year: int, month: int, day: int) -> datetime:
    """Of this machine's zone."""
    return start_of_day(datetime(year, month, day, 12).astimezone())


def test_a_period_with_a_name_begins_and_ends_where_people_mean_it() -> None:
    assert bounds("today", NOW) == (midnight(2026, 3, 15), None)
    assert bounds("last 24 hours", NOW) == (NOW - timedelta(hours=24), None)
    assert bounds("last 7 days", NOW) == (NOW - timedelta(days=7), None)
    assert bounds("this month", NOW) == (midnight(2026, 3, 1), None)
    assert bounds("last month", NOW) == (midnight(2026, 2, 1), midnight(2026, 3, 1))
    assert bounds("last month", datetime(2026, 1, 31, 12, tzinfo=UTC)) == (midnight(2025, 12, 1), midnight(2026, 1, 1))
    assert bounds("this year", NOW) == (midnight(2026, 1, 1), None)
    assert bounds("everything", NOW) == (None, None)
    assert all(bounds(period, NOW) for period in PERIODS)


@pytest.mark.parametrize(
    ("typed", "since", "until"),
    [
        ("36h", NOW - timedelta(hours=36), None),
        ("60d 40d", NOW - timedelta(days=60), NOW - timedelta(days=40)),
        ("2026-02-01T00:00Z..2026-02-15T00:00Z", datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 2, 15, tzinfo=UTC)),
    ],
)
def test_a_period_is_typed_by_its_ends(typed: str, since: datetime, until: datetime | None) -> None:
    assert bounds(typed, NOW) == (since, until)


@pytest.mark.parametrize("typed", ["", "sometime", "3d 2d 1d", "2026-13-01", "3d never"])
def test_what_is_no_time_is_refused_with_how_it_is_written(typed: str) -> None:
    with pytest.raises(ValueError, match="is no time: write 36h, 2026-11-01"):
        bounds(typed, NOW)


def test_a_period_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(ValueError, match="ends before it begins"):
        bounds("1d 2d", NOW)


def test_a_period_stands_in_a_sentence() -> None:
    assert phrase("last 30 days") == "in the last 30 days" and phrase("this month") == "this month"
    assert phrase("everything") == "so far" and phrase("60d 40d") == "in 60d 40d"
