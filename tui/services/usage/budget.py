"""The budget: what was spent today and this month by the archive's estimates, and what would pass what was set.

What was spent is read from the store, so that all processes of this machine share it. What has no price is not in it.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from tui.services.bus import BudgetChanged
from tui.services.usage.prices import MONTH_HOURS
from tui.settings.budget import Budget
from tui.store.totals import start_of_day
from tui.wording import money

if TYPE_CHECKING:
    from tui.api.types import Configuration
    from tui.services.session import Session
    from tui.services.usage.prices import Prices
    from tui.services.usage.usage import Usages


class Budgets:
    """Compares what was spent with what was set. Methods raise StoreError."""

    def __init__(self, session: Session, usages: Usages, budget: Budget) -> None:
        self._session = session
        self._usages = usages
        self._budget = budget

    def change(self, budget: Budget) -> None:
        """Compare with another one from now on."""
        self._budget = budget
        self._session.bus.publish(BudgetChanged())

    @property
    def is_set(self) -> bool:
        """Whether there is a budget at all."""
        return bool(self._limits())

    def _limits(self) -> list[tuple[str, float]]:
        both = (("today", self._budget.day), ("this month", self._budget.month))
        return [(name, limit) for name, limit in both if limit is not None]

    async def _spent(self) -> list[tuple[str, float, float]]:
        """Each limit by its name, with what was spent. The budget may be another one when this comes back."""
        today = start_of_day(self._session.clock.now())
        begins: dict[str, datetime] = {"today": today, "this month": start_of_day(today.replace(day=1))}
        found: list[tuple[str, float, float]] = []
        for name, limit in self._limits():
            usage = await self._usages.read(begins[name])
            found.append((name, limit, usage.total().sum.cost or 0.0))
        return found

    async def passed_by(self, dollars: float | None, what: str = "This") -> str:
        """Why one should be asked before so much is spent, in a sentence; empty where no budget is passed.

        `dollars` is None where nobody knows: then only a budget that is spent already asks.
        """
        if not self.is_set:
            return ""
        for name, limit, so_far in await self._spent():
            if so_far >= limit or so_far + (dollars or 0.0) > limit:
                known = f"{what} may cost ≈ {money(dollars)}" if dollars is not None else ""
                may = known or f"What {what.lower()} costs is not known"
                return f"{may}. {name.capitalize()} ≈ {money(so_far)} of the budget of {money(limit)} is spent."
        return ""

    async def passed_by_standing(self, prices: Prices, before: Configuration | None, after: Configuration) -> list[str]:
        """Why one should be asked before more instances stand by, as lines; none where no budget is passed."""
        now, was = prices.running(after), prices.running(before) if before is not None else None
        more = 0.0 if now is None else (now.idle.dollars - (was.idle.dollars if was else 0.0)) * MONTH_HOURS
        why = await self.passed_by(more, "What stands by more in a month") if more > 0 else ""
        return ["", why] if why else []

    async def lines(self) -> list[tuple[str, bool]]:
        """`≈ $4.10 of $5 today`, and whether that is near the budget or over it; empty without a budget."""
        if not self.is_set:
            return []
        return [
            (f"≈ {money(spent)} of {money(limit)} {name}", spent >= self._budget.warn * limit)
            for name, limit, spent in await self._spent()
        ]

    async def warning(self) -> str:
        """What the status line says: the budgets that are nearly spent; empty where none is."""
        return " · ".join(words for words, near in await self.lines() if near)
