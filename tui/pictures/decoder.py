"""Asks a process of its own for drawings. Everything here blocks: call it in a thread.

A thread that decodes keeps Python from answering a key for up to 25 ms, again and again; a thread that waits for
another process does not. And a picture that breaks its decoder ends that process, and not the console.
"""

from __future__ import annotations

import atexit
import contextlib
import importlib.util
import json
import signal
import subprocess
import sys
from pathlib import Path
from threading import Lock
from typing import IO, cast

from tui.pictures import messages
from tui.pictures.canvas import Canvas, Drawing, Refused
from tui.pictures.drawing import Painter
from tui.settings.environment import for_children

_START = """
import json, sys
sys.path[:0] = json.loads(sys.argv[1])
from tui.pictures.worker import main
main(idle=float(sys.argv[2]))
"""
"""Without the site's packages, of which it needs one: their search is half of the start."""


IDLE = 60.0
"""Seconds without a request after which the process ends: its memory is worth more than the start of another."""


class Decoder:
    """Draws pictures in a process that it starts when it is first needed, and that ends by itself when idle."""

    def __init__(self, idle: float = IDLE) -> None:
        """`idle`: the seconds after which its process ends when nothing is asked."""
        self._idle = idle
        self._lock = Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._here: Painter | None = None
        """Draws in this process, where no other can be started."""

    def prepare(self) -> None:
        """Start the process while what it will be asked for is still fetched."""
        with self._lock:
            self._start()

    def draw(self, path: Path, kind: str, canvas: Canvas, frame: int | None = None) -> Drawing:
        """As Painter.draw. Raises Refused, in words."""
        path = path.absolute()
        with self._lock:
            for _ in range(2):
                self._start()
                if self._process is None:
                    break
                try:
                    messages.ask(cast(IO[bytes], self._process.stdin), path, kind, canvas, frame)
                    return messages.told(cast(IO[bytes], self._process.stdout))
                except (OSError, EOFError):
                    # One that was idle has ended meanwhile: that is no fault of this picture.
                    self._check_end(path, kind)
            self._here = self._here or Painter()
            return self._here.draw(path, kind, canvas, frame)

    def close(self) -> None:
        """End the process."""
        with self._lock:
            if (process := self._process) is not None:
                self._process = None
                process.kill()
                process.wait()

    def _check_end(self, path: Path, kind: str) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        code = process.wait()
        for pipe in (process.stdin, process.stdout):
            with contextlib.suppress(OSError):  # what it did not read any more
                cast(IO[bytes], pipe).close()
        if code:
            how = signal.Signals(-code).name if code < 0 else f"exit code {code}"
            raise Refused(f"{path.name} begins as {kind}, but what reads pictures broke on it ({how}).")

    def _start(self) -> None:
        if self._process is not None or self._here is not None:
            return
        found = importlib.util.find_spec("PIL")
        ours = Path(__file__).parents[2]
        paths = [str(ours)] + ([str(Path(found.origin).parents[1])] if found is not None and found.origin else [])
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", "-c", _START, json.dumps(paths), str(self._idle)],
                env=for_children(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        except OSError:
            self._here = Painter()


decoder = Decoder()
"""The one of this program."""
atexit.register(decoder.close)
