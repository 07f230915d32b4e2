"""The terminal's driver: Textual's own, with a reader of keys that ends at once when it is told to."""

from __future__ import annotations

import contextlib
import os
import selectors
from codecs import getincrementaldecoder
from typing import Any

from textual._parser import ParseError
from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver

TICK = 0.1
"""Seconds after which the parser looks whether an escape was a key of its own, as in Textual."""


class PromptDriver(LinuxDriver):
    """Textual's reader looks for its end every 0.1 s and then waits once more, which a quit would wait for."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)  # pyright: ignore[reportUnknownMemberType] - Textual leaves its app open
        self._woken, self._waker = os.pipe()
        os.set_blocking(self._woken, False)

    def disable_input(self) -> None:
        """Disable further input; returns when the reader has ended."""
        with contextlib.suppress(OSError):
            os.write(self._waker, b"!")
        super().disable_input()

    def run_input_thread(self) -> None:
        """Read the keys until `disable_input`."""
        with contextlib.suppress(BlockingIOError):
            os.read(self._woken, 64)
        parser = XTermParser(self._debug)
        decode = getincrementaldecoder("utf-8")("replace").decode
        # Not the default selector: epoll and kqueue do not take every kind of terminal.
        with selectors.SelectSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            selector.register(self._woken, selectors.EVENT_READ)
            while not self.exit_event.is_set():
                for key, _ in selector.select(TICK):
                    if key.fd != self.fileno:
                        continue
                    text = decode(os.read(self.fileno, 4096))
                    for message in parser.feed(text) if text else ():
                        self.process_message(message)
                for message in parser.tick():
                    self.process_message(message)
        with contextlib.suppress(EOFError, ParseError):
            for _ in parser.feed(""):
                pass

    def close(self) -> None:
        """Clean up, after input was disabled."""
        super().close()
        for end in (self._woken, self._waker):
            os.close(end)
