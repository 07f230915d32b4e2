"""Sends a change, and asks what is to become of it for as long as its answer is lost."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, TypeVar

from tui.screens.dialogs.question import Ask, Option
from tui.services.outcome import Unsure

if TYPE_CHECKING:
    from textual.app import App

Outcome = TypeVar("Outcome")
OPTIONS = [
    Option("send", "s", "Send it once more"),
    Option("look", "l", "Look once more what is there"),
    Option("stay", "b", "Leave it as it is"),
]


async def carry_out(
    app: App[Any], send: Callable[[], Awaitable[Outcome | Unsure]], look: Callable[[], Awaitable[Outcome | Unsure]]
) -> Outcome | Unsure:
    """What became of it in the end; Unsure where the user left it at that. It is sent twice only when asked for."""
    outcome = await send()
    while isinstance(outcome, Unsure):
        answer = await app.push_screen_wait(Ask("The answer was lost", outcome.words, OPTIONS))
        if answer not in ("send", "look"):
            return outcome
        outcome = await (send() if answer == "send" else look())
    return outcome
