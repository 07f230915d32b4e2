"""The SQL of batches and of their rows. Runs in the store's thread."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import TypeAlias, cast

from msgspec.structs import replace

from tui.api.decoding import is_object
from tui.store.batch import Batch, BatchFailure, BatchRow, RowState, new_run_id
from tui.store.json_codec import pack, pack_plain, unpack
from tui.store.timestamps import micros, moment

_BATCH = ("id", "model", "label", "created_at", "state", "error", "options", "owner")
_ROW = ("number", "source", "target", "columns", "input", "state", "tries", "due", "run_id", "prediction_id",
        "seconds", "cost", "file", "reason", "error")  # fmt: skip


NewRow: TypeAlias = tuple[int, int, int, bytes, bytes, RowState, str, str | None]
"""A row as `new_row` packs it."""
_AT_ONCE = 500
"""Rows of one statement: it runs without Python's lock, so that the next rows are judged meanwhile."""


def new_row(
    number: int, source: int, target: int, columns: Mapping[str, object], input: Mapping[str, object], error: str | None
) -> NewRow:
    """A row that can be written down; `error` is why the schema refuses it."""
    columns_, input_ = pack_plain(columns), pack_plain(input)
    if error is not None:
        return (number, source, target, columns_, input_, "invalid", "input", error)
    return (number, source, target, columns_, input_, "left", "", None)


def add(connection: sqlite3.Connection, account: str, batch: Batch) -> None:
    """Write a batch down, without its rows."""
    values = [_stored(name, getattr(batch, name)) for name in _BATCH]
    connection.execute(
        f"INSERT INTO batches (account, {', '.join(_BATCH)}) VALUES (?{', ?' * len(_BATCH)})",  # noqa: S608
        (account, *values),
    )


def add_rows(connection: sqlite3.Connection, batch_id: str, rows: Sequence[NewRow]) -> None:
    """Write new rows down."""
    places = "(?1, " + ", ".join("?" * 8) + ")"
    columns = "batch, number, source, target, columns, input, state, reason, error"
    whole = len(rows) - len(rows) % _AT_ONCE
    many = f"INSERT INTO batch_rows ({columns}) VALUES {', '.join([places] * _AT_ONCE)}"  # noqa: S608
    for first in range(0, whole, _AT_ONCE):
        connection.execute(many, (batch_id, *chain.from_iterable(rows[first : first + _AT_ONCE])))
    one = f"INSERT INTO batch_rows ({columns}) VALUES {places}"  # noqa: S608
    connection.executemany(one, [(batch_id, *row) for row in rows[whole:]])


def change(connection: sqlite3.Connection, account: str, batch_id: str, changes: Mapping[str, object]) -> None:
    """Change columns of a batch. Raises KeyError for one that is not there."""
    done = connection.execute(
        f"UPDATE batches SET {', '.join(f'{_known(name, _BATCH)} = ?' for name in changes)} "  # noqa: S608
        "WHERE account = ? AND id = ?",
        (*(_stored(name, value) for name, value in changes.items()), account, batch_id),
    )
    if done.rowcount == 0:
        raise KeyError(batch_id)


def change_row(connection: sqlite3.Connection, batch_id: str, number: int, changes: Mapping[str, object]) -> None:
    """Change columns of a row."""
    connection.execute(
        f"UPDATE batch_rows SET {', '.join(f'{_known(name, _ROW)} = ?' for name in changes)} "  # noqa: S608
        "WHERE batch = ? AND number = ?",
        (*(_stored(name, value) for name, value in changes.items()), batch_id, number),
    )


def claim(connection: sqlite3.Connection, account: str, batch_id: str, old: str | None, new: str | None) -> bool:
    """Take a batch over from who has worked on it. False when another one was quicker."""
    done = connection.execute(
        "UPDATE batches SET owner = ? WHERE account = ? AND id = ? AND owner IS ?", (new, account, batch_id, old)
    )
    return done.rowcount == 1


