"""The webhooks that were delivered from here: written down before they leave, with what became of them."""

from __future__ import annotations

import sqlite3
import zlib
from datetime import datetime, timedelta
from typing import Any, Literal, TypeAlias

from msgspec import Struct

from tui.store.database import Database
from tui.store.timestamps import micros, moment

Way: TypeAlias = Literal["forwarded", "sent", "received"]
State: TypeAlias = Literal["waiting", "taken", "refused"]

MOST = 10_000
"""So many of an account are kept."""
KEPT = timedelta(days=30)
_TRIMMED_EACH = 100
"""After so many new ones the old ones are deleted."""
_COLUMNS = "id, way, event, prediction_id, status, url, created_at, state, attempts, code, seconds, problem, last_try"


class Delivery(Struct, frozen=True):
    """One webhook, and what its receiver said."""

    id: str
    """Its `webhook-id`, the same at each try."""
    way: Way
    event: str
    prediction_id: str
    status: str
    """The prediction's, as the body says it."""
    url: str
    created_at: datetime
    state: State = "waiting"
    """`waiting`: no 2xx yet, and tried again; `refused`: given up."""
    attempts: int = 0
    code: int | None = None
    """The HTTP status of the last answer."""
    seconds: float | None = None
    """How long that answer took."""
    problem: str = ""
    """Why it was not taken, in words."""
    last_try: datetime | None = None
    """When it left last; to the second, as its signature has it."""

    @property
    def tried_at(self) -> datetime:
        """When it left last, or is about to for the first time."""
        return self.last_try or self.created_at


class Deliveries:
    """Reached as `store.deliveries`. Methods raise StoreError."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._added = 0

    async def add(self, account: str, delivery: Delivery, body: bytes, *, durable: bool = False) -> bool:
        """Write down what is about to leave, or what came; False, and nothing is changed, for an id that is known.

        What is too old, or beyond the newest MOST, is deleted now and then. `durable`: it survives a power cut.
        """
        self._added += 1
        trim = self._added % _TRIMMED_EACH == 0

        def job(db: sqlite3.Connection) -> bool:
            added = db.execute(
                f"INSERT OR IGNORE INTO deliveries (account, {_COLUMNS}, body) "  # noqa: S608 - our own names
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (account, *_values(delivery), zlib.compress(body)),
            )
            if trim:
                _trim(db, account, delivery.created_at)
            return added.rowcount > 0

        return await self._database.write(job, durable=durable)

    async def tell(self, account: str, delivery: Delivery) -> None:
        """Note what became of it."""
        values = _told(delivery)

        def job(db: sqlite3.Connection) -> None:
            db.execute(
                "UPDATE deliveries SET state = ?, attempts = ?, code = ?, seconds = ?, problem = ?, last_try = ? "
                "WHERE account = ? AND id = ?",
                (*values, account, delivery.id),
            )

        await self._database.write(job)

    async def body(self, account: str, id: str) -> bytes:
        """What was sent, byte by byte; empty for one that is not kept."""

        def job(db: sqlite3.Connection) -> bytes:
            row = db.execute("SELECT body FROM deliveries WHERE account = ? AND id = ?", (account, id)).fetchone()
            return b"" if row is None else zlib.decompress(row["body"])

        return await self._database.read(job)

    async def newest(self, account: str, limit: int) -> list[Delivery]:
        """The newest ones."""

        def job(db: sqlite3.Connection) -> list[Delivery]:
            found = db.execute(
                f"SELECT {_COLUMNS} FROM deliveries WHERE account = ? "  # noqa: S608 - our own names
                "ORDER BY created_at DESC, id DESC LIMIT ?",
                (account, limit),
            )
            return [_delivery(row) for row in found]

        return await self._database.read(job)

    async def before(self, account: str, delivery: Delivery) -> Delivery | None:
        """The one of the same prediction that came before it."""

        def job(db: sqlite3.Connection) -> Delivery | None:
            row = db.execute(
                f"SELECT {_COLUMNS} FROM deliveries WHERE account = ? AND prediction_id = ? "  # noqa: S608 - our own names
                "AND (created_at, id) < (?, ?) ORDER BY created_at DESC, id DESC LIMIT 1",
                (account, delivery.prediction_id, micros(delivery.created_at), delivery.id),
            ).fetchone()
            return None if row is None else _delivery(row)

        return await self._database.read(job)

    async def waiting(self, account: str, url: str, since: datetime, way: Way = "forwarded") -> list[Delivery]:
        """What was on its way to an address when its console ended, the oldest first."""
        return await self._of(account, url, since, f"state = 'waiting' AND way = '{way}'")

    async def unfinished(self, account: str, url: str, since: datetime) -> list[Delivery]:
        """The newest delivery of each prediction whose `completed` was not written down for this address."""
        where = "way = 'forwarded' AND NOT EXISTS (SELECT 1 FROM deliveries AS last WHERE last.account = d.account "
        where += "AND last.prediction_id = d.prediction_id AND last.url = d.url AND last.event = 'completed')"
        found = await self._of(account, url, since, where)
        return list({one.prediction_id: one for one in found}.values())

    async def _of(self, account: str, url: str, since: datetime, where: str) -> list[Delivery]:
        def job(db: sqlite3.Connection) -> list[Delivery]:
            found = db.execute(
                f"SELECT {_COLUMNS} FROM deliveries AS d "  # noqa: S608 - our own words
                f"WHERE account = ? AND url = ? AND created_at >= ? AND {where} ORDER BY created_at, id",
                (account, url, micros(since)),
            )
            return [_delivery(row) for row in found]

        return await self._database.read(job)


def _trim(db: sqlite3.Connection, account: str, now: datetime) -> None:
    db.execute("DELETE FROM deliveries WHERE account = ? AND created_at < ?", (account, micros(now - KEPT)))
    db.execute(
        "DELETE FROM deliveries WHERE account = ? AND id IN "
        "(SELECT id FROM deliveries WHERE account = ? ORDER BY created_at DESC LIMIT -1 OFFSET ?)",
        (account, account, MOST),
    )


def _values(one: Delivery) -> tuple[object, ...]:
    about = (one.id, one.way, one.event, one.prediction_id, one.status, one.url, micros(one.created_at))
    return (*about, *_told(one))


def _told(one: Delivery) -> tuple[object, ...]:
    last = None if one.last_try is None else micros(one.last_try)
    return (one.state, one.attempts, one.code, one.seconds, one.problem, last)


def _delivery(row: sqlite3.Row) -> Delivery:
    named: dict[str, Any] = {name: row[name] for name in _COLUMNS.split(", ")}
    named["created_at"] = moment(row["created_at"])
    named["last_try"] = None if row["last_try"] is None else moment(row["last_try"])
    return Delivery(**named)
