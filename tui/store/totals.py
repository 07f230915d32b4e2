"""How many ran in a while, and for how long: the sums behind `today · 14 runs · 212 s`. Runs in the store's thread."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import datetime, time

from msgspec import Struct

from tui.store.records import Kind
from tui.store.timestamps import micros

Period = tuple[datetime, datetime | None]
"""From the first moment on, up to the second, which is not in it; None for no end."""


class Totals(Struct, frozen=True):
    """The sums of a period."""

    runs: int = 0
    seconds: float = 0.0
    """How long those of them ran that have told it."""

    def __str__(self) -> str:
        runs = "1 run" if self.runs == 1 else f"{self.runs:,} runs"
        # A few seconds with a tenth, as the rows have them: they are not to add up to none.
        seconds = f"{self.seconds:.1f}".removesuffix(".0") if self.seconds < 9.95 else f"{round(self.seconds):,}"
        return f"{runs} · {seconds} s" if self.seconds else runs


def start_of_day(moment: datetime) -> datetime:
    """The midnight that a day of this machine's time zone began with."""
    return datetime.combine(moment.astimezone().date(), time()).astimezone()


def totals(connection: sqlite3.Connection, account: str, kind: Kind, periods: Sequence[Period]) -> list[Totals]:
    """The sums of each period, by when they were created. Each reads the rows of its own period only."""
    found: list[Totals] = []
    for since, until in periods:
        runs, seconds = connection.execute(
            "SELECT count(*), total(predict_time) FROM predictions INDEXED BY predictions_newest "
            "WHERE account = ? AND kind = ? AND created_at >= ? AND created_at < ?",
            (account, kind, micros(since), _END if until is None else micros(until)),
        ).fetchone()
        found.append(Totals(runs, seconds))
    return found


_END = 2**63 - 1
