"""The SQL of the attempts: each send of a run, and whose prediction is whose, for all processes of the store.

Runs in the store's thread.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import datetime

import msgspec

from tui.api.types import Target
from tui.store.timestamps import micros, moment

from .records import Attempt


def begin(connection: sqlite3.Connection, attempt: Attempt) -> None:
    """Note an attempt before it leaves."""
    connection.execute(
        "INSERT INTO creations (run_id, fingerprint, target, files, state, since, until, owner) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            attempt.run_id,
            attempt.fingerprint,
            msgspec.json.encode(attempt.target).decode(),
            msgspec.json.encode(attempt.files).decode(),
            attempt.state,
            _micros(attempt.since),
            _micros(attempt.until),
            attempt.owner,
        ),
    )


def lose(connection: sqlite3.Connection, run_id: str, since: datetime | None, until: datetime | None) -> None:
    """The answer to what a run has sent will not come."""
    connection.execute(
        "UPDATE creations SET state = 'lost', since = coalesce(?, since), until = coalesce(?, until) "
        "WHERE run_id = ? AND state = 'sent'",
        (_micros(since), _micros(until), run_id),
    )


def refuse(connection: sqlite3.Connection, run_id: str) -> None:
    """What a run has sent made nothing."""
    connection.execute("UPDATE creations SET state = 'refused' WHERE run_id = ? AND state = 'sent'", (run_id,))


def answer(connection: sqlite3.Connection, run_id: str, prediction_id: str) -> None:
    """A run has its prediction."""
    # The API's own answer says whose it is: who held it before was mistaken, and does not know its own any more.
    for row in connection.execute(
        "SELECT number, run_id FROM creations WHERE prediction_id = ? AND run_id != ?", (prediction_id, run_id)
    ).fetchall():
        connection.execute(
            "UPDATE creations SET state = 'lost', prediction_id = NULL WHERE number = ?", (row["number"],)
        )
        connection.execute("UPDATE runs SET state = 'unknown', prediction_id = NULL WHERE run_id = ?", (row["run_id"],))
    last = connection.execute(
        "SELECT max(number) AS number FROM creations "
        "WHERE run_id = ? AND (state IN ('sent', 'lost') OR prediction_id = ?)",
        (run_id, prediction_id),
    ).fetchone()["number"]
    if last is None:
        connection.execute(
            "INSERT INTO creations (run_id, fingerprint, state, prediction_id) VALUES (?, '', 'answered', ?)",
            (run_id, prediction_id),
        )
        return
    connection.execute(
        "UPDATE creations SET state = 'answered', prediction_id = ? WHERE number = ?", (prediction_id, last)
    )


def open_like(connection: sqlite3.Connection, run_id: str) -> list[Attempt]:
    """The open attempts with the fingerprint of the run's last open one, oldest first."""
    found = connection.execute(
        "SELECT * FROM creations WHERE state IN ('sent', 'lost') AND (fingerprint != '' OR run_id = ?) "
        "AND fingerprint = (SELECT fingerprint FROM creations WHERE run_id = ? AND state IN ('sent', 'lost') "
        "ORDER BY number DESC LIMIT 1) ORDER BY number",
        (run_id, run_id),
    )
    return [_attempt(row) for row in found]


def taken(connection: sqlite3.Connection, run_id: str, ids: Sequence[str]) -> set[str]:
    """Which of the predictions belong to another run."""
    marks = ", ".join("?" * len(ids))
    found = connection.execute(
        f"SELECT prediction_id FROM creations WHERE prediction_id IN ({marks}) AND run_id != ? "  # noqa: S608
        f"UNION SELECT prediction_id FROM runs WHERE prediction_id IN ({marks}) AND run_id != ?",
        (*ids, run_id, *ids, run_id),
    )
    return {row["prediction_id"] for row in found}


def _micros(time: datetime | None) -> int | None:
    return None if time is None else micros(time)


def _attempt(row: sqlite3.Row) -> Attempt:
    return Attempt(
        run_id=row["run_id"],
        fingerprint=row["fingerprint"],
        target=_target(row["target"]),
        files=tuple(msgspec.json.decode(row["files"], type=list[str])),
        since=None if row["since"] is None else moment(row["since"]),
        until=None if row["until"] is None else moment(row["until"]),
        state=row["state"],
        owner=row["owner"],
        number=row["number"],
    )


def _target(text: str) -> Target:
    try:
        return msgspec.json.decode(text, type=Target)
    except msgspec.MsgspecError:
        # What an older version of this program has sent.
        return Target("", "")
