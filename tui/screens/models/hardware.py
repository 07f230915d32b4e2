"""What models can run on: the API's list, with what it may cost."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static
from textual.worker import Worker

from tui.screens.command_host import NOT_CONNECTED, console, show_failure
from tui.services.usage.prices import HOUR, MONTH_HOURS, Estimate
from tui.toolkit.screen import DialogScreen
from tui.toolkit.workers import work
from tui.widgets.table.virtual_table import Column, VirtualTable
from tui.wording import money, monthly, price

if TYPE_CHECKING:
    from tui.api.types import Hardware
    from tui.services.services import Services

MONTH = HOUR * MONTH_HOURS
Line = tuple[str, str, "Estimate | None"]
"""The SKU, its name, and what a second of it may cost."""


def _amount(line: Line, seconds: float, words: Callable[[float], str]) -> str:
    return f"≈ {words(line[2].dollars * seconds)}" if line[2] is not None else "not known"


COLUMNS: list[Column[Any]] = [
    Column("sku", "Hardware", lambda line: Content.styled(line[0], "bold"), width=17, sort_key=lambda line: line[0]),
    Column("name", "Name", lambda line: line[1], flex=1, min_width=12),
    Column("second", "a second", lambda line: _amount(line, 1.0, price), width=11, align="right", drop_below=72),
    Column("hour", "an hour", lambda line: _amount(line, HOUR, money), width=10, align="right"),
    Column(
        "month",
        "a month",
        lambda line: _amount(line, MONTH, monthly),
        width=10,
        align="right",
        drop_below=66,
    ),
    Column("date", "prices of", lambda line: _looked_up(line[2]), width=16, drop_below=82),
]


def _looked_up(price: Estimate | None) -> str:
    """When a price was looked up; one that is over a year old is marked."""
    return "" if price is None else f"{price.date} (old)" if price.old else price.date


class HardwareView(DialogScreen[None]):
    """The list of hardware. Prices are estimates, with their date."""

    BINDINGS = [("escape,q,H", "leave", "Back")]

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog"):
            yield Static(Content.styled("Hardware", "bold"), id="dialog-title")
            yield VirtualTable(COLUMNS, id_of=lambda line: line[0], id="hardware-table")
            yield Static(id="hardware-note")
            yield Static(Content.styled("esc goes back", "$text-muted"), id="dialog-keys")

    @property
    def _table(self) -> VirtualTable[Any]:
        return cast("VirtualTable[Any]", self.query_one("#hardware-table"))

    def on_mount(self) -> None:
        where = console(self).settings.paths.config_file
        self.query_one("#hardware-note", Static).update(
            Content(
                "The list is the API's. Prices are not in the API: these are estimates for one instance that is up all "
                f"the time. [prices.hardware] in {where} goes before them."
            )
        )
        self._table.set_empty("Asking for the hardware…")
        self._table.focus()
        services = console(self).services
        if services is None:
            self._table.set_empty(NOT_CONNECTED)
        else:
            work(self, "Hardware", "hardware", self._load, services)

    async def _load(self, services: Services) -> None:
        try:
            found = await services.deployments.hardware(refresh=True)
        except Exception:
            self._show(services, await services.deployments.hardware())
            raise
        self._show(services, found)

    def _show(self, services: Services, hardware: tuple[Hardware, ...]) -> None:
        self._table.set_rows([(one.sku, one.name, services.prices.per_second(one.sku)) for one in hardware])
        self._table.set_empty("The API lists no hardware.")
        if hardware:
            # The note below is read too.
            self._table.styles.height = len(hardware) + 1

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """What failed is told."""
        if show_failure(self, event) and not len(self._table.marked):
            self._table.set_empty("The list could not be had.\n\nesc goes back.")

    def action_leave(self) -> None:
        """Close it."""
        self.dismiss(None)
