"""Copying by every way that there is: tmux's own, the terminal's (OSC 52), which also works over SSH, the machine's."""

from __future__ import annotations

import asyncio
import base64
import os
from collections.abc import Callable, Mapping
from typing import NamedTuple

from tui.terminal.programs import feed

LARGEST = 74_994
"""Bytes that xterm, tmux and most terminals take in one OSC 52; more is dropped by them without a word."""


class Copied(NamedTuple):
    """Whether a copy was made, and in words which way it went or why not."""

    ok: bool
    words: str


def osc52(text: str, environment: Mapping[str, str] = os.environ) -> list[str]:
    """The escape sequences that ask the terminal to take `text`, each for what may stand between it and here.

    tmux takes a plain one where `set-clipboard` is on, and hands a wrapped one through where `allow-passthrough` is.
    screen hands pieces through; it would show the rest of a plain one that is longer than its buffer.
    """
    payload = base64.b64encode(text.encode("utf-8", "replace")).decode()
    sequence = f"\x1b]52;c;{payload}\x07"
    term = environment.get("TERM", "")
    if environment.get("TMUX") or term.startswith("tmux"):
        return [sequence, "\x1bPtmux;" + sequence.replace("\x1b", "\x1b\x1b") + "\x1b\\"]
    if environment.get("STY") or term.startswith("screen"):
        # screen passes at most 768 bytes in one string, so that a longer one is sent in pieces.
        pieces = [sequence[start : start + 250] for start in range(0, len(sequence), 250)]
        return ["".join(f"\x1bP{piece}\x1b\\" for piece in pieces)]
    return [sequence]


async def copy(
    text: str,
    write: Callable[[str], object] | None,
    environment: Mapping[str, str] = os.environ,
    *,
    in_browser: bool = False,
) -> Copied:
    """Copy `text` by each way that is there; `write` sends a sequence to the terminal.

    `in_browser` says that the terminal is a page, whose reader may sit at another machine.

    Whether a terminal took an OSC 52 cannot be known, so the words only claim that it was sent.
    """
    ways: list[str] = []
    holder = "browser" if in_browser else "terminal"
    size = len(text.encode("utf-8", "replace"))
    fits = size <= LARGEST
    in_tmux = bool(environment.get("TMUX"))
    if in_tmux and fits and await feed(["tmux", "load-buffer", "-w", "-"], text, environment):
        ways.append("sent by tmux to the terminal's clipboard; prefix ] pastes it too")
    else:
        # A tmux before 3.2 has no -w; and what is too long for the terminal still fits into tmux.
        if in_tmux and await feed(["tmux", "load-buffer", "-"], text, environment):
            ways.append("in tmux: prefix ] pastes it")
        if write is not None and fits:
            for sequence in osc52(text, environment):
                write(sequence)
            ways.append(f"sent to the {holder}'s clipboard" + (", if tmux lets it through" if in_tmux else ""))
    if not in_browser and not environment.get("SSH_CONNECTION") and await asyncio.to_thread(_machine, text):
        ways.append("copied to this machine's clipboard")
    if not ways and not fits:
        return Copied(False, f"too long for the {holder}'s clipboard ({size:,} of {LARGEST:,} bytes)")
    if not fits:
        ways.append(f"too long for the {holder}'s clipboard ({size:,} of {LARGEST:,} bytes)")
    return Copied(True, " and ".join(ways)) if ways else Copied(False, "no clipboard was found")


def _machine(text: str) -> bool:
    import pyperclip

    try:
        pyperclip.copy(text)
    except pyperclip.PyperclipException:
        return False
    return True
