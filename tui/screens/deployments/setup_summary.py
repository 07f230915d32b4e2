"""What a setup changes, what follows from it, what it may cost, and what its version changes in the model's inputs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static
from textual.worker import Worker

from tui import wording
from tui.screens.command_host import show_failure
from tui.services.deployments.monthly_cost import costs
from tui.services.deployments.setup import Setup, short
from tui.services.deployments.setup_changes import changes, effects
from tui.toolkit.line_view import printable
from tui.toolkit.static import FixedSizeStatic
from tui.toolkit.workers import work
from tui.widgets.picker import Row

if TYPE_CHECKING:
    from tui.services.services import Services


class SetupSummary(VerticalScroll, can_focus=True):
    """Shows in words what `show` gives; the schemas of two versions are asked for and compared once."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._parts: list[Content] = []
        self._compared: tuple[str, str] = ("", "")
        self._comparison: list[str] = []
        self._hardware: Sequence[Row] = ()
        self._chosen = ""

    def compose(self) -> ComposeResult:
        yield FixedSizeStatic(id="setup-words")

    def show(
        self,
        services: Services | None,
        before: Setup | None,
        setup: Setup,
        name: str,
        warnings: Sequence[str],
        refused: Sequence[str],
    ) -> None:
        """`before` is what is deployed, None for a new deployment called `name`."""
        self._chosen = setup.hardware
        if services is not None:
            self._compare(services, before, setup)
        self._parts = [Content.styled(f"{line}\n", "$warning") for line in warnings]
        self._parts += [Content.styled(f"✗ {line}\n", "$error") for line in refused]
        changed = changes(before, setup) if before is not None else _chosen(name, setup)
        self._parts.append(_part("It changes" if before is not None else "It is made with", changed or ["nothing yet"]))
        if setup.hardware:
            self._parts.append(_part("Then", effects(before, setup)))
            if services is not None:
                self._parts.append(_part("It may cost", costs(before, setup, services.prices)))
        self._draw()

    def set_hardware(self, rows: Sequence[Row]) -> None:
        """What can be chosen, with its prices: they are looked at beside each other before one is chosen."""
        self._hardware = rows
        self._draw()

    def _draw(self) -> None:
        parts = list(self._parts)
        if self._comparison:
            parts.append(_part(f"From {short(self._compared[0])} to {short(self._compared[1])}", self._comparison))
        if self._hardware:
            parts.append(_priced(self._hardware, self._chosen))
        self.query_one("#setup-words", Static).update(Content("\n").join(parts))

    def _compare(self, services: Services, before: Setup | None, setup: Setup) -> None:
        old, new = before.version if before is not None else "", setup.version
        if (old, new) == self._compared:
            return
        self._compared, self._comparison = (old, new), []
        if old and new and old != new:
            self._comparison = ["comparing the two versions…"]
            work(self, "Comparing", "compare", self._load, services, setup.model, old, new)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """What failed beside the API is told."""
        show_failure(self, event)

    async def _load(self, services: Services, model: str, old: str, new: str) -> None:
        from tui.api.errors import ApiError
        from tui.screens.models.version_compare import compared

        try:
            lines = await compared(services, model, old, new)
        except ApiError as error:
            lines = [f"The schemas could not be had: {error}"]
        if (old, new) == self._compared:
            self._comparison = lines
            self._draw()


def _part(heading: str, lines: Sequence[str]) -> Content:
    return Content.assemble(
        Content.styled(heading, "bold"), *(Content(f"\n{wording.one_line(line, 300)}") for line in lines), "\n"
    )


def _priced(hardware: Sequence[Row], chosen: str) -> Content:
    """What an hour of each costs, with a mark at the chosen one."""
    wide = max(len(row.value or "") for row in hardware)
    prices = [row.note.strip().partition("/h") for row in hardware]
    room = max((len(amount) for amount, hour, _ in prices if hour), default=0)
    lines: list[Content] = []
    for row, (amount, hour, since) in zip(hardware, prices, strict=True):
        here = row.value == chosen
        cost = f"{amount:>{room}}{hour}{since}" if hour else amount
        words = f"{'›' if here else ' '} {row.value or '':<{wide}}  {cost}"
        lines.append(Content.styled(printable(words), "bold" if here else ""))
    return Content("\n").join([Content.styled("The hardware, one instance of it", "bold"), *lines, Content("")])


def _chosen(name: str, setup: Setup) -> list[str]:
    known = [f"name: {name}"] if name else []
    return known + [line for line in changes(None, setup) if not line.endswith(": ")]
