"""A batch in words: its state, its progress, and what tells its rows apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct
from textual.content import Content

from tui import wording
from tui.screens.records.differences import different
from tui.store.batch import Batch, BatchRow

STATES: Mapping[str, tuple[str, str]] = {
    "done": ("✓", "$success"),
    "live": ("●", "$accent"),
    "failed": ("✗", "$error"),
    "invalid": ("✗", "$error"),
    "canceled": ("⊘", "$text-muted"),
    "unknown": ("?", "$warning"),
    "left": ("○", "$text-muted"),
}
"""The sign and the colour of a row's state."""
WORDS = {"left": "not sent", "live": "runs", "unknown": "undecided", "invalid": "refused", "done": "succeeded"}
"""What a row's state is called where its own name says too little."""
_SIGNS = {
    "running": ("●", "$accent"),
    "pausing": ("●", "$warning"),
    "stopped": ("‖", "$warning"),
    "canceling": ("●", "$warning"),
    "done": ("✓", "$success"),
    "canceled": ("⊘", "$text-muted"),
}
_BAR = 12
ROWS = 2000
"""Rows that are listed at most: a filter finds the others."""
MODEL = "model"
"""What the model of a row is called among the values that tell it from the others."""


class Shown(Struct, frozen=True):
    """A batch as the list shows it."""

    batch: Batch
    state: str
    """ "running", "pausing", "stopped", "canceling", "done", "canceled", …"""
    per_minute: float | None = None
    seconds_left: float | None = None
    billed: float = 0.0
    """Seconds."""
    cost: float = 0.0
    """Dollars, as far as prices are known."""

    @property
    def id(self) -> str:
        """The batch's id."""
        return self.batch.id

    @property
    def total(self) -> int:
        """How many rows it has."""
        return sum(self.batch.counts.values())

    def count(self, *states: str) -> int:
        """How many rows are in these states."""
        return sum(self.batch.counts.get(state, 0) for state in states)


def state_words(shown: Shown) -> Content:
    """The sign and the word of its state; one that ended with rows that did not succeed says so."""
    sign, style = _SIGNS.get(shown.state, ("·", "$text-muted"))
    word = shown.state
    if shown.state == "done" and shown.count("done") < shown.total:
        sign, style, word = "✗", "$error", "ended"
    return Content.assemble(Content.styled(f"{sign} ", style), word)


def bar(shown: Shown, width: int = _BAR) -> Content:
    """How much of it is over, as a bar: what succeeded, what did not, and the rest."""
    total = max(1, shown.total)
    good = shown.count("done") * width // total
    bad = min(width - good, -(-shown.count("failed", "invalid", "canceled", "unknown") * width // total))
    return Content.assemble(
        Content.styled("━" * good, "$success"),
        Content.styled("╍" * bad, "$error"),
        Content.styled("─" * (width - good - bad), "$foreground 25%"),
    )


def counts_words(shown: Shown) -> str:
    """Its rows by their states."""
    names = ("done", "live", "failed", "unknown", "canceled", "invalid", "left")
    words = {"left": "left", "live": "live", "done": "done", **{name: WORDS.get(name, name) for name in names[2:6]}}
    return " · ".join(f"{shown.count(name):,} {words[name]}" for name in names if shown.count(name))


def pace_words(shown: Shown) -> str:
    """How fast it goes, and how long the rest takes."""
    parts: list[str] = []
    if shown.per_minute is not None:
        parts.append(f"{shown.per_minute:.0f} a minute")
    if shown.seconds_left is not None:
        parts.append(f"{wording.duration(shown.seconds_left)} left")
    return " · ".join(parts)


def rows_are(count: int) -> str:
    """`1 row is`, `1,200 rows are`."""
    return "1 row is" if count == 1 else f"{count:,} rows are"


def varied(rows: Sequence[BatchRow], models: Sequence[str] = ()) -> tuple[str, ...]:
    """The names of the columns, or else of the inputs, whose values tell these rows apart.

    `models`: what the rows run on by their `target`; where it is more than one, "model" is the first of the names.
    """
    of_models = (MODEL,) if len({row.target for row in rows} & set(range(len(models)))) > 1 else ()
    columns = different([row.columns for row in rows])
    if columns:
        return (*of_models, *columns)
    if of_models:
        return of_models
    return tuple(rows[0].columns) if rows and rows[0].columns else different([row.input for row in rows])


def told(row: BatchRow, models: Sequence[str] = ()) -> Mapping[str, object]:
    """What may tell a row from the others: its model, its columns and its inputs."""
    on = {MODEL: short_names(models)[row.target]} if row.target < len(models) else {}
    return {**row.input, **row.columns, **on}


def short_names(models: Sequence[str]) -> list[str]:
    """The models without their owners, where these tell none of them apart."""
    names = [model.rpartition("/")[2] for model in models]
    return names if len(set(names)) == len(names) else list(models)


def values_of(columns: Mapping[str, object]) -> str:
    """The columns of a row with their values."""
    return "  ".join(f"{name}={value}" for name, value in columns.items())
