"""The SQL of lists of known models: the shop window, what a search finds by rank, and the orders of the columns.

Runs in the store's thread. Nothing here reads a schema.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Literal, NamedTuple, TypeAlias

from msgspec import Struct

from tui.api.decoding import decode
from tui.api.types import Model
from tui.store.json_codec import unpack

USED = 5
"""Models used lately that the shop window begins with."""
LATELY = 500
"""Predictions among which they are looked for: the newest."""
OFFICIAL = 8
"""Official models that come next."""

OrderKey: TypeAlias = Literal["model", "runs", "updated"]
_ORDERS: dict[str, str] = {"model": "search", "runs": "run_count", "updated": "updated"}


class ModelOrder(NamedTuple):
    """An order of a list that the user chose, in place of the one by rank."""

    key: OrderKey
    reverse: bool = False
    """Whether the largest, or the last by name, comes first."""


class ShopWindow(Struct, frozen=True):
    """What the list of all models shows before anything is looked for. No model is in two of its groups."""

    used: tuple[Model, ...] = ()
    """What this account ran last, the latest first."""
    official: tuple[Model, ...] = ()
    most_run: tuple[Model, ...] = ()
    """All the others, those that run most first; as many as were asked for."""
    unknown: tuple[str, ...] = ()
    """"owner/name" of what was used lately, but is not known here."""

    @property
    def models(self) -> tuple[Model, ...]:
        """All of them, in their order."""
        return self.used + self.official + self.most_run


def shop_window(connection: sqlite3.Connection, account: str, limit: int) -> ShopWindow:
    """The shop window of an account, with up to `limit` models of its last group."""
    lately = _used_lately(connection, account)
    known = _places_of(connection, account, lately)
    used = [known[ref] for ref in lately if ref in known]
    official = _first(connection, account, "AND official = 1", OFFICIAL, used)
    most_run = _first(connection, account, "", limit, [*used, *official])
    models = _read(connection, [*used, *official, *most_run])
    first, second = len(used), len(used) + len(official)
    return ShopWindow(
        tuple(models[:first]),
        tuple(models[first:second]),
        tuple(models[second:]),
        tuple(ref for ref in lately if ref not in known),
    )


def _used_lately(connection: sqlite3.Connection, account: str) -> list[str]:
    """ "owner/name" of the models that ran last."""
    found: dict[str, None] = {}
    for row in connection.execute(
        "SELECT model FROM predictions WHERE account = ? AND kind = 'prediction' "
        "ORDER BY created_at DESC, id DESC LIMIT ?",
        (account, LATELY),
    ):
        ref = str(row[0])
        if ref.count("/") == 1:
            found[ref] = None
        if len(found) == USED:
            break
    return list(found)


def _first(
    connection: sqlite3.Connection, account: str, condition: str, limit: int, without: Sequence[int]
) -> list[int]:
    """The rowids of those that run most, as far as they are not in `without`."""
    found = connection.execute(
        f"SELECT rowid FROM models WHERE account = ? {condition} ORDER BY run_count DESC, ref LIMIT ?",  # noqa: S608
        (account, limit + len(without)),
    )
    return [row[0] for row in found if row[0] not in without][:limit]


def _places_of(connection: sqlite3.Connection, account: str, refs: Sequence[str]) -> dict[str, int]:
    marks = ",".join("?" * len(refs))
    found = connection.execute(
        f"SELECT ref, rowid FROM models WHERE account = ? AND ref IN ({marks})",  # noqa: S608
        (account, *refs),
    )
    return {row[0]: row[1] for row in found}


def models(
    connection: sqlite3.Connection,
    account: str,
    text: str,
    limit: int,
    offset: int,
    *,
    order: ModelOrder | None = None,
    within: Sequence[str] | None = None,
) -> list[Model]:
    """Models whose name or description has all words of `text`, by rank or in the `order` that was chosen.

    `within` holds "owner/name" of the only ones that may be found.
    """
    words = text.lower().split()
    where, values = ["account = ?"], [account]
    for word in words:
        where.append("instr(search, ?) > 0")
        values.append(word)
    if within is not None:
        where.append(f"ref IN ({','.join('?' * len(within))})")
        values += within
    by, more = rank(text) if order is None else (_chosen(order), ())
    found = connection.execute(
        f"SELECT rowid FROM models WHERE {' AND '.join(where)} ORDER BY {by} LIMIT ? OFFSET ?",  # noqa: S608
        (*values, *more, limit, offset),
    )
    return _read(connection, [row[0] for row in found])


def rank(text: str) -> tuple[str, tuple[str | int, ...]]:
    """How models are ranked wherever they are looked for: an ORDER BY over the table of models, and its values.

    First the one whose name is `text`, then names that begin with it, names that have it, and the rest that matches;
    among these what is official, then what runs most. A text with a slash is compared with "owner/name".
    """
    words = text.lower().split()
    if not words:
        return "run_count DESC, ref", ()
    # People write a name's dashes as spaces.
    name = "-".join(words)
    start = "1" if "/" in name else "instr(search, '/') + 1"
    # `search` is the name, a line's end, and the description.
    return (
        f"CASE WHEN substr(search, {start}, ?) = ? THEN 0 WHEN substr(search, {start}, ?) = ? THEN 1 "
        "WHEN instr(search, ?) BETWEEN 1 AND instr(search, char(10)) THEN 2 ELSE 3 END, "
        "official DESC, run_count DESC, ref",
        (len(name) + 1, f"{name}\n", len(name), name, name),
    )


def _chosen(order: ModelOrder) -> str:
    column, way = _ORDERS[order.key], "DESC" if order.reverse else "ASC"
    return f"{column} IS NULL, {column} {way}, ref"


def _read(connection: sqlite3.Connection, places: Sequence[int]) -> list[Model]:
    # The answers are read last and for these alone: sorting them along takes longer than all the rest.
    marks = ",".join("?" * len(places))
    found = connection.execute(f"SELECT rowid, raw FROM models WHERE rowid IN ({marks})", tuple(places))  # noqa: S608
    raw = {row[0]: row[1] for row in found}
    return [decode(Model, unpack(raw[place])) for place in places]
