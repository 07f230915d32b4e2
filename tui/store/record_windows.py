"""Reading lists of records: pages, windows, counts and places, in any order. Runs in the store's thread."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence

from msgspec import Struct, field

from tui.store.filter_query import NEWEST, Order, OrderKey, Query
from tui.store.record_days import Day, Quarter, days_of
from tui.store.records import Cursor, RecordRow
from tui.store.search import TextIndex, doc_of
from tui.store.timestamps import micros, moment

_ROW = (
    "id, kind, status, live, model, version, deployment, source, created_at, started_at, completed_at, "
    "predict_time, total_time, summary, destination, error_line, progress, has_outputs, data_removed, whole, "
    "confirmed_at, run_id, billed"
)
_BATCH = 500
_QUARTER = 900_000_000
"""Microseconds of a quarter of an hour."""

_EXPRESSIONS: dict[OrderKey, str] = {
    "status": "status",
    "model": "model",
    "input": "substr(summary, 1, 40)",
    "queue": "coalesce((started_at - created_at) / 1e6, total_time - predict_time)",
    "run": "predict_time",
    "total": "total_time",
    "destination": "destination",
}
"""What each order but that of the creation compares, word for word as in its index; NULL and "" come last."""
_TEXTS = ("status", "model", "input", "destination")


class Window(Struct, frozen=True):
    """A part of a list, and where in the list some records are that may be outside of the part."""

    total: int
    """How many records the query finds."""
    first: int
    """The place of `rows[0]`."""
    rows: tuple[RecordRow, ...]
    pinned: dict[int, RecordRow] = field(default_factory=dict[int, RecordRow])
    """Records that were asked for by id, by their places."""
    days: tuple[Day, ...] = ()
    """The days from the list's beginning to the window's end, where the list goes by creation."""


class Selection:
    """What a query finds, in an order: its rows are counted, cut into pages and told their places."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        index: TextIndex,
        account: str,
        query: Query,
        order: Order = NEWEST,
    ) -> None:
        self._connection = connection
        self._account = account
        self._match = index.match(connection, account, query)
        self._order = order
        self.descending = order.descending
        where, values = _conditions(query, index.unindexed(query))
        # In the order of creation the index's own order is the list's: only what is shown is looked at.
        self.by_doc = self._match is not None and order.key == "created"
        only_text = not where
        where = ["account = ?", *(["kind = ?"] if query.kind is not None else []), *where]
        values = [account, *([query.kind] if query.kind is not None else []), *values]
        if self.by_doc and only_text:
            self._from, self._where, self._values = "found", "found MATCH ?", [self._match]
        elif self.by_doc:
            self._from = "found CROSS JOIN predictions ON doc = found.rowid"
            self._where, self._values = " AND ".join(["found MATCH ?", *where]), [self._match, *values]
        else:
            if self._match is not None:
                where.append("doc IN (SELECT rowid FROM found WHERE found MATCH ?)")
                values.append(self._match)
            self._from, self._where, self._values = "predictions", " AND ".join(where), values

    def count(self) -> int:
        """How many records there are."""
        return self._counted("")

    def ids(self, limit: int, offset: int = 0, after: Cursor | None = None) -> list[str]:
        """The ids at these places. `after` goes on after a row, in the order of creation only."""
        found: list[str] = []
        for condition, order_by in self._segments():
            if offset and len(self._segments()) > 1:
                there = self._counted(condition)
                if there <= offset:
                    offset -= there
                    continue
            found += self._page(condition, order_by, limit - len(found), offset, after)
            offset = 0
            if 0 <= limit <= len(found):
                break
        return found

    def place(self, prediction_id: str) -> tuple[int, bool] | None:
        """Where a record is, or where it would be were it found (then False); None when it is not kept here."""
        expression = _EXPRESSIONS.get(self._order.key, "created_at")
        row = self._connection.execute(
            f"SELECT {expression} AS value, created_at, id, doc FROM predictions WHERE account = ? AND id = ?",  # noqa: S608
            (self._account, prediction_id),
        ).fetchone()
        if row is None or (self.by_doc and row["doc"] is None):
            return None
        if self.by_doc:
            there = self._counted("found.rowid = ?", row["doc"]) > 0
            sign = ">" if self._order.descending else "<"
            return self._counted(f"found.rowid {sign} ?", row["doc"]), there
        there = self._counted("id = ?", prediction_id) > 0
        key = (row["created_at"], row["id"])
        if self._order.key == "created":
            sign = ">" if self._order.descending else "<"
            return self._counted(f"(created_at, id) {sign} (?, ?)", *key), there
        has, lacks = self._has()
        if row["value"] is None or row["value"] == "":
            return self._counted(has) + self._counted(f"{lacks} AND (created_at, id) > (?, ?)", *key), there
        sign, ties = ("<", ">") if not self._order.descending else (">", "<")
        before = self._counted(f"{expression} {sign} ? AND {has}", row["value"])
        return before + self._counted(f"{expression} = ? AND (created_at, id) {ties} (?, ?)", row["value"], *key), there

    def quarters(self, since: int | None, until: int | None, *, seconds: bool) -> list[Quarter]:
        """What was created from a moment on, up to another, by quarters of an hour in the list's direction."""
        created, size = ("found.rowid", doc_of(_QUARTER)) if self.by_doc else ("created_at", _QUARTER)
        where, values = self._where, list(self._values)
        for sign, bound in ((">=", since), ("<", until)):
            if bound is not None:
                where += f" AND {created} {sign} ?"
                values.append(doc_of(bound) if self.by_doc else bound)
        # For the seconds: the planner takes the index of a filter, and looks through all of it for each document.
        joined = "found CROSS JOIN predictions INDEXED BY predictions_doc ON doc = found.rowid"
        rows = self._connection.execute(
            f"SELECT {created} / {size} AS quarter, count(*), {'total(predict_time)' if seconds else '0.0'} "  # noqa: S608
            f"FROM {joined if self.by_doc and seconds else self._from} WHERE {where} "
            f"GROUP BY quarter ORDER BY quarter {'DESC' if self.descending else ''}",
            values,
        )
        return [Quarter(number * _QUARTER, count, ran) for number, count, ran in rows]

    def _has(self) -> tuple[str, str]:
        """The conditions under which there is, and is not, something to compare."""
        expression = _EXPRESSIONS[self._order.key]
        if self._order.key in _TEXTS:
            return f"{expression} > ''", f"{expression} = ''"
        return f"{expression} IS NOT NULL", f"{expression} IS NULL"

    def _segments(self) -> list[tuple[str, str]]:
        """The parts of the list, each a condition with its order: those that have a value, then those without."""
        if self.by_doc:
            return [("", "found.rowid DESC" if self._order.descending else "found.rowid")]
        if self._order.key == "created":
            return [("", "created_at DESC, id DESC" if self._order.descending else "created_at, id")]
        expression = _EXPRESSIONS[self._order.key]
        ties = (
            f"{expression} DESC, created_at, id"
            if self._order.descending
            else f"{expression}, created_at DESC, id DESC"
        )
        has, lacks = self._has()
        return [(has, ties), (lacks, "created_at DESC, id DESC")]

    def _page(self, condition: str, order_by: str, limit: int, offset: int, after: Cursor | None) -> list[str]:
        where, values = self._where, list(self._values)
        if condition:
            where += f" AND {condition}"
        if after is not None:
            where += f" AND (created_at, id) {'<' if self._order.descending else '>'} (?, ?)"
            values += after
        if self._from == "found":
            inner = f"SELECT rowid FROM found WHERE {where} ORDER BY {order_by} LIMIT ? OFFSET ?"  # noqa: S608
            rows = self._connection.execute(inner, (*values, limit, offset)).fetchall()
            return self._ids_of([row[0] for row in rows])
        rows = self._connection.execute(
            f"SELECT id FROM {self._from} WHERE {where} ORDER BY {order_by} LIMIT ? OFFSET ?",  # noqa: S608
            (*values, limit, offset),
        ).fetchall()
        return [row[0] for row in rows]

    def _ids_of(self, docs: Sequence[int]) -> list[str]:
        found: dict[int, str] = {}
        for start in range(0, len(docs), _BATCH):
            batch = docs[start : start + _BATCH]
            marks = ", ".join("?" * len(batch))
            for row in self._connection.execute(f"SELECT doc, id FROM predictions WHERE doc IN ({marks})", batch):  # noqa: S608
                found[row[0]] = row[1]
        return [found[doc] for doc in docs if doc in found]

    def _counted(self, condition: str, *values: object) -> int:
        where = f"{self._where} AND {condition}" if condition else self._where
        found = self._connection.execute(
            f"SELECT count(*) FROM {self._from} WHERE {where}",  # noqa: S608 - our own conditions
            (*self._values, *values),
        )
        return int(found.fetchone()[0])