def delete(connection: sqlite3.Connection, account: str, batch_id: str) -> None:
    """Forget a batch and its rows."""
    connection.execute("DELETE FROM batch_rows WHERE batch = ?", (batch_id,))
    connection.execute("DELETE FROM batches WHERE account = ? AND id = ?", (account, batch_id))


def one(connection: sqlite3.Connection, account: str, batch_id: str) -> Batch | None:
    """The batch with its counts, or None."""
    row = connection.execute("SELECT * FROM batches WHERE account = ? AND id = ?", (account, batch_id)).fetchone()
    return None if row is None else _batch(connection, row)


def all_of(connection: sqlite3.Connection, account: str, limit: int) -> list[Batch]:
    """The batches with their counts, newest first."""
    found = connection.execute(
        "SELECT * FROM batches WHERE account = ? ORDER BY created_at DESC, id LIMIT ?", (account, limit or -1)
    ).fetchall()
    return [_batch(connection, row) for row in found]


def rows(
    connection: sqlite3.Connection, batch_id: str, states: Sequence[RowState], after: int, limit: int
) -> list[BatchRow]:
    """Up to `limit` rows behind the number `after`, in their order; of these states, or of all where none is named."""
    marks = f"AND state IN ({', '.join('?' * len(states))}) " if states else ""
    found = connection.execute(
        f"SELECT * FROM batch_rows WHERE batch = ? AND number > ? {marks}ORDER BY number LIMIT ?",  # noqa: S608
        (batch_id, after, *states, limit),
    )
    return [_row(row) for row in found]


def found(
    connection: sqlite3.Connection, batch_id: str, states: Sequence[RowState], words: Sequence[str], limit: int
) -> list[BatchRow]:
    """The first `limit` rows of these states that hold every one of the words, in lower case, in their order."""
    marks = f"AND state IN ({', '.join('?' * len(states))}) " if states else ""
    listed = connection.execute(
        f"SELECT * FROM batch_rows WHERE batch = ? {marks}ORDER BY number",  # noqa: S608
        (batch_id, *states),
    )
    some: list[BatchRow] = []
    for one in listed:
        row = _row(one)
        if words:
            seen = f"{row.number} {row.columns} {row.input} {row.prediction_id or ''} {row.reason} {row.error or ''}"
            seen = seen.lower()
            if not all(word in seen for word in words):
                continue
        some.append(row)
        if len(some) >= limit:
            break
    return some


def failures(connection: sqlite3.Connection, batch_id: str, limit: int) -> list[BatchFailure]:
    """Why rows did not succeed, what stopped most of them first."""
    listed = connection.execute(
        "SELECT state, reason, error, count(*) AS many, min(number) AS first FROM batch_rows WHERE batch = ? "
        "AND state IN ('failed', 'invalid', 'unknown') GROUP BY state, reason, error ORDER BY many DESC, first LIMIT ?",
        (batch_id, limit),
    )
    return [BatchFailure(row["state"], row["reason"], row["error"] or "", row["many"], row["first"]) for row in listed]


def left_by_target(connection: sqlite3.Connection, batch_id: str) -> dict[int, int]:
    """How many rows of each target were not sent."""
    counts = connection.execute(
        "SELECT target, count(*) AS many FROM batch_rows WHERE batch = ? AND state = 'left' GROUP BY target",
        (batch_id,),
    )
    return {one["target"]: one["many"] for one in counts}


def some_inputs(connection: sqlite3.Connection, batch_id: str, target: int, limit: int) -> list[dict[str, object]]:
    """The inputs of the first rows of a target that were not sent."""
    found = connection.execute(
        "SELECT input FROM batch_rows WHERE batch = ? AND state = 'left' AND target = ? ORDER BY number LIMIT ?",
        (batch_id, target, limit),
    )
    return [_object(one["input"]) for one in found]


