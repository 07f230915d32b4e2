"""The real command in a real pseudo-terminal, on an embedded sandbox in a folder of its own."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.terminal import Terminal

COMMAND = str(Path(sys.executable).parent / "replicate-tui")
Open = Callable[..., Terminal]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Where this test's console keeps everything."""
    return tmp_path / "home"


@pytest.fixture
def console(home: Path, tmp_path: Path) -> Iterator[Open]:
    """Opens consoles: `console("--sandbox", size=(80, 24))`; each is ended after the test."""
    opened: list[Terminal] = []

    def open_console(
        *arguments: str,
        size: tuple[int, int] = (120, 40),
        env: dict[str, str | None] | None = None,
        timeout: float = 30.0,
    ) -> Terminal:
        terminal = Terminal(
            [COMMAND, *arguments],
            size=size,
            env={"REPLICATE_TUI_HOME": str(home), **(env or {})},
            timeout=timeout,
            cwd=tmp_path,
        )
        opened.append(terminal)
        return terminal

    yield open_console
    for terminal in opened:
        terminal.close()
    log = home / "log" / "replicate-tui.log"
    crashes = (
        [line for line in log.read_text(errors="replace").splitlines() if " crash: " in line] if log.exists() else []
    )
    assert not crashes, crashes


def processes_of(home: Path) -> dict[int, str]:
    """Every live process whose command line or environment names the folder: consoles, the sandbox, its models."""
    needle = str(home).encode()
    found: dict[int, str] = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            command = (entry / "cmdline").read_bytes()
            environment = (entry / "environ").read_bytes()
            state = (entry / "stat").read_text().rsplit(")", 1)[1].split()[0]
        except OSError:
            continue
        if state != "Z" and (needle in command or needle in environment):
            found[int(entry.name)] = command.replace(b"\0", b" ").decode(errors="replace")
    return found


def wait_until(condition: Callable[[], bool], what: str, timeout: float) -> None:
    """Poll a condition that is outside of any terminal, such as the list of processes."""
    end = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"{what} within {timeout:.0f} s")
        time.sleep(0.05)
