"""The days of a list of records: where each begins in it, and what ran on it. Runs in the store's thread."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from msgspec import Struct

from tui.store.timestamps import micros, moment
from tui.store.totals import Totals, start_of_day


class Day(Struct, frozen=True):
    """The records of one day of this machine's time zone that a query finds."""

    begins: datetime
    """Its midnight."""
    first: int
    """The place of its first record in the list."""
    totals: Totals
    """`seconds` is summed up for the days of the window alone."""


class Quarter(NamedTuple):
    """What was created within a quarter of an hour: every zone's days begin with one."""

    begins: int
    """Microseconds since 1970."""
    runs: int
    seconds: float


class Moments(Protocol):
    """What a query finds, by the times of creation in microseconds, in the list's direction."""

    descending: bool

    def quarters(self, since: int | None, until: int | None, *, seconds: bool) -> Iterable[Quarter]:
        """What was created from a moment on, up to another; how long it ran only where `seconds` are asked for."""
        ...


def days_of(found: Moments, place: int, first: int, last: int) -> tuple[Day, ...]:
    """The days from the list's beginning to the end of a window, those of the window with their seconds.

    The window begins at `place` of the list; `first` and `last` are when its first and its last record were created.
    """
    try:
        (since, until), (last_since, last_until) = _day(first), _day(last)
        down = found.descending
        within = found.quarters(last_since if down else since, until if down else last_until, seconds=True)
        above = found.quarters(until if down else None, None if down else since, seconds=False) if place else ()
        return _days([*above, *within])
    except (OverflowError, ValueError, OSError):
        # The API told a time that no calendar has.
        return ()


def _days(quarters: Iterable[Quarter]) -> tuple[Day, ...]:
    days: list[Day] = []
    since = until = 0
    for quarter in quarters:
        if days and since <= quarter.begins < until:
            day = days[-1]
            sums = Totals(day.totals.runs + quarter.runs, day.totals.seconds + quarter.seconds)
            days[-1] = Day(day.begins, day.first, sums)
            continue
        since, until = _day(quarter.begins)
        place = days[-1].first + days[-1].totals.runs if days else 0
        days.append(Day(moment(since).astimezone(), place, Totals(quarter.runs, quarter.seconds)))
    return tuple(days)


def _day(created: int) -> tuple[int, int]:
    """The midnights before and after a moment."""
    begins = start_of_day(moment(created))
    # Not 24 hours later: the clocks may be turned in between.
    return micros(begins), micros(start_of_day(begins + timedelta(hours=36)))
