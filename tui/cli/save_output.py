"""`--save`: puts the output of a prediction where it was asked for, and says what could not be saved.

Files lie in a folder, or under the name that was given; a text becomes output.txt, any other output output.json.
Nothing is overwritten: where a different file has the name already, the next free one is taken.
"""

from __future__ import annotations

import asyncio
import mimetypes
from collections.abc import Sequence
from pathlib import Path

from tui.api.text import clean
from tui.api.types import Prediction
from tui.cli.exit_codes import EXIT_API, EXIT_DISK, EXIT_DONE
from tui.cli.printing import Speaker
from tui.forms import OutputKind
from tui.services.files.documents import document_of, write_document
from tui.services.files.downloads import is_disk_fault
from tui.services.files.placement import copy
from tui.store.records import SavedOutput


def names_a_file(path: Path) -> bool:
    """Whether --save means a file: it has the ending of one, and is no folder that is there."""
    return bool(mimetypes.guess_type(path.name)[0]) and not path.is_dir()


def folder_of(path: Path) -> Path:
    """The folder that --save writes into."""
    return path.parent if names_a_file(path) else path


async def save_output(
    speaker: Speaker,
    target: Path,
    prediction: Prediction,
    kind: OutputKind,
    outputs: Sequence[SavedOutput],
    streamed: str,
) -> int:
    """Save what came, say where it is or why not; returns the exit code of the saving.

    `outputs` are the files of the output as they are kept by now; `streamed` is the text that came as it was made.
    """
    named = names_a_file(target)
    code = unsaved(speaker, outputs)
    try:
        for position, output in enumerate(outputs):
            if output.state == "saved" and output.path is not None:
                path = output.path
                if named:
                    path = await asyncio.to_thread(copy, output.path, _numbered(target, position, len(outputs)))
                speaker.say(f"saved {path}")
        document = document_of(prediction.output, kind, outputs, streamed)
        if document is not None:
            text, name = document
            wanted = target if named and not outputs else folder_of(target) / name
            speaker.say(f"saved {await asyncio.to_thread(write_document, text, wanted)}")
    except OSError as error:
        speaker.error(f"{folder_of(target)} cannot take the output: {error.strerror or error}")
        return EXIT_DISK
    if not outputs and document is None and prediction.status == "succeeded":
        speaker.error(f"--save saved nothing: {_why_nothing(prediction)}.")
        return EXIT_API
    return code


def _why_nothing(prediction: Prediction) -> str:
    if prediction.data_removed:
        return "its data was removed"
    if prediction.output in (None, "", [], {}):
        return "its output is empty"
    return f"its output is no address that can be fetched: {clean(str(prediction.output))[:200]}"


def unsaved(speaker: Speaker, outputs: Sequence[SavedOutput]) -> int:
    """Say which files are not kept, and why; the exit code that this calls for."""
    code = EXIT_DONE
    for output in outputs:
        if output.state != "saved" or output.path is None:
            speaker.error(f"{output.url} was not saved: {output.error or output.state}")
            code = code or (EXIT_DISK if is_disk_fault(output.error) else EXIT_API)
    if any(output.state == "wanted" for output in outputs):
        speaker.say("It is tried again when replicate-tui starts next, as long as Replicate keeps it: an hour.")
    return code


def _numbered(target: Path, position: int, many: int) -> Path:
    return target if many == 1 else target.with_name(f"{target.stem}-{position + 1}{target.suffix}")
