"""Tells the server's time, as its Date headers say it. This machine's own clock is never asked: it may be hours off.

A Date has whole seconds: an answer that was sent at 12:00:00.9 says 12:00:00. So the server's time lies between two
bounds, which each further answer brings closer together.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime

_BOOT = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
_TOO_OLD = 600.0
"""Seconds after which what was learned is learned anew: clocks drift, and are set."""


def steady() -> float:
    """Seconds on a clock that is never set, and that goes on while the machine sleeps."""
    return time.clock_gettime(_BOOT)


class ServerClock:
    """What is known of one server's clock. A `mark` is a reading of `steady()`."""

    def __init__(self) -> None:
        self._lowest = 0.0
        """The server's time is at least a mark plus this."""
        self._highest = 0.0
        self._learned: float | None = None

    @property
    def known(self) -> bool:
        """Whether an answer told it, not too long ago."""
        return self._learned is not None and steady() - self._learned < _TOO_OLD

    def learn(self, date: float, sent: float, received: float) -> None:
        """An answer said `date` (seconds since 1970). Its request left at the mark `sent`; it came at `received`."""
        lowest, highest = date - received, date + 1.0 - sent
        if not self.known or lowest > self._highest or highest < self._lowest:
            self._lowest, self._highest, self._learned = lowest, highest, received
            return
        self._lowest, self._highest = max(lowest, self._lowest), min(highest, self._highest)

    def earliest(self, mark: float) -> datetime | None:
        """The server's time at a mark is not before this. None where it is not known."""
        return None if self._learned is None else datetime.fromtimestamp(mark + self._lowest, UTC)

    def latest(self, mark: float) -> datetime | None:
        """The server's time at a mark is not after this. None where it is not known."""
        return None if self._learned is None else datetime.fromtimestamp(mark + self._highest, UTC)
