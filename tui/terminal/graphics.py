"""What this terminal can show: real pixels, colours or neither.

Real pixels are Kitty's protocol, which Kitty and Ghostty draw where its placeholders stand. The terminal is asked who
it is, and the console does not wait for the answer: one that gives none shows characters.
"""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import Mapping

from tui.pictures.canvas import Blocks, Colours, Pixels
from tui.settings.environment import for_children

ASK = "\x1b[>q\x1b[16t"
"""Asks who the terminal is, and how many pixels a cell has. Both are of the kind that is passed over where unknown."""
_DRAWS_SEXTANTS = ("kitty", "ghostty", "wezterm", "foot", "contour")
"""Terminals that draw these characters themselves, whatever their font has."""
_SHOWS_PIXELS = ("kitty", "ghostty")
"""Terminals that know the placeholders of Kitty's protocol."""
_NAMED = re.compile(r"\x1bP>\|([^\x1b\x07\x9c]*)")
_CELL = re.compile(r"\x1b\[6;(\d{1,3});(\d{1,3})t")


class Graphics:
    """How pictures are shown: what a cell is divided into, the way of real pixels, and a cell's size in pixels."""

    blocks: Blocks = "quadrants"
    pixels: Pixels = ""
    cell: tuple[int, int] = (8, 16)

    @classmethod
    def choose(cls, wanted: str, environ: Mapping[str, str]) -> None:
        """Take the setting `pictures`, and what the environment tells of the terminal."""
        cls.blocks = wanted if wanted in ("halves", "quadrants", "sextants") else blocks_of(environ)
        in_tmux: Pixels = "kitty in tmux" if environ.get("TMUX") else "kitty"
        cls.pixels = in_tmux if wanted == "kitty" else ""

    @classmethod
    def hear(cls, report: str) -> bool:
        """Take what the terminal answered; whether pictures are shown in another way now."""
        before = (cls.blocks, cls.pixels, cls.cell)
        if (cell := _CELL.fullmatch(report)) and 0 < int(cell[1]) <= 200 and 0 < int(cell[2]) <= 100:
            cls.cell = (int(cell[2]), int(cell[1]))
        elif named := _NAMED.match(report):
            cls._take_name(named[1])
        return before != (cls.blocks, cls.pixels, cls.cell)

    @classmethod
    async def ask_tmux(cls) -> bool:
        """Ask tmux which terminal it is shown in, and whether it lets pictures through; as `hear`."""
        program = await asyncio.to_thread(shutil.which, "tmux")
        if program is None:
            return False
        lets_through = await _said(program, "show-options", "-Aqvp", "allow-passthrough")
        if lets_through not in ("on", "all"):
            return False
        before = cls.pixels
        cls._take_name(await _said(program, "display-message", "-p", "#{client_termname} #{client_termtype}"))
        cls.pixels = "kitty in tmux" if cls.pixels else ""
        return before != cls.pixels

    @classmethod
    def _take_name(cls, name: str) -> None:
        if any(known in name.lower() for known in _SHOWS_PIXELS):
            cls.pixels = "kitty"
        if any(known in name.lower() for known in _DRAWS_SEXTANTS) and cls.blocks == "quadrants":
            cls.blocks = "sextants"


def may_ask(environ: Mapping[str, str]) -> bool:
    """Whether the terminal is one that passes over a question that it does not know."""
    return not environ.get("TERM", "dumb").startswith(("linux", "dumb", "vt", "screen", "tmux"))


def blocks_of(environ: Mapping[str, str]) -> Blocks:
    """What a cell can be divided into: quadrants are in nearly every font, not in that of the Linux console."""
    term = environ.get("TERM", "")
    if term in ("linux", "dumb") or term.startswith("vt"):
        return "halves"
    named = f"{term} {environ.get('TERM_PROGRAM', '')}".lower()
    return "sextants" if any(name in named for name in _DRAWS_SEXTANTS) else "quadrants"


def colours_of(no_color: bool, system: str | None) -> Colours:
    """The colours that a terminal has, from the app's setting and Rich's name for it."""
    if no_color or system is None:
        return "none"
    return {"truecolor": "true", "256": "256"}.get(system, "16")  # type: ignore[return-value]


async def _said(*command: str) -> str:
    """What a program says, on one line; empty where it fails or takes long."""
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env=for_children(),
    )
    try:
        async with asyncio.timeout(2.0):
            said = (await process.communicate())[0]
    except TimeoutError:
        process.kill()
        await process.wait()
        return ""
    return said.decode("utf-8", "replace").strip() if process.returncode == 0 else ""
