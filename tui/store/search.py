"""Full text over what was asked, what came out and what was logged: SQLite's FTS5, kept in step with the records.

The index holds no text. What was put into it lies beside it, compressed, because that is what takes it out again.
search_words.py tells what is put in, and what is looked for.
Of long texts only a part is looked at: the head of an input and of an output, head and tail of the logs.
"""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Iterator
from typing import cast

from tui.api.decoding import is_object
from tui.api.types import Prediction
from tui.store.filter_query import Kind, Query
from tui.store.search_words import has_words, indexed, phrase_term, word_terms

INPUT_LIMIT = 8_000
"""Characters of an input that are indexed; of an output as many."""
LOG_HEAD, LOG_TAIL = 2_000, 6_000
"""Characters of the logs that are indexed, from their beginning and from their end."""
_ERROR_LIMIT = 2_000
_WORDS = 24
"""Words of a query that are looked for; a pasted page is not a search."""

_FORM = 1
"""The form in which words are indexed: 0 is from before search_words.py."""
_LOOKS = 20
"""So many documents are looked at for each one that may be indexed anew at once."""
_PLACES = 1_000_000
"""Room for so many records of one moment: a document's number is its creation's milliseconds times this, and on."""
_LAST_MOMENT = 9_000_000_000_000

_TABLE = """
CREATE VIRTUAL TABLE IF NOT EXISTS found USING fts5(
  scope, words, content='', columnsize=0, prefix='2', tokenize='unicode61 remove_diacritics 2'
)
"""


class TextIndex:
    """The full-text index of one database. Its documents are numbered by their records' creation time."""

    def __init__(self) -> None:
        self.ready = False
        """Whether this SQLite has FTS5; without it words are looked for in the lists' own columns."""

    def prepare(self, connection: sqlite3.Connection) -> None:
        """Make the index where there is none."""
        try:
            connection.execute(_TABLE)
            connection.execute("SELECT rowid FROM found WHERE found MATCH 'x' LIMIT 1").fetchone()
        except sqlite3.OperationalError:
            self.ready = False
        else:
            self.ready = True

    def put(self, connection: sqlite3.Connection, account: str, kind: Kind, prediction: Prediction) -> None:
        """Index a record that is in `predictions`, anew where its words or its creation time are others."""
        if not self.ready:
            return
        row = connection.execute(
            "SELECT doc, created_at FROM predictions WHERE account = ? AND id = ?", (account, prediction.id)
        ).fetchone()
        if row is None:
            return
        words, base = indexed(text_of(prediction)), doc_of(row["created_at"])
        packed, doc = zlib.compress(words.encode("utf-8", "replace"), 6), row["doc"]
        if doc is not None:
            kept = connection.execute("SELECT words FROM texts WHERE doc = ?", (doc,)).fetchone()
            if kept is not None and kept["words"] == packed and base <= doc < base + _PLACES:
                return
            self._take_out(connection, doc)
        if doc is None or not base <= doc < base + _PLACES:
            last = connection.execute(
                "SELECT max(doc) FROM predictions WHERE doc >= ? AND doc < ?", (base, base + _PLACES)
            ).fetchone()[0]
            doc = base if last is None else last + 1
        scope = _scope(connection, account, kind)
        self._put_in(connection, doc, scope, words)
        connection.execute("UPDATE predictions SET doc = ? WHERE account = ? AND id = ?", (doc, account, prediction.id))

    def renew(self, connection: sqlite3.Connection, limit: int) -> int:
        """Index anew what was indexed before runs of letters were, the newest first; at most `limit` of them.

        Returns how many were looked at: 0 once all are done.
        """
        below = connection.execute("SELECT below FROM renewing").fetchone()
        if not self.ready or below is None:
            return 0
        looked = renewed = 0
        last = -1
        old = "SELECT doc, scope, form, words FROM texts WHERE doc < ? ORDER BY doc DESC LIMIT ?"
        for row in connection.execute(old, (below["below"], limit * _LOOKS)).fetchall():
            looked, last = looked + 1, row["doc"]
            if row["form"] < _FORM and (words := zlib.decompress(row["words"]).decode()) != indexed(words):
                self._take_out(connection, last)
                self._put_in(connection, last, row["scope"], indexed(words))
                renewed += 1
                if renewed >= limit:
                    break
        if looked:
            connection.execute("UPDATE renewing SET below = ?", (last,))
        else:
            connection.execute("DELETE FROM renewing")
        return looked

    def drop(self, connection: sqlite3.Connection, account: str, prediction_id: str) -> None:
        """Take a record out of the index."""
        row = connection.execute(
            "SELECT doc FROM predictions WHERE account = ? AND id = ?", (account, prediction_id)
        ).fetchone()
        if self.ready and row is not None and row["doc"] is not None:
            self._take_out(connection, row["doc"])
            connection.execute(
                "UPDATE predictions SET doc = NULL WHERE account = ? AND id = ?", (account, prediction_id)
            )

    def rename(self, connection: sqlite3.Connection, old: str, new: str) -> None:
        """Give what was indexed for one account to another one."""
        connection.execute("UPDATE scopes SET account = ? WHERE account = ?", (new, old))

    def match(self, connection: sqlite3.Connection, account: str, query: Query) -> str | None:
        """What FTS5 is asked for the query's words; None where they hold nothing that it could look for."""
        if not self.ready:
            return None
        wanted = [term for word in query.text.split()[:_WORDS] for term in word_terms(word)]
        wanted += [term for phrase in query.phrases[:_WORDS] if (term := phrase_term(phrase)) is not None]
        if not wanted:
            return None
        scopes = [
            f'"s{row["number"]}"'
            for row in connection.execute(
                "SELECT number FROM scopes WHERE account = ? AND kind = coalesce(?, kind)", (account, query.kind)
            )
        ]
        either = " OR ".join(scopes) or '"s0"'
        return f"scope : ({either}) AND words : ({' AND '.join(wanted[:_WORDS])})"

    def unindexed(self, query: Query) -> list[str]:
        """The words that the index cannot look for: signs without a letter or a digit."""
        words = [*query.text.split()[:_WORDS], *query.phrases]
        return [word.lower() for word in words if not self.ready or not has_words(word)]

    def _put_in(self, connection: sqlite3.Connection, doc: int, scope: int, words: str) -> None:
        packed = zlib.compress(words.encode("utf-8", "replace"), 6)
        connection.execute("INSERT INTO found (rowid, scope, words) VALUES (?, ?, ?)", (doc, f"s{scope}", words))
        connection.execute(
            "INSERT INTO texts (doc, scope, words, form) VALUES (?, ?, ?, ?)", (doc, scope, packed, _FORM)
        )

    def _take_out(self, connection: sqlite3.Connection, doc: int) -> None:
        kept = connection.execute("SELECT scope, words FROM texts WHERE doc = ?", (doc,)).fetchone()
        if kept is None:
            return
        connection.execute(
            "INSERT INTO found (found, rowid, scope, words) VALUES ('delete', ?, ?, ?)",
            (doc, f"s{kept['scope']}", zlib.decompress(kept["words"]).decode()),
        )
        connection.execute("DELETE FROM texts WHERE doc = ?", (doc,))


