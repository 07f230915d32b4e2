"""How the console ends when nobody asked it to: by a signal, by a fault, on a terminal that takes nothing."""

from __future__ import annotations

import asyncio
import contextlib
import select
import signal
import sys
from pathlib import Path
from typing import Any, cast

from textual.app import App, ScreenError
from textual.css.query import QueryError
from textual.widget import MountError

from tui import logs
from tui.toolkit.terminal_writer import FAREWELL


class GracefulExit:
    """Ends an app with a sentence, whatever ends it."""

    def __init__(self, app: App[Any], log_file: Path) -> None:
        """`log_file` is where the details of a fault are kept."""
        self._app = cast(Any, app)  # its private names are meant here
        self._log_file = log_file

    def heed_signals(self) -> None:
        """End as on a key where the system says so."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGHUP, signal.SIGTERM):
            # Without a handler the process ends with nothing saved and the terminal in its alternate screen.
            with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
                loop.add_signal_handler(number, self._ended_by_signal, number)

    def _ended_by_signal(self, number: int) -> None:
        self._app.exit(return_code=128 + number)

    def handle(self, error: Exception) -> None:
        """End because of a fault."""
        app = self._app
        if app._exit and isinstance(error, QueryError | ScreenError | MountError):
            # A screen that was opening when the console was told to end finds that it gets no widgets.
            logs.failure("while it ended", error)
            return
        # Textual's traceback prints the locals, where a token or an input may be: log the frames, print a sentence.
        logs.failure("crash", error)
        app._return_code = 1
        if app._exception is None:
            app._exception = error
            app._exception_event.set()
        words = f"replicate-tui stopped: {type(error).__name__}. The details are in {self._log_file}"
        app._exit_renderables.append(words)
        app._close_messages_no_wait()

    def wait_for_terminal(self) -> None:
        """Drop what would be said at the end where the terminal takes nothing: it would be waited for without end."""
        said = self._app._exit_renderables
        if said and sys.__stderr__ is not None:
            with contextlib.suppress(OSError, ValueError):  # it may have gone
                if not select.select([], [sys.__stderr__], [], FAREWELL)[1]:
                    said.clear()
