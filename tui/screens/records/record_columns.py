"""The columns of the lists of predictions and trainings."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from textual.content import Content

from tui import wording
from tui.widgets.table.virtual_table import Column

if TYPE_CHECKING:
    from tui.store.records import RecordRow


def _status(row: RecordRow) -> Content:
    mark = wording.mark(row.status)
    return Content.styled(f"{mark.symbol} {mark.word}", f"${mark.tone}")


def _model(row: RecordRow) -> Content:
    """The name first: in a narrow column it tells more than the owner."""
    owner, slash, name = (row.model or row.version[:12]).partition("/")
    return Content.assemble((name, "bold"), (f" {owner}", "dim")) if slash else Content(owner)


def _run(row: RecordRow) -> str:
    if row.predict_time is not None:
        return wording.duration(row.predict_time)
    if row.started_at is not None and row.live:
        return wording.duration((datetime.now(UTC) - row.started_at).total_seconds())
    return ""


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


def _progress(row: RecordRow) -> str:
    if row.progress is None or not row.live:
        return ""
    return f"{row.progress * 100:.0f} %"


def age(moment: datetime) -> str:
    """How long ago in six cells: `now`, `12 min`, `3 d`, `04 Oct`, then the month and year, `Oct 25`."""
    now = datetime.now(UTC)
    days = (now - moment).days
    if days < 30:
        return wording.coarse_age(moment, now)
    return moment.astimezone().strftime("%d %b" if days < 330 else "%b %y")


COLUMNS: list[Column[Any]] = [
    Column("status", "Status", _status, width=12, sort_key=lambda r: r.status),
    Column("model", "Model", _model, flex=2, min_width=10, sort_key=lambda r: r.model),
    Column("input", "Input", lambda r: r.summary, flex=4, min_width=8, drop_below=44, sort_key=lambda r: r.summary),
    Column(
        "progress",
        "Done",
        _progress,
        width=5,
        align="right",
        drop_below=60,
        sort_key=lambda r: r.progress,
        largest_first=True,
    ),
    Column(
        "queue",
        "Queue",
        _queue,
        width=7,
        align="right",
        drop_below=88,
        sort_key=lambda r: r.queue_time,
        largest_first=True,
    ),
    Column("run", "Run", _run, width=7, align="right", sort_key=lambda r: r.predict_time, largest_first=True),
    Column(
        "total",
        "In all",
        _total,
        width=7,
        align="right",
        drop_below=104,
        sort_key=lambda r: r.total_time,
        largest_first=True,
    ),
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


def version(row: RecordRow) -> object:
    """What a row shows, so that it is drawn again only when that changes."""
    return (row, _run(row), _queue(row), _total(row), age(row.created_at))
