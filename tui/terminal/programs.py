"""Starts other programs: without the token, and either with the terminal lent to them or kept away from it."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import subprocess
import sys
from collections.abc import Generator, Mapping, Sequence
from threading import Thread
from typing import Any

from textual.app import App

from tui.settings.environment import for_children

PATIENCE = 2.0
"""Seconds in which a program that cannot do what it was started for has said so by its end."""


def shows_windows(environment: Mapping[str, str]) -> bool:
    """Whether a window opened from here is seen by the person at the keys."""
    if sys.platform == "darwin":
        return not environment.get("SSH_CONNECTION")
    return bool(environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY"))


async def lend_terminal(app: App[Any], words: Sequence[str], given: Mapping[str, str] | None = None) -> int:
    """Run a program that has the terminal until it ends; what the console watches goes on. Returns its exit code.

    `given` is added to its environment.
    Raises OSError where it cannot be started, SuspendNotSupported where this terminal cannot be lent.
    """
    failed: BaseException | None = None
    code = 0
    with app.suspend():
        # Textual takes the terminal back only where nothing is raised in here.
        try:
            with _interrupts_left_to_it():
                process = await asyncio.create_subprocess_exec(*words, env=for_children(given=given))
                try:
                    code = await process.wait()
                finally:
                    if process.returncode is None:
                        process.terminate()
        except BaseException as error:  # noqa: BLE001 - raised again below
            failed = error
    if failed is not None:
        raise failed
    return code


async def start_apart(
    words: Sequence[str], environment: Mapping[str, str], given: Mapping[str, str] | None = None
) -> bool:
    """Start a program that has no terminal to draw on or read from; whether it runs, or has done what it should.

    `given` is added to its environment.
    """
    return await asyncio.to_thread(_start_apart, words, environment, given)


def _start_apart(words: Sequence[str], environment: Mapping[str, str], given: Mapping[str, str] | None) -> bool:
    try:
        process = subprocess.Popen(
            words,
            env=for_children(environment, given),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError:
        return False
    try:
        return process.wait(PATIENCE) == 0
    except subprocess.TimeoutExpired:
        # Somebody has to take note of its end, or it stays in the process table for as long as the console runs.
        Thread(target=process.wait, name="reaper", daemon=True).start()
        return True


async def feed(words: Sequence[str], text: str, environment: Mapping[str, str]) -> bool:
    """Give a program `text` to read; whether it took it, within a moment, and has ended well."""
    return await asyncio.to_thread(_feed, words, text, environment)


def _feed(words: Sequence[str], text: str, environment: Mapping[str, str]) -> bool:
    try:
        done = subprocess.run(
            words,
            env=for_children(environment),
            input=text.encode("utf-8", "replace"),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            timeout=PATIENCE,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


@contextlib.contextmanager
def _interrupts_left_to_it() -> Generator[None]:
    """A ctrl+c is meant for the program that has the terminal, and reaches the console as well."""
    numbers = (signal.SIGINT, signal.SIGQUIT)
    before = [(number, signal.signal(number, _pass_over)) for number in numbers]
    try:
        yield
    finally:
        for number, handler in before:
            signal.signal(number, handler)


def _pass_over(number: int, frame: object) -> None:
    """A handler, not SIG_IGN: that would be handed on to the program."""
