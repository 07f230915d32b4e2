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
from tui.settings.environment import for_own_commands

if TYPE_CHECKING:
    from tui.navigation import Place
    from tui.settings import Options, Settings


def run_console(settings: Settings, place: Place) -> int:
    """Open the console at `place`; returns the exit code."""
    logs.start(settings.paths.log)
    app = Console(settings, place)
    result = app.run()
    code = result if isinstance(result, int) else app.return_code or 0
    if code == 0 and app.goes_on_as is not None:
        _begin_anew(app.goes_on_as)
    _end(code)
    return code


def _begin_anew(options: Options) -> None:
    """Become a console with other options: nothing of one account is left in memory for another one."""
    before = sys.orig_argv[1 : len(sys.orig_argv) - len(sys.argv) + 1]
    logging.shutdown()
    os.execve(sys.executable, [sys.executable, *before, *options.as_words()], for_own_commands())  # noqa: S606  (it is this program itself)


def _end(code: int) -> None:
    """End the process here: all is closed by now, and taking down the interpreter's objects one by one is felt."""
    if threading.active_count() > 1:
        return
    logging.shutdown()
    with contextlib.suppress(OSError):  # the terminal may be gone
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(code)
