"""A batch in words: its state, its progress, and what tells its rows apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from textual.content import Content

from tui import wording
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


@dataclass(frozen=True, slots=True)
class Shown:
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


def varied(rows: Sequence[BatchRow]) -> tuple[str, ...]:
    """The names of the columns, or else of the inputs, whose values tell these rows apart."""
    for kind in ("columns", "input"):
        seen: dict[str, object] = {}
        different: dict[str, None] = {}
        for row in rows:
            values: Mapping[str, object] = getattr(row, kind)
            for name, value in values.items():
                if name not in seen:
                    seen[name] = value
                elif seen[name] != value:
                    different[name] = None
        if different:
            return tuple(different)
        if seen and kind == "columns":
            return tuple(seen)
    return ()


def named_values(row: BatchRow, names: Sequence[str]) -> str:
    """The values of a row that tell it from the others."""
    return "  ".join(f"{name}={_value(row, name)}" for name in names)


def bare_values(row: BatchRow, names: Sequence[str]) -> str:
    """The same without their names, for where these have no room."""
    return " · ".join(str(_value(row, name)) for name in names)


def _value(row: BatchRow, name: str) -> object:
    return row.columns.get(name, row.input.get(name, ""))


def values_of(columns: Mapping[str, object]) -> str:
    """The columns of a row with their values."""
    return "  ".join(f"{name}={value}" for name, value in columns.items())
