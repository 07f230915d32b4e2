"""The names and ids that are kept here, as a shell completes them: each with a word on what it is."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import cast

from tui.store.catalogue import kept
from tui.store.filter_query import Kind

Named = tuple[str, str]
"""A name or an id, and what it is."""
MOST = 200
"""Names that are read at most."""


def models(connection: sqlite3.Connection, account: str, beginning: str) -> Iterator[Named]:
    """Those that were run lately, then those that are run most."""
    used = connection.execute(
        "SELECT model, max(created_at) AS at FROM predictions WHERE account = ? AND kind = 'prediction' "
        "AND model LIKE ? ESCAPE '\\' GROUP BY model ORDER BY at DESC LIMIT 50",
        (account, _like(beginning)),
    ).fetchall()
    yield from ((row["model"], "run lately") for row in used)
    rows = connection.execute(
        "SELECT ref, search FROM models WHERE account = ? AND ref LIKE ? ESCAPE '\\' ORDER BY run_count DESC LIMIT ?",
        (account, _like(beginning), MOST),
    )
    yield from ((row["ref"], row["search"].partition("\n")[2]) for row in rows)


def records(
    connection: sqlite3.Connection, account: str, kind: Kind, beginning: str, *, only_live: bool = False
) -> Iterator[Named]:
    """Predictions or trainings, the newest first."""
    rows = connection.execute(
        "SELECT id, model, status, summary FROM predictions WHERE account = ? AND kind = ? AND live >= ? "
        "AND id LIKE ? ESCAPE '\\' ORDER BY created_at DESC LIMIT ?",
        (account, kind, int(only_live), _like(beginning), MOST),
    )
    yield from ((row["id"], f"{row['status']} · {row['model']} · {row['summary']}") for row in rows)


def batches(connection: sqlite3.Connection, account: str) -> Iterator[Named]:
    """Batches, the newest first."""
    rows = connection.execute(
        "SELECT id, model, label FROM batches WHERE account = ? ORDER BY created_at DESC LIMIT ?", (account, MOST)
    )
    yield from ((row["id"], f"{row['model']} {row['label']}".strip()) for row in rows)


def conversations(connection: sqlite3.Connection, account: str) -> Iterator[Named]:
    """Conversations, the last one used first."""
    rows = connection.execute(
        "SELECT id, title FROM conversations WHERE account = ? ORDER BY updated_at DESC LIMIT ?", (account, MOST)
    )
    yield from ((row["id"], row["title"]) for row in rows)


def deployments(connection: sqlite3.Connection, account: str) -> Iterator[Named]:
    """Deployments as they were listed the last time."""
    for one in _cached(connection, account, "deployments"):
        yield f"{one.get('owner')}/{one.get('name')}", ""


def collections(connection: sqlite3.Connection, account: str) -> Iterator[Named]:
    """Collections by their slugs."""
    yield from ((str(one.get("slug")), str(one.get("name"))) for one in _cached(connection, account, "collections"))


def hardware(connection: sqlite3.Connection, account: str) -> Iterator[Named]:
    """Hardware by its SKUs."""
    yield from ((str(one.get("sku")), str(one.get("name"))) for one in _cached(connection, account, "hardware"))


def _cached(connection: sqlite3.Connection, account: str, kind: str) -> list[dict[str, object]]:
    found = kept(connection, account, kind, "")
    values: object = found.value if found is not None else None
    if isinstance(values, dict):
        values = cast("dict[str, object]", values).get("results")
    listed = cast("list[object]", values) if isinstance(values, list) else []
    return [cast("dict[str, object]", one) for one in listed if isinstance(one, dict)]


def _like(beginning: str) -> str:
    escaped = beginning.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"{escaped}%"
