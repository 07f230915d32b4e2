"""What something may cost, in bold, beside the button that pays for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from tui.toolkit.static import FixedSizeStatic

if TYPE_CHECKING:
    from tui.services.usage.cost import Cost


MONEY = "bold $text-warning"
"""How an amount of money stands out from the names and numbers around it."""


class CostLine(FixedSizeStatic):
    """One line. It takes no room while nothing is known."""

    DEFAULT_CSS = """
    CostLine { width: auto; height: 1; text-wrap: nowrap; text-overflow: ellipsis; }
    """

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._cost: Cost | None = None

    @property
    def cost(self) -> Cost | None:
        """What is shown."""
        return self._cost

    def show(self, cost: Cost | None) -> None:
        """Say it; None takes it away."""
        if cost == self._cost:
            return
        self._cost = cost
        # A grid gives no room for the margin of what it measures.
        self.update(cost_words(cost) + "  " if cost is not None else "")


def cost_words(cost: Cost | None, *, more: bool = False) -> Content:
    """A cost as every screen shows it, with how it was counted where there is room for `more`."""
    if cost is None:
        return Content("")
    words = Content.styled(cost.words, MONEY if cost.money else "bold")
    return Content.assemble(words, Content.styled(f"  {cost.more}", "$text-muted")) if more and cost.more else words
