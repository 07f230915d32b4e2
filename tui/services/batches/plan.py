"""What a batch would send: each row of the source, times the grid, times the repeats, times the models.

Every value is judged here, before the first row is sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import cast

from msgspec import Struct, field

from tui.api.types import Target
from tui.forms import REDACTED, Form
from tui.services.batches.grid import combinations
from tui.services.batches.row_judge import Judge, RowJudge
from tui.services.batches.row_reader import SourceRow

_ALONE: tuple[dict[str, str], ...] = ({},)
_LINE_NAMES = ("prompt", "text", "question", "sentence", "input")


class Runnable(Struct, frozen=True):
    """A model or deployment that rows can be sent to."""

    target: Target
    form: Form
    judge: Judge


class Wrong(Struct, frozen=True):
    """A value that the schema refuses."""

    row: int
    field: str
    message: str
    model: str = ""
    """Whose schema, where there are several."""

    def __str__(self) -> str:
        where = f"row {self.row}: " if self.row else ""
        model = f"{self.model}: " if self.model else ""
        return f"{where}{model}{self.field or 'input'}: {self.message}"


class Planned(Struct):
    """One run that is to be. Not frozen: there may be a hundred thousand, and that takes three times as long."""

    source: int
    target: int
    columns: dict[str, object]
    input: dict[str, object]
    wrong: tuple[Wrong, ...] = ()


class Plan(Struct):
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
        written = [one.name for one in form if one.takes_text]
        return written[0] if written else "prompt"

    def runs(self, rows: Iterable[SourceRow] | None) -> Iterator[Planned]:
        """Every run, in the order of the input. Raises what reading the rows raises."""
        planners = [_Planner(self, index) for index in range(len(self.runnables))]
        for row in rows if rows is not None else (SourceRow(0, {}),):
            for combination in combinations(self.grid) if self.grid else _ALONE:
                for planner in planners:
                    planned = planner.planned(row, combination)
                    for _ in range(self.repeat):
                        yield planned


class _Columns(Struct, frozen=True):
    """What rows with the same columns share."""

    fields: list[tuple[str, str]]
    """Each column that fills a field, with that field's name."""
    may_hide: bool
    """Whether one of them is a secret by its name."""


class _Planner:
    """Makes rows into runs of one of the models."""

    def __init__(self, plan: Plan, index: int) -> None:
        runnable = plan.runnables[index]
        self._plan = plan
        self._index = index
        self._form = runnable.form
        self._named = runnable.target.ref if len(plan.runnables) > 1 else ""
        self._open = runnable.form.never_secret()
        self._judge = RowJudge(runnable.form, runnable.judge, plan.texts, plan.values)
        self._columns: dict[tuple[str, ...], _Columns] = {}

    def planned(self, row: SourceRow, combination: Mapping[str, str]) -> Planned:
        """One run."""
        columns, empty = row.columns, None if row.typed else ""
        names = self._columns_of(tuple(columns))
        own = {name: columns[column] for column, name in names.fields if columns[column] != empty}
        if not combination:
            checked = self._judge.judge({}, own) if row.typed else self._judge.judge(cast("dict[str, str]", own), {})
        elif row.typed:
            values = {name: value for name, value in own.items() if name not in combination}
            checked = self._judge.judge(combination, values)
        else:
            checked = self._judge.judge({**cast("dict[str, str]", own), **combination}, {})
        wrong: list[Wrong] = []
        if names.may_hide or not combination.keys() <= self._open or (row.typed and _nested(columns)):
            given = {self._plan.fields_of.get(column, column): value for column, value in columns.items() if value}
            wrong += [
                Wrong(row.number, name, "is a secret, which is kept nowhere: give it with -i, the same for every row")
                for name, shown in self._form.redact({**given, **combination}).items()
                if shown == REDACTED
            ]
        if not checked.ok:
            of = self._named
            wrong += [Wrong(row.number, problem.field, problem.message, of) for problem in checked.problems]
            wrong += [Wrong(row.number, name, "is required, and was not given", of) for name in checked.missing]
        shown = {**columns, **combination} if combination else columns
        return Planned(row.number, self._index, shown, checked.input, tuple(wrong))

    def _columns_of(self, columns: tuple[str, ...]) -> _Columns:
        """What rows with these columns share."""
        found = self._columns.get(columns)
        if found is None:
            plan, form = self._plan, self._form
            plan.columns.update(dict.fromkeys(columns))
            fields: list[tuple[str, str]] = []
            for column in columns:
                name = plan.fields_of.get(column, column)
                if not form.known or form.field(name) is not None:
                    fields.append((column, name))
                elif not any(one.form.field(name) for one in plan.runnables):
                    plan.unknown[column] = None
            names = [plan.fields_of.get(column, column) for column in columns]
            hides = REDACTED in form.redact(dict.fromkeys(names, "a text")).values()
            found = self._columns[columns] = _Columns(fields, hides)
        return found


def _nested(columns: Mapping[str, object]) -> bool:
    return any(isinstance(value, dict | list) for value in columns.values())
