"""A real program in a real pseudo-terminal, its screen emulated, as a person sees it.

Used by the terminal tests, by bench/ and by screenshots/. Everything waits for what is on the screen.
"""

from __future__ import annotations

import base64
import contextlib
import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType

from tests.support.emulated import EmulatedScreen

KEYS = {
    "enter": "\r",
    "tab": "\t",
    "shift+tab": "\x1b[Z",
    "escape": "\x1b",
    "up": "\x1b[A",
    "down": "\x1b[B",
    "right": "\x1b[C",
    "left": "\x1b[D",
    "home": "\x1b[H",
    "end": "\x1b[F",
    "pageup": "\x1b[5~",
    "pagedown": "\x1b[6~",
    "delete": "\x1b[3~",
    "space": " ",
    "backspace": "\x7f",
    "f1": "\x1bOP",
    "f5": "\x1b[15~",
    "f6": "\x1b[17~",
    "f7": "\x1b[18~",
    "f8": "\x1b[19~",
    "f9": "\x1b[20~",
}

TAKEN_IN = 0.25
"""Seconds within which a key shows on the screen, where it does."""
TYPED_IN = 1.0
"""Seconds within which the last letters of a text show, where they do."""
LONGEST_LOOK = 1.0
"""Seconds that count at most between two looks at the screen."""
LOG_LINES = 40
"""Lines of the program's log that are told where it ended by itself."""
LAST = 8
"""Letters that are looked for: a longer text may be folded or scrolled."""


class Gone(AssertionError):
    """What was waited for did not come; the message holds the screen."""


def click_at(column: int, row: int) -> str:
    """What a terminal sends when its mouse clicks on a cell."""
    place = f"\x1b[<0;{column + 1};{row + 1}"
    return f"{place}M{place}m"


