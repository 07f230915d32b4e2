"""What a fault says, and that it is said to whom takes it."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import pytest

from tui.toolkit.app import ToolkitApp


class Faulty(ToolkitApp[None]):
    def __init__(self) -> None:
        super().__init__(Path("/somewhere/replicate-tui.log"))

    def key_x(self) -> None:
        raise RuntimeError("with a r8_secret in it")


@contextmanager
def error_pipe(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[int, TextIO]]:
    """What stands for the terminal of errors: where it is read, and the file that writes to it."""
    out, into = os.pipe()
    file = os.fdopen(into, "w")
    # Not in a fixture: pytest sets them anew before the test itself.
    monkeypatch.setattr("sys.stderr", file)
    monkeypatch.setattr("sys.__stderr__", file)
    try:
        yield out, file
    finally:
        # First: the file would wait with what it could not write.
        os.close(out)
        with contextlib.suppress(OSError):
            file.close()


async def fail() -> None:
    app = Faulty()
    with pytest.raises(RuntimeError):
        async with app.run_test() as pilot:
            await pilot.press("x")
    assert app.return_code == 1


async def test_a_fault_is_one_sentence_without_what_was_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    with error_pipe(monkeypatch) as (out, file):
        await fail()
        file.flush()
        said = " ".join(os.read(out, 10_000).decode().split())
    assert said == "replicate-tui stopped: RuntimeError. The details are in /somewhere/replicate-tui.log"


async def test_a_fault_on_a_terminal_that_takes_nothing_is_not_told_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.toolkit.shutdown.FAREWELL", 0.01)
    with error_pipe(monkeypatch) as (out, file):
        # So that to write there is an error, and no wait without end.
        os.set_blocking(file.fileno(), False)
        with contextlib.suppress(BlockingIOError):
            while True:
                os.write(file.fileno(), b"x" * 512)
        await fail()
        os.set_blocking(out, False)
        left = drained(out)
        file.flush()
        assert left.strip(b"x") + drained(out) == b""


def drained(pipe: int) -> bytes:
    """All that is in it."""
    found = b""
    with contextlib.suppress(BlockingIOError):
        while data := os.read(pipe, 65536):
            found += data
    return found
