"""One rate budget of creations for an account, shared by all processes of the store: a token bucket in a row.

How fast tokens come back is what the API says, or what its count of what is left has shown.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from msgspec import Struct
from msgspec.structs import astuple

from tui.store.database import Database

PER_MINUTE = 600.0
"""Creations that an account may ask for (docs/replicate.md, Rate limits and errors)."""
LEAST = 6.0
"""The least that is known: on low credit."""
_FIRST = 1.0
"""What leaves before the API has told how much may: a fuller bucket would be a guess."""
_CAREFUL = 60.0
"""The rate that is believed while nothing shows a better one."""
_SURE = 2.0
"""Seconds that must lie between two counts of what is left, for a rate to be told from them."""
_ANEW = 60.0
"""Seconds after which counts are compared with a newer one: the limit may have changed, and answers get lost."""
_SPARE = 2.0
"""What stays unused: the last count may be an older one than the count before it."""


class Bucket(Struct):
    """Times are seconds since 1970."""

    tokens: float
    at: float
    per_minute: float = PER_MINUTE
    burst: float = PER_MINUTE
    held_until: float = 0.0
    admitted: int = 0
    answered: int = 0
    seen_left: float | None = None
    """What the API said to be left, in the answer that later ones are compared with."""
    seen_at: float = 0.0
    seen_answered: int = 0

    def refill(self, now: float) -> None:
        """The tokens that came back until now; a clock that was put back gives none, nor does a refusal's wait."""
        if now >= self.held_until:
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

    def told(self, left: float, now: float, number: int) -> None:
        """The API says, in its answer to creation `number`, how many more may leave at once.

        That goes before what is counted here: others may use the account too. What is on its way may not be in it, nor
        what left after that one: an answer may be read long after it was given.
        """
        self.refill(now)
        self.answered = min(self.answered + 1, self.admitted)
        spare = _SPARE if self.burst > 4 * _SPARE else 0.0
        unseen = self.admitted - min(self.answered, number)
        free = max(-spare, min(self.burst, left - unseen - spare))
        # Answers overtake each other: the higher count may be the older one.
        self.tokens = free if self.seen_left is None else min(free, self.tokens + 1)
        if self.seen_at == 0.0 and self.burst == PER_MINUTE:
            # What is left is known from now on, and not yet how soon more comes.
            self.per_minute = min(self.per_minute, _CAREFUL)
        if self.seen_left is None or not 0 <= now - self.seen_at < _ANEW:
            # An answer that was lost is on its way for ever.
            self.answered = max(self.answered, self.admitted - int(_SPARE))
            self.seen_left, self.seen_at, self.seen_answered = left, now, self.answered
        elif (came := self._came(left, now)) is not None:
            # Counts are whole: the rate lies between these two.
            low, high = ((came + one) * 60 / (now - self.seen_at) for one in (-1, 1))
            self.per_minute = min(max(self.per_minute, low, LEAST), max(high, LEAST))

    def refused(self, seconds: float, stated: tuple[float, float] | None, now: float) -> None:
        """A 429: nothing leaves for so long. `stated` is the rate a minute and the burst, where it names them."""
        self.refill(now)
        self.answered = min(self.answered + 1, self.admitted)
        if stated is not None:
            self.per_minute, self.burst = stated
        elif now >= self.held_until:
            # Those that were on their way together tell one thing.
            came = self._came(-1, now)
            # It asks to wait for the next token: they come at least as soon as that.
            shown = came * 60 / (now - self.seen_at) if came else min(self.per_minute / 2, 60 / max(seconds, 0.1))
            self.per_minute = max(LEAST, min(self.per_minute, shown))
        self.held_until = max(self.held_until, now + seconds)
        # One token is there when the wait is over, and no more.
        self.tokens, self.at = min(1.0, self.burst), self.held_until
        self.seen_left = None

    def _came(self, left: float, now: float) -> float | None:
        """How many tokens came back since the count that was noted; None while that tells nothing."""
        if self.seen_left is None or now - self.seen_at < _SURE:
            return None
        return max(0.0, left - self.seen_left + self.answered - self.seen_answered)


_NAMES = Bucket.__struct_fields__


class RateBudgets:
    """The buckets of all accounts. Methods raise StoreError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def take(self, account: str, now: float) -> tuple[float, int]:
        """0 where one creation may leave now, and is counted, else the seconds to wait; and the creation's number."""
        return await self._changed(account, now, lambda bucket: bucket.take(now))

    async def told(self, account: str, left: float, now: float, number: int) -> None:
        """The API says, in its answer to creation `number`, how many more may leave at once."""
        await self._changed(account, now, lambda bucket: bucket.told(left, now, number))

    async def refused(self, account: str, seconds: float, stated: tuple[float, float] | None, now: float) -> None:
        """A 429 that asks to wait for so long. `stated` is the rate a minute and the burst, where it names them."""
        await self._changed(account, now, lambda bucket: bucket.refused(seconds, stated, now))

    async def _changed(self, account: str, now: float, change: Callable[[Bucket], float | None]) -> tuple[float, int]:
        def job(connection: sqlite3.Connection) -> tuple[float, int]:
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
            return wait or 0.0, bucket.admitted

        return await self._database.write(job)