def text_of(prediction: Prediction) -> str:
    """What is indexed of a record. Its secrets were hidden before."""
    parts = [prediction.id, prediction.model, prediction.version, prediction.deployment or ""]
    parts.append((prediction.error or "")[:_ERROR_LIMIT])
    parts.append(_head(prediction.input))
    output: object = prediction.output
    if isinstance(output, list) and all(isinstance(item, str) for item in cast("list[object]", output)):
        # A streamed text comes in pieces of words.
        pieces = cast("list[str]", output)
        files = any(item.startswith(("http://", "https://", "data:")) for item in pieces[:1])
        output = pieces if files else "".join(pieces)
    parts.append(_head(cast("object", output)))
    logs = prediction.logs
    parts.append(logs if len(logs) <= LOG_HEAD + LOG_TAIL else f"{logs[:LOG_HEAD]} {logs[-LOG_TAIL:]}")
    return "\n".join(part for part in parts if part).replace("\0", " ")


def _head(value: object) -> str:
    found: list[str] = []
    room = INPUT_LIMIT
    for text in _texts(value, 0):
        found.append(text[:room])
        room -= len(text) + 1
        if room <= 0:
            break
    return "\n".join(found)


def _texts(value: object, depth: int) -> Iterator[str]:
    """The words of a JSON value in its order, names and numbers too; data URIs left out."""
    if isinstance(value, str):
        if not value.startswith("data:"):
            yield value
    elif depth > 20:
        return
    elif is_object(value):
        for name, inner in value.items():
            yield name
            yield from _texts(inner, depth + 1)
    elif isinstance(value, list):
        for inner in cast("list[object]", value):
            yield from _texts(inner, depth + 1)
    elif value is not None and not isinstance(value, bool):
        yield str(value)


def doc_of(created_at: int) -> int:
    """The least number of a document whose record was created then, in microseconds since 1970."""
    return min(max(created_at // 1000, 0), _LAST_MOMENT) * _PLACES


def _scope(connection: sqlite3.Connection, account: str, kind: Kind) -> int:
    row = connection.execute("SELECT number FROM scopes WHERE account = ? AND kind = ?", (account, kind)).fetchone()
    if row is not None:
        return int(row["number"])
    made = connection.execute("INSERT INTO scopes (account, kind) VALUES (?, ?)", (account, kind))
    return int(made.lastrowid or 0)
