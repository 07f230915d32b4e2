"""Runs one command to its end beside the sandbox: its signals, its exit code."""

import asyncio
import os
import signal
import sys
from collections.abc import Mapping, Sequence

_PASSED_ON = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
_BY_KEY = frozenset({signal.SIGINT, signal.SIGQUIT})
_NOT_FOUND, _NOT_RUN = 127, 126


class _Signals:
    """Passes signals on to the command, those too that came before it was there."""

    def __init__(self) -> None:
        self._process: asyncio.subprocess.Process | None = None
        self._early: list[signal.Signals] = []
        loop = asyncio.get_running_loop()
        for number in _PASSED_ON:
            loop.add_signal_handler(number, self._take, number)

    def lead_to(self, process: asyncio.subprocess.Process) -> None:
        """The command is there."""
        self._process = process
        for number in self._early:
            self._take(number)

    def _take(self, number: signal.Signals) -> None:
        if self._process is None:
            self._early.append(number)
        # What the terminal sent, it has sent to both of us.
        elif self._process.returncode is None and not (number in _BY_KEY and _at_the_terminal()):
            self._process.send_signal(number)


async def run_command(command: Sequence[str], environment: Mapping[str, str], umask: int) -> int:
    """The command's exit code, as a shell tells it: 128 and the number for one that a signal ended."""
    signals = _Signals()
    try:
        process = await asyncio.create_subprocess_exec(*command, env=environment, umask=umask)
    except FileNotFoundError:
        print(f"replicate-tui sandbox: {command[0]}: command not found", file=sys.stderr)
        return _NOT_FOUND
    except OSError as error:
        print(f"replicate-tui sandbox: {command[0]}: {error.strerror}", file=sys.stderr)
        return _NOT_RUN
    signals.lead_to(process)
    status = await process.wait()
    return status if status >= 0 else 128 - status


def _at_the_terminal() -> bool:
    try:
        return os.tcgetpgrp(0) == os.getpgrp()
    except OSError:
        return False
