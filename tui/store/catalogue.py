"""The SQL of models, whatever else of the API is cached, and small notes. Runs in the store's thread."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from tui.api.decoding import decode, is_object
from tui.api.types import Model
from tui.store.json_codec import pack, unpack
from tui.store.timestamps import micros, moment

_OF_ACCOUNTS = (
    "predictions", "bodies", "outputs", "drafts", "runs", "models", "cache", "meta", "releases", "outdated",
)  # fmt: skip
"""The tables whose rows are renamed with their account."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A JSON value from the cache, and when it was fetched."""

    value: object
    fetched_at: datetime


def save_models(
    connection: sqlite3.Connection,
    account: str,
    models: Sequence[Model],
    now: datetime,
    place: int | None = None,
) -> None:
    """Keep list entries; `place` is the first one's place in the API's own list, None outside of it.

    The schema and the example, which may be 100 kB, go to the cache ("model", ref): lists never read them.
    """
    for number, model in enumerate(models):
        raw = raw_model(model)
        connection.execute(
            "INSERT INTO models (account, ref, place, run_count, search, raw, fetched_at) "
            "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (account, ref) DO UPDATE SET "
            "place = coalesce(excluded.place, place), run_count = coalesce(excluded.run_count, run_count), "
            "search = excluded.search, raw = excluded.raw, fetched_at = excluded.fetched_at",
            (
                account,
                model.ref,
                None if place is None else place + number,
                model.run_count,
                f"{model.ref}\n{model.description}".lower(),
                pack(light(raw)),
                micros(now),
            ),
        )
        if model.latest_version is not None and model.latest_version.openapi_schema is not None:
            keep(connection, account, "model", model.ref, raw, now)
            if trains(model.latest_version.openapi_schema):
                keep(connection, account, "trainer", model.ref, model.latest_version.id, now)
            else:
                forget(connection, account, "trainer", model.ref)


def trains(schema: Mapping[str, object]) -> bool:
    """Whether a version of this schema can be trained: whether it has a form for it (docs/replicate.md, Trainings)."""
    components = schema.get("components")
    schemas = components.get("schemas") if is_object(components) else None
    return is_object(schemas) and is_object(schemas.get("TrainingInput"))


def models(connection: sqlite3.Connection, account: str, text: str, limit: int, offset: int) -> list[Model]:
    """Models whose name or description has all words of `text`: a name that begins with it first, then names
    that have it, then the rest; each in the API's order, those from outside of its list by their run count.
    """
    needle = " ".join(text.lower().split())
    words = needle.split()
    if words:
        places = _matching(connection, account, words, needle, limit, offset)
    else:
        places = _in_order(connection, account, limit, offset)
    # The answers are read last and for these alone: sorting them along takes longer than all the rest.
    marks = ",".join("?" * len(places))
    found = connection.execute(f"SELECT rowid, raw FROM models WHERE rowid IN ({marks})", places)  # noqa: S608
    raw = {row["rowid"]: row["raw"] for row in found}
    return [decode(Model, unpack(raw[place])) for place in places]


def _matching(
    connection: sqlite3.Connection, account: str, words: Sequence[str], needle: str, limit: int, offset: int
) -> list[int]:
    where = "".join(" AND instr(search, ?) > 0" for _ in words)
    found = connection.execute(
        f"SELECT rowid FROM models WHERE account = ?{where} "  # noqa: S608
        "ORDER BY CASE WHEN instr(lower(ref), '/' || ?) > 0 THEN 0 WHEN instr(lower(ref), ?) > 0 THEN 1 ELSE 2 END, "
        "place IS NULL, place, run_count DESC, ref LIMIT ? OFFSET ?",
        (account, *words, needle, needle, limit, offset),
    )
    return [row[0] for row in found]


def _in_order(connection: sqlite3.Connection, account: str, limit: int, offset: int) -> list[int]:
    """Those of the API's own list come by the index; the others behind them."""
    listed = "account = ? AND place IS NOT NULL"
    found = connection.execute(
        f"SELECT rowid FROM models WHERE {listed} ORDER BY place LIMIT ? OFFSET ?",  # noqa: S608
        (account, limit, offset),
    )
    places = [row[0] for row in found]
    if len(places) < limit:
        count = connection.execute(f"SELECT count(*) FROM models WHERE {listed}", (account,)).fetchone()[0]  # noqa: S608
        found = connection.execute(
            "SELECT rowid FROM models WHERE account = ? AND place IS NULL "
            "ORDER BY run_count DESC, ref LIMIT ? OFFSET ?",
            (account, limit - len(places), max(0, offset - count)),
        )
        places += [row[0] for row in found]
    return places