class Terminal:
    """One program, its screen, and every byte that it wrote."""

    def __init__(
        self,
        command: Sequence[str],
        size: tuple[int, int] = (120, 40),
        env: Mapping[str, str | None] | None = None,
        timeout: float = 20.0,
        cwd: Path | None = None,
    ) -> None:
        self.columns, self.rows = size
        self.timeout = timeout
        self.screen = EmulatedScreen(self.columns, self.rows)
        self._in_frame = False
        self.written = bytearray()
        self.status: int | None = None
        self.started = self.last_output = time.monotonic()
        environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8"}
        environment["PYTHONFAULTHANDLER"] = "1"
        # COLUMNS and LINES would be believed before the terminal's own size.
        foreign = ("REPLICATE_API_TOKEN", "REPLICATE_BASE_URL", "REPLICATE_API_BASE_URL", "TMUX", "NO_COLOR")
        for name in (*foreign, "COLUMNS", "LINES"):
            environment.pop(name, None)
        for name, value in (env or {}).items():
            if value is None:
                environment.pop(name, None)
            else:
                environment[name] = value
        home = environment.get("REPLICATE_TUI_HOME")
        self._log = Path(home, "log", "replicate-tui.log") if home else None
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            if cwd is not None:
                os.chdir(cwd)
            os.execvpe(command[0], list(command), environment)
        self._tell_size()

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    # ---- input

    def send(self, data: str | bytes) -> None:
        """Send bytes as they stand."""
        os.write(self.fd, data if isinstance(data, bytes) else data.encode())

    def press(self, *keys: str) -> None:
        """Press keys by their names: `down`, `ctrl+p`, `x`."""
        for key in keys:
            place = len(self.written)
            if key in KEYS:
                self.send(KEYS[key])
                if key == "escape":
                    # An escape right before another key is that key with alt: nobody types so fast.
                    self.settle(0.2, 1.0)
            elif key.startswith("ctrl+") and len(key) == 6:
                self.send(chr(ord(key[-1]) & 31))
            elif len(key) == 1:
                self.send(key)
            else:
                raise ValueError(f"no key is named {key!r}")
            self._let_read(place)

    def type(self, text: str) -> None:
        """Type text, a character at a time."""
        place, last = 0, text.rstrip()[-LAST:]
        before = self.text().count(last)
        for character in text:
            place = len(self.written)
            self.send(character)
            self.pump(0.005)
        self._let_read(place)
        # Where it is shown at all: a key that is read together with the letters is a paste to the program.
        end = time.monotonic() + TYPED_IN
        while last and self.text().count(last) <= before and time.monotonic() < end:
            self.pump(0.02)

    def _let_read(self, place: int) -> None:
        """Wait until the program has written something since `place`: keys that it reads together are a paste to it."""
        self.pump(0.02)
        end = time.monotonic() + TAKEN_IN
        while len(self.written) == place and time.monotonic() < end:
            self.pump(0.02)

    def click(self, where: str | tuple[int, int]) -> None:
        """Click on the first place where a text is on the screen, or on (column, row)."""
        if isinstance(where, str):
            self.until(where)
            found = self.find(where)
            assert found is not None
            where = found
        column, row = where
        self.send(click_at(column, row))
        self.pump(0.05)

    def to_field(self, name: str) -> None:
        """Go on with tab to a field of a form, each time when the one before has lost its mark."""
        self.until("▌")
        for _ in range(80):
            if self.find(f"▌ {name}"):
                return
            before, place = self._marked(), len(self.written)
            self.press("tab")
            self.wait(
                lambda before=before, place=place: self._marked() != before if before else len(self.written) > place,
                f"the focus did not leave {before}",
            )
        raise Gone(f"there is no field {name}; the screen is\n{self.text()}")

    def into_field(self, text: str) -> None:
        """Click on a field's value, and wait until the field has the mark of the focus."""
        self.until(text)
        where = self.find(text)
        assert where is not None
        column, row = where
        self.click(where)
        self.wait(lambda: "▌" in self.screen.display[row][:column], f"the field of {text!r} did not get the focus")

    def fill(self, name: str, text: str) -> None:
        """Go to a field of a form, clear what is in it, and write a text into it."""
        self.to_field(name)
        self.press("ctrl+u")
        self.type(text)
        self.until(text[-12:])

    def _marked(self) -> str:
        """The name of the field that has the mark of the focus; "" for a button, which has none."""
        # A picture in the pane beside the form is made of such blocks, too.
        form = (line.partition("│")[0] for line in self.screen.display)
        line = next((line for line in form if "▌" in line), "")
        return line.partition("▌")[2].strip().partition("  ")[0]

    def resize(self, columns: int, rows: int) -> None:
        """Change the terminal's size."""
        self.columns, self.rows = columns, rows
        self.screen.resize(rows, columns)
        self._tell_size()
        os.kill(self.pid, signal.SIGWINCH)

    def hang_up(self) -> None:
        """Close the terminal under the program, as a lost SSH connection does."""
        os.close(self.fd)
        self.fd = -1

    # ---- output

    def text(self) -> str:
        """The screen's text."""
        return self.screen.text()

    def find(self, text: str) -> tuple[int, int] | None:
        """(column, row) of the first place of a text, or None."""
        return self.screen.find(text)

    def until(self, text: str, timeout: float | None = None) -> None:
        """Wait until a text is on the screen."""
        self.wait(lambda: text in self.text(), f"{text!r} did not come", timeout)

    def until_gone(self, text: str, timeout: float | None = None) -> None:
        """Wait until a text is not on the screen."""
        self.wait(lambda: text not in self.text(), f"{text!r} did not go", timeout)

    def until_match(self, pattern: str, timeout: float | None = None) -> re.Match[str]:
        """Wait until a pattern matches the screen."""
        self.wait(lambda: re.search(pattern, self.text()) is not None, f"{pattern!r} matches nothing", timeout)
        found = re.search(pattern, self.text())
        assert found is not None
        return found

    def wait(self, condition: Callable[[], bool], what: str, timeout: float | None = None) -> None:
        """Read until the condition holds; Gone when it does not in time.

        A machine that stands still for a while takes none of that time: it would pass the program's end unread.
        """
        limit = self.timeout if timeout is None else timeout
        looked, before = 0.0, time.monotonic()
        while not condition():
            if looked > limit or (not self.pump(0.05) and not self.alive()):
                if condition():
                    return
                shown = self.text()
                raise Gone(f"{what} within {limit:.0f} s; the screen is\n{shown}\n{self._state()}")
            now = time.monotonic()
            looked, before = looked + min(now - before, LONGEST_LOOK), now

    def _end_of_log(self) -> str:
        """The last lines of its log: of a fault the terminal gets one sentence, and the log the frames."""
        lines = self._log.read_text(errors="replace").splitlines() if self._log and self._log.exists() else []
        return "\n".join(lines[-LOG_LINES:])

    def _state(self) -> str:
        """What the program does that did not show what was waited for; this ends it."""
        if not self.alive():
            return f"it ended with {self.status}; its log ends with\n{self._end_of_log()}"
        silent, place = time.monotonic() - self.last_output, len(self.written)
        # Python tells what each thread does before it is gone (PYTHONFAULTHANDLER).
        os.kill(self.pid, signal.SIGABRT)
        self.pump(1.0)
        told = bytes(self.written[place:]).decode(errors="replace")
        return f"nothing was written for {silent:.1f} s; its threads were\n{told}"

    def settle(self, still: float = 0.3, at_most: float = 5.0) -> None:
        """Read until nothing was written for `still` seconds."""
        end = time.monotonic() + at_most
        self.last_output = time.monotonic()
        while time.monotonic() < end and time.monotonic() - self.last_output < still:
            self.pump(0.05)

    def pump(self, seconds: float) -> bool:
        """Read for at most `seconds`; True when anything came."""
        end = time.monotonic() + seconds
        came = False
        while self.fd >= 0 and ((left := end - time.monotonic()) > 0 or self._in_frame):
            if not select.select([self.fd], [], [], 1.0 if self._in_frame else left)[0]:
                break
            try:
                data = os.read(self.fd, 65536)
            except OSError:
                data = b""
            if not data:
                break
            came = True
            self.last_output = time.monotonic()
            self._take(data)
        return came

    def clipboard(self) -> list[str]:
        """What was sent to the terminal's clipboard by OSC 52."""
        found = re.findall(rb"\x1b\]52;[^;]*;([A-Za-z0-9+/=]*)", bytes(self.written))
        return [base64.b64decode(item).decode() for item in found]

    # ---- life

    def alive(self) -> bool:
        """Whether the program runs."""
        if self.status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.status = os.waitstatus_to_exitcode(status)
        return self.status is None

    def wait_exit(self, timeout: float = 10.0) -> int:
        """Wait for the program's end; its exit code."""
        end = time.monotonic() + timeout
        while self.alive():
            if time.monotonic() > end:
                raise Gone(f"it did not end within {timeout:.0f} s; the screen is\n{self.text()}\n{self._state()}")
            if self.fd < 0 or not self.pump(0.05):
                # Without a terminal to read from, the end of the process is all there is to wait for.
                select.select([], [], [], 0.02)
        self.pump(0.05)
        assert self.status is not None
        return self.status

    def kill(self) -> None:
        """kill -9."""
        os.kill(self.pid, signal.SIGKILL)
        self.wait_exit()

    def close(self) -> None:
        """End the program, however it takes it."""
        if self.alive():
            os.kill(self.pid, signal.SIGTERM)
            with contextlib.suppress(Gone):
                self.wait_exit(5)
        if self.alive():
            self.kill()
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1

    def _tell_size(self) -> None:
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", self.rows, self.columns, 0, 0))

    def _take(self, data: bytes) -> None:
        self.written += data
        if b"\x1b[?2026$p" in data:
            # Frames have a beginning and an end from here on: what is looked at is never half of one.
            self.send(b"\x1b[?2026;2$y")
        self._in_frame = self.written.rfind(b"\x1b[?2026h") > self.written.rfind(b"\x1b[?2026l")
        if b"\x1b[c" in data:
            self.send(b"\x1b[?62;22c")
        if b"\x1b[6n" in data:
            self.send(f"\x1b[{self.screen.cursor.y + 1};{self.screen.cursor.x + 1}R")
        self.screen.take(data)
