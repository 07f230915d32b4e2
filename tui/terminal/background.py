"""Whether the terminal's background is light or dark: the terminal is asked, and the start does not wait for it.

What it said last is kept, so that the next start begins in the right colours.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping
from pathlib import Path

ASK = "\x1b]11;?\x1b\\"
"""Asks for the background's colour (OSC 11)."""
_SAID = re.compile(r"\x1b\]11;rgba?:([0-9a-fA-F]{1,4})/([0-9a-fA-F]{1,4})/([0-9a-fA-F]{1,4})")
_LIGHT, _DARK = "light", "dark"
_WEIGHTS = (0.299, 0.587, 0.114)
"""What of a colour's light comes from its red, green and blue (ITU-R BT.601)."""


class Background:
    """What is known of the background of one terminal."""

    def __init__(self, environ: Mapping[str, str], folder: Path) -> None:
        """`folder` is where it is kept from one start to the next."""
        self._path = folder / "background"
        self._terminal = " ".join((environ.get("TERM_PROGRAM", ""), environ.get("TERM", ""))).strip()
        self.light = self._kept()
        """None where nobody knows."""
        self.asked = False
        """Whether an answer is waited for: what comes unasked changes nothing."""

    def hear(self, report: str) -> bool:
        """Take what the terminal answered; whether it is an answer to the question, and another one than known."""
        found = _SAID.match(report) if self.asked else None
        if found is None:
            return False
        self.asked = False
        shares = [int(part, 16) / (16 ** len(part) - 1) for part in found.groups()]
        light = sum(weight * share for weight, share in zip(_WEIGHTS, shares, strict=True)) > 0.5
        before, self.light = self.light, light
        return light != before

    def keep(self) -> None:
        """Write it down for the next start. Blocks; what cannot be written is asked for again."""
        with contextlib.suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._path.write_text(f"{self._terminal}\n{_LIGHT if self.light else _DARK}\n", "utf-8")

    def _kept(self) -> bool | None:
        """What was written down of this kind of terminal."""
        try:
            terminal, _, said = self._path.read_text("utf-8").strip("\n").rpartition("\n")
        except (OSError, UnicodeDecodeError):
            return None
        return {_LIGHT: True, _DARK: False}.get(said) if terminal == self._terminal else None
