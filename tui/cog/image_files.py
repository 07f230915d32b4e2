"""What of a model's folder goes into its image, by .dockerignore."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

IGNORE = ".dockerignore"
WEIGHTS = frozenset(
    {".bin", ".ckpt", ".gguf", ".h5", ".npz", ".onnx", ".pkl", ".pt", ".pth", ".safetensors", ".tflite", ".weights"}
)
"""Endings of files that hold what a model learned."""
_MOST_FILES = 100_000


class _Rule(Struct, frozen=True):
    pattern: re.Pattern[str]
    line: int
    keeps: bool


class FolderFile(Struct, frozen=True):
    """A file of the folder."""

    path: str
    """From the folder, with `/`."""
    size: int
    left_out_by: int
    """The line of .dockerignore that leaves it out; 0 where it goes into the image."""


def files_of(folder: Path) -> list[FolderFile]:
    """Every file of the folder, up to a hundred thousand. Blocks."""
    rules = _rules(folder)
    found: list[FolderFile] = []
    for place, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            path = Path(place, name)
            relative = path.relative_to(folder).as_posix()
            try:
                size = path.lstat().st_size
            except OSError:
                continue
            found.append(FolderFile(relative, size, _line(rules, relative)))
            if len(found) >= _MOST_FILES:
                return found
    return found


def left_out(folder: Path, path: str) -> int:
    """The line of .dockerignore that leaves `path` out; 0 where none does."""
    return _line(_rules(folder), path)


def _line(rules: list[_Rule], path: str) -> int:
    line = 0
    for rule in rules:
        if rule.pattern.fullmatch(path):
            line = 0 if rule.keeps else rule.line
    return line


def _rules(folder: Path) -> list[_Rule]:
    try:
        lines = (folder / IGNORE).read_text("utf-8", "replace").splitlines()
    except OSError:
        return []
    return list(_read(lines))


def _read(lines: list[str]) -> Iterator[_Rule]:
    for number, text in enumerate(lines, 1):
        text = text.strip()
        keeps = text.startswith("!")
        pattern = text.removeprefix("!").strip().strip("/").removeprefix("./")
        if pattern and not text.startswith("#"):
            yield _Rule(re.compile(_expression(pattern) + "(?:/.*)?"), number, keeps)


def _expression(pattern: str) -> str:
    """Docker's pattern as a regular expression: `*` stays within a name, `**` does not."""
    found = ""
    place = 0
    while place < len(pattern):
        if pattern.startswith("**/", place):
            found, place = found + "(?:.*/)?", place + 3
        elif pattern.startswith("**", place):
            found, place = found + ".*", place + 2
        elif pattern[place] == "*":
            found, place = found + "[^/]*", place + 1
        elif pattern[place] == "?":
            found, place = found + "[^/]", place + 1
        else:
            found, place = found + re.escape(pattern[place]), place + 1
    return found
