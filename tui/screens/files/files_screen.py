"""The section Files: what the account keeps at Replicate and what is on its way, and the one under the cursor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Input

from tui import commands as cmd
from tui import wording
from tui.api.errors import ApiError
from tui.screens.base import ConsoleScreen
from tui.screens.files.file_columns import FILE_COLUMNS, FileRow, time_left, version_of
from tui.screens.files.file_commands import FileCommands
from tui.screens.files.file_view import FileView
from tui.screens.list_commands import ListCommands, WayBack
from tui.services.files.uploaded_files import expires_soon
from tui.toolkit.static import FixedSizeStatic
from tui.toolkit.workers import work
from tui.widgets.table.filter_bar import FilterBar
from tui.widgets.table.virtual_table import VirtualTable

if TYPE_CHECKING:
    from tui.api.types import File
    from tui.navigation import Place
    from tui.services.bus import Event
    from tui.services.services import Services

_EMPTY = (
    "There are no files at Replicate.\n\n"
    "A model can take a file by its address, in as many runs as you like. n uploads some: Replicate keeps each for 24 "
    "hours. A file field of a form uploads by itself what has more than 256 kB.\n\n"
    "In a shell: replicate-tui files upload photo.jpg"
)
_NO_MATCH = "No file matches.\n\nesc clears the filter."


class FilesScreen(ConsoleScreen):
    """What is there, when it goes, and what needs it."""

    HELP = "Your files at Replicate. n uploads, N hands one to a model, y copies its address, D deletes it."
    BINDINGS = cmd.bindings(
        cmd.UploadFile,
        cmd.CancelUpload,
        cmd.UseAsInput,
        cmd.DownloadFile,
        cmd.DeleteFile,
        cmd.ShowPrediction,
        cmd.Filter,
        cmd.Copy,
        cmd.CopyId,
        cmd.SortList,
        cmd.Reload,
        cmd.Back,
    )

    def __init__(self) -> None:
        super().__init__()
        self._needed: Mapping[str, tuple[str, ...]] = {}
        self._trouble = ""
        """Why the files could not be asked for."""
        self._wanted = ""
        """The id of the file that the cursor is to go to."""
        self._left: dict[str, str] = {}
        """How long each file still has, in words."""
        self._looked_at = ""
        """The id of the file whose runs were looked for last."""
        self._commands = (
            FileCommands(self, self.selected, lambda: self.view),
            ListCommands(self, lambda: self._table, lambda: self.filter),
            WayBack(self, lambda: self._table, lambda: self.view, lambda: self.filter),
        )

    @property
    def command_objects(self) -> Sequence[object]:
        """What one does with the file under the cursor, and with the list."""
        return self._commands

    def compose_body(self) -> ComposeResult:
        with Horizontal(id="files"):
            with Vertical(id="files-list"):
                yield FixedSizeStatic(id="files-head")
                yield FilterBar("/  name, type, checksum or id", list="#files-table", id="filter")
                yield VirtualTable(FILE_COLUMNS, id_of=lambda row: row.id, version_of=version_of, id="files-table")
            yield FileView(id="file-view")

    def on_mount(self) -> None:
        self._table.set_empty("Connecting…")
        self._table.focus()
        self.set_interval(1.0, self._tick)

    @property
    def _table(self) -> VirtualTable[Any]:
        return cast("VirtualTable[Any]", self.query_one("#files-table"))

    @property
    def view(self) -> FileView:
        """Where the one under the cursor is shown."""
        return self.query_one(FileView)

    @property
    def filter(self) -> Input:
        """What the list is filtered by."""
        return self.query_one("#filter", Input)

    def selected(self) -> FileRow | None:
        """The line under the cursor."""
        return self._table.row

    def arrive(self, place: Place) -> None:
        """Go to a file."""
        if place.argument:
            self._wanted = place.argument
            self.filter.value = ""
            self._draw()

    # ---- data

    def services_ready(self, services: Services) -> None:
        """Ask for the list."""
        self._table.set_empty("Asking for the files…")
        work(self, "Files", "list", self._ask, services)

    def on_screen_resume(self) -> None:
        # The file under the cursor may have been used meanwhile.
        self._looked_at = ""
        if self.services is not None:
            work(self, "Files", "list", self._ask, self.services)

    async def _ask(self, services: Services) -> None:
        try:
            await services.files.ask()
        except ApiError as error:
            self._trouble = str(error)
        else:
            self._trouble = ""
        self._needed = await services.files.needed_by(services.files.files)
        self._draw()

    def bus_event(self, event: Event) -> None:
        """An upload went on, or the files are others."""
        from tui.services import bus

        if isinstance(event, bus.FilesChanged) and self.is_current:
            self.soon("files", self._draw)

    def _rows(self, services: Services) -> list[FileRow]:
        files = services.files
        uploads = [FileRow(upload=one) for one in files.uploads.values()]
        return [*uploads, *(FileRow(one, None, self._needed.get(one.id, ())) for one in files.files)]

    def _draw(self) -> None:
        services = self.services
        if services is None or not self.is_attached:
            return
        words = self.filter.value.lower().split()
        rows = self._rows(services)
        found = [one for one in rows if all(word in _text(one) for word in words)]
        self._table.set_rows(found)
        empty = _NO_MATCH if rows else f"{self._trouble}\n\nR asks again." if self._trouble else _EMPTY
        self._table.set_empty(Content(empty) if services.files.asked_at or self._trouble else Content("…"))
        self.set_class(not rows, "-nothing")
        if self._wanted and any(one.id == self._wanted for one in found):
            self._table.move_to(self._wanted)
            self._wanted = ""
        self._draw_head(services)
        self._draw_view()

    def _draw_head(self, services: Services) -> None:
        files = services.files
        parts = [_counted(files.files)]
        if files.on_their_way:
            parts.append(Content.styled(f"▲ {files.on_their_way} on the way", "$accent"))
        if self._trouble:
            when = wording.age(files.asked_at) if files.asked_at else ""
            parts.append(Content.styled(f"{f'as of {when} ago: ' if when else ''}{self._trouble}", "$warning"))
        parts += self._warnings(files.files)
        self.query_one("#files-head", FixedSizeStatic).update(Content("   ").join(parts))

    def _warnings(self, files: Sequence[File]) -> list[Content]:
        """What is about to expire though something still means to use it."""
        now = datetime.now(UTC)
        rows = [(one, self._needed[one.id]) for one in files if one.id in self._needed]
        ending = [(one.expires_at or now, one.name, words) for one, words in rows if expires_soon(one, now)]
        if not ending:
            return []
        expires_at, name, words = min(ending)
        more = f", and {len(ending) - 1} more" if len(ending) > 1 else ""
        left = time_left(expires_at, now)
        what = f"⚠ {wording.one_line(name, 40)}: {left}, needed by {wording.one_line(words[0], 60)}{more}"
        return [Content.styled(what, "$warning")]

    def _draw_view(self) -> None:
        row, services = self.selected(), self.services
        self.view.show(row)
        looked_at = row.id if row is not None and row.file is not None else ""
        if looked_at and looked_at != self._looked_at and row is not None and row.file is not None and services:
            work(self, "Its runs", "runs", self._look_for_runs, services, row.file)
        self._looked_at = looked_at
        self.refresh_bindings()

    async def _look_for_runs(self, services: Services, file: File) -> None:
        runs = await services.files.used_by(file)
        if (row := self.selected()) is not None and row.id == file.id:
            self.view.show_runs(runs)
            self.refresh_bindings()

    def _tick(self) -> None:
        """Time goes on: for what is counted in seconds each second, for the others when their minute is over."""
        services = self.services
        if services is None or not self.is_current or not services.files.files:
            return
        left = {one.id: time_left(one.expires_at) for one in services.files.files}
        changed = [id_ for id_ in self._table.in_sight if left.get(id_) != self._left.get(id_)]
        self._left = left
        if changed:
            self._table.update_rows(changed)
            self._draw_head(services)
        if (row := self.selected()) is not None and row.id in changed:
            self.view.tick()

    # ---- what the user does

    @on(VirtualTable.Highlighted, "#files-table")
    def _highlighted(self) -> None:
        self._draw_view()

    @on(VirtualTable.Selected, "#files-table")
    def _selected(self) -> None:
        self.add_class("-detail")
        self.view.query_one("#file-body").focus()

    @on(VirtualTable.SortRequested)
    def _sort_requested(self, event: VirtualTable.SortRequested) -> None:
        event.table.toggle_sort(event.key)

    @on(Input.Changed, "#filter")
    def _filtered(self, event: Input.Changed) -> None:
        event.stop()
        self._draw()

    # ---- commands

    def do_reload(self) -> None:
        """Ask for the list anew."""
        if self.services is not None:
            self._looked_at = ""
            work(self, "Files", "list", self._ask, self.services)


def _counted(files: Sequence[File]) -> Content:
    total = sum(one.size or 0 for one in files)
    count = "1 file" if len(files) == 1 else f"{len(files):,} files"
    return Content.styled(f"{count}, {wording.size(total)}" if files else "no files", "$text-muted")


def _text(row: FileRow) -> str:
    """What the filter looks in."""
    kind = row.file.content_type if row.file is not None else "upload"
    return " ".join((row.name, kind, row.checksum, row.id, *row.needed_by)).lower()
