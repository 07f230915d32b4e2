"""Writes to the terminal what it takes at once, at once; the rest follows as it is taken.

Textual hands every frame to a thread. That thread waits for the interpreter, up to 5 ms, while the maker of the frame
goes on with what is next; and of a terminal that takes nothing it keeps thirty frames, then holds up the whole
application.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
from codecs import getincrementalencoder
from threading import Condition
from typing import TextIO

from textual._ansi_sequences import SYNC_END, SYNC_START
from textual.drivers._writer_thread import WriterThread

FAREWELL = 2.0
"""Seconds for which the end waits for a terminal that takes nothing."""


def open_terminal(file: TextIO) -> int | None:
    """A descriptor of a file's terminal that does not block, or None where it is none, or not ours to open.

    It is opened anew: what is set on the file's own is set for the shell, too, and would outlive the console.
    """
    try:
        return os.open(os.ttyname(file.fileno()), os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY)
    except (OSError, ValueError):
        return None


class TerminalWriter(WriterThread):
    """Textual's writer, with a thread that has something to do only when the terminal is slow."""

    def __init__(self, file: TextIO, terminal: int) -> None:
        """`terminal` is what `open_terminal` gave; it is closed by `stop`."""
        super().__init__(file)
        self._terminal = terminal
        self._encode = getincrementalencoder(file.encoding)("backslashreplace").encode
        self._frame = ""
        self._rest = bytearray()
        self._changed = Condition()
        self._ended = False
        self._waiting: list[asyncio.Future[None]] = []

    def write(self, text: str) -> None:
        """Write a text; what stands between the marks of a synchronized update is written as one.

        After `stop` the terminal is another program's: nothing is written.
        """
        with self._changed:
            if self._ended:
                return
            self._frame += text
            if self._frame.startswith(SYNC_START) and text != SYNC_END:
                return
            data, self._frame = self._encode(self._frame), ""
            if not self._rest:
                data = data[self._taken(data) :]
            if data:
                self._rest += data
                self._changed.notify()

    async def written(self) -> None:
        """Return when the terminal has taken all."""
        with self._changed:
            if not self._rest:
                return
            waiting = asyncio.get_running_loop().create_future()
            self._waiting.append(waiting)
        await waiting

    def run(self) -> None:
        """Write what the terminal did not take at once."""
        while True:
            with self._changed:
                self._changed.wait_for(lambda: bool(self._rest) or self._ended)
                if not self._rest:
                    return
            # Not poll: that of macOS does not take terminals.
            select.select([], [self._terminal], [])
            with self._changed:
                del self._rest[: self._taken(self._rest)]
                waiting, self._waiting = ([], self._waiting) if self._rest else (self._waiting, [])
            for one in waiting:
                # The loop may have ended without it.
                with contextlib.suppress(RuntimeError):
                    one.get_loop().call_soon_threadsafe(_set, one)

    def stop(self) -> None:
        """Stop the thread, once the terminal has taken all, and close the terminal."""
        with self._changed:
            if self._ended:
                return
            self._ended = True
            self._changed.notify()
        self.join(FAREWELL)
        if not self.is_alive():
            os.close(self._terminal)

    def _taken(self, data: bytes | bytearray) -> int:
        """How many bytes the terminal took; one that has gone takes all."""
        taken = 0
        while taken < len(data):
            try:
                taken += os.write(self._terminal, memoryview(data)[taken:])
            except BlockingIOError:
                break
            except OSError:
                return len(data)
        return taken


def _set(waiting: asyncio.Future[None]) -> None:
    if not waiting.done():
        waiting.set_result(None)
