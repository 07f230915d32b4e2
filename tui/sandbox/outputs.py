"""Files among a model's outputs: what Cog gave as a data URI is kept as a file."""

import asyncio
import base64
import binascii
from urllib.parse import unquote_to_bytes

from tui.sandbox.files import FileStore, Use
from tui.sandbox.filewalk import file_values, replaced
from tui.sandbox.jsons import Json, Obj
from tui.sandbox.media_types import ending_of


class OutputFiles:
    """Keeps the files of one sandbox's outputs. `place` is the address under which they are delivered."""

    def __init__(self, files: FileStore, place: str) -> None:
        self._files = files
        self.place = place

    async def keep(self, value: Json, schema: Obj, root: Obj, job: str, use: Use, first: int = 0) -> Json:
        """The output with addresses in place of data URIs, the files named `out-N` from `first` on.

        What is no proper data URI stays as it is.
        """
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
