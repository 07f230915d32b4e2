"""Runs one command and sees to it that nothing of it outlives the sandbox; a program of its own.

`python -I -S guard.py COMMAND…` starts the command in the guard's process group. When standard input ends, which
the kernel brings about however the sandbox dies, the command and everything that it started is killed. It is
the parent that orphans come back to (on Linux), so a grandchild in a session of its own is found too. Should the
guard itself be killed, the sandbox kills its process group.
"""

import contextlib
import ctypes
import os
import select
import signal
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

_DEATH_SIGNAL = 1
_SUBREAPER = 36


def main(command: list[str]) -> int:
    """The command's exit status, or 0 when it was killed because standard input ended."""
    woken = stand_guard()
    return until_ended(begin(lambda: _execute(command)), woken)


def stand_guard() -> int:
    """Makes this process the one that orphans come back to. The descriptor can be read when a child has ended."""
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    _process_control(_SUBREAPER, 1)
    readable, writable = os.pipe()
    os.set_blocking(writable, False)
    signal.set_wakeup_fd(writable, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda number, frame: None)
    return readable


def begin(run: Callable[[], int]) -> int:
    """Starts a child whose exit status `run` gives; its process id. Only the guard returns from this."""
    child = os.fork()
    if child:
        return child
    _process_control(_DEATH_SIGNAL, signal.SIGKILL)  # should the guard itself be killed
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGHUP, signal.SIGTERM, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    sys.exit(run())


def until_ended(child: int, woken: int, others: Mapping[int, Callable[[int], None]] | None = None) -> int:
    """The child's exit status once nothing is left of it, or 0 when standard input ended before.

    Of other children the exit status is told to whom it concerns.
    """
    status: int | None = None
    while status is None:
        ready, _, _ = select.select([0, woken], [], [])
        if woken in ready:
            os.read(woken, 4096)
            ended = _reap()
            status = ended.get(child)
            for other, told in (others or {}).items():
                if other in ended:
                    told(ended[other])
        if 0 in ready and not os.read(0, 4096):
            _kill_all()
            return 0
    _kill_all()
    return status


def _execute(command: list[str]) -> int:
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        os.execvp(command[0], command)  # noqa: S606 - no shell is wanted
    finally:
        os._exit(127)


def _process_control(option: int, value: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def _reap() -> dict[int, int]:
    """Collects what has ended: exit statuses by process id."""
    ended: dict[int, int] = {}
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return ended
        if pid == 0:
            return ended
        ended[pid] = os.waitstatus_to_exitcode(status)


def _kill_all() -> None:
    """Kills the children, and then the orphans that come back, until nothing is left."""
    if sys.platform != "linux":
        os.killpg(0, signal.SIGKILL)  # there is no list of children: the guard goes with its group
    while True:
        for pid in _children():
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            return


def _children() -> list[int]:
    listing = Path(f"/proc/self/task/{os.getpid()}/children")
    try:
        return [int(pid) for pid in listing.read_text().split()]
    except OSError:
        return []


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
