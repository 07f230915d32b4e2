"""What a deployment may cost, idle and at most, by the hour and by the month, in words."""

from __future__ import annotations

from tui.services.deployments.setup import Setup
from tui.services.usage.prices import MONTH_HOURS, Estimate, Prices
from tui.wording import monthly


def costs(before: Setup | None, after: Setup, prices: Prices) -> list[str]:
    """What it may cost idle and at most, per hour and month, with where the price is from."""
    running = prices.running(after.configuration)
    if running is None:
        return [
            f"What {after.hardware or 'the hardware'} costs is not known here ([prices.hardware] in the config file)."
        ]
    was = prices.running(before.configuration) if before is not None else None
    return [
        f"idle:    {_cost(running.idle)}{_was(was.idle if was else None, running.idle)}",
        f"at most: {_cost(running.most)}{_was(was.most if was else None, running.most)}",
        running.idle.source,
    ]


def _cost(estimate: Estimate) -> str:
    return f"{estimate} an hour, ≈ {monthly(estimate.dollars * MONTH_HOURS)} a month"


def _was(before: Estimate | None, after: Estimate) -> str:
    if before is None or before.dollars == after.dollars:
        return ""
    return f" (now {before} an hour)"
