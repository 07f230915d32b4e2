"""Which files of this machine were uploaded already, until when the API keeps them, and what means to use them."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from datetime import datetime

from tui.store.database import Database
from tui.store.json_codec import unpack
from tui.store.timestamps import micros

_DRAFTS = "SELECT key, texts FROM drafts WHERE account = ?"
_CHATS = "SELECT title, attachments FROM conversations WHERE account = ?"
_BATCH_ROWS = """
SELECT b.id, b.model, b.label, r.input FROM batches AS b JOIN batch_rows AS r ON r.batch = b.id
WHERE b.account = ? AND b.state IN ('open', 'planning') AND r.state IN ('left', 'live', 'unknown')
AND (instr(r.input, CAST('/files/' AS BLOB)) OR substr(r.input, 1, 1) = CAST('x' AS BLOB)) LIMIT 20000
"""
"""The inputs that may name a file; a long one is compressed and begins with an x."""


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

    async def wanted(self, account: str, addresses: Collection[str]) -> dict[str, tuple[str, ...]]:
        """By address which drafts and batches of this machine name it, in words."""

        def job(connection: sqlite3.Connection) -> dict[str, tuple[str, ...]]:
            texts = [(words, text) for words, text in _texts(connection, account) if "/files/" in text]
            found = {one: tuple(dict.fromkeys(words for words, text in texts if one in text)) for one in addresses}
            return {address: words for address, words in found.items() if words}

        return await self._database.read(job) if addresses else {}


def _texts(connection: sqlite3.Connection, account: str) -> list[tuple[str, str]]:
    """What is filled in and not sent yet: whose it is, in words, and its text."""
    found = [(_draft_words(row["key"]), str(unpack(row["texts"]))) for row in connection.execute(_DRAFTS, (account,))]
    chats = connection.execute(_CHATS, (account,))
    found += [(f"chat {row['title'] or 'without a title'}", row["attachments"]) for row in chats]
    rows = connection.execute(_BATCH_ROWS, (account,))
    return [*found, *((f"batch {row['label'] or row['id']}", str(unpack(row["input"]))) for row in rows)]


def _draft_words(key: str) -> str:
    """`train owner/name:version` is the draft of owner/name, and so is what it replaced."""
    return f"draft {key.removesuffix(' before').removeprefix('train ').removeprefix('through ').partition(':')[0]}"
