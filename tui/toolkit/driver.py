"""The terminal's driver: Textual's own, with a reader of keys that ends at once, and a writer that writes at once."""

from __future__ import annotations

import os
import selectors
import signal
from codecs import getincrementaldecoder
from threading import Thread
from typing import Any

from textual import constants
from textual.drivers._writer_thread import WriterThread
from textual.drivers.linux_driver import LinuxDriver

from tui.toolkit.bursts import Bursts
from tui.toolkit.key_parser import KeyParser
from tui.toolkit.terminal_writer import TerminalWriter, open_terminal

ESCAPE_DELAY = 0.05
"""Seconds after which an escape is a key of its own; Textual's 0.1 is felt. ESCDELAY sets another, in milliseconds."""
HUNG_UP = 128 + signal.SIGHUP
"""What the console returns when its terminal has gone."""


class TerminalDriver(LinuxDriver):
    """Textual's reader looks every 0.1 s for its end and for an escape on its own; a quit waits for it twice."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)  # pyright: ignore[reportUnknownMemberType] - Textual leaves its app open
        self._escape_delay = constants.ESCAPE_DELAY if "ESCDELAY" in os.environ else ESCAPE_DELAY
        self._wake: tuple[int, int] | None = None

    def start_application_mode(self) -> None:
        """Take the terminal, at the start and after it was lent to another program."""
        self._forget_wake()
        self._wake = os.pipe()
        super().start_application_mode()
        # Textual asks for no alternate keys: where the letter is of another alphabet they say which key it is.
        if not constants.DISABLE_KITTY_KEY:
            self.write("\x1b[=4;2u")
        writer: WriterThread | None = self._writer_thread
        # There is none, or the one of before, where the terminal could not be taken.
        if self._file is None or writer is None or isinstance(writer, TerminalWriter):
            return
        if (terminal := open_terminal(self._file)) is not None:
            writer.stop()
            self._writer_thread = TerminalWriter(self._file, terminal)
            self._writer_thread.start()

    def _sigcont_application(self, *arguments: Any) -> None:
        """Textual's, which takes the terminal as after ctrl+z: it would read every key twice where only the process was
        stopped, and begin to read again where the terminal has gone, which sends this signal too."""
        if not self._must_signal_resume:
            reader: Thread | None = self._key_thread
            if reader is None or not reader.is_alive() or not os.isatty(self.fileno):
                return
            self.suspend_application_mode()
            self._must_signal_resume = True
        super()._sigcont_application(*arguments)  # pyright: ignore[reportUnknownMemberType] - Textual leaves them open

    async def written(self) -> None:
        """Return when the terminal has taken what was written to it."""
        if isinstance(self._writer_thread, TerminalWriter):
            await self._writer_thread.written()

    def disable_input(self) -> None:
        """Disable further input; returns when the reader has ended."""
        if self._wake is not None:
            os.write(self._wake[1], b"!")
        super().disable_input()

    def run_input_thread(self) -> None:
        """Read the keys until `disable_input`."""
        parser, bursts = KeyParser(self._debug, escape_delay=self._escape_delay), Bursts()
        decode = getincrementaldecoder("utf-8")("replace").decode
        # Not the default selector: epoll and kqueue do not take every kind of terminal.
        with selectors.SelectSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            if self._wake is not None:
                selector.register(self._wake[0], selectors.EVENT_READ)
            while not self.exit_event.is_set():
                # Only an unfinished sequence has a time limit: without one, nothing wakes an idle console.
                for key, _ in selector.select(parser.wait()):
                    if key.fd != self.fileno:
                        continue
                    if (data := self._read()) is None:
                        continue
                    if not data:
                        # Where no signal tells of it, nothing else would end the console.
                        self._app.call_later(self._app.exit, return_code=HUNG_UP)
                        return
                    if text := decode(data):
                        for message in bursts.sort(parser.read(text), parser):
                            self.process_message(message)
                for message, _ in parser.expire():
                    self.process_message(message)

    def _read(self) -> bytes | None:
        """What was typed; b"" once the terminal has gone, None where another program that shares it was quicker."""
        try:
            return os.read(self.fileno, 4096)
        except BlockingIOError:
            return None
        except OSError:
            return b""

    def close(self) -> None:
        """Clean up, after input was disabled: at the end, and before the terminal is lent to another program."""
        super().close()
        self._forget_wake()

    def _forget_wake(self) -> None:
        if self._wake is not None:
            for end in self._wake:
                os.close(end)
            self._wake = None
