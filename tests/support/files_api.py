"""The Files API on the scripted API: lists, takes uploads (held back where a test wants to see them), deletes."""

from __future__ import annotations

import asyncio
import hashlib
import re
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.support.fake_api import Api, Request


class FilesApi:
    """`kept` are the files that are there; while `open` is not set, what was uploaded gets no answer."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.kept: dict[str, dict[str, Any]] = {}
        self.asked: list[str] = []
        """The names of what was uploaded, as it came."""
        self.deleted: list[str] = []
        self.open = asyncio.Event()
        self.open.set()
        self._made = 0
        api.on["GET", "/v1/files"] = self._list
        api.on["POST", "/v1/files"] = self._take

    def put(self, name: str, content: bytes = b"x", *, left: float = 86_400.0, kind: str = "image/png") -> str:
        """A file that expires in `left` seconds; its address."""
        id_ = f"file{self._made:04}"
        self._made += 1
        now = datetime.now(UTC)
        address = f"{self.api.base_url}/files/{id_}"
        self.kept[id_] = {
            "id": id_,
            "name": name,
            "content_type": kind,
            "size": len(content),
            "checksums": {"sha256": hashlib.sha256(content).hexdigest()},
            "created_at": (now - timedelta(seconds=5000 - self._made)).isoformat(),
            "expires_at": (now + timedelta(seconds=left)).isoformat(),
            "urls": {"get": address},
        }
        self.api.on["DELETE", f"/v1/files/{id_}"] = self._delete
        return address

    async def _list(self, request: Request) -> None:
        request.answer({"next": None, "previous": None, "results": list(self.kept.values())})

    async def _take(self, request: Request) -> None:
        found = re.search(rb'filename="([^"]*)"\r\nContent-Type: ([^\r]*)\r\n\r\n', request.body)
        assert found is not None
        name = found[1].decode()
        self.asked.append(name)
        await self.open.wait()
        content = request.body[found.end() : request.body.rindex(b"\r\n--")]
        address = self.put(name, content, kind=found[2].decode())
        request.answer(self.kept[address.rpartition("/")[2]], 201)

    async def _delete(self, request: Request) -> None:
        id_ = request.path.rpartition("/")[2]
        self.deleted.append(id_)
        there = self.kept.pop(id_, None) is not None
        request.head(204 if there else 404, Content_Length="0")
