"""What the command line says: objects and text on stdout, everything for people on stderr."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from io import TextIOWrapper
from typing import IO

from tui.api.text import clean, to_json
from tui.settings.environment import in_browser

_ERASE_LINE = "\r\x1b[K"


def is_terminal(stream: IO[str] | None) -> bool:
    """Whether a person looks at the stream; a closed one is looked at by nobody."""
    try:
        return stream is not None and stream.isatty()
    except ValueError:
        return False


class OutputFailed(Exception):
    """stdout takes nothing: a full disk, a closed descriptor. The text is for a person."""


class Speaker:
    """The two streams of one command. Whatever is said is cleaned; JSON is escaped instead, and loses nothing."""

    def __init__(self) -> None:
        self.out_is_terminal = is_terminal(sys.stdout)
        self.err_is_terminal = is_terminal(sys.stderr)
        self.interactive = (self.out_is_terminal and is_terminal(sys.stdin)) or in_browser()
        """Whether the console can open here."""
        self.rewrites = self.err_is_terminal and os.environ.get("TERM") not in (None, "", "dumb")
        """Whether a status line can be rewritten in place."""
        self._status = ""
        for stream, errors in ((sys.stdout, "replace"), (sys.stderr, "backslashreplace")):
            terminal = is_terminal(stream)
            if isinstance(stream, TextIOWrapper):
                # JSON is UTF-8 whatever the locale says; a terminal gets what it can show.
                stream.reconfigure(encoding=None if terminal else "utf-8", errors=errors)

    # ---- stdout

    def write(self, text: str) -> None:
        """Foreign text as it comes, cleaned, without a line end of its own. Raises BrokenPipeError."""
        self._clear_for_stdout()
        self._put(clean(text))

    def line(self, text: str = "") -> None:
        """One line for a person, cleaned. Raises BrokenPipeError."""
        self._clear_for_stdout()
        self._put(f"{clean(text)}\n")

    def object(self, value: object) -> None:
        """One JSON object. Raises BrokenPipeError."""
        self._put(f"{to_json(value, indent=2)}\n")

    def json_line(self, text: str) -> None:
        """A line of JSON, as `to_json` wrote it. Raises BrokenPipeError."""
        self._clear_for_stdout()
        self._put(f"{text}\n")

    def array(self) -> ArrayOut:
        """A JSON array whose items come one by one."""
        return ArrayOut(self._put)

    def _put(self, text: str) -> None:
        if sys.stdout is not None:  # pyright: ignore[reportUnnecessaryComparison]  (None when it was closed: `>&-`)
            try:
                sys.stdout.write(text)
                sys.stdout.flush()
            except BrokenPipeError:
                raise
            except OSError as error:
                failure = OutputFailed(f"stdout takes nothing more: {error.strerror or error}.")
            else:
                return
            raise failure

    # ---- stderr

    def say(self, text: str) -> None:
        """A line for the person."""
        self.clear()
        self._tell(f"{clean(text)}\n")

    def error(self, text: str) -> None:
        """A line that says what went wrong, and by whom it is said."""
        self.say(f"replicate-tui: {text}")

    def ask(self, question: str) -> None:
        """A question whose answer is typed behind it."""
        self.clear()
        self._tell(clean(question))

    def status(self, text: str) -> None:
        """What happens now: a line that the next one rewrites; where that cannot be done, a line for each change."""
        line = " ".join(clean(text).split())
        if line == self._status:
            return
        self._status = line
        if self.rewrites:
            self._tell(_ERASE_LINE + line[: max(20, shutil.get_terminal_size().columns - 1)])
        else:
            self._tell(f"{line}\n")

    def hint(self, text: str) -> None:
        """A status that is worth a rewritten line, but no line of its own."""
        if self.rewrites:
            self.status(text)

    def clear(self) -> None:
        """Take the status line away, so that something else can stand there."""
        if self._status and self.rewrites:
            self._tell(_ERASE_LINE)
        self._status = "" if self.rewrites else self._status

    def _clear_for_stdout(self) -> None:
        if self.out_is_terminal:
            self.clear()

    def _tell(self, text: str) -> None:
        try:
            sys.stderr.write(text)
            sys.stderr.flush()
        except (OSError, ValueError, AttributeError):
            return  # nobody listens; what stdout says is not lost for that


class ArrayOut:
    """A JSON array, one item per line. An array that an error cuts short stays open: no reader takes it as whole."""

    def __init__(self, put: Callable[[str], None]) -> None:
        self._put = put
        self._count = 0

    def add(self, value: object) -> None:
        """One more item."""
        self._put(("[\n" if self._count == 0 else ",\n") + to_json(value))
        self._count += 1

    def end(self) -> None:
        """No more items come."""
        self._put("\n]\n" if self._count else "[]\n")
