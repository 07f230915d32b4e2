"""Files among a model's outputs: what Cog gave as a data URI is kept as a file."""

import asyncio
import base64
import binascii
from urllib.parse import unquote_to_bytes

from tui.sandbox.files import FileStore, Use
from tui.sandbox.filewalk import file_values, replaced
from tui.sandbox.jsons import Json, Obj
from tui.sandbox.media_types import ending_of

_MOST_INLINE = 10 * 1024 * 1024


class OutputFiles:
    """Keeps the files of one sandbox's outputs. `place` is the address under which they are delivered."""

    def __init__(self, files: FileStore, place: str, *, inline: bool = False) -> None:
        self._files = files
        self.place = place
        self._inline = inline

    async def keep(self, value: Json, schema: Obj, root: Obj, job: str, use: Use, first: int = 0) -> Json:
        """The output with addresses in place of data URIs, the files named `out-N` from `first` on.

        What is no proper data URI stays as it is, and so does every output where data URIs are wished.
        """
        if self._inline and use == "output":
            return value
        found: dict[str, str] = {}
        for _, text in file_values(value, schema, root, "output"):
            if text not in found and text.startswith("data:"):
                decoded = await asyncio.to_thread(_decode, text)
                if decoded is not None:
                    content, kind = decoded
                    ending = ending_of(kind)
                    name = f"out-{first + len(found)}{ending}"
                    stored = await self._files.add(use, content, name, kind, job=job)
                    found[text] = f"{self.place}/{stored.id}/{stored.name}"
        return replaced(value, schema, root, found, lambda text: text) if found else value

    async def as_data(self, value: Json) -> Json:
        """The output with data URIs in place of the addresses of its files, but for those that are large."""
        if isinstance(value, dict):
            return {name: await self.as_data(item) for name, item in value.items()}
        if isinstance(value, list):
            return [await self.as_data(item) for item in value]
        if not isinstance(value, str) or not value.startswith(f"{self.place}/"):
            return value
        key = value.removeprefix(f"{self.place}/").partition("/")[0]
        stored = await self._files.get(key, "output")
        if stored is None or stored.size > _MOST_INLINE:
            return value
        content = await asyncio.to_thread(self._files.path(key).read_bytes)
        return f"data:{stored.content_type};base64,{base64.b64encode(content).decode()}"


def _decode(text: str) -> tuple[bytes, str] | None:
    head, comma, data = text.partition(",")
    if not head.startswith("data:") or not comma:
        return None
    kind = head[5:].partition(";")[0] or "text/plain"
    try:
        content = base64.b64decode(data, validate=True) if head.endswith(";base64") else unquote_to_bytes(data)
    except binascii.Error:
        return None
    return content, kind
