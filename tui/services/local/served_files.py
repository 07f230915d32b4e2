"""The files that clients upload to a served model: kept in a folder for as long as it is served."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path
from urllib.parse import quote

from starlette.requests import Request

from tui.sandbox.context import read_body
from tui.sandbox.files import MAX_BYTES, StoredFile
from tui.sandbox.jsons import Json
from tui.sandbox.multipart import boundary_of, parse
from tui.sandbox.names import new_file_id, now_ns
from tui.sandbox.problems import Problem, not_found

_FORM_SLACK = 1024 * 1024
_KIND = "application/octet-stream"


class ServedFiles:
    """What was uploaded, the newest last. A client knows a file by its URL, from which the model fetches it."""

    def __init__(self, folder: Path, origin: str) -> None:
        self._folder = folder
        self._origin = origin
        self.stored: dict[str, StoredFile] = {}

    async def take(self, request: Request) -> StoredFile:
        """Keep the file of a form. Raises Problem, OSError."""
        boundary = boundary_of(request.headers.get("content-type", ""))
        if boundary is None:
            raise Problem(415, "Send the file as multipart/form-data", "Unsupported media type")
        body = await read_body(request, MAX_BYTES + _FORM_SLACK)
        try:
            content = next((part for part in parse(body, boundary) if part.name == "content"), None)
        except ValueError as error:
            raise Problem(400, f"Multipart form parse error - {error}", "Bad request") from None
        if content is None:
            raise Problem(400, "Missing content", "Bad request")
        name = Path(content.filename or "file").name or "file"
        return await asyncio.to_thread(self._keep, name, content.content_type or _KIND, bytes(content.content))

    def _keep(self, name: str, kind: str, content: bytes) -> StoredFile:
        id, now = new_file_id(), now_ns()
        (self._folder / id).write_bytes(content)
        sums = hashlib.sha256(content).hexdigest(), hashlib.md5(content, usedforsecurity=False).hexdigest()
        self.stored[id] = stored = StoredFile(id, "upload", name, kind, len(content), *sums, {}, now, None, None)
        return stored

    def find(self, id: str) -> StoredFile:
        """What is known of a file. Raises Problem."""
        if id not in self.stored:
            raise not_found("File not found")
        return self.stored[id]

    def path(self, stored: StoredFile) -> Path:
        """Where its bytes are."""
        return self._folder / stored.id

    async def remove(self, stored: StoredFile) -> None:
        """Forget it."""
        del self.stored[stored.id]
        await asyncio.to_thread(self.path(stored).unlink, missing_ok=True)

    def reachable(self, value: Json) -> Json:
        """An input with the addresses of uploads' bytes in the place of their URLs, which lead to facts about them."""
        if isinstance(value, str):
            # Ids cannot be guessed, and a client may have come by another name of this machine.
            stored = self.stored.get(value.rpartition("/v1/files/")[2])
            return value if stored is None else f"{self._origin}/v1/files/{stored.id}/download/{quote(stored.name)}"
        if isinstance(value, list):
            return [self.reachable(item) for item in value]
        if isinstance(value, dict):
            return {name: self.reachable(item) for name, item in value.items()}
        return value
