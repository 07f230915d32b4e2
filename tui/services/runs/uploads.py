"""Makes an input ready to be sent: local files become data URIs, or uploads where they are large.

Source: docs/replicate.md, Files.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import cast

from tui.api.client import Client
from tui.api.errors import InvalidInput
from tui.api.file_types import HEAD, file_type
from tui.api.text import clean_line
from tui.forms import FileInput

SMALL = 256_000
"""Bytes below which a file travels inside the request."""

Progress = Callable[[str, int, int], None]
"""Told a file's name, the bytes sent and the bytes in all."""


def local_files(value: object) -> list[str]:
    """The local paths in an input, each once, in their order."""
    found: dict[str, None] = {}

    def look(item: object) -> None:
        if isinstance(item, FileInput):
            if item.kind == "path":
                found[str(item)] = None
        elif isinstance(item, Mapping):
            for part in cast("Mapping[object, object]", item).values():
                look(part)
        elif isinstance(item, list | tuple):
            for part in cast("list[object]", item):
                look(part)

    look(value)
    return list(found)


def place(path: str) -> Path:
    """A path as typed, its `~` made the home folder where there is one of that name."""
    try:
        return Path(path).expanduser()
    except RuntimeError:
        return Path(path)


def mark_files(value: object, paths: frozenset[str]) -> object:
    """`value` with each text among `paths` made a FileInput again, as it was before it was kept as JSON."""
    if isinstance(value, str):
        return FileInput(value) if value in paths else value
    if isinstance(value, dict):
        return {key: mark_files(item, paths) for key, item in cast("dict[str, object]", value).items()}
    if isinstance(value, list):
        return [mark_files(item, paths) for item in cast("list[object]", value)]
    return value


async def prepare(client: Client, values: Mapping[str, object], progress: Progress) -> dict[str, object]:
    """The input with every local file where the API can read it. A file that occurs twice is sent once.

    Raises InvalidInput, with the input's name in `fields`, for a file that is not there, cannot be read or is
    too large; before the first upload where that can be told. Raises ApiError when an upload fails.
    """
    for name, value in values.items():
        for path in local_files(value):
            problem = await asyncio.to_thread(_problem, place(path))
            if problem:
                raise InvalidInput(f"{name}: {problem}", fields={name: problem})
    ready: dict[str, str] = {}
    for path in local_files(dict(values)):
        ready[path] = await _ready(client, place(path), progress)
    return {name: replaced(value, ready) for name, value in values.items()}


def as_data_uris(paths: Sequence[str]) -> dict[str, str]:
    """Whole files as data URIs, for a server that takes no uploads. Blocks. Raises OSError."""
    return {path: _as_data_uri(place(path).read_bytes(), place(path).name) for path in paths}


def _as_data_uri(content: bytes, name: str) -> str:
    kind = file_type(content[:HEAD], name)
    return f"data:{kind.media_type};base64,{base64.b64encode(content).decode()}"


async def _ready(client: Client, path: Path, progress: Progress) -> str:
    name = clean_line(path.name, 80)
    content = await asyncio.to_thread(_small, path)
    if content is not None:
        return _as_data_uri(content, path.name)
    file = await client.upload(path, progress=lambda sent, total: progress(name, sent, total))
    if not file.urls.get:
        raise InvalidInput(f"{name!r} was uploaded, but the API gave no address for it.")
    return file.urls.get


def replaced(value: object, ready: Mapping[str, str]) -> object:
    """`value` with the address of each local file that is ready, and every other file as its text."""
    if isinstance(value, FileInput):
        return ready.get(str(value), str(value)) if value.kind == "path" else str(value)
    if isinstance(value, dict):
        return {key: replaced(item, ready) for key, item in cast("dict[str, object]", value).items()}
    if isinstance(value, list | tuple):
        return [replaced(item, ready) for item in cast("list[object]", value)]
    return value


def _small(path: Path) -> bytes | None:
    """A small file's bytes; None for a large one."""
    with path.open("rb") as file:
        content = file.read(SMALL)
    return content if len(content) < SMALL else None


def _problem(path: Path) -> str | None:
    shown = clean_line(str(path), 200)
    try:
        if not path.exists():
            return f"there is no file {shown}"
        # Opening a pipe or a device would block.
        if not path.is_file():
            return f"{shown} is not a file"
        with path.open("rb") as file:
            # Cog would hand the model a file of nothing, and the run would be billed.
            return None if file.read(1) else f"{shown} is empty"
    except (OSError, ValueError) as error:
        return f"{shown} cannot be read: {getattr(error, 'strerror', None) or error}"
