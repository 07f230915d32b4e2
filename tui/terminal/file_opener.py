"""Hands a file to the desktop's program for it, where that can do no more than show it.

An output's name and content come from a model. The desktop decides by both what a file is, and what it takes for a
launcher, a script, an installer or a page it runs. So only kinds that show are handed on, where ending and first bytes
say the same: pictures, sound, film, PDF and plain text. Left out on purpose are SVG and HTML (they carry scripts),
office files and CSV (macros and formulas), and archives (some desktops unpack them at once, beside other files).
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

from tui.terminal.programs import shows_windows, start_apart

_RIFF, _ISO, _OGG, _EBML = (0, b"RIFF"), (4, b"ftyp"), (0, b"OggS"), (0, b"\x1aE\xdf\xa3")
_SIGNATURES: dict[str, tuple[tuple[int, bytes], ...]] = {
    ".png": ((0, b"\x89PNG\r\n\x1a\n"),),
    ".jpg": ((0, b"\xff\xd8\xff"),),
    ".jpeg": ((0, b"\xff\xd8\xff"),),
    ".gif": ((0, b"GIF8"),),
    ".webp": (_RIFF, (8, b"WEBP")),
    ".bmp": ((0, b"BM"),),
    ".avif": (_ISO,),
    ".heic": (_ISO,),
    ".wav": (_RIFF, (8, b"WAVE")),
    ".flac": ((0, b"fLaC"),),
    ".ogg": (_OGG,),
    ".opus": (_OGG,),
    ".m4a": (_ISO,),
    ".mp4": (_ISO,),
    ".mov": (_ISO,),
    ".webm": (_EBML,),
    ".mkv": (_EBML,),
    ".pdf": ((0, b"%PDF-"),),
}
"""By ending: what has to stand at which place of the file."""
_MP3 = (b"ID3", b"\xff\xfb", b"\xff\xf3", b"\xff\xf2")
_TEXTS = (".txt", ".md", ".log", ".json", ".srt", ".vtt")
_NOT_PLAIN = ("#!", "[desktop entry]", "[internetshortcut]", "[{000214a0", "<?xml", "<!doctype", "<html", "<script")
"""How a text begins that something may run or follow."""
_HEAD = 4096


def why_not_shown(path: Path) -> str | None:
    """Why a file is not handed to the desktop, as a clause about it, or None. Blocks."""
    try:
        mode = path.lstat().st_mode
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except OSError as error:
        return f"cannot be read ({error.strerror or error})"
    if not stat.S_ISREG(mode):
        return "is no plain file"
    if mode & 0o111:
        return "is marked as a program"
    ending = path.suffix.lower()
    if ending == ".mp3":
        fits = head.startswith(_MP3)
    elif ending in _TEXTS:
        fits = _is_plain_text(head)
    elif ending in _SIGNATURES:
        fits = all(head[start : start + len(magic)] == magic for start, magic in _SIGNATURES[ending])
    else:
        return "is of a kind that may do more than show"
    return None if fits else f"is not what its ending {ending} says"


def _is_plain_text(head: bytes) -> bool:
    # A character that the end of what was read cuts in two is no fault of the text.
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    text = decoder.decode(head, final=len(head) < _HEAD).removeprefix("\ufeff")
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
