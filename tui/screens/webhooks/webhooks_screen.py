"""The section Webhooks: what was delivered from here, and beside it the one under the cursor."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Input

from tui import commands as cmd
from tui.api.errors import ApiError
from tui.screens.base import ConsoleScreen
from tui.screens.dialogs.address_prompt import SUGGESTED
from tui.screens.list_commands import ListCommands, WayBack
from tui.screens.webhooks.delivery_columns import DELIVERY_COLUMNS, version_of
from tui.screens.webhooks.delivery_commands import DeliveryCommands
from tui.screens.webhooks.delivery_view import DeliveryView
from tui.services.webhooks.desk import changes, parsed, written
from tui.toolkit.static import FixedSizeStatic
from tui.toolkit.workers import work
from tui.widgets.table.filter_bar import FilterBar
from tui.widgets.table.virtual_table import VirtualTable

if TYPE_CHECKING:
    from tui.services.bus import Event
    from tui.services.services import Services
    from tui.store.deliveries import Delivery

DELIVERIES = 1000
"""Deliveries that are listed at most."""
_LOOK = 2.0
"""Seconds between two looks at what commands and other consoles deliver."""
_EMPTY = """\
No webhooks were delivered from here yet.

Replicate posts what happens to a prediction to your program. p does the same without a tunnel: each webhook that \
Replicate would send goes to a program on this machine, signed with your own secret.

In a shell: replicate-tui webhooks forward http://localhost:8000/hook
            replicate-tui webhooks check https://your.server/hook"""
_NO_MATCH = "No webhook matches.\n\nesc clears the filter."


class WebhooksScreen(ConsoleScreen):
    """What was delivered to whom, and what was said to it."""

    HELP = "Webhooks from here. p forwards them to a program on this machine or stops, r sends one again."
    BINDINGS = cmd.bindings(
        cmd.ForwardWebhooks,
        cmd.SendWebhook,
        cmd.ShowPrediction,
        cmd.Filter,
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
        self._deliveries: list[Delivery] = []
        self._loaded = ("", 0)
        """Whose body and request are shown, and after how many tries."""
        self._commands = (
            DeliveryCommands(self, self.selected, lambda: self.view, self._look),
            ListCommands(self, lambda: self._table, lambda: self.filter),
            WayBack(self, lambda: self._table, lambda: self.view, lambda: self.filter),
        )

    @property
    def command_objects(self) -> Sequence[object]:
        """What one does with the delivery under the cursor, and with the list."""
        return self._commands

    def compose_body(self) -> ComposeResult:
        with Horizontal(id="webhooks"):
            with Vertical(id="webhooks-list"):
                yield FixedSizeStatic(id="webhooks-head")
                yield FilterBar("/  event, answer, prediction or address", list="#webhooks-table", id="filter")
                yield VirtualTable(DELIVERY_COLUMNS, id_of=lambda d: d.id, version_of=version_of, id="webhooks-table")
            yield DeliveryView(id="delivery-view")

    def on_mount(self) -> None:
        self._table.set_empty("Connecting…")
        self._table.focus()
        self.set_interval(_LOOK, self._look_elsewhere)

    @property
    def _table(self) -> VirtualTable[Any]:
        return cast("VirtualTable[Any]", self.query_one("#webhooks-table"))

    @property
    def view(self) -> DeliveryView:
        """Where the one under the cursor is shown."""
        return self.query_one(DeliveryView)

    @property
    def filter(self) -> Input:
        """What the list is filtered by."""
        return self.query_one("#filter", Input)

    def selected(self) -> Delivery | None:
        """The delivery under the cursor."""
        return self._table.row

    # ---- data

    def services_ready(self, services: Services) -> None:
        """Read the list."""
        work(self, "Webhooks", "list", self._look)

    def on_screen_resume(self) -> None:
        if self.services is not None:
            work(self, "Webhooks", "list", self._look)

    async def _look(self) -> None:
        services = self.services
        if services is not None:
            self._deliveries = await services.webhooks.newest(DELIVERIES)
            self._draw()

    def _look_elsewhere(self) -> None:
        if self.is_current and self.services is not None:
            work(self, "Webhooks", "look", self._look_if_changed, self.services)

    async def _look_if_changed(self, services: Services) -> None:
        if await services.store.changed_elsewhere():
            await self._look()

    def bus_event(self, event: Event) -> None:
        """A webhook was delivered from this console."""
        from tui.services import bus

        if isinstance(event, bus.DeliveryChanged) and self.is_current:
            self.soon("webhooks", self.do_reload)

    def _draw(self) -> None:
        words = self.filter.value.lower().split()
        found = [one for one in self._deliveries if all(word in _text(one) for word in words)]
        self._table.set_rows(found)
        self._table.set_empty(Content(_NO_MATCH if self._deliveries else _EMPTY))
        self.set_class(not self._deliveries, "-nothing")
        self._draw_head()
        self._draw_view()

    def _draw_head(self) -> None:
        desk = self.services.webhooks if self.services is not None else None
        head = Content.styled("Nothing is forwarded: p begins it.", "$text-muted")
        if desk is not None and desk.route is not None:
            head = Content.assemble(Content.styled("● forwarding to ", "$success"), desk.route.url)
        if desk is not None and desk.trouble:
            head = Content.assemble(head, Content.styled(f"   {desk.trouble}", "$error"))
        self.query_one("#webhooks-head", FixedSizeStatic).update(head)

    def _draw_view(self) -> None:
        one, services = self.selected(), self.services
        self.view.show(one)
        if one is not None and services is not None and (one.id, one.attempts) != self._loaded:
            work(self, "Webhook", "detail", self._load, services, one)
        self.refresh_bindings()

    async def _load(self, services: Services, one: Delivery) -> None:
        desk = services.webhooks
        body = await desk.body(one.id)
        # A body may have megabytes.
        new = await asyncio.to_thread(changes, await desk.before(one), body)
        value = await asyncio.to_thread(parsed, body)
        request, why_none = None, ""
        try:
            request = written(one.url or SUGGESTED, await desk.headers(one, body), body)
        except ApiError as error:
            why_none = f"What it is signed with is not known: {error}"
        if (now := self.selected()) is not None and now.id == one.id:
            self._loaded = (one.id, one.attempts) if request is not None else ("", 0)
            self.view.show_parts(value, new, request, why_none)

    # ---- what the user does

    @on(VirtualTable.Highlighted, "#webhooks-table")
    def _highlighted(self) -> None:
        self._draw_view()

    @on(VirtualTable.Selected, "#webhooks-table")
    def _selected(self) -> None:
        self.add_class("-detail")
        self.view.focus_part()

    @on(VirtualTable.SortRequested)
    def _sort_requested(self, event: VirtualTable.SortRequested) -> None:
        event.table.toggle_sort(event.key)

    @on(Input.Changed, "#filter")
    def _filtered(self, event: Input.Changed) -> None:
        event.stop()
        self._draw()

    # ---- commands

    def do_reload(self) -> None:
        """Read the list anew."""
        work(self, "Webhooks", "list", self._look)


def _text(one: Delivery) -> str:
    """What the filter looks in."""
    answer = str(one.code) if one.code is not None else "no answer"
    return " ".join((one.event, answer, one.state, one.prediction_id, one.status, one.url, one.id)).lower()
