"""The one SQLite file (or memory) of a sandbox, used from one thread that is not the event loop's."""

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

_SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE jobs (
    id TEXT PRIMARY KEY, kind TEXT NOT NULL, created_ns INTEGER NOT NULL, completed_ns INTEGER,
    live INTEGER NOT NULL, removed INTEGER NOT NULL, model TEXT NOT NULL, version TEXT NOT NULL,
    deployment TEXT, source TEXT NOT NULL, body TEXT NOT NULL, logs TEXT NOT NULL
);
CREATE INDEX jobs_newest ON jobs (kind, created_ns, id);
CREATE INDEX jobs_expiring ON jobs (removed, live, completed_ns);
CREATE INDEX jobs_version ON jobs (version);
CREATE INDEX jobs_deployment ON jobs (deployment, created_ns) WHERE deployment IS NOT NULL;
CREATE TABLE runs (model TEXT PRIMARY KEY, count INTEGER NOT NULL);
CREATE TABLE models (
    owner TEXT NOT NULL, name TEXT NOT NULL, created_ns INTEGER NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (owner, name)
);
CREATE TABLE versions (
    id TEXT PRIMARY KEY, owner TEXT NOT NULL, name TEXT NOT NULL, created_ns INTEGER NOT NULL, body TEXT NOT NULL
);
CREATE TABLE deployments (
    owner TEXT NOT NULL, name TEXT NOT NULL, created_ns INTEGER NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (owner, name)
);
CREATE TABLE files (
    id TEXT PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL, content_type TEXT NOT NULL,
    size INTEGER NOT NULL, sha256 TEXT NOT NULL, md5 TEXT NOT NULL, metadata TEXT NOT NULL,
    created_ns INTEGER NOT NULL, expires_ns INTEGER, job TEXT
);
CREATE INDEX files_newest ON files (kind, created_ns, id);
CREATE INDEX files_job ON files (job);
CREATE INDEX files_expiring ON files (expires_ns) WHERE expires_ns IS NOT NULL;
PRAGMA user_version = 1;
"""


class Database:
    """Runs functions on the connection, one after the other, each in a transaction of its own."""

    def __init__(self, path: Path | None) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="sandbox-db")
        self._connection = self._thread.submit(_open, path).result()

    async def run(self, function: Callable[[sqlite3.Connection], T]) -> T:
        """The function's result; what it wrote is committed, or nothing of it when it raised."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._within, function)

    def run_now(self, function: Callable[[sqlite3.Connection], T]) -> T:
        """The same for before the loop runs and after it has ended."""
        return self._thread.submit(self._within, function).result()

    def close(self) -> None:
        """Ends the thread after what is queued."""
        self._thread.submit(self._connection.close).result()
        self._thread.shutdown()

    def _within(self, function: Callable[[sqlite3.Connection], T]) -> T:
        with self._connection:
            return function(self._connection)


def _open(path: Path | None) -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:" if path is None else path)
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version == 0:
        connection.executescript(_SCHEMA)
    elif version != 1:
        connection.close()
        raise RuntimeError(f"{path} was written by a newer sandbox (version {version} of its tables)")
    return connection
