"""The columns of the list of predictions."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from rich.text import Text

from tui import wording
from tui.widgets.table import Column

if TYPE_CHECKING:
    from tui.store.records import RecordRow

TONES = {"warning": "yellow", "accent": "bright_blue", "success": "green", "error": "red", "foreground": ""}


def _status(row: RecordRow) -> Text:
    mark = wording.mark(row.status)
    return Text(f"{mark.symbol} {mark.word}", style=TONES.get(mark.tone, ""))


def _model(row: RecordRow) -> Text:
    owner, slash, name = (row.model or row.version[:12]).partition("/")
    return Text.assemble((owner + slash, "dim"), (name, "bold")) if slash else Text(owner)


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
    Column("status", "Status", _status, width=13, sort_key=lambda r: r.status),
    Column("model", "Model", _model, flex=2, min_width=12, sort_key=lambda r: r.model or ""),
    Column("input", "Input", lambda r: r.summary, flex=4, min_width=10, drop_below=50),
    Column("progress", "Done", _progress, width=6, align="right", drop_below=64),
    Column("time", "Run", _time, width=8, align="right", sort_key=lambda r: r.predict_time or 0.0),
    Column(
        "age",
        "Age",
        lambda r: wording.coarse_age(r.created_at),
        width=8,
        align="right",
        sort_key=lambda r: r.created_at or datetime.min.replace(tzinfo=UTC),
    ),
]


def version(row: RecordRow) -> object:
    """What a row shows, so that it is drawn again only when that changes."""
    return (row, _time(row), wording.coarse_age(row.created_at))
