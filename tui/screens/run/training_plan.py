"""What a training will do, in words: the trainer, the data and how it travels, the destination, and what it costs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from textual.content import Content

from tui import wording
from tui.services.usage.billing import TRAINING_BILLED
from tui.widgets.cost import cost_words

if TYPE_CHECKING:
    from tui.forms.training import Wanted
    from tui.services.runs.trainings import Destination, Trainer
    from tui.services.usage.cost import Cost

SMALL = 256_000
"""Bytes below which a file travels inside the request (docs/replicate.md, Files)."""
LARGEST = 100 * 1024 * 1024
"""Bytes that the Files API takes at most (docs/replicate.md, Files)."""


class DataFile(Struct, frozen=True):
    """A local file among the inputs."""

    field: str
    path: str
    size: int | None
    """Bytes; None where it cannot be read."""

    @property
    def problem(self) -> str:
        """Why it cannot be sent, as a clause; empty when it can."""
        if self.size is not None and self.size > LARGEST:
            return (
                f"is {wording.size(self.size)}; the Files API takes {wording.size(LARGEST)} at most. Put it on the web "
                "and give its address"
            )
        return ""

    @property
    def words(self) -> str:
        """Its name, its size, and how it will travel."""
        name = Path(self.path).name
        if self.size is None:
            return name
        how = "sent inside the request" if self.size < SMALL else "uploaded first, kept by Replicate for 24 h"
        return f"{name}, {wording.size(self.size)}, {how}"


def data_files(values: Mapping[str, object]) -> list[DataFile]:
    """The local files among checked inputs, with their sizes."""
    from tui.services.runs.uploads import local_files, place

    found: list[DataFile] = []
    for name, value in values.items():
        for path in local_files(value):
            try:
                size = place(path).stat().st_size
            except (OSError, ValueError):
                size = None
            found.append(DataFile(name, path, size))
    return found


def plan_words(
    trainer: Trainer,
    wanted: Wanted,
    destination: Destination | None,
    *,
    looking: bool,
    files: list[DataFile],
    problems: int,
    going: str,
    error: str | None,
    cost: Cost | None = None,
) -> Content:
    """The pane beside the form: what will happen, line by line; `going` is what happens now."""
    dim = "$text-muted"
    parts: list[Content | str] = [Content.styled("What will happen\n", "bold")]

    def about(name: str, *words: Content | str) -> None:
        parts.extend(["\n", Content.styled(f"{name}\n", dim), *words, "\n"])

    about("trainer", f"{trainer.model.ref}  ", Content.styled(trainer.version.id[:12], dim))
    for file in files:
        bad = file.problem or ("it cannot be read" if file.size is None else "")
        about("data", Content.styled(f"✗ {file.words}, {bad}", "$error") if bad else file.words)
    about("destination", *_destination_words(wanted, destination, looking))
    if problems:
        count = "1 field needs" if problems == 1 else f"{problems} fields need"
        parts += [Content.styled(f"\n◌ {count} a look before it can start\n", "$warning")]
    elif not going and not error:
        parts += [Content.styled("\n✓ ^r asks once more, then starts it\n", "$success")]
    if going:
        parts += [Content.styled(f"\n▶ {going}\n", "bold $accent")]
    if error:
        parts += [Content.styled(f"\n✗ {error}\n", "$error")]
    if cost is not None:
        about("may cost", cost_words(cost, more=True))
    parts += [Content.styled(f"\n{TRAINING_BILLED} It can be canceled at any time.", dim)]
    return Content.assemble(*parts)


def _destination_words(wanted: Wanted, destination: Destination | None, looking: bool) -> list[Content | str]:
    if not wanted.destination:
        return [Content.styled("none yet", "$warning")]
    if looking or destination is None or destination.ref != wanted.destination:
        return [f"{wanted.destination}  ", Content.styled("looking it up…", "$text-muted")]
    if destination.problem:
        return [Content.styled(f"✗ {destination.ref} {destination.problem}", "$error")]
    if destination.model is None:
        made = f"{wanted.visibility}, on {wanted.hardware or 'hardware to be chosen'}"
        return [f"{destination.note}\n{made}"]
    return [destination.note]


def question_words(trainer: Trainer, wanted: Wanted, destination: Destination, files: list[DataFile]) -> str:
    """The question before the start: everything that it will do and pay for."""
    lines = [f"{trainer.model.ref} is trained" + (f" on {', '.join(file.words for file in files)}." if files else ".")]
    if destination.model is None:
        lines.append(f"{destination.ref} is made first: {wanted.visibility}, on {wanted.hardware}.")
    else:
        lines.append(f"{destination.ref} gets a new version.")
    lines.append(TRAINING_BILLED)
    return " ".join(lines)
