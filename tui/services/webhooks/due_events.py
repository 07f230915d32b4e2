"""Which webhooks of one prediction are due: `start` once, `output` and `logs` at most every half second, `completed`.

Source: docs/replicate.md, Webhooks.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal, TypeAlias

from msgspec import Struct

from tui.api.text import to_json
from tui.api.types import Prediction

Event: TypeAlias = Literal["start", "output", "logs", "completed"]

EVENTS: tuple[Event, ...] = ("start", "output", "logs", "completed")
THROTTLE = 0.5
"""Seconds between two webhooks of `output` and `logs`."""
BEFORE = ("", "starting", "queued", "pending")
"""The states of what has not begun."""


class Due(Struct, frozen=True):
    """One webhook that is to be delivered now."""

    event: Event
    status: str
    """The prediction's, as the body says it."""
    body: bytes


class DueEvents:
    """Of one prediction, as it is seen again and again. Times are seconds of a clock that only grows."""

    def __init__(self, wanted: Collection[str], *, begun: bool = False) -> None:
        """`wanted` are names of EVENTS. `begun`: it ran before anybody looked, so its start is no news."""
        self._wanted = frozenset(wanted)
        self._begun = begun or "start" not in self._wanted
        self._start: bytes | None = None
        self._newest: Prediction | None = None
        self._output: str = ""
        self._logs = 0
        self._last = float("-inf")
        self.done = False
        """Whether its end was given out."""

    def see(self, prediction: Prediction) -> None:
        """What it is like now."""
        self._newest = prediction
        if not self._begun and self._start is None and prediction.status not in BEFORE and not prediction.is_terminal:
            # Kept as it is at this moment: it may have ended when the webhook leaves.
            self._start = body_of(prediction)

    def next(self, now: float) -> Due | float | None:
        """The webhook that is due; else in how many seconds one will be; None where that is not known."""
        newest = self._newest
        if newest is None or self.done:
            return None
        if (start := self._due_start(newest)) is not None:
            return start
        if newest.is_terminal:
            self.done = True
            return Due("completed", newest.status, body_of(newest)) if "completed" in self._wanted else None
        return self._due_part(newest, now)

    def _due_start(self, newest: Prediction) -> Due | None:
        if self._begun:
            return None
        body = self._start
        if body is None:
            if not newest.is_terminal or not newest.ran:
                return None
            # It was over before it was seen to run: what it was like then follows from what it is like now.
            body = _as_it_began(newest)
        self._begun = True
        return Due("start", "processing", body)

    def _due_part(self, newest: Prediction, now: float) -> Due | float | None:
        output = _fingerprint(newest)
        fresh: Event | None = None
        if "logs" in self._wanted and len(newest.logs) > self._logs:
            fresh = "logs"
        if "output" in self._wanted and output != self._output:
            fresh = "output"
        if fresh is None:
            return None
        wait = self._last + THROTTLE - now
        if wait > 0:
            return wait
        self._output, self._logs, self._last = output, len(newest.logs), now
        return Due(fresh, newest.status, body_of(newest))


def event_named(name: str) -> Event:
    """The event of that name; `completed` for one that there is not."""
    found: Event = "completed"
    for event in EVENTS:
        if event == name:
            found = event
    return found


def body_of(prediction: Prediction) -> bytes:
    """The prediction as the API gives it."""
    return to_json(prediction.raw).encode()


def _fingerprint(prediction: Prediction) -> str:
    value = prediction.raw.get("output")
    return to_json(value) if value else ""


def _as_it_began(ended: Prediction) -> bytes:
    early = {name: value for name, value in ended.raw.items() if name not in ("completed_at", "metrics")}
    early |= {"status": "processing", "output": None, "logs": "", "error": None}
    return to_json(early).encode()
