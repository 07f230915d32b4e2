"""What was used in a while: sums over what is kept, by what a price may depend on. Runs in the store's thread."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from msgspec import Struct

from tui.api.billed import UNITS

from .database import Database
from .timestamps import moment

DAY = 86_400_000_000
"""Microseconds of a day without a change of the clocks."""


class Span(NamedTuple):
    """A stretch of time in which all days are as long as days are; microseconds since 1970."""

    midnight: int
    """The beginning of its first day, from which its days are counted."""
    since: int
    until: int
    """Not in it."""


class Category(Struct, frozen=True):
    """What a price, a name and a status depend on."""

    kind: str
    model: str
    deployment: str
    """"owner/name", or the name alone; empty for none."""
    status: str
    source: str
    facts: Mapping[str, str]
    known: tuple[str, ...]
    """The units that were counted of each."""
    timed: bool
    """Whether it is known how long each ran."""


class Used(Struct, frozen=True):
    """The sums of one category on one day."""

    day: datetime
    """Its midnight."""
    at: datetime
    """A moment at which all of it has begun, as far as deployments' releases go."""
    category: Category
    batch: str
    """The batch that all of it belongs to; empty for none, and where that was not asked for."""
    count: int
    seconds: float
    units: Mapping[str, float]
    """By the names of UNITS, the known ones."""


_SUMS = ", ".join(f"total({name})" for name in ("seconds", *UNITS))
_BATCH = "coalesce((SELECT batch FROM batch_rows WHERE prediction_id = usage.id), '')"


class UsageRecords:
    """What was used. Reached as `store.usage`. Methods raise StoreError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def sums(self, account: str, spans: Sequence[Span], *, by_batch: bool = False) -> list[Used]:
        """The sums of each day and category that began within the spans; of each batch apart with `by_batch`."""
        return await self._database.read(lambda db: _sums(db, account, spans, by_batch))

    async def first(self, account: str) -> datetime | None:
        """When the oldest record that is kept was created; None where there is none."""

        def job(connection: sqlite3.Connection) -> datetime | None:
            found = [
                connection.execute(
                    "SELECT min(created_at) FROM usage WHERE account = ? AND category = ?", (account, number)
                ).fetchone()[0]
                for number in _categories(connection, account)
            ]
            return moment(min(found)) if found else None

        return await self._database.read(job)

    async def uncounted(self) -> int:
        """How many records of an earlier version are not counted yet."""
        return await self._database.read(lambda db: int(db.execute("SELECT count(*) FROM outdated").fetchone()[0]))


def _sums(connection: sqlite3.Connection, account: str, spans: Sequence[Span], by_batch: bool) -> list[Used]:
    # One question for each day of each category: each reads what it sums up in the table's own order.
    by_batch = by_batch and connection.execute("SELECT 1 FROM batch_rows LIMIT 1").fetchone() is not None
    batch, group = (_BATCH, " GROUP BY 1") if by_batch else ("''", "")
    query = (
        f"SELECT {batch} AS batch, count(*), {_SUMS} FROM usage "  # noqa: S608 - our own names
        f"WHERE account = ? AND category = ? AND created_at >= ? AND created_at < ?{group}"
    )
    found: list[Used] = []
    for number in _categories(connection, account):
        category = _category(connection, number)
        if category.source == "local":
            continue  # nobody bills what ran on this machine
        for begins, since, until in _days(spans):
            for of_batch, count, seconds, *units in connection.execute(query, (account, number, since, until)):
                if count:
                    told = {name: one for name, one in zip(UNITS, units, strict=True) if name in category.known}
                    found.append(Used(moment(begins), moment(since), category, of_batch, count, seconds, told))
    return found


def _days(spans: Sequence[Span]) -> list[tuple[int, int, int]]:
    """The midnight of each day, and from when to when of it."""
    found: list[tuple[int, int, int]] = []
    for span in spans:
        begins = span.midnight + (span.since - span.midnight) // DAY * DAY
        while begins < span.until:
            found.append((begins, max(begins, span.since), min(begins + DAY, span.until)))
            begins += DAY
    return found


def _categories(connection: sqlite3.Connection, account: str) -> list[int]:
    """The categories of an account, one after the other out of the table's order."""
    found: list[int] = []
    following = "SELECT min(category) FROM usage WHERE account = ? AND category > ?"
    while (number := connection.execute(following, (account, found[-1] if found else -1)).fetchone()[0]) is not None:
        found.append(number)
    return found


def _category(connection: sqlite3.Connection, number: int) -> Category:
    row = connection.execute("SELECT * FROM usage_categories WHERE number = ?", (number,)).fetchone()
    known = tuple(name for name in row["known"].split(",") if name)
    return Category(
        row["kind"],
        row["model"],
        row["deployment"],
        row["status"],
        row["source"],
        json.loads(row["facts"]),
        known,
        bool(row["timed"]),
    )
