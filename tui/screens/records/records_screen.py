"""The base of the sections that list records: a live list, a window over the store, beside the one under the cursor.

A subclass says of which `kind` its records are, in which `columns`, and what shows one (`compose_detail`,
`draw_detail`). Everything is told apart by id: cursor, scroll and marks stay with their records whatever comes.
"""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING, Any, ClassVar, cast

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Input, Static

from tui import commands as cmd
from tui.screens.records.marked_commands import Marked
from tui.toolkit.workers import work
from tui.widgets.table.filter_bar import FilterBar
from tui.widgets.table.virtual_table import Column, VirtualTable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tui.api.types import Prediction
    from tui.navigation import Place
    from tui.services.bus import Event
    from tui.services.services import Services
    from tui.store.filter_query import Kind, Order, Query
    from tui.store.records import Record, RecordRow
    from tui.widgets.text.log_view import LogView

MARGIN = 200
"""Rows that are read above and below those in sight."""
PAUSE = 0.25
"""Seconds between two readings of the list that nobody's key asked for."""
OLDER_PAGES = 5
"""Pages of older records that are asked for at the end of the list, until one has something new."""


class RecordsScreen(Marked):
    """A list of records with a filter above and a line of facts below, and beside it the one under the cursor."""

    BINDINGS = cmd.bindings(
        cmd.CancelPrediction,
        cmd.RunAgain,
        cmd.Filter,
        cmd.SaveOutputs,
        cmd.Copy,
        cmd.CopyId,
        cmd.OpenOutput,
        cmd.OpenInBrowser,
        cmd.Reload,
        cmd.SortList,
        cmd.MarkAll,
        cmd.UnmarkAll,
        cmd.CompareTwo,
        cmd.NextTab,
        cmd.PreviousTab,
        cmd.Back,
    )

    kind: ClassVar[Kind] = "prediction"
    columns: ClassVar[list[Column[Any]]] = []
    noun: ClassVar[str] = "prediction"
    placeholder: ClassVar[str] = "/  words  status:failed  model:flux  since:2h"

    def __init__(self) -> None:
        super().__init__()
        self._record: Record | None = None
        self._total = -1
        self._notes: tuple[str, ...] = ()
        self._wanted_id = ""
        self._words = ""
        self._dirty = False
        self._reading = False
        self._from_top = False
        self._read_at = 0.0
        self._read_timer: Timer | None = None
        self._highlight_timer: Timer | None = None
        self._highlighted_at = 0.0
        self._asking_older = False
        self._all_older = False
        self._unseen_change = False

    # ---- what a subclass gives

    def compose_detail(self) -> ComposeResult:
        """The widgets beside the list."""
        raise NotImplementedError

    def draw_detail(self) -> None:
        """Show `self.record`, or nothing where it is None."""
        raise NotImplementedError

    def focus_detail(self) -> None:
        """Give the focus to what shows the record."""
        self.result_view().focus_body()

    def record_loaded(self, services: Services, record: Record) -> None:
        """Another record is under the cursor; what else it takes to show it may be fetched."""

    def row_version(self, row: RecordRow) -> object:
        """What a row shows, so that it is drawn again only when that changes."""
        return row

    def why_empty(self) -> Content:
        """Why there is nothing, and what to press."""
        return Content(f"No {self.noun}s yet.")

    # ---- parts

    def compose_body(self) -> ComposeResult:
        with Horizontal(id="records"):
            with Vertical(id="records-list"):
                yield FilterBar(self.placeholder, list="#records-table", id="filter")
                yield VirtualTable(
                    self.columns, id_of=lambda row: row.id, version_of=self._version_of, id="records-table"
                )
                yield Static(id="records-foot")
            yield from self.compose_detail()

    def _version_of(self, row: RecordRow) -> Any:
        return self.row_version(row)

    def on_mount(self) -> None:
        self.table.set_empty("Connecting…")
        self.table.focus()
        self.set_interval(1.0, self._tick)
        self.set_interval(2.0, self._look_elsewhere)
        self.set_interval(30.0, self._redraw_ages)

    @property
    def table(self) -> VirtualTable[Any]:
        """The list."""
        return cast("VirtualTable[Any]", self.query_one("#records-table"))

    @property
    def record(self) -> Record | None:
        """The record under the cursor, as soon as it is read."""
        return self._record

    def prediction(self) -> Prediction | None:
        """The prediction or training under the cursor."""
        return self._record.prediction if self._record else None

    @property
    def record_id(self) -> str | None:
        """The id of the record that is shown."""
        return self._record.id if self._record else None

    def query_now(self) -> Query:
        """What the filter asks for."""
        from tui.store.filter_query import Query

        return Query.parse(self.query_one("#filter", Input).value, kind=self.kind)

    def order_now(self) -> Order:
        """The order that the header shows."""
        from tui.store.filter_query import NEWEST, Order

        sort = self.table.sort
        return NEWEST if sort is None else Order(cast(Any, sort[0]), sort[1])

    # ---- what is seen

    def services_ready(self, services: Services) -> None:
        """Show the archive at once, then ask what is new."""
        self.table.set_empty(f"Asking for the {self.noun}s…")
        self.load()
        if self.is_current:
            self._see()
            services.watcher.showing(self.table.in_sight, self.kind)
        work(self, f"{self.noun.capitalize()}s", "refresh", self._refresh, services)
        work(self, "Search", "index", self._index_rest, services)

    async def _index_rest(self, services: Services) -> None:
        """Make what was kept before there was a full-text index searchable, a little at a time."""
        while await services.store.index_missing():
            pass

    async def _refresh(self, services: Services) -> None:
        try:
            await services.watcher.refresh(kind=self.kind)
        finally:
            self.table.set_empty(self._empty_words())

    def on_screen_resume(self) -> None:
        self._see()
        if self.services is not None:
            self.load()

    def on_screen_suspend(self) -> None:
        """Nothing is asked for what nobody sees."""
        if self.services is not None:
            self.services.watcher.see(False, None, self.kind)

    def _see(self) -> None:
        if self.services is not None and self.is_current:
            shown = not self.narrow or self.has_class("-detail")
            self.services.watcher.see(True, self.record_id if shown else None, self.kind)

    def _empty_words(self) -> Content:
        if words := self.query_one("#filter", Input).value.strip():
            return Content(f"No {self.noun} matches “{words}”.\n\nesc clears the filter.")
        return self.why_empty()

    # ---- reading the list

    def load(self, *, from_top: bool = False) -> None:
        """Read what is in sight from the store; while that goes on, further calls are folded into one."""
        self._dirty = True
        self._from_top = self._from_top or from_top
        if self._read_timer is not None:
            self._read_timer.stop()
            self._read_timer = None
        if self.services is not None and not self._reading and self.is_attached:
            self._reading = True
            work(self, "List", "list", self._read, self.services)

    def load_soon(self) -> None:
        """Read it again for a change that nobody waits for."""
        if not self.is_current:
            self._unseen_change = True
        elif self._read_timer is None and not self._reading:
            self._read_timer = self.set_timer(max(0.01, self._read_at + PAUSE - monotonic()), self.load)
        elif self._read_timer is None:
            self._dirty = True

    async def _read(self, services: Services) -> None:
        try:
            while self._dirty:
                self._dirty = False
                await self._read_once(services)
                self._read_at = monotonic()
        finally:
            self._reading = False

    async def _read_once(self, services: Services) -> None:
        table, from_top, wanted = self.table, self._from_top, self._wanted_id
        query, order, words = self.query_now(), self.order_now(), self.query_one("#filter", Input).value
        top, height = table.scroll_offset.y, table.rows_in_view or 40
        first, anchor = max(0, top - MARGIN), None
        if wanted:
            anchor = (wanted, MARGIN)
        elif from_top:
            first = 0
        elif top > 0 and (held := table.first_loaded()) is not None:
            anchor = (held[1], held[0] - first)
        window = await services.store.window(
            services.account,
            query,
            order,
            first=first,
            size=height + 2 * MARGIN,
            pins=[id_ for id_ in (table.cursor_id, wanted) if id_],
            anchor=anchor,
        )
        if words != self.query_one("#filter", Input).value or order != self.order_now():
            # Typed or sorted on meanwhile: the next round is on its way.
            self._dirty = True
            return
        self._from_top = False
        self._words, self._total, self._notes = words, window.total, query.notes
        table.set_source(
            table.window(window.total, window.first, window.rows, window.pinned), cursor=0 if from_top else None
        )
        table.set_empty(self._empty_words())
        if wanted and table.move_to(wanted):
            self._wanted_id = ""
        self._draw_foot()

    def _draw_foot(self) -> None:
        if self._total < 0:
            return
        parts = [f"{self._total:,} {self.noun}{'' if self._total == 1 else 's'}" + (" match" if self._words else "")]
        if marked := len(self.table.marked):
            parts.append(f"{marked:,} marked")
        if self.table.sort is not None:
            key, down = self.table.sort
            parts.append("by " + next(c.title for c in self.columns if c.key == key) + (" ↓" if down else " ↑"))
        if self._asking_older:
            parts.append("asking for older ones…")
        elif self._all_older:
            parts.append("no older ones")
        parts += self._notes
        self.query_one("#records-foot", Static).update(Content(" · ".join(parts)), layout=False)

    @on(VirtualTable.Wanted, "#records-table")
    def _wanted_rows(self) -> None:
        self.load()

    @on(VirtualTable.InSight, "#records-table")
    def _in_sight(self, event: VirtualTable.InSight) -> None:
        if self.services is not None:
            self.services.watcher.showing(event.ids, self.kind)

    @on(VirtualTable.NearEnd, "#records-table")
    def _near_end(self) -> None:
        if self.services is not None and not self._asking_older and not self._all_older:
            work(self, "Older", "older", self._load_older, self.services)

    async def _load_older(self, services: Services) -> None:
        """Ask for older pages until one has something that this list shows, or there are no more."""
        before = await services.store.count(services.account, self.query_now())
        self._asking_older = True
        self._draw_foot()
        try:
            for _ in range(OLDER_PAGES):
                if await services.watcher.older(kind=self.kind) is None:
                    self._all_older = True
                    break
                if await services.store.count(services.account, self.query_now()) > before:
                    break
            else:
                self.table.forget_end()
        except Exception:
            self.table.forget_end()
            raise
        finally:
            self._asking_older = False
            self._draw_foot()
        self.load()

    # ---- news

    def bus_event(self, event: Event) -> None:
        """Fold what the services tell into the list and the detail."""
        from tui.services import bus

        if isinstance(event, bus.RecordChanged):
            self._records_changed((event.record,))
        elif isinstance(event, bus.RecordsListed):
            self._records_changed(event.records)
        elif isinstance(event, bus.OutputSaved) and self.record_id == event.prediction_id:
            self.reload_record()

    def _records_changed(self, records: Iterable[Record]) -> None:
        """Where only what a row shows is other, the list need not be read again."""
        table, moved = self.table, False
        plain = not self._words and self.table.sort is None
        for record in records:
            if record.kind != self.kind:
                continue
            if record.id == self.record_id:
                self._record = record
                self.soon("detail", self.draw_detail)
            before = table.row_of(record.id)
            known = before is not None and before.created_at == record.row.created_at
            if known:
                table.put_row(record.row)
            moved = moved or not known or not plain
        if moved:
            self.load_soon()

    def _tick(self) -> None:
        if not self.is_current:
            return
        if self._record is not None:
            self.tick_detail()
        live = [row.id for row in self.table.loaded if row.live]
        if live:
            self.table.update_rows(live)

    def tick_detail(self) -> None:
        """Called each second, to bring running times up to date."""
        self.result_view().tick()

    def _look_elsewhere(self) -> None:
        """Another console may have written to the archive: what it runs is shown here too."""
        if self.is_current and self.services is not None:
            work(self, "List", "elsewhere", self._load_changed, self.services)

    async def _load_changed(self, services: Services) -> None:
        if await services.store.changed_elsewhere():
            self.load()
            self.reload_record()

    def _redraw_ages(self) -> None:
        if self.is_current and self.table.loaded:
            self.table.update_rows([row.id for row in self.table.loaded])

    # ---- the record under the cursor

    def reload_record(self) -> None:
        """Read the shown record from the store again."""
        if self.services is not None and self.record_id is not None:
            work(self, self.noun.capitalize(), "record", self._load_record, self.services, self.record_id)

    async def _load_record(self, services: Services, record_id: str) -> None:
        record = await services.store.get(services.account, record_id)
        if record is not None and self.table.cursor_id == record_id:
            self._record = record
            self.draw_detail()
            self.record_loaded(services, record)
            self._see()
            if self.focused is None and self.narrow and self.has_class("-detail"):
                self.call_after_refresh(self.focus_detail)

    @on(VirtualTable.Highlighted, "#records-table")
    def _highlighted(self, event: VirtualTable.Highlighted[Any]) -> None:
        if self._highlight_timer is not None:
            self._highlight_timer.stop()
            self._highlight_timer = None
        if event.id is None:
            self._record = None
            self.draw_detail()
        elif event.id != self.record_id:
            # While a key is held down the list scrolls; what is under the cursor is read when it rests.
            hurried = monotonic() - self._highlighted_at < 0.2
            self._highlighted_at = monotonic()
            if hurried:
                self._highlight_timer = self.set_timer(0.12, self._read_highlighted)
            else:
                self._read_highlighted()

    def _read_highlighted(self) -> None:
        id_ = self.table.cursor_id
        if self.services is not None and id_ is not None and id_ != self.record_id:
            work(self, self.noun.capitalize(), "record", self._load_record, self.services, id_)

    @on(VirtualTable.Selected, "#records-table")
    def _selected(self) -> None:
        self.add_class("-detail")
        self._see()
        self.focus_detail()

    @on(VirtualTable.Marked, "#records-table")
    def _marked(self) -> None:
        self._draw_foot()
        self.refresh_bindings()

    @on(VirtualTable.SortRequested, "#records-table")
    def _sort_requested(self, event: VirtualTable.SortRequested) -> None:
        self.sort_by(event.key)

    def sort_by(self, key: str) -> None:
        """Sort by a column; again: the other way round; a third time: as they came."""
        self.table.toggle_sort(key)
        self.load(from_top=True)

    # ---- arriving

    def arrive(self, place: Place) -> None:
        """A record by its id."""
        if place.argument:
            self.show_record(place.argument)

    def show_record(self, record_id: str) -> None:
        """Put the cursor on a record, asking for it when it is not known here."""
        self._wanted_id = record_id
        self.add_class("-detail")
        if (found := self.query_one("#filter", Input)).value:
            found.value = ""
        if self.services is not None:
            work(self, record_id, "fetch", self._fetch, self.services, record_id)

    async def _fetch(self, services: Services, record_id: str) -> None:
        if await services.store.get(services.account, record_id) is None:
            await services.watcher.ask(record_id, kind=self.kind)
        self.load()

    # ---- commands

    @on(Input.Changed, "#filter")
    def _filter_changed(self, event: Input.Changed) -> None:
        # With the filter cleared the list comes back around the record that was found.
        self.load(from_top=bool(event.value.strip()))

    def do_filter(self) -> None:
        """Go to the filter; in a log that has the focus, ask what to find in it."""
        from tui.widgets.text.log_view import LogView

        if isinstance(log := self.focused, LogView):
            work(self, "Find", "find", self._find_in, log)
            return
        self.remove_class("-detail")
        self.set_focus(self.query_one("#filter"))

    async def _find_in(self, log: LogView) -> None:
        """Find words in a log; n and N then walk from one to the next."""
        from tui.screens.dialogs.prompt import Prompt

        words = await self.host.push_screen_wait(Prompt("Find in the log", "n and N walk from one to the next."))
        if words:
            found = log.find(words)
            self.console.say(f"{found:,} found." if found else f"“{words}” is not in the log.")

    def do_reload(self) -> None:
        """Ask now."""
        if self.services is not None:
            self._all_older = False
            work(self, "Reload", "refresh", self._refresh, self.services)
            self.load()
            self.reload_record()

    def do_back(self) -> None:
        """From the detail to the list; then the filter is cleared."""
        if self.has_class("-detail") or not self.query_one("#records-list").has_focus_within:
            self.remove_class("-detail")
            self.table.focus()
        elif self.query_one("#filter", Input).value:
            self.query_one("#filter", Input).value = ""
        self._see()
