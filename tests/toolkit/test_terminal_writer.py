"""What is written to a terminal: all of it, in order, and nobody waits for a terminal that takes nothing."""

from __future__ import annotations

import asyncio
import os
import pty
import select
import tty
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import TextIO

import pytest
from textual._ansi_sequences import SYNC_END, SYNC_START

from tui.toolkit import terminal_writer
from tui.toolkit.terminal_writer import TerminalWriter, open_terminal

MUCH = "日本語 and more " * 5_000
"""More than a pseudo-terminal keeps of what nobody reads."""


class Pair:
    """A pseudo-terminal: what reads it, the shell's file of it, and a writer."""

    def __init__(self) -> None:
        self.reader, self.shell = pty.openpty()
        tty.setraw(self.shell)
        self.file: TextIO = open(self.shell, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 # closed with the pair
        terminal = open_terminal(self.file)
        assert terminal is not None
        self.writer = TerminalWriter(self.file, terminal)
        self.writer.start()

    def read(self, length: int) -> str:
        found = bytearray()
        while len(found) < length:
            found += os.read(self.reader, 65536)
        return found.decode()

    def is_silent(self) -> bool:
        return not select.select([self.reader], [], [], 0)[0]

    def hang_up(self) -> None:
        if self.reader >= 0:
            os.close(self.reader)
            self.reader = -1


@pytest.fixture
def pair() -> Iterator[Pair]:
    made = Pair()
    yield made
    made.hang_up()
    made.writer.stop()
    made.file.close()
    os.close(made.shell)


def test_what_the_terminal_takes_is_there_at_once(pair: Pair) -> None:
    pair.writer.write("a frame: ✓")
    # Nothing was waited for: it is in the terminal when the call returns.
    assert not pair.is_silent()
    assert pair.read(len("a frame: ✓".encode())) == "a frame: ✓"


def test_a_terminal_that_takes_nothing_holds_nobody_up(pair: Pair) -> None:
    for number in range(8):
        pair.writer.write(f"{number} {MUCH}")
    wanted = "".join(f"{number} {MUCH}" for number in range(8))
    assert pair.read(len(wanted.encode())) == wanted


async def test_one_can_wait_until_it_has_taken_all(pair: Pair) -> None:
    await pair.writer.written()
    pair.writer.write(MUCH)
    waiting = asyncio.create_task(pair.writer.written())
    await asyncio.sleep(0)
    assert not waiting.done()
    reader = Thread(target=pair.read, args=(len(MUCH.encode()),))
    reader.start()
    await waiting
    reader.join()
    pair.writer.write("next")
    assert pair.read(4) == "next"


def test_a_synchronized_frame_is_written_as_one(pair: Pair) -> None:
    pair.writer.write(SYNC_START)
    pair.writer.write("the frame")
    assert pair.is_silent()
    pair.writer.write(SYNC_END)
    assert os.read(pair.reader, 65536).decode() == f"{SYNC_START}the frame{SYNC_END}"


def test_the_shell_finds_its_terminal_as_it_was(pair: Pair) -> None:
    assert os.get_blocking(pair.shell)


def test_the_end_waits_for_what_was_written(pair: Pair) -> None:
    pair.writer.write(MUCH)
    found: list[str] = []
    reader = Thread(target=lambda: found.append(pair.read(len(MUCH.encode()))))
    reader.start()
    pair.writer.stop()
    reader.join()
    assert found == [MUCH]
    pair.writer.write("for another program's screen")
    assert pair.is_silent()


def test_the_end_does_not_wait_for_ever(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terminal_writer, "FAREWELL", 0.01)
    pair.writer.write(MUCH)
    pair.writer.stop()


def test_a_terminal_that_has_gone_is_no_error(pair: Pair) -> None:
    pair.writer.write(MUCH)
    pair.hang_up()
    pair.writer.write("to nobody")
    pair.writer.stop()
    assert not pair.writer.is_alive()


def test_what_is_no_terminal_has_none_to_open() -> None:
    with Path(os.devnull).open("w") as file:
        assert open_terminal(file) is None
