"""A batch, a row of one, and a reason of failures as a line of a list."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from msgspec import Struct
from textual.content import Content

from tui import wording
from tui.screens.batches.batch_words import STATES, WORDS, Shown, bar, pace_words, state_words
from tui.store.batch import BatchFailure, BatchRow
from tui.widgets.cost import MONEY
from tui.widgets.table.virtual_table import Column


def _billed(shown: Shown) -> str:
    return wording.duration(shown.billed) if shown.billed else ""


def _failed(shown: Shown) -> Content:
    count = shown.count("failed", "invalid", "unknown")
    return Content.styled(f"{count:,}", "$error") if count else Content("")


def version_of(shown: Shown) -> Hashable:
    """What the line shows, so that it is drawn again only when that changes."""
    pace = pace_words(shown)
    counts = tuple(sorted(shown.batch.counts.items()))
    return shown.state, counts, pace, _billed(shown), shown.cost, wording.coarse_age(shown.batch.created_at)


def money(dollars: float) -> str:
    """An estimate."""
    return f"≈ ${dollars:.2f}" if dollars >= 0.005 else ""


BATCH_COLUMNS: list[Column[Any]] = [
    Column("state", "State", state_words, width=11, sort_key=lambda s: s.state),
    Column("model", "Model", lambda s: s.batch.label or s.batch.model, flex=1, min_width=12),
    Column("bar", "Progress", bar, width=12),
    Column("done", "Done", lambda s: f"{s.count('done'):,}/{s.total:,}", width=11, align="right"),
    Column("failed", "Failed", _failed, width=7, align="right"),
    Column("left", "Left", lambda s: wording.duration(s.seconds_left) if s.seconds_left else "", width=8,
           align="right", drop_below=72),
    Column("billed", "Billed", _billed, width=8, align="right", drop_below=84),
    Column("cost", "Est. cost", lambda s: Content.styled(money(s.cost), MONEY), width=10, align="right",
           drop_below=96),
    Column("age", "Age", lambda s: wording.coarse_age(s.batch.created_at), width=6, align="right", drop_below=64),
]  # fmt: skip


class Line(Struct, frozen=True):
    """A row of a batch with what tells it from the others."""

    row: BatchRow
    words: str

    @property
    def id(self) -> str:
        """The row's number as text."""
        return str(self.row.number)

    @property
    def seen(self) -> Hashable:
        """What the line shows, so that it is drawn again only when that changes."""
        return self.words, self.row.state, self.row.error, self.row.seconds, self.row.cost


def _row_state(line: Line) -> Content:
    sign, style = STATES.get(line.row.state, ("·", ""))
    return Content.assemble(Content.styled(f"{sign} ", style), WORDS.get(line.row.state, line.row.state))


def _row_words(line: Line) -> Content:
    error = line.row.error
    if not error:
        return Content(line.words)
    return Content.assemble(line.words, Content.styled(f"   {error}", "$error"))


ROW_COLUMNS: list[Column[Any]] = [
    Column("number", "Row", lambda r: f"{r.row.number:,}", width=7, align="right", sort_key=lambda r: r.row.number),
    Column("state", "State", _row_state, width=12, sort_key=lambda r: r.row.state),
    Column("values", "Values", _row_words, flex=1, min_width=16, sort_key=lambda r: r.words),
    Column("seconds", "Seconds", lambda r: wording.duration(r.row.seconds) if r.row.seconds else "", width=8,
           align="right", sort_key=lambda r: r.row.seconds or 0.0, drop_below=50),
    Column("cost", "Est. cost", lambda r: money(r.row.cost or 0.0), width=9, align="right",
           sort_key=lambda r: r.row.cost or 0.0, drop_below=76),
]  # fmt: skip


def _failure_state(failure: BatchFailure) -> str:
    return WORDS.get(failure.state, failure.state)


def _why(failure: BatchFailure) -> str:
    return failure.error or "not told"


FAILURE_COLUMNS: list[Column[Any]] = [
    Column("count", "Rows", lambda f: f"{f.count:,}", width=7, align="right"),
    Column("state", "State", _failure_state, width=10),
    Column("reason", "Whose", lambda f: f.reason, width=8, drop_below=50),
    Column("error", "Why", _why, flex=1, min_width=16),
    Column("first", "First", lambda f: f"row {f.first:,}", width=11, align="right", drop_below=60),
]


def failure_id(failure: BatchFailure) -> str:
    """What tells a reason from the others."""
    return f"{failure.state} {failure.reason} {failure.first}"
