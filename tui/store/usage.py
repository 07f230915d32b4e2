"""What was used in a while: sums over what is kept, by what a price may depend on. Runs in the store's thread."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

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


@dataclass(frozen=True, slots=True)
class Category:
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


@dataclass(frozen=True, slots=True)
class Used:
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
            row = connection.execute("SELECT min(created_at) FROM usage WHERE account = ?", (account,)).fetchone()
            return None if row[0] is None else moment(row[0])

        return await self._database.read(job)

    async def uncounted(self) -> int:
        """How many records of an earlier version are not counted yet."""
        return await self._database.read(lambda db: int(db.execute("SELECT count(*) FROM outdated").fetchone()[0]))


def _sums(connection: sqlite3.Connection, account: str, spans: Sequence[Span], by_batch: bool) -> list[Used]:
    found: list[Used] = []
    categories: dict[int, Category] = {}
    for span in spans:
        rows = connection.execute(
            f"SELECT (created_at - ?) / {DAY} AS day, category, {_BATCH if by_batch else repr('')} AS batch, count(*), "  # noqa: S608 - our own names
            f"{_SUMS} FROM usage WHERE account = ? AND created_at >= ? AND created_at < ? GROUP BY 1, 2, 3",
            (span.midnight, account, span.since, span.until),
        ).fetchall()
        for day, number, batch, count, seconds, *units in rows:
            if number not in categories:
                categories[number] = _category(connection, number)
            category = categories[number]
            begins = span.midnight + day * DAY
            told = {name: total for name, total in zip(UNITS, units, strict=True) if name in category.known}
            at = moment(max(begins, span.since))
            found.append(Used(moment(begins), at, category, batch, count, seconds, told))
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