def page(
    connection: sqlite3.Connection,
    index: TextIndex,
    account: str,
    query: Query,
    limit: int,
    after: Cursor | None = None,
    order: Order = NEWEST,
    offset: int = 0,
) -> list[RecordRow]:
    """Rows of a list: by keyset with `after`, as quick at the end of a long list as at its start, or by `offset`."""
    if after is not None and order.key != "created":
        raise ValueError("`after` goes on in the order of creation; other orders take an `offset`")
    selection = Selection(connection, index, account, query, order)
    if after is not None and selection.by_doc:
        place = selection.place(after[1])
        return rows_of(connection, account, selection.ids(limit, offset=place[0] + place[1] if place else 0))
    return rows_of(connection, account, selection.ids(limit, offset, after))


def window(
    connection: sqlite3.Connection,
    index: TextIndex,
    account: str,
    query: Query,
    order: Order,
    first: int,
    size: int,
    pins: Sequence[str] = (),
    anchor: tuple[str, int] | None = None,
) -> Window:
    """`size` rows from place `first` on, and the rows `pins` with their places.

    `anchor`: an id and how many rows of the window come before it; where it is kept here it says what `first` is.
    """
    selection = Selection(connection, index, account, query, order)
    total = selection.count()
    if anchor is not None and (place := selection.place(anchor[0])) is not None:
        first = place[0] - anchor[1]
    first = max(0, min(first, total - size))
    found = tuple(rows_of(connection, account, selection.ids(size, first)))
    places = {row.id: first + number for number, row in enumerate(found)}
    pinned: dict[int, RecordRow] = {}
    for row in rows_of(connection, account, [pin for pin in dict.fromkeys(pins) if pin not in places]):
        place = selection.place(row.id)
        if place is not None and place[1]:
            pinned[place[0]] = row
    days: tuple[Day, ...] = ()
    if order.key == "created" and found:
        days = days_of(selection, first, micros(found[0].created_at), micros(found[-1].created_at))
    return Window(total, first, found, pinned, days)


