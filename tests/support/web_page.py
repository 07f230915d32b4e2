"""`replicate-tui serve` and the readers of its pages, over plain HTTP and WebSocket, without a browser."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import ssl
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from tests.support.command import Command
from tests.support.emulated import EmulatedScreen
from tests.support.terminal import KEYS


@dataclass
class Serving:
    """A server that runs."""

    process: subprocess.Popen[str]

    def next_address(self) -> str:
        """The address that it prints next."""
        assert self.process.stdout is not None
        return json.loads(self.process.stdout.readline())["url"]

    def consoles(self) -> list[int]:
        """The processes of the consoles that it has started and that are still there."""
        started = [pid for pid, parent in _parents().items() if parent == self.process.pid]
        return [pid for pid in started if not _is_sandbox(pid)]


def _is_sandbox(pid: int) -> bool:
    """Whether it is the sandbox that a server without an account has."""
    with contextlib.suppress(OSError):
        return b"sandbox\0--embedded" in Path(f"/proc/{pid}/cmdline").read_bytes()
    return False


def _parents() -> dict[int, int]:
    found: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError, IndexError):
                state, parent = (entry / "stat").read_text().rpartition(")")[2].split()[:2]
                if state != "Z":
                    found[int(entry.name)] = int(parent)
    return found


def is_alive(pid: int) -> bool:
    """Whether a process runs."""
    return pid in _parents()


@contextlib.contextmanager
def serving(command: Command, *words: str) -> Iterator[Serving]:
    """A server on a free port, from start to end."""
    process = command.start("serve", "--port", "0", *words)
    try:
        yield Serving(process)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
            raise
        finally:
            for pipe in (process.stdout, process.stderr):
                if pipe is not None:
                    pipe.close()


@dataclass
class Page:
    """A page that is open: its screen, and every byte that came."""

    socket: aiohttp.ClientWebSocketResponse
    received: bytearray = field(default_factory=bytearray)
    told: list[Any] = field(default_factory=list[Any])
    """What the console asked of the page."""
    screen: EmulatedScreen = field(default_factory=lambda: EmulatedScreen(120, 40))

    @property
    def text(self) -> str:
        return self.screen.text()

    async def press(self, *keys: str) -> None:
        """Press keys by their names, each in a message of its own, as a browser sends them."""
        for key in keys:
            await self.socket.send_json(["stdin", KEYS.get(key, key)])

    async def until(self, wanted: str, seconds: float = 40.0) -> None:
        """Wait until a text is on the screen."""
        await self._until(lambda: wanted in self.text, wanted, seconds)

    async def until_told(self, kind: str, seconds: float = 40.0) -> Any:
        """Wait until the console asks something of the page; returns what."""
        await self._until(lambda: any(one[0] == kind for one in self.told), kind, seconds)
        return next(one[1] for one in self.told if one[0] == kind)

    async def until_closed(self, seconds: float = 40.0) -> None:
        """Wait until the server has ended the page."""
        await self._until(lambda: self.socket.closed, "its end", seconds)

    async def _until(self, holds: Any, what: str, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                while not holds():
                    message = await self.socket.receive()
                    if message.type is aiohttp.WSMsgType.BINARY:
                        self.received += message.data
                        self.screen.take(message.data)
                    elif message.type is aiohttp.WSMsgType.TEXT:
                        self.received += message.data.encode()
                        self.told.append(json.loads(message.data))
                    elif not holds():
                        raise AssertionError(f"the page ended before {what!r}; the screen:\n{self.text}")
        except TimeoutError:
            raise AssertionError(f"never came: {what!r}; the screen:\n{self.text}") from None


@contextlib.asynccontextmanager
async def reader(address: str = "", tls: ssl.SSLContext | None = None) -> AsyncIterator[aiohttp.ClientSession]:
    """A browser with cookies of its own, which opens the address where one is given."""
    jar = aiohttp.CookieJar(unsafe=True)  # for addresses that are numbers, as browsers do
    connector = aiohttp.TCPConnector(ssl=tls) if tls else aiohttp.TCPConnector()
    async with aiohttp.ClientSession(cookie_jar=jar, connector=connector) as session:
        if address:
            async with session.get(address) as answer:
                assert answer.status == 200, await answer.text()
        yield session


@contextlib.asynccontextmanager
async def opened(session: aiohttp.ClientSession, origin: str) -> AsyncIterator[Page]:
    """The page with its console."""
    address = f"{origin}/ws?width=120&height=40"
    async with session.ws_connect(address, headers={"Origin": origin}, max_msg_size=0) as socket:
        yield Page(socket)


def origin_of(address: str) -> str:
    """The address without its path and token."""
    return address.partition("/?")[0]


def wait_until(holds: Callable[[], bool], what: str, seconds: float = 20.0) -> None:
    """Wait until a condition holds, where no loop runs."""
    limit = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < limit, what
        time.sleep(0.05)


async def until(holds: Any, what: str, seconds: float = 20.0) -> None:
    """Wait until a condition holds."""
    async with asyncio.timeout(seconds):
        while not holds():
            await asyncio.sleep(0.02)
    assert holds(), what
