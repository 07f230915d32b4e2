"""What is said where an address cannot be listened at, and with which exit code."""

from __future__ import annotations

import errno
import socket
from pathlib import Path

import pytest

from tests.support.command import Command
from tests.support.ports import taken_words
from tui.sandbox.ports import why_not


def test_a_sandbox_whose_port_is_taken_says_so_in_one_sentence(tmp_path: Path) -> None:
    command = Command(tmp_path / "home", tmp_path / "work")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        for rest in ((), ("--", "true")):
            done = command("sandbox", "--port", str(port), *rest)
            assert (done.code, done.out) == (2, "")
            assert done.err == f"replicate-tui sandbox: {taken_words(port)}\n"


@pytest.mark.parametrize(
    ("port", "number", "words"),
    [
        (80, errno.EACCES, "Port 80 of 127.0.0.1 is for the administrator alone: give --port 1024 or above."),
        (1023, errno.EPERM, "Port 1023 of 127.0.0.1 is for the administrator alone: give --port 1024 or above."),
        (1024, errno.EACCES, "Port 1024 of 127.0.0.1 cannot be listened at: Permission denied."),
        (8000, errno.EMFILE, "Port 8000 of 127.0.0.1 cannot be listened at: Too many open files."),
        (
            8000,
            errno.EADDRNOTAVAIL,
            "127.0.0.1 is no address of this machine: give --host one that is, such as 127.0.0.1.",
        ),
        (
            8000,
            socket.EAI_NONAME,
            "127.0.0.1 is no address of this machine: give --host one that is, such as 127.0.0.1.",
        ),
    ],
)
def test_what_would_be_right_is_said(port: int, number: int, words: str) -> None:
    assert why_not("127.0.0.1", port, OSError(number, "in Python's words (while attempting to bind)")) == words
