"""Calls whoever left the terminal when something has ended: by the bell, a notice of the desktop, their own command."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from tui.terminal.notices import Attention, Ending
from tui.toolkit.workers import work

if TYPE_CHECKING:
    from tui.settings import Settings
    from tui.status_events import Say
    from tui.store.records import Record
    from tui.toolkit.app import ToolkitApp

CALL_AFTER = 1.0
"""Seconds in which what ends is told together: a batch rings once."""


class Calls:
    """Knows whether somebody is there, and what ended meanwhile."""

    def __init__(self, app: ToolkitApp[int], settings: Settings, say: Say) -> None:
        self._app = app
        self._attention = Attention(settings.attention)
        self._command = settings.attention_command
        self._say = say
        self._calling = False

    def focus_changed(self, focused: bool) -> None:
        """The terminal was left, or is looked at again."""
        if not focused:
            self._attention.left()
        elif not self._attention.focused:
            self._back()

    def touched(self) -> None:
        """A key or a click: somebody is there."""
        if self._attention.touched():
            self._back()

    def calm(self) -> None:
        """Take back what the terminal shows of a call."""
        self._app.write_to_terminal(self._attention.calm())

    def _back(self) -> None:
        self.calm()
        if words := self._attention.back():
            self._say(words)

    def ended(self, record: Record, seconds: float) -> None:
        """Something has ended, after so many seconds."""
        prediction = record.prediction
        ending = Ending(record.kind, prediction.model or "", prediction.status, seconds)
        if self._attention.ended(ending) and not self._calling:
            self._calling = True
            self._app.set_timer(CALL_AFTER, self._call)

    def _call(self) -> None:
        self._calling = False
        words, sequences = self._attention.call()
        self._app.write_to_terminal(sequences)
        if words and self._command:
            work(self._app, "attention.command", "attention", self._run_command, words)

    async def _run_command(self, words: str) -> None:
        from tui.terminal.programs import start_apart

        if not await start_apart([*self._command, words], os.environ):
            self._say(f"The config's attention.command did not do it: {self._command[0]}", severity="warning")
