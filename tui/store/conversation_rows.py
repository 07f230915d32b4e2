"""The SQL of conversations and turns. Every function runs in the store's thread, within a transaction."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import cast

from tui.store.conversation import Conversation, Turn
from tui.store.json_codec import pack, unpack
from tui.store.timestamps import micros, moment


def rename_account(connection: sqlite3.Connection, old: str, new: str) -> None:
    """Everything of one account is another's now."""
    for table in ("conversations", "turns"):
        connection.execute(f"UPDATE {table} SET account = ? WHERE account = ?", (new, old))  # noqa: S608


# ---- conversations

_FIELDS = (
    "id",
    "title",
    "model",
    "version",
    "deployment",
    "parameters",
    "system",
    "created_at",
    "updated_at",
    "leaf",
    "draft",
    "attachments",
    "titled",
)
_COUNTED = "SELECT *, (SELECT count(*) FROM turns WHERE conversation_id = conversations.id) AS turns FROM conversations"


def conversations(connection: sqlite3.Connection, account: str, text: str, limit: int) -> list[Conversation]:
    words = text.lower().split()
    condition, values = _matching(account, words) if words else ("", [])
    found = connection.execute(
        f"{_COUNTED} WHERE account = ?{condition} ORDER BY updated_at DESC, id LIMIT ?",
        (account, *values, limit),
    )
    return [_conversation_of(row) for row in found]


def _matching(account: str, words: list[str]) -> tuple[str, list[object]]:
    """The condition on `conversations` that every word is in the title or all are in one turn."""
    title = " AND ".join("instr(lower(title), ?) > 0" for _ in words)
    if all(word.isascii() and word.isalnum() for word in words):
        match = " ".join(f'"{word}"*' for word in words)
        within = "SELECT rowid FROM turns_text WHERE turns_text MATCH ?"
        turns = f"SELECT conversation_id FROM turns WHERE account = ? AND number IN ({within})"  # noqa: S608
        return f" AND (({title}) OR id IN ({turns}))", [*words, account, match]
    # The index knows words by their beginnings; what is no plain word is looked for letter by letter.
    inside = " AND ".join("instr(lower(text), ?) > 0" for _ in words)
    turns = f"SELECT conversation_id FROM turns WHERE account = ? AND {inside}"  # noqa: S608
    return f" AND (({title}) OR id IN ({turns}))", [*words, account, *words]


def conversation(connection: sqlite3.Connection, account: str, conversation_id: str) -> Conversation | None:
    row = connection.execute(f"{_COUNTED} WHERE account = ? AND id = ?", (account, conversation_id)).fetchone()
    return None if row is None else _conversation_of(row)


def must(connection: sqlite3.Connection, account: str, conversation_id: str) -> Conversation:
    found = conversation(connection, account, conversation_id)
    if found is None:
        raise KeyError(conversation_id)
    return found


def add(connection: sqlite3.Connection, account: str, conversation: Conversation) -> None:
    values = [_stored(name, getattr(conversation, name)) for name in _FIELDS]
    connection.execute(
        f"INSERT INTO conversations (account, {', '.join(_FIELDS)}) VALUES (?{', ?' * len(_FIELDS)})",  # noqa: S608
        (account, *values),
    )


def change(connection: sqlite3.Connection, account: str, conversation_id: str, changes: Mapping[str, object]) -> None:
    unknown = set(changes) - set(_FIELDS[1:])
    if unknown:
        raise KeyError(f"a conversation has no {', '.join(sorted(unknown))}")
    if not changes:
        return
    done = connection.execute(
        f"UPDATE conversations SET {', '.join(f'{name} = ?' for name in changes)} WHERE account = ? AND id = ?",  # noqa: S608
        (*(_stored(name, value) for name, value in changes.items()), account, conversation_id),
    )
    if done.rowcount == 0:
        raise KeyError(conversation_id)


def _stored(name: str, value: object) -> object:
    if name == "parameters":
        return pack(dict(cast("Mapping[str, object]", value)))
    if name == "attachments":
        return json.dumps(list(cast("Iterable[str]", value)))
    if name == "metrics":
        return json.dumps(dict(cast("Mapping[str, float]", value)))
    return micros(value) if isinstance(value, datetime) else value


