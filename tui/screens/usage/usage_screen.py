"""The section Usage: what was used in the time that one chooses, by what one chooses, and what it may have cost."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from tui import commands as cmd
from tui.screens.base import ConsoleScreen
from tui.screens.command_host import NOT_CONNECTED
from tui.screens.usage.usage_words import TITLES, aside, columns, head, rows_of
from tui.services.usage.periods import MONTH, PERIODS, TYPED, bounds, phrase
from tui.services.usage.usage import Grouping
from tui.toolkit.static import FixedSizeStatic
from tui.toolkit.workers import work
from tui.widgets.bars import TabStrip
from tui.widgets.picker import Picker, Row
from tui.widgets.table.virtual_table import VirtualTable

if TYPE_CHECKING:
    from tui.services.bus import Event
    from tui.services.services import Services
    from tui.services.usage.usage import Usage

BILLING = "https://replicate.com/account/billing"
AGAIN = 2.0
"""Seconds between what ended and the sums with it."""
EMPTY = (
    "Nothing was used {when}, as far as this machine knows.\n\nR reads what Replicate still lists, w chooses another "
    "time, 1 goes to the models."
)


class UsageAside(Static):
    """Words that are laid out for the width that there is."""

    _words: Callable[[int], Content] | None = None

    def show(self, words: Callable[[int], Content]) -> None:
        """Show what `words` gives for a width in cells."""
        self._words = words
        self.on_resize()

    def on_resize(self) -> None:
        if self._words is not None and self.size.width:
            self.update(self._words(self.size.width))


class UsageScreen(ConsoleScreen):
    """Bars of what was used, and beside them what cost most and what was paid for in vain."""

    HELP = (
        "What was used and what it may have cost. w chooses the time, ] and [ the grouping, R reads what was made "
        "elsewhere, e sets the budget."
    )
    BINDINGS = [
        *cmd.bindings(cmd.ChoosePeriod),
        *cmd.in_key_bar(cmd.NextTab, "Next grouping"),
        *cmd.in_key_bar(cmd.PreviousTab, "Grouping before"),
        *cmd.in_key_bar(cmd.OpenInBrowser, "The bill"),
        *cmd.in_key_bar(cmd.Reload, "Read what is new"),
        *cmd.bindings(cmd.SetBudget),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._period = MONTH
        self._usage: Usage | None = None
        self._by_batch: Usage | None = None
        self._waiting = False
        self._reading = False

    def compose_body(self) -> ComposeResult:
        with Horizontal(id="usage"):
            with Vertical(id="usage-list"):
                yield FixedSizeStatic(id="usage-head")
                yield TabStrip(tuple(TITLES.items()), id="usage-tabs")
                yield VirtualTable(
                    columns("day"), id_of=lambda row: row.key, version_of=lambda row: row.seen, id="usage-table"
                )
            with VerticalScroll(id="usage-aside", can_focus=True):
                yield UsageAside(id="usage-words")

    def on_mount(self) -> None:
        self._table.set_empty("Connecting…")
        self._table.focus()

    @property
    def _table(self) -> VirtualTable[Any]:
        return cast("VirtualTable[Any]", self.query_one("#usage-table"))

    @property
    def _grouping(self) -> Grouping:
        return cast("Grouping", self.query_one(TabStrip).current)

    # ---- data

    def services_ready(self, services: Services) -> None:
        """Sum up what is kept, then what an earlier version kept without counting it."""
        self._table.set_empty("Summing up…")
        self._load_now(services)
        work(self, "Usage", "count", self._count_the_rest, services)

    def on_screen_resume(self) -> None:
        if self.services is not None:
            self._load_now(self.services)

    def _load_now(self, services: Services) -> None:
        """Sum up, unless that is done already: the store would do it twice."""
        if not self._reading:
            self._reading = True
            work(self, "Usage", "usage", self._load, services)

    async def _load(self, services: Services) -> None:
        try:
            await self._read(services)
        finally:
            self._reading = False

    async def _read(self, services: Services) -> None:
        period = self._period
        since, until = bounds(period, services.now())
        self._usage = await services.usage.read(since, until)
        self._by_batch = None
        self._draw()
        await self._show_aside(services)
        self._by_batch = await services.usage.read(since, until, by_batch=True)
        if self._grouping == "batch":
            self._draw()
        if period != self._period:
            # Another one was chosen meanwhile.
            await self._read(services)

    async def _show_aside(self, services: Services) -> None:
        budget = await services.budget.lines()
        if (usage := self._usage) is not None:
            standing = services.usage.standing(usage)
            self.query_one(UsageAside).show(partial(aside, usage, standing, budget))

    async def _count_the_rest(self, services: Services) -> None:
        if not await services.usage.uncounted():
            return
        while await services.usage.uncounted():
            await services.store.catch_up(100)
        self._load_now(services)

    def _draw(self) -> None:
        grouping = self._grouping
        usage = self._by_batch if grouping == "batch" else self._usage
        if usage is None or self._usage is None:
            return
        self.query_one("#usage-head", Static).update(head(self._usage, self._period))
        self._table.set_columns(columns(grouping))
        self._table.set_empty(Content(EMPTY.format(when=phrase(self._period))))
        self._table.set_rows(rows_of(usage.by(grouping), grouping))

    def bus_event(self, event: Event) -> None:
        """What ended counts."""
        from tui.services import bus

        if isinstance(event, bus.BudgetChanged) and self.services is not None:
            work(self, "Usage", "budget", self._show_aside, self.services)
        if isinstance(event, bus.Ended | bus.RecordsListed) and self.is_current and not self._waiting:
            self._waiting = True
            self.set_timer(AGAIN, self._load_again)

    def _load_again(self) -> None:
        self._waiting = False
        if self.services is not None and self.is_current:
            self._load_now(self.services)

    @on(TabStrip.Changed, "#usage-tabs")
    def _tab_changed(self) -> None:
        self._draw()

    # ---- commands

    def do_next_tab(self) -> None:
        """The next grouping."""
        self.query_one(TabStrip).step(1)

    def do_previous_tab(self) -> None:
        """The grouping before."""
        self.query_one(TabStrip).step(-1)

    async def do_choose_period(self) -> None:
        """Ask for it, and sum up that."""
        rows = [Row(name, name) for name in PERIODS] + [Row("", "another time…", TYPED)]
        row = await self.host.push_screen_wait(Picker("Of which time?", rows, here=self._period))
        if row is None or row.value is None or self.services is None:
            return
        if (period := row.value or await self._typed_period(self.services)) is not None:
            self._period = period
            self._load_now(self.services)

    async def _typed_period(self, services: Services) -> str | None:
        """Ask for it in words until they are a time, or the user gives up."""
        from tui.screens.dialogs.prompt import Prompt

        words, typed = f"{TYPED}.", ""
        while True:
            answer = await self.host.push_screen_wait(Prompt("Of which time?", words, typed))
            if answer is None:
                return None
            try:
                bounds(answer, services.now())
            except ValueError as error:
                words, typed = str(error), answer
            else:
                return answer

    def why_not_set_budget(self) -> str | None:
        """Only once it is known what was spent."""
        return None if self.services is not None else NOT_CONNECTED

    async def do_set_budget(self) -> None:
        """Ask for it, and keep it."""
        from tui.screens.dialogs.budget import change_budget

        if self.services is not None:
            await change_budget(self, self.services)

    async def do_open_in_browser(self) -> None:
        """The bill itself."""
        await self.console.open_page(BILLING)

    def do_reload(self) -> None:
        """Read what the API lists, then sum up anew."""
        if self.services is not None:
            work(self, "Usage", "sync", self._sync, self.services)

    async def _sync(self, services: Services) -> None:
        self.query_one("#usage-head", Static).update(Content.styled("reading what Replicate lists…", "$text-muted"))
        try:
            listed, new = await services.usage.sync()
        finally:
            self._draw()
        self.console.say(f"{listed:,} are listed at Replicate, {new:,} of them are new here.")
        self._load_now(services)
