"""Screens that hold back what they paint lose nothing of it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from textual.app import App, ComposeResult
from textual.signal import Signal
from textual.widgets import Static

from tests.support.screen import until
from tui.screens.base import ConsoleScreen
from tui.toolkit.screen import paint_held


class Words(Static):
    """Notes which of its texts were painted."""

    def __init__(self) -> None:
        super().__init__()
        self.text = "before"
        self.painted: list[str] = []

    def render(self) -> str:
        self.painted.append(self.text)
        return self.text


class OneScreen(ConsoleScreen):
    def compose_body(self) -> ComposeResult:
        yield Words()


class Console(App[None]):
    """What a screen needs of the console."""

    services = None
    troubled = staticmethod(lambda: False)
    settings = SimpleNamespace(read_only=False)
    account_words = staticmethod(lambda: ("ada", "ada", False))
    status_parts = staticmethod(lambda: [("as it is", "")])

    def __init__(self) -> None:
        super().__init__()
        self.events: Signal[Any] = Signal(self, "events")
        self.connected: Signal[Any] = Signal(self, "connected")
        self.status: Signal[None] = Signal(self, "status")


async def test_what_changes_while_a_held_frame_waits_is_painted_too() -> None:
    app = Console()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = OneScreen()
        await app.push_screen(screen)
        words = screen.query_one(Words)
        await until(pilot, lambda: words.painted)
        await pilot.pause()
        with app.batch_update():
            screen._compositor_refresh()
        assert screen._unpainted, "a frame is held back"
        # A bar follows the focus just before that frame comes.
        words.text = "after"
        words.refresh()
        screen._dirty_widgets.add(words)
        words._repaint_required = False
        paint_held(screen)
        await until(pilot, lambda: words.painted[-1] == "after")
