"""The app that Textual gives, with what this console does otherwise: its keys, its end, its updates."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from textual import events
from textual.app import App
from textual.binding import Binding, BindingsMap
from textual.driver import Driver
from textual.screen import Screen

from tui.toolkit.input_queue import InputQueue
from tui.toolkit.notifications import DistinctNotifications
from tui.toolkit.shutdown import GracefulExit
from tui.toolkit.stylesheet import CachedStylesheet

Result = TypeVar("Result")


class ToolkitApp(App[Result]):
    """An app whose keys wait for each other, and that ends with a sentence, whatever ends it."""

    def __init__(self, log_file: Path) -> None:
        """`log_file` is where the details of a fault are kept."""
        super().__init__()
        self.later_styles: Sequence[Path] = ()
        """Sheets that are read when a second screen is opened, if not before: the first is shown without them."""
        self._notifications = DistinctNotifications()
        self.input_queue = InputQueue(self, super().on_event)
        self._graceful_exit = GracefulExit(self, log_file)

    async def on_event(self, event: events.Event) -> None:
        await self.input_queue.on_event(event)

    def on_mount(self) -> None:
        self._graceful_exit.heed_signals()

    # ---- styles

    async def parse_later_styles(self) -> None:
        """Parse the sheets that the first screen did not need, before another does."""
        if isinstance(self.stylesheet, CachedStylesheet):
            await self.stylesheet.parse_ahead(self.later_styles)
        self._read_later_styles()

    def _read_later_styles(self) -> None:
        paths, self.later_styles = self.later_styles, ()
        if not paths:
            return
        if self.css_monitor is not None:
            self.css_monitor.add_paths(paths)
        self.stylesheet.read_all(paths)
        self.stylesheet.reparse()
        self.stylesheet.update(self)

    def _load_screen_css(self, screen: Screen[Any]) -> None:
        if any(other is not screen for stack in self._screen_stacks.values() for other in stack):
            self._read_later_styles()
        super()._load_screen_css(screen)  # pyright: ignore[reportUnknownMemberType] - Textual leaves it open

    def get_driver_class(self) -> type[Driver]:
        """Textual's choice; on a POSIX terminal and in a browser one of ours, that ends at once."""
        found = super().get_driver_class()
        if found.__name__ == "LinuxDriver":
            from tui.toolkit.driver import TerminalDriver

            return TerminalDriver
        if found.__name__ == "WebDriver":
            from tui.toolkit.browser_driver import BrowserDriver

            return BrowserDriver
        return found

    def write_to_terminal(self, sequence: str) -> None:
        """Write a control sequence between two frames."""
        if sequence and self._driver is not None:
            self._driver.write(sequence)

    @property
    def has_terminal(self) -> bool:
        """Whether there is anything to write to."""
        return self._driver is not None

    def has_opened(self, mode: str) -> bool:
        """Whether a mode has been switched to before."""
        return mode in self._screen_stacks

    def bind_everywhere(self, bindings: Sequence[Binding]) -> None:
        """Bind keys that are known only now, as `BINDINGS` would."""
        for binding in BindingsMap(bindings).key_to_bindings.values():
            for one in binding:
                self._bindings.key_to_bindings.setdefault(one.key, []).append(one)

    def hold_updates(self, most: float) -> Callable[[], None]:
        """Paint nothing until what is returned is called, or that many seconds have passed."""
        self._begin_batch()
        ended = False

        def end() -> None:
            nonlocal ended
            if not ended:
                ended = True
                timer.stop()
                self._end_batch()
                # At the end there is a moment without any screen.
                if not self._batch_count and self.screen_stack:
                    self.screen.refresh()

        timer = self.set_timer(most, end, name="hold_updates")
        return end

    # ---- the end

    def _handle_exception(self, error: Exception) -> None:
        self._graceful_exit.handle(error)

    def _print_error_renderables(self) -> None:
        self._graceful_exit.wait_for_terminal()
        super()._print_error_renderables()
