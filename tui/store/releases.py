"""The releases of deployments as they were seen here: the API tells only the current one."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from datetime import datetime

from tui.api.decoding import decode, is_object
from tui.api.types import Deployment, Release
from tui.store.json_codec import pack, unpack
from tui.store.timestamps import micros

from .database import Database


class Releases:
    """What is known of each deployment's releases. Reached as `store.releases`."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now

    async def save(self, account: str, deployments: Sequence[Deployment]) -> None:
        """Note the current release of each. A deployment that was deleted and made anew begins anew here."""
        now = self._now()
        known = await self._database.read(lambda db: _latest(db, account))
        if all(_is_known(deployment, known) for deployment in deployments):
            return

        def job(db: sqlite3.Connection) -> None:
            for deployment in deployments:
                _save(db, account, deployment, now)

        await self._database.write(job)

    async def history(self, account: str, ref: str) -> list[Release]:
        """The releases of a deployment ("owner/name") that were seen here, newest first."""
        return await self._database.read(lambda db: _history(db, account, ref))

    async def all(self, account: str) -> dict[str, list[Release]]:
        """The releases of every deployment, by "owner/name", newest first."""
        return await self._database.read(lambda db: _all(db, account))

    async def forget(self, account: str, ref: str) -> None:
        """Drop what is known of a deployment that was deleted."""
        await self._database.write(
            lambda db: db.execute("DELETE FROM releases WHERE account = ? AND deployment = ?", (account, ref))
        )


def _latest(db: sqlite3.Connection, account: str) -> set[tuple[str, int, int]]:
    found = db.execute("SELECT deployment, number, created_at FROM releases WHERE account = ?", (account,))
    return {(row["deployment"], row["number"], row["created_at"]) for row in found}


def _is_known(deployment: Deployment, known: set[tuple[str, int, int]]) -> bool:
    release = deployment.current_release
    if release is None or release.number is None:
        return True
    return (deployment.ref, release.number, _created(release)) in known


def _created(release: Release) -> int:
    return micros(release.created_at) if release.created_at is not None else 0


def _save(db: sqlite3.Connection, account: str, deployment: Deployment, now: datetime) -> None:
    release = deployment.current_release
    if release is None or release.number is None:
        return
    ref, created = deployment.ref, _created(release)
    row = db.execute(
        "SELECT max(created_at) AS last FROM releases "
        "WHERE account = ? AND deployment = ? AND number >= ? AND created_at < ?",
        (account, ref, release.number, created),
    ).fetchone()
    if row["last"] is not None:
        # Numbers only grow: an older release with a higher number is one of a deployment that is gone.
        db.execute(
            "DELETE FROM releases WHERE account = ? AND deployment = ? AND created_at <= ?",
            (account, ref, row["last"]),
        )
    db.execute(
        "INSERT OR IGNORE INTO releases (account, deployment, number, created_at, raw, seen_at) "
        "VALUES (?, ?, ?, ?, ?, ?)",
        (account, ref, release.number, created, pack(release.raw), micros(now)),
    )


def _history(db: sqlite3.Connection, account: str, ref: str) -> list[Release]:
    found = db.execute(
        "SELECT raw FROM releases WHERE account = ? AND deployment = ? ORDER BY number DESC", (account, ref)
    )
    return [_release(row) for row in found]


def _all(db: sqlite3.Connection, account: str) -> dict[str, list[Release]]:
    releases: dict[str, list[Release]] = {}
    found = db.execute("SELECT deployment, raw FROM releases WHERE account = ? ORDER BY number DESC", (account,))
    for row in found:
        releases.setdefault(row["deployment"], []).append(_release(row))
    return releases


def _release(row: sqlite3.Row) -> Release:
    raw = unpack(row["raw"])
    return decode(Release, raw if is_object(raw) else {})
