"""Copying by way of the terminal (OSC 52), which also works over SSH, and by the machine's own clipboard."""

from __future__ import annotations

import base64
import os
from collections.abc import Callable, Mapping
from typing import NamedTuple

LARGEST = 74_994
"""Bytes that xterm, tmux and most terminals take in one OSC 52; more is dropped by them without a word."""


class Copied(NamedTuple):
    """Whether a copy was made, and in words which way it went or why not."""

    ok: bool
    words: str


def osc52(text: str, environment: Mapping[str, str] = os.environ) -> str:
    """The escape sequence that asks the terminal to take `text`, passed through tmux or screen where one is."""
    payload = base64.b64encode(text.encode()).decode()
    sequence = f"\x1b]52;c;{payload}\x07"
    if environment.get("TMUX"):
        return "\x1bPtmux;" + sequence.replace("\x1b", "\x1b\x1b") + "\x1b\\"
    if environment.get("TERM", "").startswith("screen"):
        # screen passes at most 768 bytes in one string, so that a longer one is sent in pieces.
        pieces = [sequence[start : start + 250] for start in range(0, len(sequence), 250)]
        return "".join(f"\x1bP{piece}\x1b\\" for piece in pieces)
    return sequence


def copy(text: str, write: Callable[[str], object] | None, environment: Mapping[str, str] = os.environ) -> Copied:
    """Copy `text` both ways where both work; `write` sends a sequence to the terminal.

    Whether a terminal took an OSC 52 cannot be known, so the words only claim that it was sent.
    """
    ways: list[str] = []
    fits = len(text.encode()) <= LARGEST
    if write is not None and fits:
        write(osc52(text, environment))
        ways.append("sent to the terminal's clipboard")
    if not environment.get("SSH_CONNECTION") and _machine(text):
        ways.append("copied to this machine's clipboard")
    if ways:
        return Copied(True, " and ".join(ways))
    if not fits:
        return Copied(False, f"too long for the terminal's clipboard ({len(text.encode()):,} of {LARGEST:,} bytes)")
    return Copied(False, "no clipboard was found")


def _machine(text: str) -> bool:
    import pyperclip

    try:
        pyperclip.copy(text)
    except pyperclip.PyperclipException:
        return False
    return True
