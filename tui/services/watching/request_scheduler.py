"""Which question is put next: the first that is due and can be paid for, each sort in its turn, what failed later."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

from tui.services.watching import poll_interval as pace
from tui.services.watching.poll_interval import Purse

NEVER = float("-inf")


@dataclass(frozen=True, slots=True)
class Question:
    """Something to ask the API. Times are those of the watcher's clock."""

    key: str
    """Its sort, and what it is about."""
    due: float
    purse: Purse | None
    ask: Callable[[], Awaitable[object]]
    waits: bool = True
    """Whether it waits until its purse is free."""

    @property
    def sort(self) -> str:
        """With which others it takes turns: single ones together, each list's by themselves."""
        head = self.key.partition(" ")[0]
        return head if head in ("open", "track", "single") else self.key


class Turns:
    """Remembers whose turn it was, and what failed."""

    def __init__(self) -> None:
        self._asked: dict[str, float] = {}
        """When a question of each sort was asked."""
        self._trouble: dict[str, tuple[int, float]] = {}
        """Questions that failed: how often in a row, and until when they wait."""
        self._not_before = NEVER

    def choose(self, questions: Iterable[Question], clock: float) -> tuple[float, Question] | None:
        """The question that is due next, and when; None when there is nothing to ask.

        Of those that wait for the same purse, the sort that had its turn the longest ago.
        """
        chosen: tuple[float, float, Question] | None = None
        for question in questions:
            due = max(clock, question.due, self._not_before, self._trouble.get(question.key, (0, NEVER))[1])
            if question.purse is not None and question.waits:
                due = max(due, question.purse.free_at)
            turn = self._asked.get(question.sort, NEVER)
            if chosen is None or (due, turn) < chosen[:2]:
                chosen = due, turn, question
        return None if chosen is None else (chosen[0], chosen[2])

    def begin(self, question: Question, clock: float, left: int | None) -> None:
        """It is asked now; `left` is the rate limit's rest."""
        self._asked[question.sort] = clock
        if question.purse is not None:
            question.purse.pay(clock, left)

    def done(self, question: Question) -> None:
        """It was answered."""
        self._trouble.pop(question.key, None)

    def failed(self, question: Question, clock: float, failures: int) -> None:
        """It was not, as the `failures` questions before it: everything is put off, and this one longer."""
        tries = self._trouble.get(question.key, (0, NEVER))[0] + 1
        self._not_before = clock + pace.after_failures(failures)
        self._trouble[question.key] = tries, clock + pace.after_failures(tries)

    def troubled(self, key: str) -> bool:
        """Whether it failed the last time."""
        return key in self._trouble
