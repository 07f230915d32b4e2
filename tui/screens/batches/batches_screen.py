"""The section Batches: what was asked for together, and beside it the one under the cursor."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content

from tui import commands as cmd
from tui.navigation import Place
from tui.screens.base import ConsoleScreen
from tui.screens.batches.batch_columns import BATCH_COLUMNS, version_of
from tui.screens.batches.batch_commands import BatchCommands
from tui.screens.batches.batch_view import OUTPUTS, BatchView
from tui.screens.batches.batch_words import ROWS, Shown
from tui.screens.batches.tab_commands import TabCommands
from tui.screens.list_commands import WayBack
from tui.screens.run.open_form import open_form
from tui.screens.run.use_output import UseOutput
from tui.services.batches.pace import Pace
from tui.toolkit.workers import work
from tui.widgets.table.virtual_table import VirtualTable

if TYPE_CHECKING:
    from tui.services.bus import Event
    from tui.services.services import Services
    from tui.store.batch import Batch

BATCHES = 200
"""Batches that are listed at most."""
_LOOK = 2.0
"""Seconds between two looks at what other processes do, and at what a batch that runs has cost."""
_EMPTY = """\
No batches yet.

A batch runs a model on every row of a file, or over a grid of values: each row once, whatever happens.

In a model's form (1, then r) ctrl+g makes one of what the form holds.
In Predictions (2) ctrl+g makes one of those that are marked with space.
In a shell: replicate-tui batch owner/model prompts.csv --save out"""


class BatchesScreen(ConsoleScreen):
    """The batches, how far they are, and what came of them."""

    HELP = "Your batches. p pauses one or goes on, r runs again what failed, W writes its table; enter shows its rows."
    BINDINGS = cmd.bindings(
        cmd.PauseBatch,
        cmd.RetryBatch,
        cmd.CancelBatch,
        cmd.ResolveBatch,
        cmd.ExportBatch,
        cmd.DeleteBatch,
        cmd.Filter,
        cmd.CompareMarked,
        cmd.UseAsInput,
        cmd.OpenOutput,
        cmd.Copy,
        cmd.CopyId,
        cmd.SortList,
        cmd.Reload,
        cmd.NextTab,
        cmd.PreviousTab,
        cmd.Back,
    )

    def __init__(self) -> None:
        super().__init__()
        self._shown: dict[str, Shown] = {}
        self._paces: dict[str, Pace] = {}
        self._wanted = ""
        self._commands = (
            BatchCommands(self, self.selected, self._look),
            TabCommands(self, self.selected, lambda: self.view),
            UseOutput(self, lambda: self.view, open_form),
            WayBack(self, lambda: self._table, lambda: self.view, lambda: self.view.filter),
        )

    @property
    def command_objects(self) -> Sequence[object]:
        """What one does with the batch under the cursor, and with what is shown of it."""
        return self._commands

    def compose_body(self) -> ComposeResult:
        with Horizontal(id="batches"):
            with Vertical(id="batches-list"):
                yield VirtualTable(BATCH_COLUMNS, id_of=lambda s: s.id, version_of=version_of, id="batches-table")
            yield BatchView(id="batch-view")

    def on_mount(self) -> None:
        self._table.set_empty("Connecting…")
        self._table.focus()
        self.set_interval(_LOOK, self._look_again)

    @property
    def _table(self) -> VirtualTable[Any]:
        return cast("VirtualTable[Any]", self.query_one("#batches-table"))

    @property
    def view(self) -> BatchView:
        """Where the one under the cursor is shown."""
        return self.query_one(BatchView)

    def selected(self) -> Shown | None:
        """The batch under the cursor."""
        return self._table.row

    # ---- data

    def services_ready(self, services: Services) -> None:
        """Read the list."""
        work(self, "Batches", "list", self._look_for, self._wanted)

    async def _look(self) -> None:
        services = self.services
        if services is None:
            return
        found = await services.batches.all_of(BATCHES)
        self._shown = {batch.id: await self._shown_of(services, batch) for batch in found}
        self._draw()

    async def _look_for(self, batch_id: str) -> None:
        await self._look()
        if batch_id and self._wanted == batch_id:
            self._wanted = ""
            self.console.say(f"There is no batch {batch_id[:40]} among the last {BATCHES}.", severity="warning")

    async def _shown_of(self, services: Services, batch: Batch) -> Shown:
        pace = self._paces.setdefault(batch.id, Pace())
        state = await services.batch_desk.state(batch)
        before = self._shown.get(batch.id)
        billed, cost = (before.billed, before.cost) if before is not None else (0.0, 0.0)
        if before is None or before.batch.counts != batch.counts:
            billed, cost = await services.batches.spent(batch.id)
        if state in ("running", "pausing", "canceling"):
            pace.note(batch, time.monotonic())
            return Shown(batch, state, pace.per_minute, pace.seconds_left, billed, cost)
        self._paces.pop(batch.id, None)
        return Shown(batch, state, billed=billed, cost=cost)

    def _draw(self) -> None:
        self._table.set_rows(list(self._shown.values()))
        self._table.set_empty(Content(_EMPTY))
        if self._wanted and self._table.move_to(self._wanted):
            self._wanted = ""
        self.set_class(not self._shown, "-nothing")
        self._draw_view()

    def _draw_view(self) -> None:
        shown, services = self.selected(), self.services
        trouble = services.batch_desk.trouble.get(shown.id, "") if services is not None and shown is not None else ""
        self.view.show(shown, trouble)
        if shown is not None and services is not None:
            work(self, "Batch", "detail", self._load_tab, services, shown)
        self.refresh_bindings()

    async def _load_tab(self, services: Services, shown: Shown) -> None:
        """What the open tab shows of the batch under the cursor."""
        view = self.view
        if view.tab == "failures":
            view.show_failures(await services.batches.failures(shown.id))
        elif view.tab == "outputs":
            view.show_outputs(await services.batches.outputs(shown.id, OUTPUTS), services.previews)
        else:
            states, words = view.wanted()
            rows = await services.batches.rows(shown.id, states, words, ROWS + 1)
            view.show_rows(rows[:ROWS], whole=len(rows) <= ROWS)

    def _look_again(self) -> None:
        """Another process may have gone on with a batch."""
        if self.is_current and self.services is not None:
            work(self, "Batches", "look", self._look_elsewhere, self.services)

    async def _look_elsewhere(self, services: Services) -> None:
        others = [one for one in self._shown.values() if one.state in ("running", "canceling")]
        busy = any(one.id not in services.batch_desk.at_work for one in others)
        if busy or await services.store.changed_elsewhere():
            await self._look()

    def on_screen_resume(self) -> None:
        if self.services is not None:
            work(self, "Batches", "list", self._look)

    def bus_event(self, event: Event) -> None:
        """A batch of this console went on."""
        from tui.services import bus

        if isinstance(event, bus.BatchChanged) and self.is_current:
            self.soon("batches", self._changed)

    def _changed(self) -> None:
        work(self, "Batches", "list", self._look)

    # ---- what the user does

    def arrive(self, place: Place) -> None:
        """The list, or the batch that is named."""
        if place.argument:
            self._wanted = place.argument
            self.add_class("-detail")
            if self.services is not None:
                work(self, "Batches", "list", self._look_for, place.argument)
            if self.narrow:
                self.call_after_refresh(self.view.focus_body)

    @on(VirtualTable.Highlighted, "#batches-table")
    def _highlighted(self) -> None:
        self._draw_view()

    @on(VirtualTable.Selected, "#batches-table")
    def _selected(self) -> None:
        self.add_class("-detail")
        self.view.focus_body()

    @on(BatchView.Asked)
    def _asked(self) -> None:
        self._draw_view()

    @on(BatchView.RowChosen)
    def _row_chosen(self, event: BatchView.RowChosen) -> None:
        if event.row.prediction_id:
            self.console.visit(Place("predictions", event.row.prediction_id))
        else:
            self.console.say(event.row.error or "The row was not sent yet.", severity="warning")

    # ---- commands

    def do_reload(self) -> None:
        """Read the list anew."""
        work(self, "Batches", "list", self._look)

    @on(VirtualTable.SortRequested)
    def _sort_requested(self, event: VirtualTable.SortRequested) -> None:
        event.table.toggle_sort(event.key)
