"""One SQLite file in one owned thread: opening, migrations, transactions and errors in words."""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
import time
import zlib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from tui.private_files import make_private

from .migrations import MIGRATIONS

T = TypeVar("T")

APPLICATION_ID = 0x52545549
""""RTUI": marks the file as this program's own."""
BUSY_SECONDS = 10.0
"""How long one console waits for another's transaction. They last milliseconds."""


class StoreError(Exception):
    """The database cannot do what was asked. `str(error)` is for a person and names the file."""

    def __init__(self, path: Path, message: str) -> None:
        super().__init__(message)
        self.path = path


class StoreDamaged(StoreError):
    """The file is no database, or a broken one. It is left as it is; `set_aside(path)` moves it away."""


class StoreTooNew(StoreError):
    """A newer version of this program wrote the file. It is left as it is."""


class StoreFull(StoreError):
    """The disk is full. What was kept before is whole; what was to be kept now is not there."""


class StoreClosed(StoreError):
    """The store was used after `close()`."""


def set_aside(path: Path, now: datetime | None = None) -> Path:
    """Move a database and its journal files away, so that a new one can begin. Returns its new path.

    Only for a user's explicit wish; blocks. Raises OSError.
    """
    stamp = (now or datetime.now(UTC)).strftime("%Y%m%d-%H%M%S")
    aside = path.with_name(f"{path.name}.aside-{stamp}")
    number = 1
    while aside.exists():
        number += 1
        aside = path.with_name(f"{path.name}.aside-{stamp}-{number}")
    for suffix in ("", "-wal", "-shm"):
        part = path.with_name(path.name + suffix)
        if part.exists():
            part.rename(aside.with_name(aside.name + suffix))
    return aside


