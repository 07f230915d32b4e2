"""Files that the scripted API serves beside its records."""

from __future__ import annotations

import io

from PIL import Image

from tests.support.fake_api import Api, Request


def png(shade: tuple[int, int, int] = (200, 40, 40)) -> bytes:
    """A picture of 64 by 64 pixels of one colour."""
    content = io.BytesIO()
    Image.new("RGB", (64, 64), shade).save(content, "PNG")
    return content.getvalue()


def serve(api: Api, *names: str, content: bytes = b"", kind: str = "image/png") -> list[str]:
    """Serve files, pictures where no content is given; their addresses."""
    for name in names:

        async def answer(request: Request) -> None:
            found = content or png()
            request.head(kind=kind, Content_Length=str(len(found)))
            request.writer.write(found)

        api.on["GET", f"/files/{name}"] = answer
    return [f"{api.origin}/files/{name}" for name in names]