def begin(connection: sqlite3.Connection, batch_id: str, now: int, limit: int) -> list[BatchRow]:
    """Make up to `limit` rows live that may be sent now, the first ones first, each with the id of its run."""
    begun = [
        replace(row, state="live", run_id=new_run_id(batch_id, row.number))
        for row in _due(connection, batch_id, now, limit)
    ]
    connection.executemany(
        "UPDATE batch_rows SET state = 'live', run_id = ? WHERE batch = ? AND number = ?",
        [(row.run_id, batch_id, row.number) for row in begun],
    )
    return begun


def save_again(connection: sqlite3.Connection, batch_id: str) -> int:
    """Make the rows live whose outputs could not be saved: they have their predictions. How many."""
    done = connection.execute(
        "UPDATE batch_rows SET state = 'live', error = NULL WHERE batch = ? AND state = 'failed' AND reason = 'saving'",
        (batch_id,),
    )
    return done.rowcount


def next_due(connection: sqlite3.Connection, batch_id: str) -> int | None:
    """When the next row may be sent; None where none is left."""
    found = connection.execute(
        "SELECT min(due) AS due FROM batch_rows WHERE batch = ? AND state = 'left'", (batch_id,)
    ).fetchone()
    return found["due"]


def spent(connection: sqlite3.Connection, batch_id: str) -> tuple[float, float]:
    """The billed seconds and the cost of the rows that have ended."""
    found = connection.execute(
        "SELECT total(seconds) AS seconds, total(cost) AS cost FROM batch_rows WHERE batch = ?", (batch_id,)
    ).fetchone()
    return found["seconds"], found["cost"]


def move(
    connection: sqlite3.Connection, batch_id: str, states: Sequence[RowState], to: RowState, *, anew: bool = False
) -> int:
    """Put all rows of some states into another; how many. With `anew` they begin once more."""
    changes = ", tries = 0, due = 0, run_id = NULL, prediction_id = NULL, error = NULL, reason = ''"
    done = connection.execute(
        f"UPDATE batch_rows SET state = ?{changes if anew else ''} "  # noqa: S608
        f"WHERE batch = ? AND state IN ({', '.join('?' * len(states))})",
        (to, batch_id, *states),
    )
    return done.rowcount


def _batch(connection: sqlite3.Connection, row: sqlite3.Row) -> Batch:
    counts = connection.execute(
        "SELECT state, count(*) AS many FROM batch_rows WHERE batch = ? GROUP BY state", (row["id"],)
    )
    return Batch(
        id=row["id"],
        model=row["model"],
        label=row["label"],
        created_at=moment(row["created_at"]),
        state=row["state"],
        error=row["error"],
        options=_object(row["options"]),
        owner=row["owner"],
        counts={one["state"]: one["many"] for one in counts},
    )


def _row(row: sqlite3.Row) -> BatchRow:
    columns, input_ = _object(row["columns"]), _object(row["input"])
    return BatchRow(columns=columns, input=input_, **{name: row[name] for name in _ROW if name not in _PACKED})


_PACKED = ("columns", "input", "options")


def _stored(name: str, value: object) -> object:
    if name in _PACKED:
        return pack(dict(cast("Mapping[str, object]", value)))
    return micros(value) if name == "created_at" else value  # pyright: ignore[reportArgumentType]  (a datetime)


def _known(name: str, names: Sequence[str]) -> str:
    if name not in names:
        raise KeyError(name)
    return name


def _object(data: bytes) -> dict[str, object]:
    value = unpack(data)
    return value if is_object(value) else {}


def _due(connection: sqlite3.Connection, batch_id: str, now: int, limit: int) -> list[BatchRow]:
    found = connection.execute(
        "SELECT * FROM batch_rows WHERE batch = ? AND state = 'left' AND due <= ? ORDER BY number LIMIT ?",
        (batch_id, now, limit),
    )
    return [_row(row) for row in found]
