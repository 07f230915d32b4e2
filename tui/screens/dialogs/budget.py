"""Asks for the budget, keeps it in the config file, and has it hold at once."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from tui.screens.command_host import app_of, console
from tui.screens.dialogs.prompt import Prompt
from tui.settings import SettingsError
from tui.settings.budget import NO_BUDGET, TYPED, typed_budget

if TYPE_CHECKING:
    from textual.dom import DOMNode

    from tui.services.services import Services
    from tui.settings.budget import Budget

ASKED = f"US dollars such as {TYPED}, by these estimates; {NO_BUDGET} takes it away. What would pass it asks first."


async def change_budget(node: DOMNode, services: Services) -> None:
    """Ask until it is a budget or the user gives up; then keep it."""
    from tui.settings.keep import save_budget

    app = console(node)
    before = app.settings.budget
    budget = await _typed(node, before)
    if budget is None or budget == before:
        return
    try:
        where = await asyncio.to_thread(save_budget, app.settings, budget)
    except SettingsError as error:
        app.say(str(error), severity="error", title="The budget is not kept")
    else:
        app.say(f"{f'At most {budget.words}' if budget.words else 'No budget'}: kept in {where}")
    app.settings = replace(app.settings, budget=budget)
    services.budget.change(budget)


async def _typed(node: DOMNode, before: Budget) -> Budget | None:
    words, typed = ASKED, before.words
    while True:
        answer = await app_of(node).push_screen_wait(Prompt("What may be spent?", words, typed))
        if answer is None:
            return None
        try:
            return typed_budget(answer, before.warn)
        except ValueError as error:
            words, typed = str(error), answer
