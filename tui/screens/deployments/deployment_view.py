"""What a deployment is: its setup and costs, its releases, the predictions that ran through it, and how to call it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

from textual import on
from textual.app import ComposeResult
from textual.containers import Container, Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from tui import wording
from tui.api.types import Hardware, Release, Version
from tui.screens.deployments.deployment_columns import RELEASE_COLUMNS, Past, Row
from tui.screens.records.record_columns import RecordColumns
from tui.services.deployments.monthly_cost import costs
from tui.services.deployments.setup import Setup
from tui.services.deployments.setup_changes import changes, effects
from tui.services.usage.cost import standing_cost
from tui.services.usage.prices import Prices
from tui.toolkit.static import FixedSizeStatic
from tui.widgets.bars import TabStrip
from tui.widgets.cost import cost_words
from tui.widgets.result.metrics_pane import fact_words
from tui.widgets.table.virtual_table import VirtualTable
from tui.widgets.text.code_view import CodeView

if TYPE_CHECKING:
    from tui.store.records import RecordRow

NAMES = 11
"""Cells of a fact's name."""
TABS = (("setup", "Setup"), ("releases", "Releases"), ("predictions", "Predictions"), ("code", "Code"))


class SetupPane(VerticalScroll, can_focus=True):
    """Facts, each beside its name, and below itself where it needs more lines than the pane's width has room for."""

    def __init__(self) -> None:
        super().__init__(id="deployment-setup")
        self._facts: Sequence[tuple[str, Content | str]] = ()

    def compose(self) -> ComposeResult:
        yield Static(id="deployment-words")

    def show(self, facts: Sequence[tuple[str, Content | str]]) -> None:
        """Show other facts."""
        self._facts = facts
        self._draw()

    def on_resize(self) -> None:
        """The facts have room for more or for less; at first there was no width at all."""
        self._draw()

    def _draw(self) -> None:
        room = max(10, self.content_size.width - NAMES)
        self.query_one("#deployment-words", Static).update(fact_words(self._facts, NAMES, room))


