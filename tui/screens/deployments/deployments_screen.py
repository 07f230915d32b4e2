"""The section Deployments: what the account deploys, and beside it the one under the cursor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Input

from tui import commands as cmd
from tui.navigation import Place
from tui.screens.base import ConsoleScreen
from tui.screens.deployments.deployment_code import code_of
from tui.screens.deployments.deployment_columns import DEPLOYMENT_COLUMNS, Row
from tui.screens.deployments.deployment_commands import DeploymentCommands
from tui.screens.deployments.deployment_facts import DeploymentFacts
from tui.screens.deployments.deployment_view import DeploymentView
from tui.screens.list_commands import ListCommands, WayBack
from tui.services.usage.cost import monthly_range
from tui.toolkit.workers import work
from tui.widgets.table.filter_bar import FilterBar
from tui.widgets.table.virtual_table import VirtualTable

if TYPE_CHECKING:
    from tui.api.types import Deployment
    from tui.services.bus import Event
    from tui.services.services import Services

ASK_AGAIN = 30.0
"""Seconds between two looks at the list while it is on the screen: others may change it."""
PREDICTIONS = 200
"""Rows of what ran through a deployment."""


class DeploymentsScreen(ConsoleScreen):
    """What is deployed, on what, how often, and what that may cost."""

    HELP = "Your deployments. n makes one, e edits it, I scales it, Z disables it; enter goes to its details."
    BINDINGS = cmd.bindings(
        cmd.RunModel,
        cmd.ChangeDeployment,
        cmd.ScaleDeployment,
        cmd.NewDeployment,
        cmd.DisableDeployment,
        cmd.EnableDeployment,
        cmd.RollBack,
        cmd.DeleteDeployment,
        cmd.ChatThrough,
        cmd.CompareVersions,
        cmd.Filter,
        cmd.ShowHardware,
        cmd.Copy,
        cmd.CopyId,
        cmd.OpenInBrowser,
        cmd.Reload,
        cmd.NextTab,
        cmd.PreviousTab,
        cmd.Back,
    )

    def __init__(self) -> None:
        super().__init__()
        self._deployments: list[Deployment] = []
        self._rows: list[Row] = []
        self._facts = DeploymentFacts(self._draw_view)
        self._wanted = ""
        self._trouble = ""
        self._asked = False
        self._commands = DeploymentCommands(self, self.selected, lambda: self.view, self.show_when_there)
        self._list_commands = ListCommands(self, lambda: self._table, lambda: self.filter)
        self._way_back = WayBack(self, lambda: self._table, lambda: self.view, lambda: self.filter)

    @property
    def command_objects(self) -> Sequence[object]:
        """What one does with the deployment under the cursor, and with the list."""
        return (self._commands, self._list_commands, self._way_back)

    def compose_body(self) -> ComposeResult:
        with Horizontal(id="deployments"):
            with Vertical(id="deployments-list"):
                yield FilterBar("/  name, model or hardware", list="#deployments-table", id="filter")
                yield VirtualTable(
                    DEPLOYMENT_COLUMNS, id_of=lambda r: r.id, version_of=lambda r: r.seen, id="deployments-table"
                )
            yield DeploymentView(id="deployment-view")

    def on_mount(self) -> None:
        self._table.set_empty("Connecting…")
        self._table.focus()
        self.set_interval(ASK_AGAIN, self._ask_again)
        self.set_interval(1.0, self._tick)
        self.set_interval(2.0, self._look_elsewhere)

    @property
    def _table(self) -> VirtualTable[Any]:
        return cast("VirtualTable[Any]", self.query_one("#deployments-table"))

    @property
    def view(self) -> DeploymentView:
        """Where the one under the cursor is shown."""
        return self.query_one(DeploymentView)

    @property
    def filter(self) -> Input:
        """What the list is filtered by."""
        return self.query_one("#filter", Input)

    @property
    def _words(self) -> str:
        return self.filter.value.strip()

    def selected(self) -> Deployment | None:
        """The deployment under the cursor."""
        row = self._table.row
        return row.deployment if row is not None else None

    # ---- data

    def services_ready(self, services: Services) -> None:
        """Show the list of the last time at once, then ask."""
        self._table.set_empty("Asking for the deployments…")
        work(self, "Deployments", "list", self._load, services)
        work(self, "Hardware", "hardware", self._facts.load_hardware, services)

    async def _load(self, services: Services) -> None:
        if not self._asked:
            self._set(await services.deployments.kept())
        try:
            found = await services.deployments.list()
        except Exception as error:
            self._trouble = str(error)
            self._table.set_empty(_why_empty(self._words, self._trouble, asked=self._asked))
            raise
        self._trouble, self._asked = "", True
        self._set(found)
        await self._facts.load_newest(services, self._deployments)
        self._draw_rows()

    def _set(self, deployments: list[Deployment]) -> None:
        self._deployments = list(deployments)
        self._draw_rows()

    def _draw_rows(self) -> None:
        services = self.services
        if services is None:
            return
        words = self._words.lower().split()
        self._rows = []
        for deployment in self._deployments:
            release = deployment.current_release
            seen = f"{deployment.ref} {release.model if release else ''}"
            seen = f"{seen} {release.configuration.hardware if release else ''}".lower()
            if all(word in seen for word in words):
                cost = monthly_range(services.prices, release.configuration) if release else ""
                latest = self._facts.newest.get(release.model) if release else None
                newer = latest.id if release and latest is not None and latest.id != release.version else ""
                self._rows.append(Row(deployment, cost, newer))
        self._table.set_rows(self._rows)
        self._table.set_empty(_why_empty(self._words, self._trouble, asked=self._asked))
        if self._wanted and self._table.move_to(self._wanted):
            self._wanted = ""
        self._draw_view()

    def _draw_view(self) -> None:
        row, services = self._table.row, self.services
        if services is None:
            return
        newest = self._facts.newest.get(row.release.model) if row is not None else None
        self.view.show(row, services.prices, self._facts.hardware, newest)
        if row is not None:
            work(self, row.id, "detail", self._load_tab, services, row)
        self.refresh_bindings()

    async def _load_tab(self, services: Services, row: Row) -> None:
        """What the open tab shows of the deployment under the cursor."""
        if self.view.tab == "releases":
            self.view.show_releases(await services.deployments.history(row.id), row.release.number)
        elif self.view.tab == "predictions":
            from tui.services.deployments.deployments import is_named
            from tui.store.filter_query import Query

            rows = await services.store.rows(services.account, Query(model=row.deployment.name), PREDICTIONS)
            self.view.show_predictions([one for one in rows if is_named(one.deployment, row.id)])
        elif self.view.tab == "code":
            self.view.show_code(await code_of(services, row.deployment))

    def _see(self) -> None:
        """The list of predictions is asked for while it is on the screen."""
        services = self.services
        if services is not None:
            shown = (
                self.is_current and self.view.tab == "predictions" and (not self.narrow or self.has_class("-detail"))
            )
            services.watcher.see(list_visible=shown, open_id=None, by="deployments")

    def on_screen_resume(self) -> None:
        if self.services is not None:
            self._see()
            self._ask_again()

    def on_screen_suspend(self) -> None:
        """Nothing is asked for what nobody sees."""
        if self.services is not None:
            self.services.watcher.see(list_visible=False, open_id=None, by="deployments")

    def _ask_again(self) -> None:
        if self.services is not None and self.is_current:
            work(self, "Deployments", "list", self._load, self.services)

    def _look_elsewhere(self) -> None:
        """Another console on this machine may have changed something."""
        if self.is_current and self.services is not None and self._asked:
            work(self, "List", "elsewhere", self._load_changed, self.services)

    async def _load_changed(self, services: Services) -> None:
        if await services.store.changed_elsewhere():
            self._set(await services.deployments.kept())

    def _tick(self) -> None:
        if self.is_current and self.view.tab == "predictions":
            table = self.view.predictions
            rows = [table.row] if table.row is not None else []
            table.update_rows([row.id for row in rows if row.live])

    def bus_event(self, event: Event) -> None:
        """A change of this console, or a prediction that goes on."""
        from tui.services import bus

        if isinstance(event, bus.DeploymentsChanged):
            # At once: the notice of a change comes with it, and the next key is about what is there now.
            self._set(list(event.deployments))
        elif (
            isinstance(event, bus.RecordChanged | bus.RecordsListed)
            and self.is_current
            and self.view.tab == "predictions"
        ):
            self.soon("view", self._draw_view)

    # ---- what the user does

    def arrive(self, place: Place) -> None:
        """The list, or the deployment that is named."""
        if place.argument:
            self._wanted = place.argument
            self.filter.value = ""
            self.add_class("-detail")
            if self._table.move_to(place.argument):
                self._wanted = ""
            if self.narrow:
                self.view.focus_body()

    @on(Input.Changed, "#filter")
    def _filter_changed(self) -> None:
        self._draw_rows()

    @on(VirtualTable.Highlighted, "#deployments-table")
    def _highlighted(self) -> None:
        self._draw_view()

    @on(VirtualTable.Selected, "#deployments-table")
    def _selected(self) -> None:
        self.add_class("-detail")
        self._see()
        self.view.focus_body()

    @on(DeploymentView.TabOpened)
    def _tab_opened(self) -> None:
        self._see()
        self._draw_view()

    @on(DeploymentView.PredictionChosen)
    def _prediction_chosen(self, event: DeploymentView.PredictionChosen) -> None:
        self.console.visit(Place("predictions", event.prediction_id))

    @on(DeploymentView.ReleaseChosen)
    def _release_chosen(self, event: DeploymentView.ReleaseChosen) -> None:
        self._commands.roll_back_to(event.release)

    def show_when_there(self, ref: str) -> None:
        """Put the cursor on a deployment once it is listed."""
        self._wanted = ref
        self._draw_rows()

    # ---- commands

    def do_reload(self) -> None:
        """Ask now."""
        if self.services is not None:
            work(self, "Reload", "list", self._load, self.services)

    def do_back(self) -> None:
        """A step back; what is in sight then is asked for."""
        self._way_back.do_back()
        self._see()


def _why_empty(words: str, trouble: str, *, asked: bool) -> Content:
    if words:
        return Content(f"No deployment matches “{words}”.\n\nesc clears the filter.")
    if trouble:
        return Content(f"{trouble}\n\nR tries again.")
    if not asked:
        return Content("Asking for the deployments…")
    return Content(
        "Nothing is deployed.\n\nA deployment keeps a model at an address of your own, on hardware of your choice."
        "\n\nn makes one."
    )
