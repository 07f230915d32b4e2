"""The records' SQL: folding sightings in, and reading rows, records and pages back. Runs in the store's thread."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from pathlib import Path

from tui.api.billed import billed
from tui.api.decoding import decode
from tui.api.list_trimmer import left_out
from tui.api.types import Prediction, Training
from tui.store.json_codec import pack, unpack
from tui.store.record_windows import row_of
from tui.store.timestamps import micros, moment
from tui.wording import one_line, size

from . import deletion
from .fold import fold, raw_of
from .records import Kind, Record, SavedOutput
from .search import TextIndex
from .summaries import Summaries

Progress = Callable[[str], float | None]
Redact = Callable[[Prediction], Prediction]
"""Hides the secrets of an input before it is kept."""
Seen = dict[tuple[str, str], bytes]
"""Digests of the last sighting folded in, by (account, id)."""

_TYPES: dict[str, type[Prediction]] = {"prediction": Prediction, "training": Training}
_CONFIRM_MICROS = 10_000_000
"""A confirmation is written again when it is this much newer: looking at a list does not write at every tick."""
_BATCH = 500
GONE = "gone"
"""The status of a row whose prediction the server does not know any more."""


class Saver:
    """Folds sightings into the database. Keeps digests so that an unchanged list item costs one hash."""

    def __init__(
        self, progress: Progress | None, redact: Redact | None = None, summaries: Summaries | None = None
    ) -> None:
        self.index = TextIndex()
        self.summaries = summaries or Summaries()
        self._progress = progress
        self._redact = redact
        self._seen: Seen = {}

    def forget(self) -> None:
        """Forget the digests: after a transaction that did not end, or a change from elsewhere."""
        self._seen.clear()

    def save(
        self,
        connection: sqlite3.Connection,
        account: str,
        predictions: Iterable[Prediction],
        *,
        kind: Kind,
        confirmed_at: datetime | None,
        run_id: str | None,
        now: datetime,
        listed: bool = False,
    ) -> list[Record]:
        """Fold each in. Returns the records that changed. `listed`: they are items of a list."""
        changed: list[str] = []
        predictions = list(predictions)
        gone = deletion.deleted(connection, account, [one.id for one in predictions])
        for prediction in predictions:
            if not prediction.id or (listed and prediction.id in gone):
                continue
            if prediction.id in gone:
                deletion.keep_again(connection, account, prediction.id)
            if self._redact is not None:
                prediction = self._redact(prediction)
            data = pack(raw_of(prediction))
            digest = hashlib.blake2b(data, digest_size=16, salt=b"list" if listed else b"").digest()
            key = (account, prediction.id)
            known = self._seen.get(key) == digest and run_id is None
            if known and _exists(connection, account, prediction.id):
                _confirm(connection, account, prediction.id, confirmed_at)
                continue
            folded = self._fold_in(connection, account, prediction, kind, confirmed_at, run_id, now)
            if _tells_the_end(prediction, listed=listed):
                folded = _note_whole(connection, account, prediction.id) or folded
            if folded:
                changed.append(prediction.id)
            if len(self._seen) > 20_000:
                self._seen.clear()
            self._seen[key] = digest
        return records(connection, account, dict.fromkeys(changed))

    def merge_accounts(self, connection: sqlite3.Connection, old: str, new: str, now: datetime) -> None:
        """Fold the records that both accounts have into `new`'s; the others are left to be renamed."""
        both = connection.execute(
            "SELECT a.id, a.kind, a.run_id, a.whole FROM predictions a JOIN predictions b ON b.id = a.id "
            "WHERE a.account = ? AND b.account = ?",
            (old, new),
        ).fetchall()
        for row in both:
            found = body(connection, old, row["id"])
            self.index.drop(connection, old, row["id"])
            if found is not None:
                self._fold_in(connection, new, found, row["kind"], None, row["run_id"], now)
                if row["whole"]:
                    _note_whole(connection, new, row["id"])
        self.index.rename(connection, old, new)
        self.forget()

    def catch_up(self, connection: sqlite3.Connection, limit: int) -> int:
        """Bring up to `limit` records to the present form that an earlier version kept: what lists show of them, then
        what is indexed of them, the newest first.

        Returns how many were looked at: 0 once all are done.
        """
        return self._derive_again(connection, limit) or self._index_missing(connection, limit)

    def _derive_again(self, connection: sqlite3.Connection, limit: int) -> int:
        rows = connection.execute("SELECT account, id FROM outdated LIMIT ?", (limit,)).fetchall()
        for account, prediction_id in rows:
            if (found := body(connection, account, prediction_id)) is not None:
                derived = {**self._words(found), "billed": _billed(found)}
                connection.execute(
                    f"UPDATE predictions SET {', '.join(f'{name} = ?' for name in derived)} "  # noqa: S608 - our columns
                    "WHERE account = ? AND id = ?",
                    (*derived.values(), account, prediction_id),
                )
            connection.execute("DELETE FROM outdated WHERE account = ? AND id = ?", (account, prediction_id))
        return len(rows)

    def _index_missing(self, connection: sqlite3.Connection, limit: int) -> int:
        if not self.index.ready:
            return 0
        rows = connection.execute(
            "SELECT account, id, kind FROM predictions WHERE doc IS NULL ORDER BY created_at DESC LIMIT ?", (limit,)
        ).fetchall()
        for row in rows:
            found = body(connection, row["account"], row["id"])
            self.index.put(connection, row["account"], row["kind"], found or Prediction(id=row["id"]))
        return len(rows) or self.index.renew(connection, limit)

    def _fold_in(
        self,
        connection: sqlite3.Connection,
        account: str,
        prediction: Prediction,
        kind: Kind,
        confirmed_at: datetime | None,
        run_id: str | None,
        now: datetime,
    ) -> bool:
        old = body(connection, account, prediction.id)
        folded = fold(old, prediction)
        if folded is old and not _came_back(connection, account, prediction.id):
            _confirm(connection, account, prediction.id, confirmed_at)
            if run_id is None:
                return False
            bound = connection.execute(
                "UPDATE predictions SET run_id = ? WHERE account = ? AND id = ? AND run_id IS NOT ?",
                (run_id, account, prediction.id, run_id),
            )
            return bound.rowcount > 0
        columns = self._columns(folded, now)
        connection.execute(
            f"INSERT INTO predictions (account, id, kind, first_seen, confirmed_at, run_id, {', '.join(columns)}) "  # noqa: S608 - names of our own columns
            f"VALUES (?, ?, ?, ?, ?, ?{', ?' * len(columns)}) ON CONFLICT (account, id) DO UPDATE SET "
            + ", ".join(f"{name} = excluded.{name}" for name in columns if name not in ("created_at", "destination"))
            # The API may tell it at the end only; the run that began it knew.
            + ", destination = CASE excluded.destination WHEN '' THEN destination ELSE excluded.destination END"
            # Without an API time, the first sighting's stays.
            + (", created_at = excluded.created_at" if folded.created_at else "")
            + ", confirmed_at = max(coalesce(confirmed_at, excluded.confirmed_at), "
            "coalesce(excluded.confirmed_at, confirmed_at)), run_id = coalesce(excluded.run_id, run_id)",
            (
                account,
                prediction.id,
                kind,
                micros(now),
                micros(confirmed_at) if confirmed_at else None,
                run_id,
                *columns.values(),
            ),
        )
        connection.execute(
            "INSERT INTO bodies (account, id, raw) VALUES (?, ?, ?) "
            "ON CONFLICT (account, id) DO UPDATE SET raw = excluded.raw",
            (account, prediction.id, pack(raw_of(folded))),
        )
        self.index.put(connection, account, kind, folded)
        return True

    def _columns(self, prediction: Prediction, now: datetime) -> dict[str, object]:
        progress = None
        if self._progress is not None and prediction.logs and not prediction.is_terminal:
            progress = self._progress(prediction.logs[-20_000:])
        return {
            "created_at": micros(prediction.created_at or now),
            "status": prediction.status,
            "live": int(is_live(prediction)),
            "model": prediction.model,
            "version": prediction.version,
            "deployment": prediction.deployment,
            "source": prediction.source,
            "started_at": micros(prediction.started_at) if prediction.started_at else None,
            "completed_at": micros(prediction.completed_at) if prediction.completed_at else None,
            "predict_time": prediction.predict_time,
            "total_time": prediction.total_time,
            "progress": progress,
            "has_outputs": int(prediction.output not in (None, "", [], {})),
            "data_removed": int(prediction.data_removed),
            "billed": _billed(prediction),
            **self._words(prediction),
        }

    def _words(self, prediction: Prediction) -> dict[str, str | None]:
        """The columns that are words for people."""
        summary = self.summaries.of(prediction.input) or _cut_words(prediction)
        error_line = one_line(prediction.error, 300) if prediction.error else None
        destination = (prediction.goes_to or "") if isinstance(prediction, Training) else ""
        named = (prediction.id, prediction.model, prediction.version, prediction.deployment or "", destination)
        return {
            "summary": summary,
            "error_line": error_line,
            "destination": destination,
            "search": " ".join((*named, summary, error_line or "")).lower(),
        }