class DeploymentView(Vertical):
    """Shows one deployment; what the tabs show is set by the screen."""

    HELP = "A deployment. e edits it, I scales it, Z disables it, r runs through it; ] and [ walk through the tabs."

    class TabOpened(Message):
        """Another tab is shown."""

    class ReleaseChosen(Message):
        """A release should be put back."""

        def __init__(self, release: Release) -> None:
            super().__init__()
            self.release = release

    class PredictionChosen(Message):
        """A prediction should be opened."""

        def __init__(self, prediction_id: str) -> None:
            super().__init__()
            self.prediction_id = prediction_id

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id, classes="-empty")

    def compose(self) -> ComposeResult:
        yield FixedSizeStatic(id="deployment-title")
        yield FixedSizeStatic(id="deployment-state")
        yield TabStrip(TABS, id="deployment-tabs")
        with Container(id="deployment-body"):
            yield SetupPane()
            yield VirtualTable(RELEASE_COLUMNS, id_of=lambda p: p.id, id="deployment-releases")
            columns = RecordColumns("prediction")
            yield VirtualTable(
                columns.columns(80), id_of=lambda r: r.id, version_of=columns.version, id="deployment-predictions"
            )
            yield CodeView(id="deployment-code")

    def on_mount(self) -> None:
        self._say_empty()
        self._show_tab()

    def _say_empty(self) -> None:
        self.query_one("#deployment-title", Static).update(
            Content.styled("The one under the cursor is shown here.", "$text-muted")
        )

    @property
    def tab(self) -> str:
        """The name of the open tab."""
        return self.query_one(TabStrip).current

    @property
    def releases(self) -> VirtualTable[Any]:
        """The list of releases."""
        return cast("VirtualTable[Any]", self.query_one("#deployment-releases"))

    @property
    def predictions(self) -> VirtualTable[Any]:
        """The list of predictions."""
        return cast("VirtualTable[Any]", self.query_one("#deployment-predictions"))

    def step_tab(self, by: int) -> None:
        """The next tab or the one before."""
        self.query_one(TabStrip).step(by)

    def focus_body(self) -> None:
        """Give the focus to the open tab."""
        for child in self.query_one("#deployment-body").children:
            if child.display:
                target = child if child.focusable else next((c for c in child.query("*") if c.focusable), None)
                if target is not None:
                    target.focus()
                return

    @on(TabStrip.Changed, "#deployment-tabs")
    def _tab_changed(self, event: TabStrip.Changed) -> None:
        event.stop()
        inside = self.query_one("#deployment-body").has_focus_within
        self._show_tab()
        if inside:
            self.focus_body()
        self.post_message(self.TabOpened())

    def _show_tab(self) -> None:
        for child in self.query_one("#deployment-body").children:
            child.display = child.id == f"deployment-{self.tab}"

    # ---- what the screen sets

    def show(
        self, row: Row | None, prices: Prices, hardware: Sequence[Hardware] = (), newest: Version | None = None
    ) -> None:
        """The deployment that is shown; None for none."""
        self.set_class(row is None, "-empty")
        if row is None:
            self.query_one(SetupPane).show(())
            self.query_one("#deployment-state", Static).update("")
            self._say_empty()
            return
        setup, release = row.setup, row.release
        state = _instances(setup)
        self.query_one("#deployment-title", Static).update(
            Content.assemble(
                Content.styled(f"{row.deployment.owner}/", "$text-muted"),
                Content.styled(row.deployment.name, "bold $accent"),
                Content.styled(f"   release {release.number or '?'}", "$text-muted"),
            )
        )
        cost = cost_words(standing_cost(prices, setup.configuration))
        about = Content.styled(state, "$text-muted")
        self.query_one("#deployment-state", Static).update(Content("   ").join([cost, about] if cost else [about]))
        names = {one.sku: one.name for one in hardware}
        named = names.get(setup.hardware, "")
        made = wording.exact(release.created_at)
        by = release.created_by
        lines = [
            ("model", release.model or "not told"),
            ("version", release.version or "not told"),
            ("", _newer(row, newest)),
            ("hardware", f"{setup.hardware}  {named}".strip() or "not told"),
            ("instances", f"{setup.instances}   {effects(setup, setup)[0]}" if not setup.off else "off: nothing runs"),
            ("release", f"{release.number or '?'}, made {made}" + (f" by {by.username}" if by else "")),
        ]
        costs_of = [("may cost" if number == 0 else "", line) for number, line in enumerate(costs(None, setup, prices))]
        told = [*((name, text) for name, text in lines if text), ("", ""), *costs_of]
        self.query_one(SetupPane).show(told)

    def show_releases(self, releases: Sequence[Release], current: int | None) -> None:
        """The releases that were seen here, newest first."""
        rows: list[Past] = []
        for place, release in enumerate(releases):
            before = releases[place + 1] if place + 1 < len(releases) else None
            follows = before is not None and (before.number or 0) + 1 == release.number
            words = "; ".join(changes(Setup.of(before), Setup.of(release))) if before is not None else ""
            if before is None:
                setup = Setup.of(release)
                words = f"{setup.hardware}, {setup.instances}, {setup.version[:12]}" + (
                    "" if release.number == 1 else " (what was before it was not seen here)"
                )
            elif not follows:
                words += f" (since release {before.number})"
            rows.append(Past(release, words or "nothing of its setup", release.number == current))
        self.releases.set_rows(rows)
        self.releases.set_empty("No release was seen here yet.")

    def show_predictions(self, rows: Sequence[RecordRow]) -> None:
        """What ran through it, newest first."""
        self.predictions.set_rows(list(rows))
        self.predictions.set_empty("Nothing ran through it that is known here.\n\nr runs something.")

    def show_code(self, source: Any) -> None:
        """The request as code."""
        self.query_one(CodeView).set_source(source)

    def copyable(self) -> tuple[str, str] | None:
        """What the open tab has to copy, and what it is."""
        if self.tab == "code":
            text = self.query_one(CodeView).text
            return (text, "Code") if text else None
        if self.tab == "predictions" and self.predictions.row is not None:
            return self.predictions.row.id, "Id"
        return None

    @on(VirtualTable.Selected, "#deployment-releases")
    def _release_selected(self, event: VirtualTable.Selected[Any]) -> None:
        event.stop()
        self.post_message(self.ReleaseChosen(cast("Past", event.row).release))

    @on(VirtualTable.Selected, "#deployment-predictions")
    def _prediction_selected(self, event: VirtualTable.Selected[Any]) -> None:
        event.stop()
        self.post_message(self.PredictionChosen(event.id))


def _instances(setup: Setup) -> str:
    if setup.off:
        return "off"
    if setup.min_instances == setup.max_instances:
        return "1 instance" if setup.max_instances == 1 else f"{setup.max_instances} instances"
    return f"{setup.min_instances} to {setup.max_instances} instances"


def _newer(row: Row, newest: Version | None) -> Content | str:
    if not row.newer:
        return ""
    made = f" of {wording.exact(newest.created_at)[:10]}" if newest is not None and newest.created_at else ""
    return Content.styled(f"↑ a newer one is there: {row.newer[:12]}{made}; e edits it", "$warning")
