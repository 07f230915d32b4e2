"""The files in the output of a local run, which come as data URIs: put where they are wanted."""

from __future__ import annotations

from pathlib import Path
from typing import cast

from msgspec import Struct

from tui.api.downloads import data_uri
from tui.api.errors import BadAnswer
from tui.api.file_types import HEAD, ending_for, file_type
from tui.forms import OutputKind
from tui.services.files.output_files import file_urls
from tui.services.files.placement import put


class Kept(Struct, frozen=True):
    """The files that were written, and the output with their paths in place of the data URIs."""

    paths: tuple[Path, ...]
    output: object


def keep_files(output: object, kind: OutputKind, folder: Path, name: str = "") -> Kept:
    """Write each file as `output.png`, `output-1.png` or under `name`; nothing is overwritten. Raises OSError."""
    found = [url for url in dict.fromkeys(file_urls(output, kind, "")) if url[:5].lower() == "data:"]
    places: dict[str, str] = {}
    for position, url in enumerate(found):
        try:
            media_type, content = data_uri(url)
        except BadAnswer:
            continue  # it stays what it is
        stem, ending = Path(name).stem, Path(name).suffix
        if not name:
            stem, ending = "output", ending_for(file_type(content[:HEAD], media_type=media_type))
        wanted = folder / f"{stem}{f'-{position + 1}' if len(found) > 1 else ''}{ending}"
        places[url] = str(put(content, wanted))
    return Kept(tuple(Path(place) for place in places.values()), _replaced(output, places))


def _replaced(value: object, places: dict[str, str]) -> object:
    if isinstance(value, str):
        return places.get(value, value)
    if isinstance(value, list):
        return [_replaced(item, places) for item in cast("list[object]", value)]
    if isinstance(value, dict):
        return {key: _replaced(item, places) for key, item in cast("dict[str, object]", value).items()}
    return value
