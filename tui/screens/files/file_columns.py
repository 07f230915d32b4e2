"""A file at Replicate, or one on its way there, as a line of a list."""

from __future__ import annotations

from collections.abc import Hashable
from datetime import UTC, datetime
from typing import Any

from msgspec import Struct
from textual.content import Content

from tui import wording
from tui.api.types import File
from tui.services.files.uploaded_files import SOON, Upload, expires_soon
from tui.widgets.table.virtual_table import Column

_BAR = 10
"""Cells of an upload's bar."""


class FileRow(Struct, frozen=True):
    """One line."""

    file: File | None = None
    upload: Upload | None = None
    needed_by: tuple[str, ...] = ()
    """What of this machine still means to use it."""

    @property
    def id(self) -> str:
        """The file's id, or the upload's own."""
        return self.file.id if self.file is not None else self.upload.id if self.upload is not None else ""

    @property
    def name(self) -> str:
        """What it is called."""
        if self.file is not None:
            return wording.one_line(self.file.name or self.file.id, 200)
        return self.upload.name if self.upload is not None else ""

    @property
    def size(self) -> int:
        """Its bytes."""
        return (self.file.size or 0) if self.file is not None else self.upload.size if self.upload is not None else 0

    @property
    def expires_at(self) -> datetime | None:
        """When Replicate deletes it."""
        return self.file.expires_at if self.file is not None else None

    @property
    def checksum(self) -> str:
        """Its SHA-256."""
        return str(self.file.checksums.get("sha256") or "") if self.file is not None else ""

    @property
    def endangered(self) -> bool:
        """Whether it expires soon, and something still means to use it."""
        return bool(self.needed_by) and self.file is not None and expires_soon(self.file, datetime.now(UTC))


def time_left(expires_at: datetime | None, now: datetime | None = None) -> str:
    """`23 h 05 min`, `54:12` in the last hour, `expired`; empty when unknown."""
    if expires_at is None:
        return ""
    seconds = (expires_at - (now or datetime.now(UTC))).total_seconds()
    if seconds <= 0:
        return "expired"
    if seconds <= SOON.total_seconds():
        return wording.clock(seconds)
    return f"{int(seconds // 3600)} h {int(seconds % 3600 // 60):02} min"


def left_words(expires_at: datetime | None) -> str:
    """`23 h 05 min left`, `expired`; empty when unknown."""
    left = time_left(expires_at)
    return left if left in ("", "expired") else f"{left} left"


def bar_words(upload: Upload) -> Content:
    """How far an upload is, as a bar and in words."""
    if upload.state == "failed":
        return Content.styled("✗ failed", "$error")
    if upload.state == "waiting":
        return Content.styled("◌ waiting", "$text-muted")
    fraction = upload.sent / upload.size if upload.size else 1.0
    full = int(fraction * _BAR)
    bar = Content.styled("━" * full, "$accent") + Content.styled("─" * (_BAR - full), "$text-muted")
    return Content.assemble(bar, f" {wording.percent(fraction)}")


def _left(row: FileRow) -> Content:
    if row.upload is not None:
        return bar_words(row.upload)
    words = time_left(row.expires_at)
    soon = row.file is not None and expires_soon(row.file, datetime.now(UTC))
    return Content.styled(words, "$error" if words == "expired" else "$warning" if soon else "")


def _needed(row: FileRow) -> Content:
    if row.upload is not None:
        return Content.styled(row.upload.error, "$error")
    words = wording.one_line(", ".join(row.needed_by), 120)
    return Content.styled(f"⚠ {words}", "$warning") if row.endangered else Content(words)


def version_of(row: FileRow) -> Hashable:
    """What the line shows, so that it is drawn again only when that changes."""
    return row.upload, time_left(row.expires_at), row.needed_by, row.endangered, row.name


FILE_COLUMNS: list[Column[Any]] = [
    Column("name", "Name", lambda r: r.name, flex=2, min_width=16, sort_key=lambda r: r.name.lower()),
    Column("size", "Size", lambda r: wording.size(r.size), width=8, align="right", sort_key=lambda r: r.size),
    Column("type", "Type", lambda r: wording.one_line(r.file.content_type, 60) if r.file else "", width=18,
           sort_key=lambda r: r.file.content_type if r.file else "", drop_below=72),
    Column("checksum", "SHA-256", lambda r: wording.one_line(r.checksum, 64)[:12], width=12, drop_below=110),
    Column("expires", "Expires in", _left, width=16, align="right",
           sort_key=lambda r: r.expires_at.timestamp() if r.expires_at else 0.0),
    Column("needed", "Needed by", _needed, flex=2, min_width=14, drop_below=60),
]  # fmt: skip