def count(connection: sqlite3.Connection, index: TextIndex, account: str, query: Query) -> int:
    """How many records the query finds."""
    return Selection(connection, index, account, query).count()


def ids(connection: sqlite3.Connection, index: TextIndex, account: str, query: Query, order: Order) -> list[str]:
    """The ids of all that the query finds."""
    return Selection(connection, index, account, query, order).ids(-1)


def rows_of(connection: sqlite3.Connection, account: str, wanted: Iterable[str]) -> list[RecordRow]:
    """The light rows of these ids, in their order; what is not kept here is left out."""
    wanted = list(wanted)
    found: dict[str, RecordRow] = {}
    for start in range(0, len(wanted), _BATCH):
        batch = wanted[start : start + _BATCH]
        marks = ", ".join("?" * len(batch))
        for row in connection.execute(
            f"SELECT {_ROW} FROM predictions WHERE account = ? AND id IN ({marks})",  # noqa: S608
            (account, *batch),
        ):
            found[row["id"]] = row_of(row)
    return [found[one] for one in wanted if one in found]


def live_rows(connection: sqlite3.Connection, account: str) -> list[RecordRow]:
    """The rows of everything that may still change, newest first."""
    found = connection.execute(
        f"SELECT {_ROW} FROM predictions WHERE account = ? AND live = 1 ORDER BY created_at DESC, id DESC",  # noqa: S608
        (account,),
    )
    return [row_of(row) for row in found]


def row_of(row: sqlite3.Row) -> RecordRow:
    """A list row from its columns."""
    return RecordRow(
        id=row["id"],
        kind=row["kind"],
        status=row["status"],
        live=bool(row["live"]),
        model=row["model"],
        version=row["version"],
        deployment=row["deployment"],
        source=row["source"],
        created_at=moment(row["created_at"]),
        started_at=None if row["started_at"] is None else moment(row["started_at"]),
        completed_at=None if row["completed_at"] is None else moment(row["completed_at"]),
        predict_time=row["predict_time"],
        total_time=row["total_time"],
        summary=row["summary"],
        destination=row["destination"],
        error=row["error_line"],
        progress=row["progress"],
        has_outputs=bool(row["has_outputs"]),
        data_removed=bool(row["data_removed"]),
        whole=bool(row["whole"]),
        confirmed_at=None if row["confirmed_at"] is None else moment(row["confirmed_at"]),
        run_id=row["run_id"],
        counted=row["billed"],
    )


def _conditions(query: Query, signs: Sequence[str]) -> tuple[list[str], list[object]]:
    """The SQL conditions of everything but the words that the index looks for. `signs` are looked for as they are."""
    parts: list[str] = []
    values: list[object] = []
    if statuses := query.statuses():
        either: list[str] = []
        named = [status for status in statuses if status not in ("live", "ended")]
        if named:
            either.append(f"status IN ({', '.join('?' * len(named))})")
            values += named
        either += [f"live = {int(status == 'live')}" for status in statuses if status not in named]
        parts.append(f"({' OR '.join(either)})" if len(either) > 1 else either[0])
    if query.source:
        parts.append("substr(source, 1, ?) = ?")
        values += [len(query.source), query.source]
    if query.since is not None:
        parts.append("created_at >= ?")
        values.append(micros(query.since))
    if query.before is not None:
        parts.append("created_at < ?")
        values.append(micros(query.before))
    for column, beginning in (("id", query.id), ("version", query.version)):
        if beginning:
            parts.append(f"substr({column}, 1, ?) = ?")
            values += [len(beginning), beginning]
    if query.model:
        parts.append("instr(lower(model || ' ' || coalesce(deployment, '')), ?) > 0")
        values.append(query.model.lower())
    if query.deployment:
        parts.append("instr(lower(coalesce(deployment, '')), ?) > 0")
        values.append(query.deployment.lower())
    for sign in signs:
        parts.append("instr(search, ?) > 0")
        values.append(sign)
    return parts, values
