"""A proxy on this machine that leads connections to Replicate's hosts to the sandbox, and all others on."""

import asyncio
import base64
import contextlib
import re
from collections.abc import Coroutine
from urllib.parse import unquote, urlsplit

_HEAD_LIMIT = 64 * 1024
_ENOUGH = 64 * 1024


class Proxy:
    """Answers CONNECT. It opens nothing: what it leads to speaks TLS itself."""

    def __init__(self, names: frozenset[str], port: int, upstream: str | None) -> None:
        self._names = names
        self._port = port
        self._upstream = upstream
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def open(self) -> str:
        """Listens; returns the address for HTTPS_PROXY."""
        self._server = await asyncio.start_server(self._take, "127.0.0.1", 0, limit=_HEAD_LIMIT)
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def close(self) -> None:
        """Ends every connection."""
        if self._server is not None:
            self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            await self._lead(reader, writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, asyncio.CancelledError):
            pass
        finally:
            writer.close()
            self._tasks.discard(task)

    async def _lead(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        match = re.match(rb"CONNECT (\[?[^\s\]]+\]?):(\d{1,5}) HTTP/1\.[01]\r\n", head)
        if match is None:
            writer.write(b"HTTP/1.1 405 Only CONNECT\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            await writer.drain()
            return
        host, port = match[1].decode("latin-1").strip("[]").lower(), int(match[2])
        try:
            onward = await self._reach(host, port)
        except OSError:
            writer.write(b"HTTP/1.1 502 Cannot connect\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            await writer.drain()
            return
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        await _both(_copy(reader, onward[1]), _copy(onward[0], writer))

    async def _reach(self, host: str, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if host in self._names:
            return await asyncio.open_connection("127.0.0.1", self._port)
        if self._upstream is None:
            return await asyncio.open_connection(host, port)
        return await _through(self._upstream, host, port)


async def _through(upstream: str, host: str, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection by way of the proxy that was set before."""
    parts = urlsplit(upstream if "://" in upstream else f"http://{upstream}")
    reader, writer = await asyncio.open_connection(
        parts.hostname, parts.port or 8080, ssl=True if parts.scheme == "https" else None
    )
    name = f"[{host}]" if ":" in host else host
    head = f"CONNECT {name}:{port} HTTP/1.1\r\nHost: {name}:{port}\r\n"
    if parts.username is not None:
        known = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        head += f"Proxy-Authorization: Basic {base64.b64encode(known.encode()).decode()}\r\n"
    writer.write(f"{head}\r\n".encode())
    answer = await reader.readuntil(b"\r\n\r\n")
    if not re.match(rb"HTTP/1\.[01] 2\d\d", answer):
        writer.close()
        raise OSError("the proxy before refused")
    return reader, writer


async def _both(first: Coroutine[None, None, None], second: Coroutine[None, None, None]) -> None:
    """Until one side has ended; the other is given up then."""
    tasks = [asyncio.create_task(first), asyncio.create_task(second)]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while piece := await reader.read(_ENOUGH):
            writer.write(piece)
            await writer.drain()
    finally:
        with contextlib.suppress(OSError):
            writer.close()
