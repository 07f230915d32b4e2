"""The while of which one sees what was used: one of those that people ask for, or one that was typed."""

from __future__ import annotations

from datetime import datetime, timedelta

from tui.store.filter_query import moment_of
from tui.store.totals import start_of_day

MONTH = "last 30 days"
EVERYTHING = "everything"
PERIODS = (
    "today", "last 24 hours", "last 7 days", MONTH, "last 90 days", "this month", "last month", "this year", EVERYTHING,
)  # fmt: skip
"""By the words for them."""
TYPED = "36h, 2026-11-01, or 2026-11-01 2026-11-15: from when on, and up to when"
"""How another one is typed."""
_LENGTHS = {"last 24 hours": 1, "last 7 days": 7, MONTH: 30, "last 90 days": 90}

Bounds = tuple[datetime | None, datetime | None]
"""From when on, and up to when; None for no bound."""


def bounds(period: str, now: datetime) -> Bounds:
    """The bounds of a period at a moment. Raises ValueError, in a sentence."""
    if period in _LENGTHS:
        return now - timedelta(days=_LENGTHS[period]), None
    today = start_of_day(now)
    month = start_of_day(today.replace(day=1))
    match period:
        case "today":
            return today, None
        case "this month":
            return month, None
        case "last month":
            return start_of_day((month - timedelta(days=1)).replace(day=1)), month
        case "this year":
            return start_of_day(today.replace(month=1, day=1)), None
        case "everything":
            return None, None
        case _:
            return _typed(period, now)


def phrase(period: str) -> str:
    """`in the last 30 days`, `this month`: in a sentence."""
    if period in _LENGTHS:
        return f"in the {period}"
    return "so far" if period == EVERYTHING else period if period in PERIODS else f"in {period}"


def _typed(text: str, now: datetime) -> Bounds:
    words = text.replace("..", " ").split()
    found = [moment_of(word, now) for word in words]
    if len(found) not in (1, 2) or None in found:
        raise ValueError(f"{text[:60]!r} is no time: write {TYPED}.")
    since, until = found[0], found[1] if len(found) == 2 else None
    if since is not None and until is not None and since >= until:
        raise ValueError(f"{text[:60]!r} ends before it begins.")
    return since, until
