"""Which files of this machine were uploaded already, and until when the API keeps them."""

from __future__ import annotations

import sqlite3
from datetime import datetime

from tui.store.database import Database
from tui.store.timestamps import micros


class Uploads:
    """The addresses of uploaded files. Methods raise StoreError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, account: str, file: str, now: datetime) -> str | None:
        """The address of a file that is still kept, by what names it here; or None."""

        def job(connection: sqlite3.Connection) -> str | None:
            row = connection.execute(
                "SELECT url FROM uploads WHERE account = ? AND file = ? AND expires_at > ?",
                (account, file, micros(now)),
            ).fetchone()
            return None if row is None else row["url"]

        return await self._database.read(job)

    async def keep(self, account: str, file: str, url: str, expires_at: datetime) -> None:
        """Note where a file was uploaded to."""

        def job(connection: sqlite3.Connection) -> None:
            connection.execute(
                "INSERT OR REPLACE INTO uploads (account, file, url, expires_at) VALUES (?, ?, ?, ?)",
                (account, file, url, micros(expires_at)),
            )

        await self._database.write(job)
