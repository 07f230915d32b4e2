"""The columns of the lists of predictions and trainings: what each cell says, and who gets the room.

A status is one cell; a word says what did not succeed, before the input or, of a training, in place of its time. Names
come before inputs, inputs before owners: a name is cut only where an input of forty cells has no room beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from textual.content import Content

from tui import wording
from tui.widgets.table.row_sources import room_beside
from tui.widgets.table.table_lines import GUTTER
from tui.widgets.table.virtual_table import Column

if TYPE_CHECKING:
    from tui.store.filter_query import Kind
    from tui.store.records import RecordRow

INPUT = 40
"""Cells that an input has before a name gets more than `NAME`."""
NAME = 12
"""Cells that a name has at least."""
_SETTINGS = 16
"""As `INPUT`, for the input of a training: settings that tell little."""
_MORE = 16
"""Cells that an input has besides before owners are shown whole."""
_LONGEST = 60
"""Cells of a name with its owner that are ever kept free."""
LOCAL = "⌂ "
"""Before the name of what ran on this machine."""
_STEPS = "▁▂▃▄▅▆▇█"

CostOf = Callable[["RecordRow"], str]
"""What a record may have cost, in words; empty where that is not known."""


def _status(row: RecordRow) -> Content:
    """One cell: the sign, or how far it is."""
    mark = wording.mark(row.status)
    if row.live and row.progress is not None:
        step = min(int(row.progress * len(_STEPS)), len(_STEPS) - 1)
        return Content.styled(_STEPS[max(0, step)], f"${mark.tone}")
    return Content.styled(mark.symbol, f"${mark.tone}")


def _input(row: RecordRow) -> Content | str:
    """The input, after a word for what did not succeed."""
    mark = wording.mark(row.status)
    words = row.summary
    if not words and row.data_removed:
        words = "deleted by Replicate"
    if mark.tone == "success":
        return words if row.summary else Content.styled(words, "$text-muted")
    word = mark.word
    if row.live and row.progress is not None:
        word = wording.percent(row.progress)
    return Content.assemble((word, f"bold ${mark.tone}"), (" · " if words else "", "$text-muted"), words)


def _summary(row: RecordRow) -> str:
    return row.summary


def _name(ref: str) -> Content:
    """The name first: in a narrow column it tells more than the owner."""
    owner, slash, name = ref.partition("/")
    if not ref:
        return Content.styled("–", "$text-muted")
    return Content.assemble((name, "bold"), (f" {owner}", "$text-muted")) if slash else Content(owner)


def _model(row: RecordRow) -> Content:
    name = _name(row.model or row.version[:12])
    return Content.assemble((LOCAL, "$text-muted"), name) if row.source == "local" else name


def _run(row: RecordRow) -> str:
    if row.predict_time is not None:
        return wording.duration(row.predict_time)
    if row.started_at is not None and row.live:
        return wording.duration((datetime.now(UTC) - row.started_at).total_seconds())
    return ""


def _run_or_word(row: RecordRow) -> Content | str:
    """Of a training the time, or a word for what did not succeed."""
    mark = wording.mark(row.status)
    if mark.tone == "success" or (row.live and row.started_at is not None):
        return _run(row)
    return Content.styled(mark.word, f"${mark.tone}")


def _queue(row: RecordRow) -> str:
    """Waiting for a machine and its setup, apart from the run."""
    if row.queue_time is not None:
        return wording.duration(row.queue_time)
    if row.live:
        return wording.duration((datetime.now(UTC) - row.created_at).total_seconds())
    return ""


def _total(row: RecordRow) -> str:
    if row.total_time is not None:
        return wording.duration(row.total_time)
    return wording.duration((datetime.now(UTC) - row.created_at).total_seconds()) if row.live else ""


def age(moment: datetime) -> str:
    """How long ago in six cells: `now`, `12 min`, `3 d`, `04 Oct`, then the month and year, `Oct 25`."""
    now = datetime.now(UTC)
    days = (now - moment).days
    if days < 30:
        return wording.coarse_age(moment, now)
    return moment.astimezone().strftime("%d %b" if days < 330 else "%b %y")


class RecordColumns:
    """The columns of one list, as wide as its names and its width ask for."""

    def __init__(self, kind: Kind, cost_of: CostOf = lambda row: "") -> None:
        self._kind = kind
        self._cost_of = cost_of
        self._costs = False
        self._names: dict[str, int] = {}
        self._refs: dict[str, int] = {}

    def version(self, row: RecordRow) -> object:
        """What a row shows, so that it is drawn again only when that changes."""
        cost = self._cost_of(row) if self._costs else ""
        return (row, _run(row), _queue(row), _total(row), age(row.created_at), cost)

    def learn(self, rows: Iterable[RecordRow]) -> bool:
        """Whether these rows have longer names than all before, or the first cost: columns only ever grow."""
        before = (dict(self._names), dict(self._refs), self._costs)
        for row in rows:
            self._learn("model", f"{LOCAL if row.source == 'local' else ''}{row.model}")
            self._learn("destination", row.destination)
            self._costs = self._costs or bool(self._cost_of(row))
        return before != (self._names, self._refs, self._costs)

    def _learn(self, key: str, ref: str) -> None:
        _, slash, name = ref.rpartition("/")
        # The sign of a cut owner takes none of the name's cells.
        least = len(name) + 2 if slash else len(name)
        self._names[key] = min(max(self._names.get(key, 0), least), _LONGEST)
        self._refs[key] = min(max(self._refs.get(key, 0), len(ref)), _LONGEST)

    def columns(self, width: int) -> list[Column[Any]]:
        """The columns for a table of so many cells."""
        names = ["destination", "model"] if self._kind == "training" else ["model"]
        least = self._all(dict.fromkeys(names, NAME))
        inputs = any(column.key == "input" and width >= (column.drop_below or 0) for column in least)
        asked = INPUT if self._kind == "prediction" else _SETTINGS
        room = room_beside(least, {*names, "input"}, width, width - GUTTER)
        widths: dict[str, int] = {}
        for number, key in enumerate(names):
            # What the names after it need is left to them.
            taken = sum(widths.values()) + NAME * (len(names) - number - 1) + (asked if inputs else 0)
            widths[key] = max(NAME, min(self._names.get(key, 0), room - taken))
        spare = room - sum(widths.values()) - (asked + _MORE if inputs else 0)
        for key in names:
            more = max(0, min(self._refs.get(key, 0) - widths[key], spare))
            widths[key] += more
            spare -= more
        return self._all(widths, bounded=inputs)

    def _all(self, widths: dict[str, int], *, bounded: bool = True) -> list[Column[Any]]:
        """`bounded`: the names leave what is more than `widths` to the input."""
        return [
            Column("status", "Status", _status, width=1, short="", sort_key=lambda r: r.status),
            *(self._named(key, width, width if bounded else None) for key, width in widths.items()),
            *self._of_kind(),
            *([self._cost_column()] if self._costs else []),
            Column(
                "created",
                "Age",
                lambda r: age(r.created_at),
                width=6,
                align="right",
                sort_key=lambda r: r.created_at,
                largest_first=True,
            ),
        ]

    def _of_kind(self) -> list[Column[Any]]:
        wide = (
            _time("queue", "Queue", _queue, 150, lambda r: r.queue_time),
            _time("total", "In all", _total, 150, lambda r: r.total_time),
        )
        if self._kind == "training":
            asked: Column[Any] = Column("input", "Input", _summary, min_width=8, drop_below=90, sort_key=_summary)
            run = _time("run", "Run", _run_or_word, 40, lambda r: r.predict_time, width=10)
        else:
            asked = Column("input", "Input", _input, min_width=8, drop_below=44, sort_key=_summary)
            run = _time("run", "Run", _run, 76, lambda r: r.predict_time)
        return [asked, wide[0], run, wide[1]]

    def _named(self, key: str, least: int, most: int | None) -> Column[Any]:
        if key == "destination":
            return Column(
                key,
                "Destination",
                lambda r: _name(r.destination),
                min_width=least,
                max_width=most,
                sort_key=lambda r: r.destination,
            )
        title = "Trained on" if self._kind == "training" else "Model"
        return Column(key, title, _model, min_width=least, max_width=most, sort_key=lambda r: r.model)

    def _cost_column(self) -> Column[Any]:
        return Column("cost", "≈ Cost", self._cost_of, width=8, align="right", drop_below=100)


def _time(
    key: str,
    title: str,
    render: Callable[[RecordRow], Content | str],
    drop_below: int,
    sort_key: Callable[[RecordRow], Any],
    width: int = 7,
) -> Column[Any]:
    return Column(
        key,
        title,
        render,
        width=width,
        align="right",
        drop_below=drop_below,
        sort_key=sort_key,
        largest_first=True,
    )
