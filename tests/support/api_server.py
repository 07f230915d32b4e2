"""A real HTTP/1.1 server on a loopback socket that answers, breaks and hangs as a test tells it."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import parse_qs, unquote, urlsplit

from tui.api.client import Client
from tui.api.token import Token

SECRET = "r8_planted_0123456789abcdefghijklmnopqrs"


@dataclass
class Request:
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)


@dataclass
class Reply:
    """One answer. `breaks` is "unread" (closed before the body is read), "unanswered", "head" or "body"."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    breaks: str | None = None
    chunks: list[bytes] | None = None
    until: asyncio.Event | None = None
    effect: Callable[[Request], None] | None = None


def ok(value, status=200, **headers) -> Reply:
    names = {name.replace("_", "-"): str(text) for name, text in headers.items()}
    return Reply(status, json.dumps(value).encode(), {"content-type": "application/json", **names})


def text(words, status=200, kind="text/plain", **headers) -> Reply:
    names = {name.replace("_", "-"): str(value) for name, value in headers.items()}
    return Reply(status, words.encode(), {"content-type": kind, **names})


def breaks(how: str, effect=None) -> Reply:
    return Reply(200, b'{"id": "lost"}', {"content-type": "application/json"}, breaks=how, effect=effect)


def events(*chunks: bytes) -> Reply:
    return Reply(200, b"", {"content-type": "text/event-stream; charset=utf-8"}, chunks=list(chunks))


class Server:
    """Answers are queued per method and path; the last one of a queue stays."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.queues: dict[tuple[str, str], deque] = defaultdict(deque)
        self.hints: dict[str, str] = {}
        self.default = text("response 404 (backend NotFound), service rules for the path non-existent", 404)
        self._tasks: set[asyncio.Task] = set()

    async def start(self) -> Server:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        return self

    async def stop(self) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    def on(self, method: str, path: str, *replies: Reply | Callable[[Request], Reply]) -> None:
        self.queues[method, path].extend(replies)

    def count(self, method: str, path: str | None = None) -> int:
        return len([r for r in self.requests if r.method == method and path in (None, r.path)])

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        self._tasks.add(task)
        try:
            await self._one(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self._tasks.discard(task)
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        line, *rest = head.strip().split("\r\n")
        method, target, _ = line.split(" ")
        headers = {name.lower(): value for name, value in (row.split(": ", 1) for row in rest)}
        parts = urlsplit(target)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        request = Request(method, unquote(parts.path), query, headers, b"")
        self.requests.append(request)
        queue = self.queues.get((method, request.path))
        reply = self.default if not queue else queue.popleft() if len(queue) > 1 else queue[0]
        if isinstance(reply, Reply) and reply.breaks == "unread":
            writer.transport.abort()
            return
        if "content-length" in headers:
            request.body = await reader.readexactly(int(headers["content-length"]))
        elif headers.get("transfer-encoding") == "chunked":
            while size := int(await reader.readline(), 16):
                request.body += (await reader.readexactly(size + 2))[:-2]
        if not isinstance(reply, Reply):
            reply = reply(request)
        if reply.effect is not None:
            reply.effect(request)
        if reply.until is not None:
            await reply.until.wait()
        await self._answer(writer, reply)

    async def _answer(self, writer: asyncio.StreamWriter, reply: Reply) -> None:
        if reply.breaks == "unanswered":
            writer.transport.abort()
            return
        headers = {"connection": "close", **self.hints, **reply.headers}
        if reply.chunks is None:
            headers.setdefault("content-length", str(len(reply.body)))
        rows = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        writer.write(f"HTTP/1.1 {reply.status} X\r\n{rows}\r\n".encode())
        if reply.breaks == "head":
            await writer.drain()
            return
        if reply.breaks == "body":
            writer.write(reply.body[: len(reply.body) // 2])
            await writer.drain()
            return
        writer.write(reply.body)
        for chunk in reply.chunks or ():
            writer.write(chunk)
            await writer.drain()
            await asyncio.sleep(0)
        await writer.drain()


class Naps:
    """Stands in for asyncio.sleep: remembers how long, and takes no time."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)
        await asyncio.sleep(0)


def client_for(server: Server, naps: Naps, **options) -> Client:
    return Client(server.url, Token(SECRET), sleep=naps, **options)
