"""How long the watcher waits between two requests: longer unseen, with age, failures and a low rate limit.

Two budgets bound it: while something is seen, 60 requests a minute, and for what nobody sees 6 (the official
clients take 120 a minute for each prediction, docs/replicate.md, Polling and sync mode).
"""

from __future__ import annotations

import random

LIST_LIVE = 3.0
"""Seconds between two looks at the list while something in it is live."""
LIST_ELSEWHERE = 12.0
"""The same while what is in sight is further down: only what is new is missed."""
LIST_IDLE = 15.0
"""Seconds between two looks at the list that is seen while nothing is live."""
IN_SIGHT = 2.4
"""Seconds between two looks at the rows in sight, so that with the answer's way none is older than `OLDEST`."""
OLDEST = 3.0
"""Seconds that a status on the screen may be old."""
SWEEP = 30.0
"""Seconds after which what is live and out of sight is looked at again, while its list is seen."""
FASTEST, SLOWEST = 0.6, 5.0
"""Seconds between two requests for one prediction: a tenth of its age, within these."""
STREAMING = 2.0
"""The least for one whose text comes by itself."""
HANGING = 30.0
"""The same for a prediction that is older than any may get (docs/replicate.md, Predictions)."""
YOUNG = 60.0
"""Seconds for which what was started here is followed closely, seen or not."""
LONGEST = 60.0
"""Seconds between two tries while the API does not answer."""
AWAY = 60.0
"""Seconds without the terminal's focus after which nothing counts as seen."""
OLDER_AT_ONCE, OLDER_PAUSE = 3, 10.0
"""So many older pages are read without waiting, and again after so many seconds without any."""
SEEN_GAP, UNSEEN_GAP = 1.1, 11.0
"""Seconds between two requests: under 60 a minute for what is seen, under 6 for what is not."""


class RateBudget:
    """Paces requests: each one puts off the next."""

    def __init__(self, gap: float) -> None:
        """`gap` is in seconds."""
        self.gap = gap
        self.free_at = float("-inf")
        """From when on, by the clock, the next may be asked."""

    def spend(self, clock: float, left: int | None) -> None:
        """One is asked now. One that did not wait for `free_at` puts off the next all the same, but not for long."""
        gap = _slower(self.gap, left)
        self.free_at = min(max(self.free_at, clock) + gap, clock + 4 * gap)


def until_next(age: float, left: int | None, *, streaming: bool = False, training: bool = False) -> float:
    """Seconds until one of this age (seconds) is asked for again; `left` is the rate limit's rest."""
    hangs = age > 1800 and not training
    seconds = HANGING if hangs else min(max(age / 10, FASTEST), SLOWEST)
    return _spread(max(STREAMING, seconds) if streaming else seconds, left)


def until_next_list(left: int | None, *, busy: bool, elsewhere: bool = False) -> float:
    """Seconds until the list's first page is looked at again.

    `busy` while something in the list may change; `elsewhere` where what is in sight is not on that page.
    """
    return _spread((LIST_ELSEWHERE if elsewhere else LIST_LIVE) if busy else LIST_IDLE, left)


def until_next_glance(latency: float, left: int | None) -> float:
    """Seconds from one look at the rows in sight to the next, where an answer takes `latency` seconds."""
    seconds = min(IN_SIGHT, max(SEEN_GAP, OLDEST - 0.2 - 1.5 * latency))
    return _slower(seconds * random.uniform(0.94, 1.0), left)  # noqa: S311 - spreads requests, guards nothing


def after_failures(count: int) -> float:
    """Seconds that everything waits after so many failures in a row."""
    longest: float = min(LONGEST, 2.0 ** min(count, 10))
    return max(1.0, longest * random.uniform(0.5, 1.0))  # noqa: S311 - spreads requests, guards nothing


def _slower(seconds: float, left: int | None) -> float:
    if left is not None and left < 300:
        return seconds * (2 if left >= 100 else 5)
    return seconds


def _spread(seconds: float, left: int | None) -> float:
    """Slower as the rate limit runs low, and never in step with other consoles."""
    return _slower(seconds, left) * random.uniform(0.9, 1.1)  # noqa: S311 - spreads requests, guards nothing
