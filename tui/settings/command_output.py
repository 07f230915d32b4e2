"""Runs a command and takes what it prints. Nothing of it goes on when it took too long."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import time
from collections.abc import Generator
from typing import IO

from tui.settings.environment import for_children

_LOOK = 0.02
"""Seconds between two looks at whether the command has ended, while a child of it holds its output open."""


def run_command(command: str | tuple[str, ...], seconds: float) -> tuple[int, str, str] | None:
    """The exit code, stdout and stderr; None when it took longer than `seconds`. Raises OSError, ValueError.

    The command is a process group of its own, which ends with it when it takes too long or is interrupted. What it
    left in the background when it ended by itself, as gpg and op leave their agents, is neither waited for nor ended.
    """
    with _lent_terminal() as lend:
        process = subprocess.Popen(
            command,
            shell=isinstance(command, str),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            process_group=0,
            env=for_children(),
        )
        done = False
        try:
            lend(process.pid)
            out, err = _read(process, seconds)
            done = process.returncode is not None
        finally:
            if not done:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()
            for pipe in (process.stdout, process.stderr):
                if pipe is not None:
                    pipe.close()
    if not done:
        return None
    return process.returncode, out.decode("utf-8", "replace"), err.decode("utf-8", "replace")


def _read(process: subprocess.Popen[bytes], seconds: float) -> tuple[bytes, bytes]:
    """What it wrote to both pipes until it ended, or until the time was over."""
    until = time.monotonic() + seconds
    taken: dict[IO[bytes], bytearray] = {}
    for pipe in (process.stdout, process.stderr):
        assert pipe is not None
        os.set_blocking(pipe.fileno(), False)
        taken[pipe] = bytearray()
    still_open = list(taken)
    while time.monotonic() < until:
        ended = process.poll() is not None
        if still_open:
            readable = select.select(still_open, [], [], 0 if ended else _LOOK)[0]
        else:
            readable = []
            if not ended:
                time.sleep(_LOOK)
        for pipe in readable:
            piece = os.read(pipe.fileno(), 65536)
            taken[pipe] += piece
            if not piece:
                still_open.remove(pipe)
        if ended and not readable:
            break
    out, err = taken.values()
    return bytes(out), bytes(err)


@contextlib.contextmanager
def _lent_terminal() -> Generator[_Lend, None, None]:
    """A way to let the command ask its person in our terminal; at the end the terminal is ours again.

    Nothing is lent while the console itself reads from the terminal.
    """
    lend = _Lend()
    try:
        yield lend
    finally:
        lend.take_back()


class _Lend:
    """The terminal that this process is in the foreground of, if there is one."""

    def __init__(self) -> None:
        self._terminal = -1
        self._lent = False
        with contextlib.suppress(OSError, ImportError):
            import termios

            terminal = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
            try:
                waits_for_lines = bool(termios.tcgetattr(terminal)[3] & termios.ICANON)
                if os.tcgetpgrp(terminal) == os.getpgrp() and waits_for_lines:
                    self._terminal = terminal
            except termios.error:
                pass
            if self._terminal < 0:
                os.close(terminal)

    def __call__(self, group: int) -> None:
        """Lend it to a process group."""
        if self._terminal >= 0:
            with contextlib.suppress(OSError):
                os.tcsetpgrp(self._terminal, group)
                self._lent = True
                # It may have asked before the terminal was its own, and was stopped for it.
                os.killpg(group, signal.SIGCONT)

    def take_back(self) -> None:
        """Be in the foreground again."""
        if self._terminal < 0:
            return
        if self._lent:
            blocked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTTOU})
            with contextlib.suppress(OSError):
                os.tcsetpgrp(self._terminal, os.getpgrp())
            signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
        os.close(self._terminal)
        self._terminal = -1
