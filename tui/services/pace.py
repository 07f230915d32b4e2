"""How long the watcher waits between two questions: longer with age, failures and a low rate limit."""

from __future__ import annotations

import random

LIST_LIVE = 3.0
"""Seconds between two looks at the list while something in it is live."""
LIST_IDLE = 15.0
"""Seconds between two looks at the list that is seen while nothing is live."""
FASTEST, SLOWEST = 0.6, 5.0
"""Seconds between two questions for one prediction: a tenth of its age, within these."""
STREAMING = 2.0
"""The least for one whose text comes by itself."""
HANGING = 30.0
"""The same for one that is older than any prediction may get (FACTS §3)."""
LONGEST = 60.0
"""Seconds between two tries while the API does not answer."""


def until_next(age: float, left: int | None, *, streaming: bool = False) -> float:
    """Seconds until a prediction of this age (seconds) is asked for again; `left` is the rate limit's rest."""
    seconds = HANGING if age > 1800 else min(max(age / 10, FASTEST), SLOWEST)
    return _spread(max(STREAMING, seconds) if streaming else seconds, left)


def until_next_list(left: int | None, *, busy: bool) -> float:
    """Seconds until the list is looked at again; `busy` while something in it may change."""
    return _spread(LIST_LIVE if busy else LIST_IDLE, left)


def after_failures(count: int) -> float:
    """Seconds that everything waits after so many failures in a row."""
    longest: float = min(LONGEST, 2.0 ** min(count, 10))
    return max(1.0, longest * random.uniform(0.5, 1.0))  # noqa: S311 - spreads requests, guards nothing


def _spread(seconds: float, left: int | None) -> float:
    """Slower as the rate limit runs low, and never in step with other consoles."""
    if left is not None and left < 300:
        seconds *= 2 if left >= 100 else 5
    return seconds * random.uniform(0.9, 1.1)  # noqa: S311 - spreads requests, guards nothing
