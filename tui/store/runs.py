"""The SQL of drafts, intents of runs and saved outputs. Runs in the store's thread."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import cast

from tui.api.decoding import is_object
from tui.store.json_codec import pack, unpack
from tui.store.timestamps import micros, moment

from .predictions import output_of
from .records import FINISHED, Draft, RunIntent, SavedOutput

_COLUMNS = (
    "run_id",
    "target",
    "input",
    "created_at",
    "state",
    "prediction_id",
    "save_dir",
    "error",
    "options",
    "sent_at",
    "text",
    "owner",
)


def save_draft(connection: sqlite3.Connection, account: str, key: str, texts: Mapping[str, str], now: datetime) -> None:
    """Keep the form's texts, in place of what was kept of it."""
    connection.execute(
        "INSERT INTO drafts (account, key, texts, updated_at) VALUES (?, ?, ?, ?) "
        "ON CONFLICT (account, key) DO UPDATE SET texts = excluded.texts, updated_at = excluded.updated_at",
        (account, key, pack(dict(texts)), micros(now)),
    )


def draft(connection: sqlite3.Connection, account: str, key: str) -> Draft | None:
    """The form as it was left, or None."""
    row = connection.execute(
        "SELECT texts, updated_at FROM drafts WHERE account = ? AND key = ?", (account, key)
    ).fetchone()
    if row is None:
        return None
    texts = cast("dict[str, str]", unpack(row["texts"]))
    return Draft(key, texts, moment(row["updated_at"]))


def delete_draft(connection: sqlite3.Connection, account: str, key: str) -> None:
    """Forget the form."""
    connection.execute("DELETE FROM drafts WHERE account = ? AND key = ?", (account, key))


def begin(connection: sqlite3.Connection, account: str, intent: RunIntent) -> None:
    """Write an intent down. One with the same id must not be there."""
    values = [_stored(name, getattr(intent, name)) for name in _COLUMNS]
    connection.execute(
        f"INSERT INTO runs (account, {', '.join(_COLUMNS)}) VALUES (?{', ?' * len(_COLUMNS)})",  # noqa: S608
        (account, *values),
    )


def update(connection: sqlite3.Connection, account: str, run_id: str, changes: Mapping[str, object]) -> None:
    """Change some columns of an intent. Raises KeyError for a name that is none, or a run that is not there."""
    unknown = set(changes) - set(_COLUMNS[1:])
    if unknown:
        raise KeyError(f"a run has no {', '.join(sorted(unknown))}")
    if not changes:
        return
    done = connection.execute(
        f"UPDATE runs SET {', '.join(f'{name} = ?' for name in changes)} WHERE account = ? AND run_id = ?",  # noqa: S608
        (*(_stored(name, value) for name, value in changes.items()), account, run_id),
    )
    if done.rowcount == 0:
        raise KeyError(run_id)


def claim(connection: sqlite3.Connection, account: str, run_id: str, old: str | None, new: str) -> RunIntent | None:
    """Take over a run from a console that is gone, as that left it. None when another one was quicker, or it has ended.

    What was read of it before its console was known to be gone may be old: it may have been sent since.
    """
    done = connection.execute(
        "UPDATE runs SET owner = ? WHERE account = ? AND run_id = ? AND owner IS ? AND state NOT IN ('done', 'failed')",
        (new, account, run_id, old),
    )
    return one(connection, account, run_id) if done.rowcount == 1 else None


def one(connection: sqlite3.Connection, account: str, run_id: str) -> RunIntent | None:
    """The intent, or None."""
    row = connection.execute("SELECT * FROM runs WHERE account = ? AND run_id = ?", (account, run_id)).fetchone()
    return None if row is None else _intent(row)


def unfinished(connection: sqlite3.Connection, account: str, besides: str | None = None) -> list[RunIntent]:
    """The runs that somebody must still look after, oldest first; without those of the owner `besides`."""
    assert {"done", "failed"} == FINISHED
    found = connection.execute(
        "SELECT * FROM runs WHERE account = ? AND state NOT IN ('done', 'failed') "
        "AND (?2 IS NULL OR owner IS NOT ?2) ORDER BY created_at, run_id",
        (account, besides),
    )
    return [_intent(row) for row in found]


def save_output(connection: sqlite3.Connection, account: str, prediction_id: str, output: SavedOutput) -> None:
    """Keep what became of one file of an output, in place of what was kept of it."""
    connection.execute(
        "INSERT INTO outputs (account, prediction_id, position, url, path, size, content_type, state, error) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (account, prediction_id, position) DO UPDATE SET "
        "url = excluded.url, path = excluded.path, size = excluded.size, "
        "content_type = excluded.content_type, state = excluded.state, error = excluded.error",
        (
            account,
            prediction_id,
            output.index,
            output.url,
            str(output.path) if output.path else None,
            output.size,
            output.content_type,
            output.state,
            output.error,
        ),
    )


def outputs(connection: sqlite3.Connection, account: str, prediction_id: str) -> list[SavedOutput]:
    """What became of each file of an output, in its order."""
    found = connection.execute(
        "SELECT * FROM outputs WHERE account = ? AND prediction_id = ? ORDER BY position",
        (account, prediction_id),
    )
    return [output_of(row) for row in found]


def wanted(connection: sqlite3.Connection, account: str) -> dict[str, list[SavedOutput]]:
    """The files that are still to be saved, by prediction."""
    found: dict[str, list[SavedOutput]] = {}
    for row in connection.execute(
        "SELECT * FROM outputs WHERE account = ? AND state = 'wanted' ORDER BY prediction_id, position",
        (account,),
    ):
        found.setdefault(row["prediction_id"], []).append(output_of(row))
    return found


def _stored(name: str, value: object) -> object:
    if name in ("input", "options"):
        return pack(dict(cast("Mapping[str, object]", value)))
    if isinstance(value, datetime):
        return micros(value)
    return str(value) if isinstance(value, Path) else value


def _object(data: bytes | str) -> dict[str, object]:
    value = unpack(data)
    return value if is_object(value) else {}


def _intent(row: sqlite3.Row) -> RunIntent:
    return RunIntent(
        run_id=row["run_id"],
        target=row["target"],
        input=_object(row["input"]),
        created_at=moment(row["created_at"]),
        state=row["state"],
        prediction_id=row["prediction_id"],
        save_dir=row["save_dir"],
        error=row["error"],
        options=_object(row["options"]),
        sent_at=moment(row["sent_at"]) if row["sent_at"] is not None else None,
        text=row["text"],
        owner=row["owner"],
    )
