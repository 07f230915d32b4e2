"""One file at Replicate: what is known of it, what means to use it, and the runs that used it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from tui import wording
from tui.screens.files.file_columns import FileRow, bar_words, time_left
from tui.store.records import RecordRow
from tui.toolkit.static import FixedSizeStatic

_LOOKING = "looking for the runs that used it…"
_UNUSED = "No run that is kept here used it."


class FileView(Vertical):
    """Shows one line of the list; what used it is set by the screen once it is known."""

    HELP = "A file at Replicate. N hands it to a model, y copies its address, P shows a run that used it, D deletes it."

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._row: FileRow | None = None
        self.runs: Sequence[RecordRow] | None = None
        """The runs that used it; None while they are looked for."""

    def compose(self) -> ComposeResult:
        yield FixedSizeStatic(id="file-title")
        with VerticalScroll(id="file-body", can_focus=True):
            yield Static(id="file-facts")
            yield Static(id="file-runs")

    def show(self, row: FileRow | None) -> None:
        """The line that is shown; None for none."""
        if row is None or self._row is None or row.id != self._row.id:
            self.runs = None
        self._row = row
        self.tick()

    def show_runs(self, runs: Sequence[RecordRow]) -> None:
        """The runs that used it."""
        self.runs = runs
        self.tick()

    def tick(self) -> None:
        """Draw it: time goes on."""
        row = self._row
        title = Content("") if row is None else Content.styled(row.name, "bold $accent")
        self.query_one("#file-title", FixedSizeStatic).update(title)
        self.query_one("#file-facts", Static).update(_facts(row))
        self.query_one("#file-runs", Static).update(self._runs_words(row))

    def _runs_words(self, row: FileRow | None) -> Content:
        if row is None or row.file is None:
            return Content("")
        if not self.runs:
            return Content.styled(f"\n{_LOOKING if self.runs is None else _UNUSED}", "$text-muted")
        count = "1 run" if len(self.runs) == 1 else f"{len(self.runs)} runs"
        lines = [Content.assemble("\n", (f"Used by {count}", "bold"), Content.styled("  P shows it", "$text-muted"))]
        for one in self.runs:
            mark = wording.mark(one.status)
            age = wording.coarse_age(one.created_at)
            words = f"  {one.id}  {wording.one_line(one.model or '', 60)}  {age}"
            lines.append(Content.assemble(Content.styled(f"{mark.symbol} {mark.word}", f"${mark.tone}"), words))
        return Content("\n").join(lines)


def _facts(row: FileRow | None) -> Content:
    if row is None:
        return Content("")
    if row.upload is not None:
        upload = row.upload
        sent = Content.assemble(bar_words(upload), f"  {wording.size(upload.sent)} of {wording.size(upload.size)}")
        lines = [sent, Content.styled(str(upload.path), "$text-muted")]
        lines += [Content.styled(upload.error, "$error")] if upload.error else []
        return Content("\n").join(lines)
    file = row.file
    if file is None:
        return Content("")
    left = time_left(file.expires_at, datetime.now(UTC))
    when = f"in {left}, {wording.exact(file.expires_at)}" if left not in ("", "expired") else left or "not told"
    known = (
        ("size", f"{wording.size(file.size)}  ({file.size:,} bytes)" if file.size is not None else ""),
        ("type", file.content_type),
        ("uploaded", wording.exact(file.created_at)),
        ("expires", when),
        ("sha256", row.checksum),
        ("address", file.urls.get or "none"),
        ("id", file.id),
    )
    width = max(len(name) for name, _ in known) + 2
    lines = [
        Content.assemble(Content.styled(f"{name:<{width}}", "$text-muted"), wording.one_line(said, 300))
        for name, said in known
        if said
    ]
    if row.needed_by:
        words = wording.one_line(", ".join(row.needed_by), 300)
        style = "$warning" if row.endangered else ""
        lines.append(Content.assemble(Content.styled(f"{'needed by':<{width}}", "$text-muted"), (words, style)))
    return Content("\n").join(lines)
