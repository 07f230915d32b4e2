"""What of an output is no file: a text becomes output.txt, any other value output.json."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import cast

from tui.api.text import to_json
from tui.forms import OutputKind
from tui.services.files.placement import put
from tui.services.watching.text_follower import text_of
from tui.store.records import SavedOutput


def document_of(
    output: object, kind: OutputKind, outputs: Sequence[SavedOutput], streamed: str
) -> tuple[str, str] | None:
    """What of the output is no file, and the name for it; None where all of it is files, or where there is none.

    `outputs` are the files of it; `streamed` is the text that came as it was made.
    """
    if kind in (OutputKind.TEXT, OutputKind.TEXT_STREAM):
        text = text_of(output)
        text = streamed if text is None else text
        return (text, "output.txt") if text else None
    if output in (None, "", [], {}) or kind in (OutputKind.FILE, OutputKind.FILES):
        return None
    if outputs and _is_addresses(output):
        return None
    if isinstance(output, str):
        return output, "output.txt"
    return to_json(output, indent=2) + "\n", "output.json"


def _is_addresses(output: object) -> bool:
    parts = cast("list[object]", output) if isinstance(output, list) else [output]
    return all(isinstance(part, str) for part in parts)


def write_document(text: str, wanted: Path) -> Path:
    """Write a text at `wanted` or the next free name, whole or not at all. Blocks. Raises OSError."""
    return put(text.encode(), wanted)
