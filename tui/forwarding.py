"""Hands the events of the services on to the console: each in its turn, but of a text that streams only what is new."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui.services.bus import ChatText, Event, OutputText

PAUSE = 1 / 15
"""Seconds between two events of the same text: a thousand tokens a second would cost a thousand frames."""


class Forwarding:
    """What the bus calls. `give` gets every event in the order in which they were told, texts merged."""

    def __init__(self, give: Callable[[Event], object]) -> None:
        self._give = give
        self._held: dict[tuple[str, ...], OutputText | ChatText] = {}
        self._due: asyncio.TimerHandle | None = None

    def __call__(self, event: Event) -> None:
        """Give it now; a text at once when none was given just before, else a moment later."""
        from tui.services import bus

        if not isinstance(event, bus.OutputText | bus.ChatText):
            self._give_held()
            self._give(event)
        elif self._due is None:
            self._give(event)
            self._due = asyncio.get_running_loop().call_later(PAUSE, self._pause_over)
        else:
            of = (event.prediction_id,) if isinstance(event, bus.OutputText) else (event.conversation_id, event.turn_id)
            before = self._held.get(of)
            self._held[of] = event if before is None else _merged(before, event)

    def _pause_over(self) -> None:
        self._due = None
        if self._held:
            self._give_held()
            self._due = asyncio.get_running_loop().call_later(PAUSE, self._pause_over)

    def _give_held(self) -> None:
        held, self._held = self._held, {}
        for event in held.values():
            self._give(event)


def _merged(before: OutputText | ChatText, event: OutputText | ChatText) -> OutputText | ChatText:
    if event.restarted:
        return event
    return replace(event, delta=before.delta + event.delta, restarted=before.restarted)
