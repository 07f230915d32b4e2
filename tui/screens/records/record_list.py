"""The list of records: a window over the archive, below its filter and above a line of facts.

Everything is told apart by id: cursor, scroll and marks stay with their records whatever comes.
"""

from __future__ import annotations

import asyncio
from datetime import date
from time import monotonic
from typing import TYPE_CHECKING, Any, cast

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Input, Static
from textual.worker import Worker

from tui import wording
from tui.screens.command_host import console, show_failure
from tui.screens.records.day_costs import DayCosts
from tui.screens.records.film_strip import FilmStrip
from tui.screens.records.lost_runs import LostRuns
from tui.screens.records.record_columns import RecordColumns
from tui.screens.records.record_words import cost_of
from tui.toolkit.workers import work
from tui.widgets.table.filter_bar import FilterBar
from tui.widgets.table.virtual_table import Heading, VirtualTable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tui.services.runs.run import Run
    from tui.services.services import Services
    from tui.store.filter_query import Kind, Order, Query
    from tui.store.record_days import Day
    from tui.store.records import Record, RecordRow

MARGIN = 200
"""Rows that are read above and below those in sight."""
PAUSE = 0.25
"""Seconds between two readings of the list that nobody's key asked for."""
OLDER_PAGES = 5
"""Pages of older records that are asked for at the end of the list, until one has something new."""


