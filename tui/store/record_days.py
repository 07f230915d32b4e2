"""The days of a list of records: where each begins in it, and what ran on it. Runs in the store's thread."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from tui.store.timestamps import micros, moment
from tui.store.totals import Totals, start_of_day


@dataclass(frozen=True, slots=True)
class Day:
    """The records of one day of this machine's time zone that a query finds."""

    begins: datetime
    """Its midnight."""
    first: int
    """The place of its first record in the list."""
    totals: Totals
    """`seconds` is summed up for the days of the window alone."""


class Moments(Protocol):
    """What a query finds, by the times of creation in microseconds, in the list's direction."""

    descending: bool

    def next_moment(self, beyond: int | None) -> int | None:
        """The creation of the first record beyond a moment: before it in a falling order, else from it on."""
        ...

    def created_between(self, since: int, until: int) -> int:
        """How many were created from a moment on, up to another."""
        ...

    def seconds_between(self, since: int, until: int) -> float:
        """How long those ran."""
        ...


def days_of(found: Moments, first: int, end: int) -> tuple[Day, ...]:
    """The days from the list's beginning to the place `end`; from place `first` on with their seconds.

    Those below the window are not counted: nobody sees them, and there may be thousands.
    """
    days: list[Day] = []
    place, beyond = 0, None
    while place < end and (created := found.next_moment(beyond)) is not None:
        try:
            begins, ends = _midnights(moment(created))
        except (OverflowError, ValueError, OSError):
            # The API told a time that no calendar has.
            break
        since, until = micros(begins), micros(ends)
        beyond = since if found.descending else until
        count = found.created_between(since, until)
        if not count:
            break
        seen = place + count > first
        days.append(Day(begins, place, Totals(count, found.seconds_between(since, until) if seen else 0.0)))
        place += count
    return tuple(days)


def _midnights(created: datetime) -> tuple[datetime, datetime]:
    begins = start_of_day(created)
    # Not 24 hours later: the clocks may be turned in between.
    return begins, start_of_day(begins + timedelta(hours=36))
