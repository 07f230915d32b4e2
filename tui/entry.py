"""From settings to an open console, and from its end to the shell's prompt."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import threading
from typing import TYPE_CHECKING

from tui import logs
from tui.app import Console

if TYPE_CHECKING:
    from tui.navigation import Place
    from tui.settings import Settings


def run_console(settings: Settings, place: Place) -> int:
    """Open the console at `place`; returns the exit code."""
    logs.start(settings.paths.log)
    app = Console(settings, place)
    result = app.run()
    code = result if isinstance(result, int) else app.return_code or 0
    _end(code)
    return code


def _end(code: int) -> None:
    """End the process here: all is closed by now, and taking down the interpreter's objects one by one is felt."""
    if threading.active_count() > 1:
        return
    logging.shutdown()
    with contextlib.suppress(OSError):  # the terminal may be gone
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(code)
