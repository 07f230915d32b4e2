"""Runs one command to its end beside the sandbox: its signals, its exit code."""

import asyncio
import os
import signal
import sys
from collections.abc import Mapping, Sequence

_PASSED_ON = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
_NOT_FOUND, _NOT_RUN = 127, 126


async def run_command(command: Sequence[str], environment: Mapping[str, str], umask: int) -> int:
    """The command's exit code, as a shell tells it: 128 and the number for one that a signal ended."""
    try:
        process = await asyncio.create_subprocess_exec(*command, env=environment, umask=umask)
    except FileNotFoundError:
        print(f"replicate-tui sandbox: {command[0]}: command not found", file=sys.stderr)
        return _NOT_FOUND
    except OSError as error:
        print(f"replicate-tui sandbox: {command[0]}: {error.strerror}", file=sys.stderr)
        return _NOT_RUN
    loop = asyncio.get_running_loop()
    for number in _PASSED_ON:
        loop.add_signal_handler(number, _pass_on, process, number)
    status = await process.wait()
    return status if status >= 0 else 128 - status


def _pass_on(process: asyncio.subprocess.Process, number: signal.Signals) -> None:
    """Sends the command what came here, but for what the terminal has sent to both of us."""
    if number in {signal.SIGINT, signal.SIGQUIT} and _at_the_terminal():
        return
    if process.returncode is None:
        process.send_signal(number)


def _at_the_terminal() -> bool:
    try:
        return os.tcgetpgrp(0) == os.getpgrp()
    except OSError:
        return False
