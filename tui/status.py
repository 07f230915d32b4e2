"""How things stand, for the status line: what is live, wrong or waited for. State and words, no widgets."""

from __future__ import annotations

from datetime import datetime, timedelta

from msgspec import Struct, field

from tui.wording import age

QUIET, LOUD, WRONG = "$text-muted", "bold $accent", "$warning"

SHORT = 100
"""Requests below which it is told how many the rate limit leaves."""


class Standing(Struct):
    """What the console knows of its connection. Times are aware UTC."""

    doing: str = ""
    """What is under way before there is a connection: `connecting…`."""
    live: int = 0
    undecided: int = 0
    """Runs whose answer was lost, which wait for a person."""
    undecided_in: str = "2"
    """The key of the section where they are."""
    stale_since: datetime | None = None
    problem: str = ""
    waiting_for: str = ""
    waiting_until: datetime | None = None
    unsaved: set[tuple[str, int]] = field(default_factory=set[tuple[str, int]])
    """Outputs that could not be kept: a prediction's id and the place of the file in its output."""
    today: str = ""
    """What ran today, as `14 runs · 212 s`."""
    budget: str = ""
    """The budgets that are nearly spent, as `≈ $4.10 of $5 today`."""
    remaining: int | None = None
    """Requests that the rate limit leaves."""

    def stale(self, since: datetime | None, error: str | None) -> None:
        """The API does not answer since then, or, with neither, answers again."""
        self.stale_since, self.problem = since, error or ""
        if error is None:
            self.waiting_until = None

    def wait(self, seconds: float, reason: str, now: datetime) -> None:
        """A request is held back."""
        self.waiting_for, self.waiting_until = reason, now + timedelta(seconds=seconds)

    def waiting(self, now: datetime) -> bool:
        """Whether something is held back still."""
        return self.waiting_until is not None and now < self.waiting_until

    def counts(self, now: datetime) -> bool:
        """Whether the status line tells of seconds, which pass."""
        return self.stale_since is not None or self.waiting(now)

    def wrong(self, now: datetime) -> bool:
        """Whether the API was not reached, or refused."""
        return bool(self.problem) or self.stale_since is not None or self.waiting(now)

    def parts(self, now: datetime) -> list[tuple[str, str]]:
        """The status line's parts, from left to right: (text, style)."""
        parts: list[tuple[str, str]] = []
        if self.doing:
            parts.append((self.doing, QUIET))
        if self.live:
            parts.append((f"▶ {self.live} live", LOUD))
        if self.undecided:
            many = "1 lost run waits" if self.undecided == 1 else f"{self.undecided} lost runs wait"
            parts.append((f"? {many} for you · {self.undecided_in} x", WRONG))
        if self.stale_since is not None:
            parts.append((f"! stale, last answer {age(self.stale_since, now)} ago", WRONG))
        if self.waiting_until is not None and self.waiting(now):
            left = max(1, round((self.waiting_until - now).total_seconds()))
            parts.append((f"{_first_line(self.waiting_for)} Next try in {left} s", WRONG))
        elif self.problem:
            parts.append((_first_line(self.problem), WRONG))
        if self.unsaved:
            many = len(self.unsaved)
            parts.append((f"! {many} output{'s' if many > 1 else ''} not saved", WRONG))
        if self.budget:
            parts.append((f"! {self.budget} · 8", WRONG))
        if self.remaining is not None and self.remaining < SHORT:
            parts.append((f"! {self.remaining} requests left", WRONG))
        if self.today:
            parts.append((f"today: {self.today}", QUIET))
        return parts


def _first_line(text: str) -> str:
    line = text.strip().partition("\n")[0][:120].rstrip()
    return line if line.endswith((".", "!", "…")) else f"{line}."
