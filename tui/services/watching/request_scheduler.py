"""Which request is put next: the first that is due and can be paid for, each sort in its turn, what failed later."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable

from msgspec import Struct

from tui.services.watching import poll_interval as pace
from tui.services.watching.poll_interval import RateBudget

NEVER = float("-inf")


class PendingRequest(Struct, frozen=True):
    """Something to ask the API. Times are those of the watcher's clock."""

    key: str
    """Its sort, and what it is about."""
    due: float
    budget: RateBudget | None
    send: Callable[[], Awaitable[object]]
    waits: bool = True
    """Whether it waits until its budget is free."""

    @property
    def group(self) -> str:
        """With which others it takes turns: single ones together, each list's by themselves."""
        head = self.key.partition(" ")[0]
        return head if head in ("open", "track", "single") else self.key


class RequestScheduler:
    """Remembers whose turn it was, and what failed."""

    def __init__(self) -> None:
        self._asked: dict[str, float] = {}
        """When a request of each sort was asked."""
        self._failing: dict[str, tuple[int, float]] = {}
        """Requests that failed: how often in a row, and until when they wait."""
        self._not_before = NEVER

    def choose(self, requests: Iterable[PendingRequest], clock: float) -> tuple[float, PendingRequest] | None:
        """The request that is due next, and when; None when there is nothing to ask.

        Of those that wait for the same budget, the sort that had its turn the longest ago.
        """
        chosen: tuple[float, float, PendingRequest] | None = None
        for request in requests:
            due = max(clock, request.due, self._not_before, self._failing.get(request.key, (0, NEVER))[1])
            if request.budget is not None and request.waits:
                due = max(due, request.budget.free_at)
            turn = self._asked.get(request.group, NEVER)
            if chosen is None or (due, turn) < chosen[:2]:
                chosen = due, turn, request
        return None if chosen is None else (chosen[0], chosen[2])

    def begin(self, request: PendingRequest, clock: float, left: int | None) -> None:
        """It is asked now; `left` is the rate limit's rest."""
        self._asked[request.group] = clock
        if request.budget is not None:
            request.budget.spend(clock, left)

    def done(self, request: PendingRequest) -> None:
        """It was answered."""
        self._failing.pop(request.key, None)

    def failed(self, request: PendingRequest, clock: float, failures: int) -> None:
        """It was not, as the `failures` requests before it: everything is put off, and this one longer."""
        tries = self._failing.get(request.key, (0, NEVER))[0] + 1
        self._not_before = clock + pace.after_failures(failures)
        self._failing[request.key] = tries, clock + pace.after_failures(tries)

    def failing(self, key: str) -> bool:
        """Whether it failed the last time."""
        return key in self._failing
