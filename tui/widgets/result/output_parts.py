"""What an output consists of, for the eye: files first, then texts, then the rest. Plain functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import cast

from msgspec import Struct

from tui.forms import OutputKind
from tui.services.files.output_files import name_in
from tui.widgets.media.contact_sheet import Item
from tui.widgets.result.result_words import KEPT_FOR, Shown, output_kind

TEXT = 60
"""Characters from which a string of an object is read as a text, and not as a value among others."""


class Parts(Struct, frozen=True):
    """An output that is neither one text nor only files."""

    files: tuple[Item, ...]
    texts: tuple[tuple[str, str], ...]
    """The name of each text, and the text."""
    rest: object
    """None where nothing is left."""

    @property
    def markdown(self) -> str:
        """The texts below each other, each under its name."""
        return "\n\n".join(f"### {name}\n\n{text.strip()}" for name, text in self.texts)


def file_items(shown: Shown) -> list[Item]:
    """The files of the output: as they are saved here, or where they can be fetched; else as they were saved once."""
    output = shown.prediction.output if shown.prediction else None
    urls = _urls(shown, output)
    saved = {one.index: one for one in shown.outputs}
    if not urls:
        return [Item(one.url, one.path.name, one.path) for one in shown.outputs if one.path is not None]
    names = _names(output)
    items: list[Item] = []
    for index, url in enumerate(urls):
        one = saved.get(index)
        path = one.path if one is not None and one.state == "saved" else None
        pending = "saving…" if one is not None and one.state == "wanted" and not one.error else ""
        name = path.name if path is not None else name_in(url) or f"output-{index}"
        called = names.get(url, "")
        # A file that has the name of its field needs no second one.
        caption = "" if called == name.rpartition(".")[0] else called
        items.append(Item(url, name, path, caption, pending))
    return items


def deleted_at(shown: Shown, items: Sequence[Item]) -> datetime | None:
    """When Replicate deletes what is not saved here; None where nothing is, or where it is not known."""
    prediction = shown.prediction
    if prediction is None or prediction.completed_at is None or prediction.data_removed:
        return None
    if not prediction.deleted_after_an_hour:
        return None
    return prediction.completed_at + KEPT_FOR if any(item.path is None for item in items) else None


def parts_of(output: object, files: Sequence[Item]) -> Parts:
    """An output taken apart: an object's files and texts are shown as such, and not a second time below."""
    urls = {item.url for item in files}
    if not isinstance(output, Mapping):
        return Parts(tuple(files), (), None if files and _is_files(output, urls) else output)
    texts: list[tuple[str, str]] = []
    rest: dict[str, object] = {}
    for name, value in cast("Mapping[str, object]", output).items():
        if isinstance(value, str) and value not in urls and (len(value) >= TEXT or "\n" in value.strip()):
            texts.append((name, value))
        elif not _is_files(value, urls):
            rest[name] = value
    return Parts(tuple(files), tuple(texts), rest or None)


def text_of(output: object) -> str:
    """An output that is text; empty for one of files or of data."""
    parts = cast("list[object]", output) if isinstance(output, list) else [output]
    texts = [part for part in parts if isinstance(part, str)]
    if len(texts) != len(parts) or any(text.startswith(("http://", "https://", "data:")) for text in texts):
        return ""
    return "".join(texts)


def _urls(shown: Shown, output: object) -> list[str]:
    kind = shown.kind or OutputKind.ANY
    urls = shown.previews.files_in(output, kind) if shown.previews is not None else []
    if not urls and output_kind(shown) == "files":
        # The schema is not known, and all of it is addresses.
        found = cast("list[object]", output) if isinstance(output, list) else [output]
        urls = [text for text in found if isinstance(text, str)]
    return urls


def _is_files(value: object, urls: set[str]) -> bool:
    if isinstance(value, list):
        items = cast("list[object]", value)
        return bool(items) and all(isinstance(item, str) and item in urls for item in items)
    return isinstance(value, str) and value in urls


def _names(output: object) -> dict[str, str]:
    """What an object calls its files."""
    names: dict[str, str] = {}
    if isinstance(output, Mapping):
        for name, value in cast("Mapping[str, object]", output).items():
            for part in cast("list[object]", value) if isinstance(value, list) else [value]:
                if isinstance(part, str):
                    names[part] = name
    return names
