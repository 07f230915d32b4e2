"""The text that an option takes from a file or from stdin: one decoder for all of them."""

from __future__ import annotations

import array
import fcntl
import os
import stat
import sys
import termios
from pathlib import Path

from tui.api.text import NotText, decode_text

MOST_BYTES = 20_000_000
"""A file that is read as text is no larger: more is a mistake, such as a video for the prompt."""


STDIN_NOT_READ = (
    "stdin holds data that no option reads; nothing was sent. --input - reads it as the whole input in JSON, "
    "-i NAME=@- as one value; </dev/null says that it is not meant."
)


class CannotRead(Exception):
    """A file that cannot be read as text; the message is a clause that names it."""


def read_text(name: str, most: int = MOST_BYTES) -> str:
    """The text of the file `name`, or of stdin for `-`; blocks. Raises CannotRead."""
    shown = "stdin" if name == "-" else repr(name[:200])
    try:
        data = sys.stdin.buffer.read(most + 1) if name == "-" else _content(Path(name).expanduser(), most)
        if len(data) > most:
            raise CannotRead(f"must be text: {shown} is larger than {_size(most)}")
        return decode_text(data)
    except NotText as error:
        raise CannotRead(f"must be text: {shown} {error}") from None
    except (OSError, ValueError, RuntimeError) as error:
        raise CannotRead(f"cannot be read from {shown}: {getattr(error, 'strerror', None) or error}") from None


def _content(path: Path, most: int) -> bytes:
    with path.open("rb") as file:
        return file.read(most + 1)


def _size(count: int) -> str:
    return f"{count // 1_000_000} MB" if count >= 1_000_000 else f"{count // 1000} kB"


def stdin_waits() -> bool:
    """Whether stdin is a file or a pipe with something in it. Reads nothing, and waits for nothing."""
    try:
        number = sys.stdin.fileno()
        mode = os.fstat(number).st_mode
        if stat.S_ISREG(mode):
            return os.lseek(number, 0, os.SEEK_CUR) < os.fstat(number).st_size
        if not (stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)):
            return False
        waiting = array.array("i", [0])
        fcntl.ioctl(number, termios.FIONREAD, waiting)
        return waiting[0] > 0
    except (OSError, ValueError, AttributeError):
        return False