def _billed(prediction: Prediction) -> str:
    """What was counted of it."""
    return billed(prediction.metrics, prediction.input, prediction.output).to_json()


def is_live(prediction: Prediction) -> bool:
    """Whether it may still change. An unknown status with an end time has ended."""
    return not prediction.is_terminal and prediction.completed_at is None


def body(connection: sqlite3.Connection, account: str, prediction_id: str) -> Prediction | None:
    """The whole prediction, or None."""
    row = connection.execute(
        "SELECT kind, raw FROM bodies JOIN predictions USING (account, id) WHERE account = ? AND id = ?",
        (account, prediction_id),
    ).fetchone()
    return None if row is None else decode(_TYPES[row["kind"]], unpack(row["raw"]))


def records(connection: sqlite3.Connection, account: str, ids: Iterable[str]) -> list[Record]:
    """The whole records of `ids`, in their order; what is not there is left out."""
    wanted = list(ids)
    found: dict[str, Record] = {}
    for start in range(0, len(wanted), _BATCH):
        batch = wanted[start : start + _BATCH]
        marks = ", ".join("?" * len(batch))
        saved: dict[str, list[SavedOutput]] = {}
        for row in connection.execute(
            f"SELECT * FROM outputs WHERE account = ? AND prediction_id IN ({marks}) ORDER BY position",  # noqa: S608
            (account, *batch),
        ):
            saved.setdefault(row["prediction_id"], []).append(output_of(row))
        for row in connection.execute(
            f"SELECT p.*, b.raw FROM predictions p JOIN bodies b USING (account, id) "  # noqa: S608
            f"WHERE p.account = ? AND p.id IN ({marks})",
            (account, *batch),
        ):
            found[row["id"]] = Record(
                prediction=decode(_TYPES[row["kind"]], unpack(row["raw"])),
                kind=row["kind"],
                first_seen=moment(row["first_seen"]),
                confirmed_at=_moment(row["confirmed_at"]),
                run_id=row["run_id"],
                outputs=tuple(saved.get(row["id"], ())),
                row=row_of(row),
            )
    return [found[one] for one in wanted if one in found]