def model(connection: sqlite3.Connection, account: str, ref: str) -> tuple[Model, datetime] | None:
    """The model with its schema where that is known, and when it was fetched; or None."""
    whole = kept(connection, account, "model", ref)
    row = connection.execute(
        "SELECT raw, fetched_at FROM models WHERE account = ? AND ref = ?", (account, ref)
    ).fetchone()
    if whole is not None and (row is None or whole.fetched_at >= moment(row["fetched_at"])):
        return decode(Model, whole.value), whole.fetched_at
    if row is None:
        return None
    found = decode(Model, unpack(row["raw"]))
    if whole is None:
        return found, moment(row["fetched_at"])
    # The list entry is newer but has no schema; of the same version, the older one's still holds.
    older = decode(Model, whole.value)
    if _version(older) == _version(found):
        return decode(Model, {**raw_model(older), **_without_version(raw_model(found))}), moment(row["fetched_at"])
    return found, moment(row["fetched_at"])


def forget_model(connection: sqlite3.Connection, account: str, ref: str) -> None:
    """Drop a model that was deleted, with all that is kept of it."""
    connection.execute("DELETE FROM models WHERE account = ? AND ref = ?", (account, ref))
    connection.execute("DELETE FROM cache WHERE account = ? AND ref = ? AND kind <> 'collection'", (account, ref))


def keep(connection: sqlite3.Connection, account: str, kind: str, ref: str, value: object, now: datetime) -> None:
    """Keep a JSON value in the cache, in place of what was there."""
    connection.execute(
        "INSERT INTO cache (account, kind, ref, value, fetched_at) VALUES (?, ?, ?, ?, ?) "
        "ON CONFLICT (account, kind, ref) DO UPDATE SET value = excluded.value, fetched_at = excluded.fetched_at",
        (account, kind, ref, pack(value), micros(now)),
    )


def kept(connection: sqlite3.Connection, account: str, kind: str, ref: str) -> Kept | None:
    """What the cache has, or None."""
    row = connection.execute(
        "SELECT value, fetched_at FROM cache WHERE account = ? AND kind = ? AND ref = ?", (account, kind, ref)
    ).fetchone()
    return None if row is None else Kept(unpack(row["value"]), moment(row["fetched_at"]))


def forget(connection: sqlite3.Connection, account: str, kind: str, ref: str) -> None:
    """Drop a value from the cache."""
    connection.execute("DELETE FROM cache WHERE account = ? AND kind = ? AND ref = ?", (account, kind, ref))


def meta_get(connection: sqlite3.Connection, account: str, key: str) -> str | None:
    """A note, or None."""
    row = connection.execute("SELECT value FROM meta WHERE account = ? AND key = ?", (account, key)).fetchone()
    return None if row is None else str(row["value"])


def meta_set(connection: sqlite3.Connection, account: str, key: str, value: str | None) -> None:
    """Keep a note; None drops it."""
    if value is None:
        connection.execute("DELETE FROM meta WHERE account = ? AND key = ?", (account, key))
        return
    connection.execute(
        "INSERT INTO meta (account, key, value) VALUES (?, ?, ?) "
        "ON CONFLICT (account, key) DO UPDATE SET value = excluded.value",
        (account, key, value),
    )


def rename_account(connection: sqlite3.Connection, old: str, new: str) -> None:
    """Give everything kept under `old` to `new`. What `new` has already stays as it is."""
    connection.execute("PRAGMA defer_foreign_keys=ON")
    for table in _OF_ACCOUNTS:
        connection.execute(f"UPDATE OR IGNORE {table} SET account = ? WHERE account = ?", (new, old))  # noqa: S608
        connection.execute(f"DELETE FROM {table} WHERE account = ?", (old,))  # noqa: S608


def raw_model(model: Model) -> dict[str, object]:
    """The answer that a model came from; built from its fields for one that was made by hand."""
    if model.raw:
        return model.raw
    built: object = msgspec.to_builtins(model)
    return built if is_object(built) else {}


def light(raw: Mapping[str, object]) -> dict[str, object]:
    """A model's answer without its schema and its example."""
    small = {key: value for key, value in raw.items() if key != "default_example"}
    version = small.get("latest_version")
    if is_object(version):
        small["latest_version"] = {key: value for key, value in version.items() if key != "openapi_schema"}
    return small


def _version(model: Model) -> str:
    return model.latest_version.id if model.latest_version else ""


def _without_version(raw: dict[str, object]) -> dict[str, object]:
    return {key: value for key, value in raw.items() if key != "latest_version"}
