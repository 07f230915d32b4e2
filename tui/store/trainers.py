"""Which models can be trained, as far as their schemas were seen; the part of the catalogue that a form is made of."""

from __future__ import annotations

import sqlite3

from tui.api.decoding import decode
from tui.api.types import Model
from tui.store.json_codec import unpack

from .database import Database
from .model_lists import models


class Trainers:
    """The trainers of an account's catalogue. Methods raise StoreError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list(self, account: str, text: str = "", limit: int = 500) -> list[Model]:
        """The models with a form for training, without their schemas, by rank."""

        def job(connection: sqlite3.Connection) -> list[Model]:
            found = connection.execute("SELECT ref FROM cache WHERE account = ? AND kind = 'trainer'", (account,))
            return models(connection, account, text, limit, 0, within=[row["ref"] for row in found])

        return await self._database.read(job)

    async def counts(self, account: str) -> tuple[int, int]:
        """How many models are known, and of how many the schema was seen."""

        def job(connection: sqlite3.Connection) -> tuple[int, int]:
            known = connection.execute("SELECT count(*) FROM models WHERE account = ?", (account,)).fetchone()[0]
            seen = connection.execute(
                "SELECT count(*) FROM cache WHERE account = ? AND kind = 'model'", (account,)
            ).fetchone()[0]
            return int(known), int(seen)

        return await self._database.read(job)

    async def owned(self, account: str, owner: str) -> list[Model]:
        """The known models of `owner`, by name."""

        def job(connection: sqlite3.Connection) -> list[Model]:
            found = connection.execute(
                "SELECT raw FROM models WHERE account = ? AND lower(ref) >= ? AND lower(ref) < ? ORDER BY ref",
                (account, f"{owner.lower()}/", f"{owner.lower()}0"),
            )
            return [decode(Model, unpack(row["raw"])) for row in found]

        return await self._database.read(job)
