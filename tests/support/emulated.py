"""A terminal's screen as its reader sees it: what a program wrote, emulated by pyte."""

from __future__ import annotations

import re

import pyte

_NOT_FOR_PYTE = re.compile(
    rb"\x1b\[[<=>][0-9;:]*[a-zA-Z]|\x1b\[\?[0-9;]*\$p|\x1b\[\?[0-9;]*u|\x1b\[[0-9;]* ?q|\x1b\[[0-9;]*t"
    rb"|\x1b[P_^][^\x1b\x07]*(?:\x1b\\|\x07)|\x1b\][^\x1b\x07]*(?:\x1b\\|\x07)"
)
"""Sequences that pyte would print as text: private CSI, DCS, APC, PM and OSC."""
_UNFINISHED = re.compile(rb"\x1b(?:\[[<=>?0-9;:$ ]*|[P_^\]][^\x1b\x07]*\x1b?)?$")


class EmulatedScreen(pyte.Screen):
    """Takes what a program writes, in pieces of any length."""

    def __init__(self, columns: int, rows: int) -> None:
        super().__init__(columns, rows)
        self._stream = pyte.ByteStream(self)
        self._pending = b""

    def take(self, data: bytes) -> None:
        """What the program has written next."""
        data = self._pending + data
        unfinished = _UNFINISHED.search(data)
        self._pending = data[unfinished.start() :] if unfinished else b""
        self._stream.feed(_NOT_FOR_PYTE.sub(b"", data[: len(data) - len(self._pending)]))

    def text(self) -> str:
        """Its text, without what is blank at the end of a line."""
        return "\n".join(line.rstrip() for line in self.display)

    def find(self, text: str) -> tuple[int, int] | None:
        """(column, row) of the first place of a text, or None."""
        for row, line in enumerate(self.display):
            if (column := line.find(text)) >= 0:
                return column, row
        return None
