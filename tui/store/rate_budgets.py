"""One rate budget of creations for an account, shared by all processes of the store: a token bucket in a row.

How fast tokens come back is what the API says, or what its count of what is left has shown.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import astuple, dataclass, fields

from tui.store.database import Database

PER_MINUTE = 600.0
"""Creations that an account may ask for (docs/replicate.md, Rate limits and errors)."""
LEAST = 6.0
"""The least that is known: on low credit."""
_FIRST = 1.0
"""What leaves before the API has told how much may: a fuller bucket would be a guess."""
_SURE = 2.0
"""Seconds that must lie between two counts of what is left, for a rate to be told from them."""


@dataclass
class Bucket:
    """Times are seconds since 1970."""

    tokens: float
    at: float
    per_minute: float = PER_MINUTE
    burst: float = PER_MINUTE
    held_until: float = 0.0
    admitted: int = 0
    seen_left: float | None = None
    """What the API said to be left, when it was asked for an account of it the first time since a refusal."""
    seen_at: float | None = None
    seen_admitted: int | None = None

    def refill(self, now: float) -> None:
        """The tokens that came back until now; a clock that was put back gives none."""
        self.tokens = min(self.burst, self.tokens + max(0.0, now - self.at) * self.per_minute / 60)
        self.at = now

    def take(self, now: float) -> float:
        """0 where one creation may leave now, and is counted; else the seconds to wait."""
        self.refill(now)
        if now < self.held_until:
            return self.held_until - now
        if self.tokens < 1:
            return (1 - self.tokens) * 60 / self.per_minute
        self.tokens -= 1
        self.admitted += 1
        return 0.0

    def told(self, left: float, now: float) -> None:
        """The API says how many more may leave at once."""
        self.refill(now)
        # Others may use the account too: what the API counts goes before what is counted here.
        self.tokens = min(self.tokens if self.seen_left is not None else self.burst, left)
        if self.seen_left is None:
            self.seen_left, self.seen_at, self.seen_admitted = left, now, self.admitted

    def refused(self, seconds: float, stated: tuple[float, float] | None, now: float) -> None:
        """A 429: nothing leaves for so long. `stated` is the rate a minute and the burst, where it names them."""
        self.refill(now)
        self.tokens = 1.0
        self.held_until = max(self.held_until, now + seconds)
        if stated is not None:
            self.per_minute, self.burst = stated
        else:
            self.per_minute = max(LEAST, min(self.per_minute, self._shown(now) or self.per_minute / 2))
        self.tokens = min(self.tokens, self.burst)
        self.seen_left = self.seen_at = self.seen_admitted = None

    def _shown(self, now: float) -> float | None:
        """Tokens a minute, by what was left, how many have left since, and that none is left now."""
        if self.seen_left is None or self.seen_at is None or self.seen_admitted is None or now - self.seen_at < _SURE:
            return None
        came = self.admitted - 1 - self.seen_admitted - self.seen_left
        return came * 60 / (now - self.seen_at) if came > 0 else None


_NAMES = [field.name for field in fields(Bucket)]


class RateBudgets:
    """The buckets of all accounts. Methods raise StoreError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def take(self, account: str, now: float) -> float:
        """0 where one creation may leave now, and is counted; else the seconds to wait."""
        return await self._changed(account, now, lambda bucket: bucket.take(now))

    async def told(self, account: str, left: float, now: float) -> None:
        """The API says how many more may leave at once."""
        await self._changed(account, now, lambda bucket: bucket.told(left, now))

    async def refused(self, account: str, seconds: float, stated: tuple[float, float] | None, now: float) -> None:
        """A 429 that asks to wait for so long. `stated` is the rate a minute and the burst, where it names them."""
        await self._changed(account, now, lambda bucket: bucket.refused(seconds, stated, now))

    async def _changed(self, account: str, now: float, change: Callable[[Bucket], float | None]) -> float:
        def job(connection: sqlite3.Connection) -> float:
            row = connection.execute(
                f"SELECT {', '.join(_NAMES)} FROM rate_budgets WHERE account = ?",  # noqa: S608
                (account,),
            ).fetchone()
            bucket = Bucket(_FIRST, now) if row is None else Bucket(*row)
            wait = change(bucket)
            connection.execute(
                f"INSERT OR REPLACE INTO rate_budgets (account, {', '.join(_NAMES)}) "  # noqa: S608
                f"VALUES (?{', ?' * len(_NAMES)})",
                (account, *astuple(bucket)),
            )
            return wait or 0.0

        return await self._database.write(job)
