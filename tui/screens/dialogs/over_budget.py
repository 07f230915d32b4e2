"""The question before what would pass the budget."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tui.screens.dialogs.question import Ask, Option

if TYPE_CHECKING:
    from textual.app import App

    from tui.services.services import Services


async def within_budget(app: App[Any], services: Services, dollars: float | None, what: str) -> bool:
    """Whether it may be sent: no budget is passed by it, or a person says so. `what` begins the sentence."""
    why = await services.budget.passed_by(dollars, what)
    if not why:
        return True
    options = [Option("send", "s", "Send it"), Option("stay", "b", "Back")]
    return await app.push_screen_wait(Ask("Pass the budget?", why, options)) == "send"
