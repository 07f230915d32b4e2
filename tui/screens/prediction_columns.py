"""The columns of the list of predictions."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from textual.content import Content

from tui import wording
from tui.widgets.table import Column

if TYPE_CHECKING:
    from tui.store.records import RecordRow


def _status(row: RecordRow) -> Content:
    mark = wording.mark(row.status)
    return Content.styled(f"{mark.symbol} {mark.word}", f"${mark.tone}")


def _model(row: RecordRow) -> Content:
    """The name first: in a narrow column it tells more than the owner."""
    owner, slash, name = (row.model or row.version[:12]).partition("/")
    return Content.assemble((name, "bold"), (f" {owner}", "dim")) if slash else Content(owner)


def _time(row: RecordRow) -> str:
    if row.predict_time is not None:
        return wording.duration(row.predict_time)
    if row.started_at is not None and row.live:
        return wording.duration((datetime.now(UTC) - row.started_at).total_seconds())
    return ""


def _progress(row: RecordRow) -> str:
    if row.progress is None or not row.live:
        return ""
    return f"{row.progress * 100:.0f} %"


COLUMNS: list[Column[Any]] = [
    Column("status", "Status", _status, width=12, sort_key=lambda r: r.status),
    Column("model", "Model", _model, flex=2, min_width=10, sort_key=lambda r: r.model or ""),
    Column("input", "Input", lambda r: r.summary, flex=4, min_width=8, drop_below=44),
    Column("progress", "Done", _progress, width=5, align="right", drop_below=64),
    Column("time", "Run", _time, width=7, align="right", sort_key=lambda r: r.predict_time or 0.0),
    Column(
        "age",
        "Age",
        lambda r: wording.coarse_age(r.created_at),
        width=6,
        align="right",
        sort_key=lambda r: r.created_at,
    ),
]


def version(row: RecordRow) -> object:
    """What a row shows, so that it is drawn again only when that changes."""
    return (row, _time(row), wording.coarse_age(row.created_at))
