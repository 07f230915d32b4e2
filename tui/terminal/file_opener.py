"""Hands a file to the desktop's program for it, where that can do no more than show it.

An output's name and content come from a model. The desktop decides by both what a file is, and what it takes for a
launcher, a script, an installer or a page it runs. So only what shows is handed on, by its ending and by its first
bytes: pictures, sound, film, PDF and plain text. Left out on purpose are SVG and HTML (they carry scripts), office
files and CSV (macros and formulas), and archives (some desktops unpack them at once, beside other files).
"""

from __future__ import annotations

import asyncio
import codecs
import os
import shutil
import stat
import sys
from collections.abc import Mapping
from pathlib import Path

from tui.api.file_types import HEAD, by_content, by_name, ending_of
from tui.terminal.programs import shows_windows, start_apart

_SHOWS = frozenset(
    (
        *("PNG", "JPEG", "GIF", "WebP", "BMP", "TIFF", "AVIF", "HEIC", "HEIF", "JPEG XL"),
        *("MP4", "M4V", "QuickTime", "Matroska", "WebM", "AVI", "OGV"),
        *("M4A", "MKA", "WEBA", "MP3", "AAC", "WAV", "FLAC", "Ogg", "Opus", "AIFF", "PDF"),
    )
)
"""The kinds that show, besides plain text."""
_TEXTS = (".txt", ".md", ".log", ".json", ".srt", ".vtt")
_NOT_PLAIN = ("#!", "[desktop entry]", "[internetshortcut]", "[{000214a0", "<?xml", "<!doctype", "<html", "<script")
"""How a text begins that something may run or follow."""


def why_not_shown(path: Path) -> str | None:
    """Why a file is not handed to the desktop, as a clause about it, or None. Blocks."""
    try:
        mode = path.lstat().st_mode
        with path.open("rb") as file:
            head = file.read(HEAD)
    except OSError as error:
        return f"cannot be read ({error.strerror or error})"
    if not stat.S_ISREG(mode):
        return "is no plain file"
    if mode & 0o111:
        return "is marked as a program"
    ending = ending_of(path.name)
    named = by_name(path.name)
    if ending in _TEXTS:
        fits = _is_plain_text(head)
    elif named is not None and named.word in _SHOWS:
        found = by_content(head)
        fits = found is not None and found.word in _SHOWS
    else:
        return "is of a kind that may do more than show"
    return None if fits else f"is not what its ending {ending} says"


def _is_plain_text(head: bytes) -> bool:
    # A character that the end of what was read cuts in two is no fault of the text.
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    text = decoder.decode(head, final=len(head) < HEAD).removeprefix("\ufeff")
    if "\x00" in text or "\ufffd" in text:
        return False
    return not text.lstrip().lower().startswith(_NOT_PLAIN)


async def open_file(path: Path, environment: Mapping[str, str] = os.environ) -> bool:
    """Open a file for which `why_not_shown` has no reason; whether a program took it."""
    if not shows_windows(environment):
        return False
    name = "open" if sys.platform == "darwin" else "xdg-open"
    program = await asyncio.to_thread(shutil.which, name, path=environment.get("PATH"))
    return program is not None and await start_apart([program, str(path)], environment)