class RecordList(Vertical):
    """Predictions or trainings, as the filter and the order ask for them."""

    def __init__(self, kind: Kind, placeholder: str, nothing_yet: str, *, pictures: bool = False) -> None:
        """`placeholder` stands in the empty filter, `nothing_yet` in a list that has no record at all; with `pictures`
        those of the rows in sight stand below them, where there is room."""
        super().__init__(id="records-list")
        self.kind: Kind = kind
        self.noun = str(kind)
        self._placeholder = placeholder
        self._nothing_yet = nothing_yet
        self._columns = RecordColumns(kind, self._cost)
        self._film = FilmStrip(self._go_to) if pictures else None
        self._total = -1
        self._today = date.today()
        self._day_costs = DayCosts()
        self._notes: tuple[str, ...] = ()
        self._wanted_id = ""
        self._words = ""
        self._dirty = False
        self._reading = False
        self._from_top = False
        self._read_at = 0.0
        self._read_timer: Timer | None = None
        self._asking_older = False
        self._all_older = False
        self._answered: bool | None = None
        """Whether the API has told what there is; None while it was not asked to the end."""

    def compose(self) -> ComposeResult:
        yield FilterBar(self._placeholder, list="#records-table", id="filter")
        yield LostRuns()
        yield VirtualTable(
            self._columns.columns(0), id_of=lambda row: row.id, version_of=self._columns.version, id="records-table"
        )
        if self._film is not None:
            yield self._film
        yield Static(id="records-foot")

    def on_mount(self) -> None:
        self.table.set_empty("Connecting…")
        self.set_interval(1.0, self._redraw_live)
        self.set_interval(30.0, self._redraw_ages)

    def on_resize(self, event: events.Resize) -> None:
        """Share the new width among the columns."""
        self._fit(event.size.width)
        self._look_at_pictures()

    def _fit(self, width: int) -> None:
        # The scrollbar has a column of its own.
        self.table.set_columns(self._columns.columns(width - 1))

    def _cost(self, row: RecordRow) -> str:
        return wording.money(found.dollars) if (found := cost_of(self._services, row)) is not None else ""

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Show what failed."""
        show_failure(self, event)

    @property
    def table(self) -> VirtualTable[Any]:
        """The rows."""
        return cast("VirtualTable[Any]", self.query_one("#records-table"))

    @property
    def filter(self) -> Input:
        """Where the filter is typed."""
        return self.query_one("#filter", Input)

    def query_now(self) -> Query:
        """What the filter asks for."""
        from tui.store.filter_query import Query

        return Query.parse(self.filter.value, kind=self.kind)

    def order_now(self) -> Order:
        """The order that the header shows."""
        from tui.store.filter_query import NEWEST, Order

        sort = self.table.sort
        return NEWEST if sort is None else Order(cast(Any, sort[0]), sort[1])

    @property
    def _services(self) -> Services | None:
        return console(self).services

    def show_lost(self, runs: Sequence[Run]) -> None:
        """Show the runs whose answer was lost above all others."""
        if (services := self._services) is not None:
            self.query_one(LostRuns).show(runs, services.store.summary)

    # ---- asking the API

    def connected(self, services: Services) -> None:
        """Show the archive at once, then ask what is new."""
        self.load()
        if self.screen.is_current:
            services.watcher.showing(self.table.in_sight, self.kind)
        self._ask_anew(services)
        work(self, "Search", "index", self._catch_up, services)

    def reload(self) -> None:
        """Ask now, older pages too."""
        if (services := self._services) is not None:
            self._all_older = False
            self._ask_anew(services)
            self.load()

    def _ask_anew(self, services: Services) -> None:
        work(self, f"{self.noun.capitalize()}s", "refresh", self._refresh, services)

    async def _catch_up(self, services: Services) -> None:
        """Bring what an earlier version kept to the present form, a little at a time."""
        while await services.store.catch_up():
            self._load_soon()

    async def _refresh(self, services: Services) -> None:
        try:
            await services.watcher.refresh(kind=self.kind)
            self._answered = True
        finally:
            # A failure is told by the worker; it takes nothing from what was known before.
            self._answered = bool(self._answered)
            self.table.set_empty(self._empty_words())
        # Whose account it is may have become known meanwhile: then what was read before was another's, and empty.
        self.load()

    def _empty_words(self) -> Content:
        if words := self.filter.value.strip():
            return Content(f"No {self.noun} matches “{words}”.\n\nesc clears the filter.")
        if self._answered is None:
            return Content(f"Asking for the {self.noun}s…")
        if not self._answered:
            return Content(f"The {self.noun}s could not be asked for.\n\nR tries again.")
        return Content(self._nothing_yet)

    @on(VirtualTable.InSight, "#records-table")
    def _in_sight(self, event: VirtualTable.InSight) -> None:
        if (services := self._services) is not None:
            services.watcher.showing(event.ids, self.kind)
        self._look_at_pictures()

    def _look_at_pictures(self) -> None:
        if self._film is not None and (services := self._services) is not None and self.screen.is_current:
            self._film.look(services, self.table.in_sight)

    @on(VirtualTable.Highlighted, "#records-table")
    def _highlighted(self, event: VirtualTable.Highlighted[Any]) -> None:
        if self._film is not None and event.id is not None:
            self._film.follow(event.id)

    def _go_to(self, record_id: str) -> None:
        self.table.move_to(record_id)

    @on(VirtualTable.NearEnd, "#records-table")
    def _near_end(self) -> None:
        if (services := self._services) is not None and not self._asking_older and not self._all_older:
            work(self, "Older", "older", self._load_older, services)

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

    # ---- reading the archive

    def load(self, *, from_top: bool = False) -> None:
        """Read what is in sight from the store; while that goes on, further calls are folded into one."""
        self._dirty = True
        self._from_top = self._from_top or from_top
        if self._read_timer is not None:
            self._read_timer.stop()
            self._read_timer = None
        if (services := self._services) is not None and not self._reading and self.is_attached:
            self._reading = True
            work(self, "List", "list", self._read, services)

    def _load_soon(self) -> None:
        """Read it again for a change that nobody waits for; a list that is not looked at is read when it is."""
        if not self.screen.is_current:
            return
        if self._read_timer is None and not self._reading:
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
        query, order, words = self.query_now(), self.order_now(), self.filter.value
        top, height = table.rows_shown.start, table.rows_in_view or 40
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
        if words != self.filter.value or order != self.order_now():
            # Typed or sorted on meanwhile: the next round is on its way.
            self._dirty = True
            return
        self._from_top = False
        self._words, self._total, self._notes = words, window.total, query.notes
        self._today = date.today()
        if self._columns.learn(window.rows):
            self._fit(self.size.width)
        table.set_source(
            table.window(window.total, window.first, window.rows, window.pinned),
            [Heading(day.first, wording.day(day.begins), self._day_costs.words(query, day)) for day in window.days],
            cursor=0 if from_top else None,
        )
        table.set_empty(self._empty_words())
        if wanted and table.move_to(wanted):
            self._wanted_id = ""
        self._draw_foot()
        self._look_at_pictures()
        work(self, "Costs", "costs", self._know_costs, services, query, window.days)

    async def _know_costs(self, services: Services, query: Query, days: Sequence[Day]) -> None:
        """Count what the days of the window may have cost, after a moment: more may come of the last one."""
        await asyncio.sleep(PAUSE)
        if await self._day_costs.learn(services, query, days):
            self.load()

    def _draw_foot(self) -> None:
        if self._total < 0:
            return
        parts = [f"{self._total:,} {self.noun}{'' if self._total == 1 else 's'}" + (" match" if self._words else "")]
        if marked := len(self.table.marked):
            parts.append(f"{marked:,} marked")
        if self.table.sort is not None:
            key, down = self.table.sort
            parts.append("by " + next(c.title for c in self.table.columns if c.key == key) + (" ↓" if down else " ↑"))
        if self._asking_older:
            parts.append("asking for older ones…")
        elif self._all_older:
            parts.append("no older ones")
        parts += self._notes
        self.query_one("#records-foot", Static).update(Content(" · ".join(parts)), layout=False)

    @on(VirtualTable.Wanted, "#records-table")
    def _wanted_rows(self) -> None:
        self.load()

    # ---- news

    def put(self, records: Iterable[Record]) -> None:
        """Show what changed; where only what its own row shows is other, the list need not be read again."""
        table, moved = self.table, False
        plain = not self._words and table.sort is None
        for record in records:
            if record.kind != self.kind:
                continue
            before = table.row_of(record.id)
            known = before is not None and before.created_at == record.row.created_at
            sums = _sums(before) != _sums(record.row)
            if sums:
                self._day_costs.changed(record.row)
            if known:
                table.put_row(record.row)
            moved = moved or not known or not plain or sums
        if moved:
            self._load_soon()
        else:
            self._look_at_pictures()

    def _redraw_live(self) -> None:
        if self.screen.is_current and (live := [row.id for row in self.table.loaded if row.live]):
            self.table.update_rows(live)

    def _redraw_ages(self) -> None:
        if self._today != date.today():
            # Yesterday is another day now.
            self._load_soon()
        if self.screen.is_current and self.table.loaded:
            self.table.update_rows([row.id for row in self.table.loaded])

    # ---- what is wanted of it

    def show(self, record_id: str) -> None:
        """Put the cursor on a record, asking for it when it is not known here."""
        self._wanted_id = record_id
        self.clear_filter()
        if (services := self._services) is not None:
            work(self, record_id, "fetch", self._fetch, services, record_id)

    async def _fetch(self, services: Services, record_id: str) -> None:
        if await services.store.get(services.account, record_id) is None:
            await services.watcher.ask(record_id, kind=self.kind)
        self.load()

    def clear_filter(self) -> None:
        """Show all of them again."""
        if self.filter.value:
            self.filter.value = ""

    def sort_by(self, key: str) -> None:
        """Sort by a column; again: the other way round; a third time: as they came."""
        self.table.toggle_sort(key)
        self.load(from_top=True)

    @on(Input.Changed, "#filter")
    def _filter_changed(self, event: Input.Changed) -> None:
        # With the filter cleared the list comes back around the record that was found.
        self.load(from_top=bool(event.value.strip()))

    @on(VirtualTable.SortRequested, "#records-table")
    def _sort_requested(self, event: VirtualTable.SortRequested) -> None:
        self.sort_by(event.key)

    @on(VirtualTable.Marked, "#records-table")
    def _marked(self) -> None:
        self._draw_foot()
        self.screen.refresh_bindings()


def _sums(row: RecordRow | None) -> tuple[object, ...]:
    """What of a row is summed up for its day: how long it ran, and once it has ended what it is billed by."""
    if row is None:
        return ()
    return row.predict_time, *(() if row.live else (row.status, row.counted))
