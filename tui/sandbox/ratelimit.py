"""Rate limits: 600 creations and 3,000 other requests a minute, with the headers and bodies that Replicate sends."""

import math
import time
from collections.abc import Callable

from tui.sandbox.options import RateLimit
from tui.sandbox.problems import Problem


class Bucket:
    """Tokens that come back evenly over time."""

    def __init__(self, limit: RateLimit, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_second = limit.requests / limit.seconds
        self._most = float(limit.burst or limit.requests)
        self._left = self._most
        self._clock = clock
        self._at = clock()

    def take(self) -> tuple[bool, int, int]:
        """Whether a request may pass, how many more may at once, and in how many whole seconds the next may."""
        now = self._clock()
        self._left = min(self._most, self._left + (now - self._at) * self._per_second)
        self._at = now
        passed = self._left >= 1
        if passed:
            self._left -= 1
        wait = max(0.0, (1 - self._left) / self._per_second)
        return passed, int(self._left), max(1, math.ceil(wait))


def throttled(limit: RateLimit | None, seconds: int) -> Problem:
    """429 as it came in 2026: the wait in the header, in the body and in the text.

    Source: docs/replicate.md, Rate limits and errors.
    """
    reason = ""
    if limit is not None and limit.burst is not None:
        reason = (
            f" Your rate limit for creating predictions is reduced to {limit.requests} requests"
            f" per {limit.seconds:g} seconds with a burst of {limit.burst} requests."
        )
    text = f"Request was throttled.{reason} Your rate limit resets in ~{seconds}s."
    problem = Problem(429, text, "Too many requests", headers={"Retry-After": str(seconds)})
    problem.extra["retry_after"] = seconds
    return problem
