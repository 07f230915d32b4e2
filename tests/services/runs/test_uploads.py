"""What local files become before an input is sent."""

import base64
from pathlib import Path
from typing import cast

import pytest

from tui.api.client import Client
from tui.api.errors import InvalidInput
from tui.forms import FileInput
from tui.services.runs import uploads

PNG = b"\x89PNG\r\n\x1a\n" + bytes(16)
NOBODY = cast(Client, None)
"""Small files travel inside the request: no client is asked."""


def nothing(name: str, sent: int, total: int) -> None: ...


@pytest.mark.parametrize(
    ("name", "content", "media_type"),
    [
        ("photo", PNG, "image/png"),
        ("photo.jpg", PNG, "image/png"),
        ("train.jsonl", b'{"a": 1}\n', "application/jsonl"),
        ("weights.npz", b"PK\3\4" + bytes(40), "application/x-npz"),
        ("voice", b"OggS\0\2" + bytes(22) + b"OpusHead", "audio/ogg"),
        ("notes", b"just words", "text/plain"),
        ("thing", b"\0\1\2\3", "application/octet-stream"),
    ],
)
async def test_a_file_goes_as_what_it_is(tmp_path: Path, name: str, content: bytes, media_type: str) -> None:
    (tmp_path / name).write_bytes(content)
    ready = await uploads.prepare(NOBODY, {"x": FileInput(str(tmp_path / name))}, nothing)
    assert ready["x"] == f"data:{media_type};base64,{base64.b64encode(content).decode()}"


async def test_an_empty_file_is_refused_before_it_is_paid_for(tmp_path: Path) -> None:
    (tmp_path / "zero.png").write_bytes(b"")
    with pytest.raises(InvalidInput, match=r"image: .*zero\.png is empty"):
        await uploads.prepare(NOBODY, {"image": [FileInput(str(tmp_path / "zero.png"))]}, nothing)
