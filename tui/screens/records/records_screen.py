"""The screen of a section that lists records: the live list, and beside it the one under the cursor.

What kind of records they are, what shows one, and what else can be done with them stands in a `RecordSection`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from msgspec import Struct
from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal

from tui import commands as cmd
from tui.screens.base import ConsoleScreen
from tui.screens.command_host import AT_THE_TOP
from tui.screens.records.marked_commands import MarkedCommands
from tui.screens.records.record_commands import LostRunCommands, RecordCommands
from tui.screens.records.record_cursor import RecordCursor
from tui.screens.records.record_list import RecordList
from tui.toolkit.workers import work
from tui.widgets.table.virtual_table import VirtualTable

if TYPE_CHECKING:
    from tui.navigation import Place
    from tui.services.bus import Event
    from tui.services.runs.run import Run
    from tui.services.services import Services
    from tui.store.filter_query import Kind
    from tui.store.records import Record
    from tui.widgets.result.result_view import ResultView
    from tui.widgets.text.log_view import LogView


class Detail(Protocol):
    """What shows the record under the cursor."""

    @property
    def view(self) -> ResultView:
        """The widget."""
        ...

    def draw(self) -> None:
        """Show the record under the cursor, or nothing where there is none."""
        ...

    def loaded(self, services: Services, record: Record) -> None:
        """Another record is under the cursor; what else it takes to show it may be fetched."""
        ...

    def hear(self, event: Event) -> str | None:
        """The id of the record that is to be drawn again for this event, where it is not the record that changed."""
        ...


Shown = Callable[[], "Record | None"]
"""Gives the record under the cursor."""


class RecordSection(Struct, frozen=True):
    """One section of records."""

    kind: Kind
    placeholder: str
    """What stands in the empty filter."""
    nothing_yet: str
    """Why there is nothing, and what to press."""
    detail: Callable[[ConsoleScreen, Shown], Detail]
    commands: Callable[[ConsoleScreen, Shown], object]
    """What can be done with a record of this kind, besides what can be done with all."""
    opens: bool = False
    """Whether a record that was gone to gets the focus, and not the list."""
    pictures: bool = False
    """Whether the pictures of the rows in sight stand below them, where there is room."""


class RecordsScreen(ConsoleScreen):
    """A list of records, and the one under the cursor."""

    BINDINGS = [
        *cmd.bindings(cmd.CancelPrediction, cmd.RunAgain),
        # Only possible where rows are marked: then it is what one looks for.
        *cmd.in_key_bar(cmd.UnmarkAll),
        *cmd.bindings(
            cmd.Filter,
            cmd.SaveOutputs,
            cmd.Copy,
            cmd.CopyId,
            cmd.OpenOutput,
            cmd.OpenInBrowser,
            cmd.Reload,
            cmd.SortList,
            cmd.MarkAll,
            cmd.CompareMarked,
            cmd.NextTab,
            cmd.PreviousTab,
            cmd.ResolveRun,
            cmd.Back,
        ),
    ]

    def __init__(self, section: RecordSection) -> None:
        super().__init__()
        self._section = section
        self._arriving = ""
        self.list = RecordList(section.kind, section.placeholder, section.nothing_yet, pictures=section.pictures)
        self.under = RecordCursor(self, self.list, self._read)
        self.detail = section.detail(self, self._shown)
        one = RecordCommands(self, self._shown, lambda: self.detail.view)
        self._commands = (
            section.commands(self, self._shown),
            MarkedCommands(self, self.list, self._shown, one),
            one,
            LostRunCommands(self, self._lost, "run" if section.kind == "prediction" else section.kind),
        )

    @property
    def command_objects(self) -> Sequence[object]:
        """The commands of the records."""
        return self._commands

    def _shown(self) -> Record | None:
        return self.under.record

    def _lost(self) -> Run | None:
        return next(iter(self._all_lost()), None)

    def _all_lost(self) -> list[Run]:
        """The runs of this section whose answer was lost; those that nobody looks for any more are the first."""
        runs = self.services.runs.active.values() if self.services is not None else ()
        lost = [run for run in runs if run.state == "unknown" and run.kind == self._section.kind]
        return sorted(lost, key=lambda run: not run.needs_decision)

    def compose_body(self) -> ComposeResult:
        with Horizontal(id="records"):
            yield self.list
            yield self.detail.view

    def on_mount(self) -> None:
        self.list.table.focus()
        self.set_interval(1.0, self._tick)
        self.set_interval(2.0, self._look_elsewhere)

    # ---- what is seen

    def services_ready(self, services: Services) -> None:
        """Show the archive at once, then ask what is new."""
        self._see()
        self.list.connected(services)
        self.list.show_lost(self._all_lost())

    def on_screen_resume(self) -> None:
        self._see()
        self.list.load()

    def on_screen_suspend(self) -> None:
        """Nothing is asked for what nobody sees."""
        if self.services is not None:
            self.services.watcher.see(False, None, self._section.kind)

    def _see(self) -> None:
        if self.services is not None and self.is_current:
            shown = not self.narrow or self.has_class("-detail")
            open_id = self.under.id if shown and not self.under.too_large else None
            self.services.watcher.see(True, open_id, self._section.kind)

    def _tick(self) -> None:
        if self.is_current and self.under.record is not None:
            self.detail.view.tick()

    def _look_elsewhere(self) -> None:
        """Another console may have written to the archive: what it runs is shown here too."""
        if self.is_current and self.services is not None:
            work(self, "List", "elsewhere", self._load_changed, self.services)

    async def _load_changed(self, services: Services) -> None:
        if await services.store.changed_elsewhere():
            await services.take_over()
            self.list.load()
            self.under.reload()

    def bus_event(self, event: Event) -> None:
        """Fold what the services tell into the list and the detail."""
        from tui.services import bus

        if isinstance(event, bus.RecordChanged | bus.RecordsListed):
            records = event.records if isinstance(event, bus.RecordsListed) else (event.record,)
            for record in records:
                if record.kind == self._section.kind and self.under.replaced(record):
                    self.soon("detail", self.detail.draw)
            self.list.put(records)
        elif isinstance(event, bus.OutputSaved) and self.under.id == event.prediction_id:
            self.under.reload()
        elif isinstance(event, bus.RunChanged):
            self.soon("lost", lambda: self.list.show_lost(self._all_lost()))
        elif isinstance(event, bus.AccountIdentified):
            self.list.load()
            self.under.account_changed()
        if (changed := self.detail.hear(event)) is not None and changed == self.under.id:
            self.soon("detail", self.detail.draw)

    # ---- the record under the cursor

    def _read(self, record: Record | None) -> None:
        self.detail.draw()
        if record is None or self.services is None:
            return
        self.detail.loaded(self.services, record)
        self._see()
        arrived, self._arriving = record.id == self._arriving, self._arriving if record.id != self._arriving else ""
        if arrived or (self.focused is None and self.narrow and self.has_class("-detail")):
            self.call_after_refresh(self.detail.view.focus_body)

    @on(VirtualTable.Highlighted, "#records-table")
    def _highlighted(self, event: VirtualTable.Highlighted[Any]) -> None:
        self.under.moved(event.id)

    @on(VirtualTable.Selected, "#records-table")
    def _selected(self) -> None:
        self.add_class("-detail")
        self._see()
        self.detail.view.focus_body()
        if self.under.too_large and self.services is not None and self.under.id is not None:
            work(self, "Fetching it", "whole", self._fetch_whole, self.services, self.under.id)

    async def _fetch_whole(self, services: Services, record_id: str) -> None:
        """Fetch what is too large to be fetched wherever the cursor rests."""
        self.console.under_way(f"fetching {record_id[:8]}, which is large…")
        try:
            await services.watcher.ask(record_id, self._section.kind)
        finally:
            self.console.under_way("")

    def arrive(self, place: Place) -> None:
        """A record by its id."""
        if place.argument:
            self._arriving = place.argument if self._section.opens else ""
            self.add_class("-detail")
            self.list.show(place.argument)

    # ---- commands

    def do_filter(self) -> None:
        """Go to the filter; in a log that has the focus, ask what to find in it."""
        from tui.widgets.text.log_view import LogView

        if isinstance(log := self.focused, LogView):
            work(self, "Find", "find", self._find_in, log)
            return
        self.remove_class("-detail")
        self.set_focus(self.list.filter)

    async def _find_in(self, log: LogView) -> None:
        """Find words in a log; J and K then walk from one to the next."""
        from tui.screens.dialogs.prompt import Prompt

        words = await self.host.push_screen_wait(Prompt("Find in the log", "J and K walk from one to the next."))
        if words:
            found = log.find(words)
            self.console.say(f"{found:,} found." if found else f"“{words}” is not in the log.")

    def do_reload(self) -> None:
        """Ask now, and look for what others have left behind."""
        if self.services is not None:
            work(self, "Lost runs", "take over", self.services.take_over)
        self.list.reload()
        self.under.reload()

    def why_not_back(self) -> str | None:
        """Not from the list itself, where nothing is filtered."""
        away = self.has_class("-detail") or not self.list.has_focus_within or self.list.filter.value
        return None if away else AT_THE_TOP

    def do_back(self) -> None:
        """From the detail to the list; then the filter is cleared."""
        if self.has_class("-detail") or not self.list.has_focus_within:
            self.remove_class("-detail")
            self.list.table.focus()
        else:
            self.list.clear_filter()
        self._see()
