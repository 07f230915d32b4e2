"""What a command line says of a cost: before something is sent, and beside the API's object after."""

from __future__ import annotations

from tui.api.types import Prediction
from tui.cli.agreement import agreed
from tui.cli.printing import Speaker
from tui.services.services import Services
from tui.services.usage.prices import Prices


def with_cost(prices: Prices, prediction: Prediction) -> dict[str, object]:
    """The API's object, with `estimated_cost` beside its own fields where a price is known."""
    found = prices.of(prediction)
    if found is None or not prediction.is_terminal:
        return prediction.raw
    told = {"usd": found.dollars, "basis": found.basis, "prices_of": found.date, "old": found.old}
    return {**prediction.raw, "estimated_cost": told}


async def agreed_to_budget(
    services: Services, speaker: Speaker, dollars: float | None, what: str, *, yes: bool
) -> int | None:
    """None where no budget is passed or the user says yes; else the exit code, and why is said."""
    why = "" if yes else await services.budget.passed_by(dollars, what)
    return agreed(speaker, f"{why} Send it?", yes=False) if why else None