class Database:
    """A connection that lives in a thread of its own. `read` and `write` run a function there."""

    def __init__(self, path: Path, migrations: Sequence[str] = MIGRATIONS) -> None:
        self.path = path
        self._migrations = migrations
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="store")
        self._connection: sqlite3.Connection | None = None
        self._closed = False

    async def open(self) -> None:
        """Open the file, made with mode 0600 where there was none, and bring it to the present version.

        Raises StoreDamaged, StoreTooNew, StoreFull, StoreError.
        """
        try:
            await self._in_thread(self._open)
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """Close the connection and end the thread. May be called twice."""
        if self._closed:
            return
        self._closed = True
        loop = asyncio.get_running_loop()
        closing = loop.run_in_executor(self._thread, self._close)
        try:
            await asyncio.shield(closing)
        finally:
            self._thread.shutdown(wait=False)
            await asyncio.to_thread(self._thread.shutdown)

    async def read(self, job: Callable[[sqlite3.Connection], T]) -> T:
        """Run `job` in the thread, in one read transaction. Raises StoreError."""
        return await self._in_thread(lambda: self._run(job, "BEGIN"))

    async def write(self, job: Callable[[sqlite3.Connection], T], *, durable: bool = False) -> T:
        """Run `job` in the thread, in one write transaction that is whole or not at all. Raises StoreError.

        `durable` is for what must survive the machine's power cut too: it is on the disk when this returns.
        """
        return await self._in_thread(lambda: self._run(job, "BEGIN IMMEDIATE", durable=durable))

    async def _in_thread(self, job: Callable[[], T]) -> T:
        if self._closed:
            raise StoreClosed(self.path, f"The database {self.path} is closed.")
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._told, job)

    def _told(self, job: Callable[[], T]) -> T:
        """Run `job`, with SQLite's errors in words."""
        try:
            return job()
        except sqlite3.DatabaseError as error:
            raise explain(error, self.path) from error
        except (UnicodeDecodeError, zlib.error, json.JSONDecodeError) as error:
            # SQLite hands out what it has: whether a text or a packed value is whole, only its reader sees.
            raise _damaged(self.path, error) from error
        except OSError as error:
            raise StoreError(self.path, f"The database {self.path} cannot be opened: {error}.") from error

    def _run(self, job: Callable[[sqlite3.Connection], T], begin: str, *, durable: bool = False) -> T:
        connection = self._connection
        if connection is None:
            raise StoreClosed(self.path, f"The database {self.path} is closed.")
        if durable:
            connection.execute("PRAGMA synchronous=FULL")
        try:
            connection.execute(begin)
            try:
                result = job(connection)
                connection.execute("COMMIT")
            except BaseException:
                # A full disk makes SQLite roll back by itself.
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
        finally:
            if durable:
                connection.execute("PRAGMA synchronous=NORMAL")
        return result

    def _open(self) -> None:
        make_private(self.path.parent)
        os.close(os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        # Older files may have been made with another umask; SQLite gives -wal and -shm the same mode.
        self.path.chmod(0o600)
        connection = sqlite3.connect(self.path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        self._connection = connection
        connection.row_factory = sqlite3.Row
        self._check(connection)
        _to_wal(connection)
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute("PRAGMA foreign_keys=ON")
        self._migrate(connection)

    def _check(self, connection: sqlite3.Connection) -> None:
        """Refuse what is not ours before anything is written."""
        version = _pragma(connection, "user_version")
        tables = int(connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0])
        # Last: another console that makes the tables in this very moment signs them in the same transaction.
        owner = _pragma(connection, "application_id")
        if owner != APPLICATION_ID and (tables or version):
            raise StoreDamaged(
                self.path,
                f"The file {self.path} is a database of another program. Move it away, or set "
                "REPLICATE_TUI_HOME to another folder.",
            )
        if version > len(self._migrations):
            raise StoreTooNew(
                self.path,
                f"{self.path} is from a newer version of this program (its format is "
                f"{version}, this program knows {len(self._migrations)}). Install a newer replicate-tui, or give "
                "REPLICATE_TUI_HOME another folder.",
            )

    def _migrate(self, connection: sqlite3.Connection) -> None:
        """Run the migrations that are missing, each whole or not at all, also when two consoles start at once."""
        while _pragma(connection, "user_version") < len(self._migrations):
            connection.execute("BEGIN IMMEDIATE")
            try:
                version = _pragma(connection, "user_version")
                if version < len(self._migrations):
                    for statement in _statements(self._migrations[version]):
                        connection.execute(statement)
                    connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
                    connection.execute(f"PRAGMA user_version={version + 1}")
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def _close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


def explain(error: sqlite3.DatabaseError, path: Path) -> StoreError:
    """SQLite's error as one of ours, in a sentence that says what to do."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return _damaged(path, error)
    if code == sqlite3.SQLITE_FULL:
        return StoreFull(path, f"The disk is full: {path} cannot take more. Free some space and try again.")
    if code == sqlite3.SQLITE_BUSY:
        return StoreError(path, f"The database {path} is held by another program for too long.")
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_IOERR):
        return StoreError(
            path, f"The database {path} cannot be used ({error}). Look at its folder's rights and the disk."
        )
    return StoreError(path, f"The database {path} failed: {error}.")


def _damaged(path: Path, error: Exception) -> StoreDamaged:
    return StoreDamaged(
        path,
        f"The database {path} is damaged ({error}). Nothing in it was changed. Restore it from a copy, or "
        "move it away to begin with an empty one.",
    )


def _to_wal(connection: sqlite3.Connection) -> None:
    """Write ahead from now on. SQLite itself does not wait here for another console that does the same."""
    until = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > until:
                raise
            time.sleep(0.02)
        else:
            return


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    return int(connection.execute(f"PRAGMA {name}").fetchone()[0])


def _statements(script: str) -> list[str]:
    """The statements of a migration. `executescript` would commit the transaction they belong to."""
    found: list[str] = []
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            found.append(statement)
            statement = ""
    return found
