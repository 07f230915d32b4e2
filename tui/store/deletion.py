"""Deletes records for good: what was asked, what came out and what was logged. What was used stays counted.

A list of the API tells of them for long after: those that were deleted here are passed over in it. Asked for by its id,
such a record is kept again.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

from tui.store.search import TextIndex
from tui.store.timestamps import micros

_BATCH = 500


def delete(
    connection: sqlite3.Connection, index: TextIndex, account: str, ids: Iterable[str], now: datetime
) -> tuple[int, list[Path]]:
    """How many were deleted, and the files that were saved of them. What is live, or not decided, stays."""
    count, files = 0, list[Path]()
    for one in ids:
        row = connection.execute(
            "SELECT live, run_id FROM predictions WHERE account = ? AND id = ?", (account, one)
        ).fetchone()
        if row is None or row["live"] or _is_looked_after(connection, account, one):
            continue
        count += 1
        saved = "SELECT path FROM outputs WHERE account = ? AND prediction_id = ? AND path IS NOT NULL"
        files += [Path(found["path"]) for found in connection.execute(saved, (account, one))]
        index.drop(connection, account, one)
        # Before the record goes: by this its use stays counted.
        connection.execute(
            "INSERT OR REPLACE INTO deleted (account, id, at) VALUES (?, ?, ?)", (account, one, micros(now))
        )
        connection.execute("DELETE FROM bodies WHERE account = ? AND id = ?", (account, one))
        connection.execute("DELETE FROM outputs WHERE account = ? AND prediction_id = ?", (account, one))
        connection.execute("DELETE FROM outdated WHERE account = ? AND id = ?", (account, one))
        connection.execute("DELETE FROM predictions WHERE account = ? AND id = ?", (account, one))
        # The run stays: by it no other run takes this prediction for its own.
        connection.execute(
            "UPDATE runs SET input = '{}', text = '' WHERE account = ? AND prediction_id = ?", (account, one)
        )
    return count, files


def saved_files(connection: sqlite3.Connection, account: str) -> list[tuple[str, Path]]:
    """Each file that was saved of what has ended, with the id of its record; the newest records first."""
    rows = connection.execute(
        "SELECT predictions.id, outputs.path FROM predictions JOIN outputs "
        "ON outputs.account = predictions.account AND outputs.prediction_id = predictions.id "
        "WHERE predictions.account = ? AND live = 0 AND path IS NOT NULL "
        "ORDER BY predictions.created_at DESC, predictions.id DESC",
        (account,),
    )
    return [(row["id"], Path(row["path"])) for row in rows]


def _is_looked_after(connection: sqlite3.Connection, account: str, prediction_id: str) -> bool:
    """Whether a run of it is not finished: somebody saves its files, or has to decide."""
    found = connection.execute(
        "SELECT 1 FROM runs WHERE account = ? AND prediction_id = ? AND state NOT IN ('done', 'failed')",
        (account, prediction_id),
    )
    return found.fetchone() is not None


def deleted(connection: sqlite3.Connection, account: str, ids: Sequence[str]) -> set[str]:
    """Which of `ids` were deleted here."""
    found: set[str] = set()
    for start in range(0, len(ids), _BATCH):
        part = ids[start : start + _BATCH]
        marks = ", ".join("?" * len(part))
        rows = connection.execute(f"SELECT id FROM deleted WHERE account = ? AND id IN ({marks})", (account, *part))  # noqa: S608
        found |= {row["id"] for row in rows}
    return found


def keep_again(connection: sqlite3.Connection, account: str, prediction_id: str) -> None:
    """Forget that it was deleted; what is counted of it is counted anew with the record."""
    done = connection.execute("DELETE FROM deleted WHERE account = ? AND id = ?", (account, prediction_id))
    if done.rowcount:
        connection.execute("DELETE FROM usage WHERE account = ? AND id = ?", (account, prediction_id))