def _conversation_of(row: sqlite3.Row) -> Conversation:
    parameters = unpack(row["parameters"])
    return Conversation(
        id=row["id"],
        title=row["title"],
        model=row["model"],
        version=row["version"],
        deployment=row["deployment"],
        parameters=cast("dict[str, object]", parameters) if isinstance(parameters, dict) else {},
        system=row["system"],
        created_at=moment(row["created_at"]),
        updated_at=moment(row["updated_at"]),
        leaf=row["leaf"],
        draft=row["draft"],
        turns=row["turns"],
        attachments=tuple(json.loads(row["attachments"])),
        titled=bool(row["titled"]),
    )


# ---- turns

_TURN_FIELDS = (
    "id",
    "conversation_id",
    "parent",
    "role",
    "text",
    "attachments",
    "prediction_id",
    "model",
    "version",
    "state",
    "error",
    "metrics",
    "left_out",
    "why_left_out",
    "created_at",
)
LIVE_ANSWER = "turns.state IN ('sending', 'starting', 'streaming', 'unknown')"
# What has come of a live answer is kept with its run.
SELECT = (
    "SELECT turns.*, runs.text AS run_text FROM turns "  # noqa: S608
    f"LEFT JOIN runs ON {LIVE_ANSWER} AND runs.account = turns.account AND runs.run_id = turns.id"
)


def turn(connection: sqlite3.Connection, account: str, turn_id: str) -> Turn | None:
    row = connection.execute(f"{SELECT} WHERE turns.account = ? AND id = ?", (account, turn_id)).fetchone()
    return None if row is None else turn_of(row)


def must_turn(connection: sqlite3.Connection, account: str, turn_id: str) -> Turn:
    found = turn(connection, account, turn_id)
    if found is None:
        raise KeyError(turn_id)
    return found


def branch(connection: sqlite3.Connection, account: str, conversation_id: str, leaf: str | None) -> list[Turn]:
    # UNION, not UNION ALL: a damaged tree that leads in a circle still ends.
    above = (
        "WITH RECURSIVE up(id, above) AS ("
        "SELECT id, parent FROM turns WHERE account = ? AND conversation_id = ? AND id = ? "
        "UNION SELECT turns.id, turns.parent FROM turns JOIN up ON turns.id = up.above WHERE turns.account = ?) "
    )
    found = connection.execute(
        f"{above}{SELECT} WHERE turns.account = ? AND id IN (SELECT id FROM up) ORDER BY number",  # noqa: S608
        (account, conversation_id, leaf, account, account),
    )
    return [turn_of(row) for row in found]


def newest_below(connection: sqlite3.Connection, account: str, turn: Turn) -> str:
    leaf = turn.id
    while True:
        row = connection.execute(
            "SELECT id FROM turns WHERE account = ? AND conversation_id = ? AND parent = ? "
            "ORDER BY number DESC LIMIT 1",
            (account, turn.conversation_id, leaf),
        ).fetchone()
        if row is None:
            return leaf
        leaf = str(row["id"])


def append(connection: sqlite3.Connection, account: str, turn: Turn) -> None:
    values = [_stored(name, getattr(turn, name)) for name in _TURN_FIELDS]
    connection.execute(
        f"INSERT INTO turns (account, {', '.join(_TURN_FIELDS)}) VALUES (?{', ?' * len(_TURN_FIELDS)})",  # noqa: S608
        (account, *values),
    )


def change_turn(connection: sqlite3.Connection, account: str, turn: Turn) -> None:
    names = ["prediction_id", "model", "version", "state", "error", "metrics", "left_out", "why_left_out"]
    if not turn.live:
        names.append("text")
    connection.execute(
        f"UPDATE turns SET {', '.join(f'{name} = ?' for name in names)} WHERE account = ? AND id = ?",  # noqa: S608
        (*(_stored(name, getattr(turn, name)) for name in names), account, turn.id),
    )


def turn_of(row: sqlite3.Row) -> Turn:
    turn = Turn(
        id=row["id"],
        conversation_id=row["conversation_id"],
        parent=row["parent"],
        role=row["role"],
        text=row["text"],
        attachments=tuple(json.loads(row["attachments"])),
        prediction_id=row["prediction_id"],
        model=row["model"],
        version=row["version"],
        state=row["state"],
        error=row["error"],
        metrics=json.loads(row["metrics"]),
        left_out=row["left_out"],
        why_left_out=row["why_left_out"],
        created_at=moment(row["created_at"]),
    )
    return replace(turn, text=row["run_text"]) if row["run_text"] else turn
