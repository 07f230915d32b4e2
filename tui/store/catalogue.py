"""The SQL of models, whatever else of the API is cached, and small notes. Runs in the store's thread."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec
from msgspec import Struct

from tui.api.decoding import decode, is_object
from tui.api.types import Model
from tui.store.json_codec import pack, unpack
from tui.store.timestamps import micros, moment

_OF_ACCOUNTS = (
    "predictions", "bodies", "outputs", "drafts", "runs", "models", "cache", "meta", "releases", "outdated",
    "batches", "uploads", "deliveries", "deleted",
)  # fmt: skip
"""The tables whose rows are renamed with their account."""


class Kept(Struct, frozen=True):
    """A JSON value from the cache, and when it was fetched."""

    value: object
    fetched_at: datetime


def save_models(
    connection: sqlite3.Connection,
    account: str,
    models: Sequence[Model],
    now: datetime,
) -> None:
    """Keep list entries.

    The schema and the example, which may be 100 kB, go to the cache ("model", ref): lists never read them.
    """
    for model in models:
        raw = raw_model(model)
        made = model.latest_version.created_at if model.latest_version is not None else None
        connection.execute(
            "INSERT INTO models (account, ref, run_count, official, updated, search, raw, fetched_at) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (account, ref) DO UPDATE SET "
            "run_count = coalesce(excluded.run_count, run_count), official = excluded.official, "
            "updated = coalesce(excluded.updated, updated), "
            "search = excluded.search, raw = excluded.raw, fetched_at = excluded.fetched_at",
            (
                account,
                model.ref,
                model.run_count,
                int(model.is_official is True),
                micros(made) if made is not None else None,
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
