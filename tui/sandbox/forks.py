"""Starts models by the fork server (fork_server.py), which starts with the first and ends when none ran for a while."""

import asyncio
import contextlib
import os
import socket
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from tui.sandbox.jsons import Obj, dumps
from tui.sandbox.runtime import Guarded, common_environment, own_packages

_READY_WITHIN = 60.0
_ENDED = b"ended\n"


def can_fork() -> bool:
    """Whether this machine is one whose ways the fork server knows: descriptors in /proc, packets, a shell."""
    return sys.platform == "linux" and Path("/proc/self/fd").is_dir() and os.access("/bin/sh", os.X_OK)


class ForkServer:
    """Starts a model's processes by forks of one that has imported Cog's runtime already."""

    def __init__(self, work: Path, idle: float) -> None:
        self._folder = work / "forks"
        self._temporary = work / "tmp"
        self._idle = idle
        self._environment: dict[str, str] = {}
        self._process: asyncio.subprocess.Process | None = None
        self._requests: socket.socket | None = None
        self._starting = asyncio.Lock()
        self._broken = False
        self._alive = 0
        self._timer: asyncio.TimerHandle | None = None

    async def start(
        self, arguments: list[str], folder: Path, environment: Mapping[str, str], log: Path, ended: Callable[[], None]
    ) -> Guarded | None:
        """A server of Cog's under its guard, as `start_guarded` gives it; None when that cannot be."""
        self._count(1)

        def told() -> None:
            self._count(-1)
            ended()

        lifeline = None
        try:
            await self.prepare()
            lifeline = await self._fork(arguments, folder, environment, log)
        finally:
            if lifeline is None:
                self._count(-1)
        return None if lifeline is None else Guarded(lifeline, told)

    async def prepare(self) -> None:
        """Starts it where it does not run, and waits until it can fork, or is known to be unable to."""
        async with self._starting:
            if self._requests is None or self._process is None or self._process.returncode is not None:
                await self._launch()
        self._count(0)

    async def _fork(
        self, arguments: list[str], folder: Path, environment: Mapping[str, str], log: Path
    ) -> "_Lifeline | None":
        if self._requests is None:
            return None
        known = self._environment
        changed = {name: value for name, value in environment.items() if known.get(name) != value}
        asked: Obj = {"arguments": [*arguments], "folder": str(folder), "log": str(log), "environment": {**changed}}
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                socket.send_fds(self._requests, [dumps(asked).encode()], [theirs.fileno()])
            except OSError:
                ours.close()
                return None
        lifeline = _Lifeline(*await asyncio.open_connection(sock=ours))
        try:
            begun = await lifeline.begun()
        except BaseException:
            lifeline.let_go()
            await lifeline.ended()
            raise
        return lifeline if begun else None

    async def _launch(self) -> None:
        self._let_go()
        if self._broken:
            return
        path = Path(sys.executable).parent
        self._environment = common_environment(path, self._temporary) | {"PYTHONPATH": own_packages()}
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.setblocking(False)
        self._requests = ours
        ready = b""
        with theirs, contextlib.suppress(OSError, TimeoutError):
            await asyncio.to_thread(self._folder.mkdir, parents=True, exist_ok=True)
            with (self._folder / "log").open("wb") as log:
                self._process = await asyncio.create_subprocess_exec(
                    sys.executable,
                    "-m",
                    "tui.sandbox.fork_server",
                    str(theirs.fileno()),
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    cwd=self._folder,
                    env=self._environment,
                    pass_fds=[theirs.fileno()],
                    start_new_session=True,
                )
            theirs.close()
            async with asyncio.timeout(_READY_WITHIN):
                ready = await asyncio.get_running_loop().sock_recv(ours, 64)
        if not ready:
            self._broken = True
            self._let_go()

    def _count(self, change: int) -> None:
        """Lets go of it some time after the last one that it forked."""
        self._alive += change
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._alive == 0:
            self._timer = asyncio.get_running_loop().call_later(self._idle, self._let_go)

    def _let_go(self) -> None:
        if self._requests is not None:
            self._requests.close()
            self._requests = None

    async def close(self) -> None:
        """Ends it, and waits for that. What it forked has ended before."""
        if self._timer is not None:
            self._timer.cancel()
        self._let_go()
        if self._process is not None:
            await self._process.wait()


class _Lifeline:
    """A guard that was forked. It ends with this socket, and the socket with it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.pid = 0
        self._reader = reader
        self._writer = writer

    async def begun(self) -> bool:
        """Waits until it says its process id; False when it never does."""
        said = await self._reader.readline()
        self.pid = int(said or 0)
        if not said:
            self._writer.close()
        return bool(said)

    def let_go(self) -> None:
        with contextlib.suppress(OSError):
            self._writer.write_eof()

    async def ended(self) -> bool:
        try:
            return await self._reader.read() == _ENDED
        except OSError:
            return False
        finally:
            self._writer.close()
