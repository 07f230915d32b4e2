"""Times, sizes and statuses in words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tui import wording

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(None, ""), (0.04, "0.0 s"), (12.34, "12.3 s"), (99.96, "1:40"), (125, "2:05"), (3725, "1:02:05"), (-3, "0.0 s")],
)
def test_a_duration_reads_like_a_clock_from_a_hundred_seconds_on(seconds: float | None, words: str) -> None:
    assert wording.duration(seconds) == words


@pytest.mark.parametrize(
    ("seconds", "words"), [(-1, "0:00"), (0.9, "0:00"), (42, "0:42"), (59.99, "0:59"), (60, "1:00"), (3725, "1:02:05")]
)
def test_what_goes_on_is_told_by_a_clock_of_whole_seconds(seconds: float, words: str) -> None:
    assert wording.clock(seconds) == words


@pytest.mark.parametrize(
    ("ago", "words"),
    [(0, "now"), (40, "40 s"), (59.9, "59 s"), (60, "1 min"), (3599, "59 min"), (7200, "2 h"), (86400 * 3, "3 d")],
)
def test_an_age_has_one_unit(ago: float, words: str) -> None:
    assert wording.age(NOW - timedelta(seconds=ago), NOW) == words


def test_a_list_at_rest_says_now_for_a_minute() -> None:
    assert wording.coarse_age(NOW - timedelta(seconds=59), NOW) == "now"
    assert wording.coarse_age(NOW - timedelta(seconds=61), NOW) == "1 min"


def test_a_clock_that_went_back_is_now() -> None:
    assert wording.age(NOW + timedelta(hours=1), NOW) == "now"


@pytest.mark.parametrize(
    ("count", "words"), [(None, ""), (0, "0 B"), (999, "999 B"), (4100, "4.1 kB"), (12_400_000, "12.4 MB")]
)
def test_a_size_has_decimal_units(count: int | None, words: str) -> None:
    assert wording.size(count) == words


def test_an_unknown_status_is_shown_by_its_own_name() -> None:
    assert wording.mark("running").word == "running"
    assert wording.mark("").word == "unknown"
    assert len({mark.symbol for mark in wording.MARKS.values()}) == len(wording.MARKS)


@pytest.mark.parametrize(
    ("fraction", "words"), [(0, "0 %"), (0.29, "29 %"), (0.5, "50 %"), (0.999, "99 %"), (1, "100 %"), (7, "100 %")]
)
def test_a_share_is_rounded_down_so_that_the_whole_is_said_of_the_whole_alone(fraction: float, words: str) -> None:
    assert wording.percent(fraction) == words