def mark_gone(connection: sqlite3.Connection, account: str, prediction_id: str) -> bool:
    """Note that the server does not know a live one any more. False when it is not live, or not kept here.

    Only its row says so: what was seen of it stays as it was, and counts again should it be seen once more.
    """
    done = connection.execute(
        "UPDATE predictions SET status = ?, live = 0, whole = 1, progress = NULL "
        "WHERE account = ? AND id = ? AND live = 1",
        (GONE, account, prediction_id),
    )
    return done.rowcount > 0


def note_destination(connection: sqlite3.Connection, account: str, training_id: str, destination: str) -> None:
    """Note where a training's version goes, as it was asked for, where the API has not told it."""
    connection.execute(
        "UPDATE predictions SET destination = ? WHERE account = ? AND id = ? AND destination = ''",
        (destination, account, training_id),
    )


def known_ids(connection: sqlite3.Connection, account: str, ids: Sequence[str]) -> set[str]:
    """Which of `ids` are kept here already."""
    return {one for one in ids if _exists(connection, account, one)}


def output_of(row: sqlite3.Row) -> SavedOutput:
    """A saved output from its columns."""
    return SavedOutput(
        index=row["position"],
        url=row["url"],
        path=Path(row["path"]) if row["path"] else None,
        size=row["size"],
        content_type=row["content_type"],
        state=row["state"],
        error=row["error"],
    )


def _cut_words(prediction: Prediction) -> str:
    """That an input was too large for the list, in the place of its summary."""
    cut = left_out(prediction.raw).get("input")
    return f"cut: {size(cut)}" if cut else ""


def _tells_the_end(prediction: Prediction, *, listed: bool) -> bool:
    """Whether nothing more will be learned of it."""
    if is_live(prediction):
        return False
    return not listed or prediction.data_removed or isinstance(prediction.raw.get("logs"), str)


def _note_whole(connection: sqlite3.Connection, account: str, prediction_id: str) -> bool:
    """Note that its end is known with everything. False when that was known."""
    done = connection.execute(
        "UPDATE predictions SET whole = 1 WHERE account = ? AND id = ? AND whole = 0", (account, prediction_id)
    )
    return done.rowcount > 0


def _came_back(connection: sqlite3.Connection, account: str, prediction_id: str) -> bool:
    """Whether it was gone, which it is no longer."""
    done = connection.execute(
        "UPDATE predictions SET whole = 0 WHERE account = ? AND id = ? AND status = ?", (account, prediction_id, GONE)
    )
    return done.rowcount > 0


def _exists(connection: sqlite3.Connection, account: str, prediction_id: str) -> bool:
    found = connection.execute("SELECT 1 FROM predictions WHERE account = ? AND id = ?", (account, prediction_id))
    return found.fetchone() is not None


def _confirm(connection: sqlite3.Connection, account: str, prediction_id: str, confirmed_at: datetime | None) -> None:
    if confirmed_at is not None:
        at = micros(confirmed_at)
        connection.execute(
            "UPDATE predictions SET confirmed_at = ? WHERE account = ? AND id = ? AND coalesce(confirmed_at, 0) < ?",
            (at, account, prediction_id, at - _CONFIRM_MICROS),
        )


def _moment(count: int | None) -> datetime | None:
    return None if count is None else moment(count)
