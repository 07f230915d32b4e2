"""A scripted API on a loopback socket, for what a real one does rarely: every byte and every failure is a test's."""

from __future__ import annotations

import asyncio
import contextlib
import email.utils
import json
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

START = datetime.now(UTC).replace(microsecond=0)
"""The moment of which the API tells: the present, since what is old is asked for seldom, and is no news."""


@dataclass
class Request:
    """One request as it came."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    writer: asyncio.StreamWriter
    reader: asyncio.StreamReader

    async def reader_gone(self) -> None:
        """Wait until the one who asked has closed the connection."""
        while await self.reader.read(100):
            pass

    def json(self) -> Any:
        return json.loads(self.body)

    def head(self, status: int = 200, kind: str = "application/json", **headers: str) -> None:
        date = email.utils.formatdate(usegmt=True)
        lines = [f"HTTP/1.1 {status} X", f"Content-Type: {kind}", "Connection: close", f"Date: {date}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        self.writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())

    def answer(self, value: Any, status: int = 200, **headers: str) -> None:
        content = json.dumps(value).encode()
        self.head(status, Content_Length=str(len(content)), **headers)
        self.writer.write(content)

    def drop(self) -> None:
        self.writer.transport.abort()


Handler = Callable[[Request], Awaitable[None]]


@dataclass
class Api:
    """Answers as the API does, from `predictions`; `on` replaces any answer."""

    predictions: dict[str, dict[str, Any]] = field(default_factory=dict)
    trainings: dict[str, dict[str, Any]] = field(default_factory=dict)
    on: dict[tuple[str, str], Handler] = field(default_factory=dict)
    seen: list[tuple[str, str]] = field(default_factory=list)
    models: dict[str, dict[str, Any]] = field(default_factory=dict)
    page: int = 100
    down: bool = False
    most_at_once: Counter[str] = field(default_factory=Counter)
    _now: Counter[str] = field(default_factory=Counter)
    _server: asyncio.Server | None = None
    _tasks: set[asyncio.Task[Any]] = field(default_factory=set)
    base_url: str = ""
    origin: str = ""

    async def __aenter__(self) -> Api:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.origin = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        self.base_url = self.origin + "/v1"
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def count(self, method: str, path: str) -> int:
        return self.seen.count((method, "/v1" + path))

    def put(
        self, id: str, status: str = "starting", age: float = 0.0, *, kind: str = "predictions", **fields: Any
    ) -> dict[str, Any]:
        """A prediction (or one of the `trainings`) that is `age` seconds old at START."""
        created = (START - timedelta(seconds=age)).isoformat()
        kept = self.trainings if kind == "trainings" else self.predictions
        kept[id] = {
            "id": id,
            "model": "acme/words",
            "version": "v" * 64,
            "source": "api",
            "created_at": created,
            "input": {"prompt": "x"},
            "output": None,
            "logs": "",
            "error": None,
            "metrics": {},
            "urls": {"get": f"{self.base_url}/{kind}/{id}"},
            "status": status,
            **fields,
        }
        return kept[id]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
                await self._one(reader, writer)
        finally:
            self._tasks.discard(task)
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        first, *lines = head.strip().split("\r\n")
        method, target, _ = first.split(" ")
        headers = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in lines)}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        parts = urlsplit(target)
        query = {k: v[0] for k, v in parse_qs(parts.query).items()}
        request = Request(method, parts.path, query, headers, body, writer, reader)
        self.seen.append((method, parts.path))
        key = f"{method} {target}"
        self._now[key] += 1
        self.most_at_once[key] = max(self.most_at_once[key], self._now[key])
        try:
            if self.down:
                request.drop()
                return
            await (self.on.get((method, parts.path)) or self._answer)(request)
            await writer.drain()
        finally:
            self._now[key] -= 1

    async def _answer(self, request: Request) -> None:
        path = request.path.removeprefix("/v1")
        if request.method == "GET" and path == "/account":
            request.answer({"type": "user", "username": "ada", "name": "Ada"})
        elif request.method == "GET" and path == "/predictions":
            self._list(request)
        elif request.method == "GET" and path == "/trainings":
            self._list(request, "trainings")
        elif request.method == "GET" and path.startswith(("/predictions/", "/trainings/")):
            kept = self.trainings if path.startswith("/trainings/") else self.predictions
            found = kept.get(path.rsplit("/", 1)[1])
            request.answer(found or {"detail": "not found"}, 200 if found else 404)
        elif request.method == "POST" and path.endswith("/cancel"):
            kept = self.trainings if path.startswith("/trainings/") else self.predictions
            found = kept.get(path.split("/")[2])
            if found is not None and found["status"] in ("starting", "processing"):
                found.update(status="canceled", completed_at=START.isoformat())
            request.answer(found or {"detail": "not found"}, 200 if found else 404)
        elif request.method == "POST" and path.endswith("/predictions"):
            request.answer(self.create(request), 201)
        elif request.method == "GET" and path.removeprefix("/models/") in self.models:
            request.answer(self.models[path.removeprefix("/models/")])
        else:
            request.answer({"detail": "not found"}, 404)

    def create(self, request: Request) -> dict[str, Any]:
        """What a creation makes."""
        body = request.json()
        id = f"made{len(self.predictions)}"
        version = body.get("version", "hidden")
        return self.put(id, input=body["input"], version=version, created_at=datetime.now(UTC).isoformat())

    def _list(self, request: Request, kind: str = "predictions") -> None:
        kept = self.trainings if kind == "trainings" else self.predictions
        found = sorted(kept.values(), key=lambda p: (p["created_at"], p["id"]), reverse=True)
        filters = {name: request.query[name] for name in ("created_after", "created_before") if name in request.query}
        if kind == "trainings" and filters:
            request.answer({"detail": "trainings have no filters"}, 400)
            return
        for name, text in filters.items():
            limit, after = datetime.fromisoformat(text), name == "created_after"
            found = [p for p in found if (datetime.fromisoformat(p["created_at"]) >= limit) == after]
        start = int(request.query.get("cursor", "0"))
        onward = start + self.page
        query = urlencode({**filters, "cursor": onward})
        following = f"{self.base_url}/{kind}?{query}" if onward < len(found) else None
        items = [{k: v for k, v in one.items() if k not in ("logs", "output")} for one in found[start:onward]]
        request.answer({"results": items, "next": following, "previous": None})


def sse(text: str, id: str | None = None, kind: str = "output") -> bytes:
    """One event on the wire."""
    lines = [f"event: {kind}", *([f"id: {id}"] if id else []), *(f"data: {line}" for line in text.split("\n"))]
    return ("\n".join(lines) + "\n\n").encode()
