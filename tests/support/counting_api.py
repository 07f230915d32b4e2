"""An API on loopback, of its own process, that knows which intended run each creation came from.

python counting_api.py SEED OFFSET: prints its port. It cuts connections before and after the work, by chance, and its
clock is OFFSET seconds off. Who meant a creation is told by its webhook, of which nothing is told back.
"""

from __future__ import annotations

import asyncio
import contextlib
import email.utils
import json
import random
import sys
import time
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

VERSION = "a" * 64
OLD = 1000
"""So many prompts have an old twin, which is nobody's here."""
SCHEMA = {
    "components": {
        "schemas": {
            "Input": {"type": "object", "properties": {"prompt": {"type": "string"}}},
            "Output": {"type": "string"},
        }
    }
}


class CountingApi:
    """Everything is answered from `made`, newest last."""

    def __init__(self, seed: int, offset: float) -> None:
        self._random = random.Random(seed)
        self._offset = offset
        self.made: list[dict[str, Any]] = []
        self.intents: dict[str, str] = {}
        """The id of a prediction → the intended run that it was created for."""
        self.posts = 0
        self.cut: dict[str, str] = {}
        """An intended run → where its request was cut: "before" or "after" the work."""
        for prompt in (*(f"alone {n}" for n in range(OLD)), *(f"twin {n}" for n in range(OLD // 10))):
            # What another machine of the account has made a moment before any run begins.
            self._make({"prompt": prompt}, self.now() - 1)

    def now(self) -> float:
        return time.time() + self._offset

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                first, *rows = head.strip().split("\r\n")
                headers = {name.lower(): value.strip() for name, _, value in (row.partition(":") for row in rows)}
                body = await reader.readexactly(int(headers.get("content-length", "0")))
                method, target, _ = first.split(" ")
                answer = await self._answer(method, urlsplit(target), body)
                if answer is None:
                    break
                status, value = answer
                content = json.dumps(value).encode()
                date = email.utils.formatdate(self.now(), usegmt=True)
                writer.write(
                    f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nDate: {date}\r\n"
                    f"Content-Length: {len(content)}\r\n\r\n".encode()
                    + content
                )
                await writer.drain()
        writer.close()

    async def _answer(self, method: str, target: Any, body: bytes) -> tuple[int, Any] | None:
        parts = target.path.removeprefix("/v1/").split("/")
        if target.path == "/log":
            return 200, {"intents": self.intents, "cut": self.cut, "posts": self.posts}
        if parts == ["account"]:
            return 200, {"type": "user", "username": "tester"}
        if parts[0] == "predictions" and method == "POST" and len(parts) == 1:
            return await self._create(json.loads(body))
        if parts == ["predictions"]:
            return 200, self._list(parse_qs(target.query))
        found = [one for one in self.made if parts == ["predictions", one["id"]]]
        return (200, found[0]) if found else (404, {"detail": "not found"})

    async def _create(self, body: dict[str, Any]) -> tuple[int, Any] | None:
        self.posts += 1
        intent = body["webhook"].rsplit("/", 1)[1]
        chance = self._random.random()
        if chance < 0.08:
            self.cut[intent] = "before"
            return None
        await asyncio.sleep(self._random.random() * 0.05)
        made = self._make(body["input"], self.now())
        self.intents[made["id"]] = intent
        await asyncio.sleep(self._random.random() * 0.1)
        if chance < 0.20:
            self.cut[intent] = "after"
            return None
        return 201, made

    def _make(self, input: dict[str, Any], at: float) -> dict[str, Any]:
        moment = datetime.fromtimestamp(at, UTC).isoformat().replace("+00:00", "Z")
        made = {
            "id": f"p{len(self.made):05}{self._random.randrange(10**9):09}",
            "model": "acme/thing",
            "version": VERSION,
            "input": input,
            "status": "succeeded",
            "output": "done",
            "logs": "",
            "source": "api",
            "created_at": moment,
            "started_at": moment,
            "completed_at": moment,
            "metrics": {"predict_time": 0.1},
            "urls": {},
        }
        self.made.append(made)
        return made

    def _list(self, query: dict[str, list[str]]) -> dict[str, Any]:
        since = query.get("created_after", [""])[0]
        limit = datetime.fromisoformat(since) if since else datetime.fromtimestamp(0, UTC)
        found = [one for one in reversed(self.made) if datetime.fromisoformat(one["created_at"]) >= limit]
        return {"next": None, "previous": None, "results": found}


async def main() -> None:
    api = CountingApi(int(sys.argv[1]), float(sys.argv[2]))
    server = await asyncio.start_server(api.serve, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
