"""What a batch would send: each row of the source, times the grid, times the repeats, times the models.

Every value is judged here, before the first row is sent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from tui.api.types import Target
from tui.forms import REDACTED, Checked, Field, Form, Kind
from tui.services.batches.grid import combinations
from tui.services.batches.row_reader import SourceRow

Judge = Callable[[Mapping[str, str], Mapping[str, object]], Checked]
"""Judges texts as typed, and values that are JSON already."""
_LINE_NAMES = ("prompt", "text", "question", "sentence", "input")


@dataclass(frozen=True, slots=True)
class Runnable:
    """A model or deployment that rows can be sent to."""

    target: Target
    form: Form
    judge: Judge


@dataclass(frozen=True, slots=True)
class Wrong:
    """A value that the schema refuses."""

    row: int
    field: str
    message: str

    def __str__(self) -> str:
        where = f"row {self.row}: " if self.row else ""
        return f"{where}{self.field or 'input'}: {self.message}"


@dataclass(frozen=True, slots=True)
class Planned:
    """One run that is to be."""

    source: int
    target: int
    columns: dict[str, object]
    input: dict[str, object]
    wrong: tuple[Wrong, ...] = ()


@dataclass
class Plan:
    """How rows become runs."""

    runnables: Sequence[Runnable]
    texts: Mapping[str, str] = field(default_factory=dict[str, str])
    """What every run gets, as typed."""
    values: Mapping[str, object] = field(default_factory=dict[str, object])
    """What every run gets, as JSON."""
    fields_of: Mapping[str, str] = field(default_factory=dict[str, str])
    """Column → field, where they are not called the same."""
    grid: Mapping[str, Sequence[str]] = field(default_factory=dict[str, "Sequence[str]"])
    repeat: int = 1
    columns: dict[str, None] = field(default_factory=dict[str, None])
    """All columns that were met so far."""
    unknown: dict[str, None] = field(default_factory=dict[str, None])
    """Columns that fill no field of any model, as far as they were met."""

    def names(self) -> set[str]:
        """The columns that mean something."""
        return {one.name for runnable in self.runnables for one in runnable.form} | set(self.fields_of)

    def line_name(self) -> str:
        """What a line of plain text is."""
        form = self.runnables[0].form
        by_name = {one.name: one for one in form}
        for name in _LINE_NAMES:
            if name in by_name:
                return name
        written = [one.name for one in form if _is_written(one)]
        return written[0] if written else "prompt"

    def runs(self, rows: Iterable[SourceRow] | None) -> Iterator[Planned]:
        """Every run, in the order of the input. Raises what reading the rows raises."""
        for row in rows if rows is not None else (SourceRow(0, {}),):
            for combination in combinations(self.grid):
                for target in range(len(self.runnables)):
                    for _ in range(self.repeat):
                        yield self._planned(row, combination, target)

    def _planned(self, row: SourceRow, combination: Mapping[str, str], index: int) -> Planned:
        runnable = self.runnables[index]
        texts, values = dict(self.texts), dict(self.values)
        self.columns.update(dict.fromkeys(row.columns))
        for column, value in row.columns.items():
            name = self.fields_of.get(column, column)
            if runnable.form.known and runnable.form.field(name) is None:
                if not any(one.form.field(name) for one in self.runnables):
                    self.unknown[column] = None
                continue
            if row.typed:
                if value is not None:
                    texts.pop(name, None)
                    values[name] = value
            elif isinstance(value, str) and value != "":
                values.pop(name, None)
                texts[name] = value
        for name, text in combination.items():
            values.pop(name, None)
            texts[name] = text
        checked = runnable.judge(texts, values)
        wrong = [
            Wrong(row.number, name, "is a secret, which is kept nowhere: give it with -i, the same for every row")
            for name in self._secrets_in(row, combination, runnable.form)
        ]
        wrong += [Wrong(row.number, problem.field, problem.message) for problem in checked.problems]
        wrong += [Wrong(row.number, name, "is required, and was not given") for name in checked.missing]
        return Planned(row.number, index, {**row.columns, **combination}, checked.input, tuple(wrong))

    def _secrets_in(self, row: SourceRow, combination: Mapping[str, str], form: Form) -> list[str]:
        names = {self.fields_of.get(column, column): value for column, value in row.columns.items() if value}
        given = {**names, **combination}
        return [name for name, shown in form.redact(given).items() if shown == REDACTED]


def _is_written(one: Field) -> bool:
    return one.kind in (Kind.STRING, Kind.TEXT)
