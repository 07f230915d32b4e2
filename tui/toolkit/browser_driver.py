"""The driver for a console that is shown in a browser: Textual's own, with our reader of keys."""

from __future__ import annotations

import os
import selectors
from codecs import getincrementaldecoder
from collections.abc import Callable
from typing import Any

from textual.drivers._byte_stream import ByteStream
from textual.drivers.web_driver import WebDriver

from tui.toolkit.bursts import Bursts
from tui.toolkit.driver import ESCAPE_DELAY, HUNG_UP
from tui.toolkit.key_parser import KeyParser


class BrowserDriver(WebDriver):
    """Textual's reader looks for its end every 0.1 s, and goes on without a word once nobody serves the page any more.

    The keys of a browser are sorted as those of a terminal: what comes as a burst sends nothing.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)  # pyright: ignore[reportUnknownMemberType] - Textual leaves its app open
        self._wake = os.pipe()

    def stop_application_mode(self) -> None:
        """End, and have the page told of it. Whoever served it may have gone."""
        os.write(self._wake[1], b"!")
        try:
            super().stop_application_mode()
        except BrokenPipeError:
            return

    def write(self, data: str) -> None:
        """Write what the page shows."""
        self._unless_gone(lambda: super(BrowserDriver, self).write(data))

    def write_meta(self, data: dict[str, object]) -> None:
        """Tell whoever serves the page."""
        self._unless_gone(lambda: super(BrowserDriver, self).write_meta(data))

    def _unless_gone(self, write: Callable[[], None]) -> None:
        try:
            write()
        except BrokenPipeError:
            # The reader of keys finds it out as well, and ends the console.
            return

    def run_input_thread(self) -> None:
        """Read what the page sends until the end."""
        parser, bursts, packets = KeyParser(self._debug, escape_delay=ESCAPE_DELAY), Bursts(), ByteStream()
        decode = getincrementaldecoder("utf-8")("replace").decode
        stdin = 0
        with selectors.DefaultSelector() as selector:
            selector.register(stdin, selectors.EVENT_READ)
            selector.register(self._wake[0], selectors.EVENT_READ)
            while not self.exit_event.is_set():
                for key, _ in selector.select(parser.wait()):
                    if key.fd != stdin:
                        return
                    data = os.read(stdin, 65536)
                    if not data:
                        self._app.call_later(self._app.exit, return_code=HUNG_UP)
                        return
                    for kind, payload in packets.feed(data):
                        if kind != "D":
                            self._on_meta(kind, payload)
                            continue
                        for message in bursts.sort(parser.read(decode(payload)), parser):
                            self.process_message(message)
                for message, _ in parser.expire():
                    self.process_message(message)
