"""How the console ends when nobody asked it to: by a signal, by a fault, on a terminal that takes nothing."""

from __future__ import annotations

import asyncio
import contextlib
import select
import signal
import sys
from pathlib import Path
from typing import TypeVar

from textual.app import App, ScreenError
from textual.css.query import QueryError
from textual.widget import MountError

from tui import logs
from tui.toolkit.terminal_writer import FAREWELL

Result = TypeVar("Result")


class GracefulExit(App[Result]):
    """An app that ends with a sentence, whatever ends it."""

    @property
    def log_file(self) -> Path:
        """Where the details of a fault are kept."""
        raise NotImplementedError

    def on_mount(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGHUP, signal.SIGTERM):
            # Without a handler the process ends with nothing saved and the terminal in its alternate screen.
            with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
                loop.add_signal_handler(number, self._ended_by_signal, number)

    def _ended_by_signal(self, number: int) -> None:
        self.exit(return_code=128 + number)

    def _handle_exception(self, error: Exception) -> None:
        if self._exit and isinstance(error, QueryError | ScreenError | MountError):
            # A screen that was opening when the console was told to end finds that it gets no widgets.
            logs.failure("while it ended", error)
            return
        # Textual's traceback prints the locals, where a token or an input may be: log the frames, print a sentence.
        logs.failure("crash", error)
        self._return_code = 1
        if self._exception is None:
            self._exception = error
            self._exception_event.set()  # pyright: ignore[reportUnknownMemberType] - Textual leaves its type open
        words = f"replicate-tui stopped: {type(error).__name__}. The details are in {self.log_file}"
        self._exit_renderables.append(words)
        self._close_messages_no_wait()

    def _print_error_renderables(self) -> None:
        """Textual's, but for a terminal that takes nothing: it would wait for that without end."""
        if self._exit_renderables and sys.__stderr__ is not None:
            with contextlib.suppress(OSError, ValueError):  # it may have gone
                if not select.select([], [sys.__stderr__], [], FAREWELL)[1]:
                    self._exit_renderables.clear()
        super()._print_error_renderables()
