"""Batches and their rows in the store. Every method raises StoreError."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import datetime

from tui.store import batch_rows as sql
from tui.store.batch import Batch as Batch
from tui.store.batch import BatchFailure, RowState
from tui.store.batch import BatchRow as BatchRow
from tui.store.batch_rows import NewRow as NewRow
from tui.store.batch_rows import new_row as new_row
from tui.store.database import Database
from tui.store.timestamps import micros


class Batches:
    """The batches of one store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, account: str, batch: Batch) -> None:
        """Write a batch down; its rows follow."""
        await self._database.write(lambda db: sql.add(db, account, batch))

    async def add_rows(self, batch_id: str, rows: Sequence[NewRow]) -> None:
        """Write rows down, all or none."""
        await self._database.write(lambda db: sql.add_rows(db, batch_id, rows))

    async def change(self, account: str, batch_id: str, **changes: object) -> None:
        """Change fields of a Batch. On the disk at return. Raises KeyError for one that is not there."""
        await self._database.write(lambda db: sql.change(db, account, batch_id, changes), durable=True)

    async def change_row(self, batch_id: str, number: int, **changes: object) -> None:
        """Change fields of a BatchRow."""
        await self._database.write(lambda db: sql.change_row(db, batch_id, number, changes))

    async def claim(self, account: str, batch_id: str, old: str | None, new: str | None) -> bool:
        """Take the work on a batch over. False when another process was quicker."""
        return await self._database.write(lambda db: sql.claim(db, account, batch_id, old, new))

    async def delete(self, account: str, batch_id: str) -> None:
        """Forget a batch. Its predictions and files stay."""
        await self._database.write(lambda db: sql.delete(db, account, batch_id))

    async def one(self, account: str, batch_id: str) -> Batch | None:
        """The batch, or None."""
        return await self._database.read(lambda db: sql.one(db, account, batch_id))

    async def all_of(self, account: str, limit: int = 0) -> list[Batch]:
        """The batches, newest first; 0 for all."""
        return await self._database.read(lambda db: sql.all_of(db, account, limit))

    async def rows(
        self, batch_id: str, states: Sequence[RowState] = (), *, after: int = 0, limit: int = 100
    ) -> list[BatchRow]:
        """Rows behind the number `after`, in their order; of these states, or of all where none is named."""
        return await self._database.read(lambda db: sql.rows(db, batch_id, states, after, limit))

    async def found(
        self, batch_id: str, states: Sequence[RowState], words: Sequence[str], limit: int
    ) -> list[BatchRow]:
        """The first rows of these states that hold every one of the words, in lower case."""
        return await self._database.read(lambda db: sql.found(db, batch_id, states, words, limit))

    async def failures(self, batch_id: str, limit: int) -> list[BatchFailure]:
        """Why rows did not succeed, what stopped most of them first."""
        return await self._database.read(lambda db: sql.failures(db, batch_id, limit))

    async def left_by_target(self, batch_id: str) -> dict[int, int]:
        """How many rows of each target were not sent."""
        return await self._database.read(lambda db: sql.left_by_target(db, batch_id))

    async def some_inputs(self, batch_id: str, target: int, limit: int) -> list[dict[str, object]]:
        """The inputs of the first rows of a target that were not sent."""
        return await self._database.read(lambda db: sql.some_inputs(db, batch_id, target, limit))

    async def begin(self, batch_id: str, now: datetime, limit: int) -> list[BatchRow]:
        """Make rows live that may be sent now, each with the id of its run."""
        return await self._database.write(lambda db: sql.begin(db, batch_id, micros(now), limit))

    async def save_again(self, batch_id: str) -> int:
        """Make the rows live whose outputs could not be saved; how many."""
        return await self._database.write(lambda db: sql.save_again(db, batch_id))

    async def next_due(self, batch_id: str) -> int | None:
        """When the next row may be sent, in microseconds since 1970; None where none is left."""
        return await self._database.read(lambda db: sql.next_due(db, batch_id))

    async def spent(self, batch_id: str) -> tuple[float, float]:
        """The billed seconds and the cost of what has ended."""
        return await self._database.read(lambda db: sql.spent(db, batch_id))

    async def move(self, batch_id: str, states: Sequence[RowState], to: RowState, *, anew: bool = False) -> int:
        """Put all rows of some states into another; how many. With `anew` they begin once more."""

        def job(connection: sqlite3.Connection) -> int:
            return sql.move(connection, batch_id, states, to, anew=anew)

        return await self._database.write(job)
