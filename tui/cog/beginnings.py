"""The files that a new model begins with."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Literal

Template = Literal["text", "stream", "image", "train"]
TEMPLATES: tuple[Template, ...] = ("text", "stream", "image", "train")


class AlreadyThere(Exception):
    """Files of the same names are there; none was written."""

    def __init__(self, paths: list[Path]) -> None:
        super().__init__(", ".join(path.name for path in paths))


def begin(folder: Path, template: Template) -> list[Path]:
    """Write the files of a template into the folder. Raises AlreadyThere, and OSError."""
    # A name with a dot in front would be left out of some packages.
    places = {
        ".dockerignore" if entry.name == "dockerignore" else entry.name: entry
        for entry in files("tui.cog").joinpath("templates", template).iterdir()
        if entry.is_file() and not entry.name.endswith(".pyc")
    }
    taken = [folder / name for name in sorted(places) if (folder / name).exists()]
    if taken:
        raise AlreadyThere(taken)
    folder.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    for name, entry in sorted(places.items()):
        path = folder / name
        with path.open("x", encoding="utf-8") as file:
            file.write(entry.read_text("utf-8"))
        written.append(path)
    return written
