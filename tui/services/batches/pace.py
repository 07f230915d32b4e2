"""How many rows of a batch come to an end in a minute, and how long the rest takes at that pace."""

from __future__ import annotations

from collections import deque

from tui.store.batch import Batch

_SEEN = 120.0
"""Seconds of the past that the pace is told by."""
_SURE = 3
"""Rows that must have ended before a pace is told."""


class Pace:
    """The pace of one batch, by what was seen of its counts."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque()
        self._open = 0

    def note(self, batch: Batch, now: float) -> None:
        """These are its counts at `now`, in seconds on a clock that is never set."""
        self._open = batch.counts.get("left", 0) + batch.counts.get("live", 0)
        over = sum(batch.counts.values()) - self._open
        if self._seen and over < self._seen[-1][1]:
            # Some of it begin once more.
            self._seen.clear()
        self._seen.append((now, over))
        while now - self._seen[0][0] > _SEEN:
            self._seen.popleft()

    @property
    def per_minute(self) -> float | None:
        """Rows a minute; None while nobody can tell."""
        if not self._seen:
            return None
        (first, before), (last, over) = self._seen[0], self._seen[-1]
        return (over - before) * 60 / (last - first) if over - before >= _SURE and last > first else None

    @property
    def seconds_left(self) -> float | None:
        """How long the rest takes; None while nobody can tell."""
        pace = self.per_minute
        return self._open * 60 / pace if pace and self._open else None
