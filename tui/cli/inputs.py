"""`-i NAME=VALUE` and `-i NAME=@FILE` as the texts of a form, and the form's judgement in words."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tui.forms import Checked, Field, FileInput, Form, Kind, Problem, missing_file

_MAX_TEXT_FILE = 20_000_000
"""Bytes of a file that is read as text: more is a mistake, such as a video for the prompt."""


@dataclass
class Given:
    """What was given: the texts as a person would type them, and what is wrong with them already."""

    texts: dict[str, str] = field(default_factory=dict[str, str])
    problems: list[Problem] = field(default_factory=list[Problem])


def read(form: Form, pairs: Sequence[str]) -> Given:
    """The texts for `form`. Reads the files that text fields are given (`-` is stdin); blocks."""
    given = Given()
    grouped: dict[str, list[str]] = {}
    for pair in pairs:
        name, _, value = pair.partition("=")
        grouped.setdefault(name.strip(), []).append(value)
    for name, values in grouped.items():
        kind = form.field(name)
        is_list = kind is not None and kind.kind is Kind.LIST
        if len(values) > 1 and not is_list:
            given.problems.append(Problem(name, None, "was given more than once"))
            continue
        try:
            texts = [_text(kind, value) for value in values]
        except _CannotRead as error:
            given.problems.append(Problem(name, None, str(error)))
            continue
        given.texts[name] = "\n".join(texts)
    return given


def judge(form: Form, given: Given) -> Checked:
    """What the form says of the texts, with the files that are not there among the problems."""
    checked = form.from_text(given.texts)
    values = checked.input if form.known else {name: _free(value) for name, value in checked.input.items()}
    problems = [*given.problems, *checked.problems]
    for name, value in values.items():
        path = missing_file(value, _is_file)
        if path is not None:
            problems.append(Problem(name, path, f"must be a file or a URL: there is no file {path[:200]!r}"))
    refused = {problem.field for problem in problems}
    return Checked(
        {name: _expanded(value) for name, value in values.items()},
        tuple(problems),
        tuple(name for name in checked.missing if name not in refused),
    )


def complaints(form: Form, checked: Checked) -> list[str]:
    """One line for each value that is wrong or missing."""
    lines = [f"{problem.field or 'input'}: {problem.message}" for problem in checked.problems]
    for name in checked.missing:
        known = form.field(name)
        lines.append(f"{name}: is required" + (f" ({known.hint})" if known else ""))
    return lines


class _CannotRead(Exception):
    """A file that cannot be the value of its field; the text is a clause for the user."""


def _text(kind: Field | None, value: str) -> str:
    """The text for the field: a file's own path for a file field, its content for any other."""
    if not value.startswith("@") or _is_for_files(kind):
        return value
    if value.startswith("@@"):
        return value[1:]
    return _content(value[1:])


def _is_for_files(kind: Field | None) -> bool:
    if kind is None:
        return True  # without a schema, only a file makes sense of an @
    return kind.kind is Kind.FILE or (kind.item is not None and kind.item.kind is Kind.FILE)


def _content(path: str) -> str:
    if path == "-":
        return sys.stdin.read().rstrip("\n")
    file = Path(path).expanduser()
    try:
        if file.stat().st_size > _MAX_TEXT_FILE:
            raise _CannotRead(f"must be text: {path!r} is larger than {_MAX_TEXT_FILE // 1_000_000} MB")
        return file.read_text("utf-8").removesuffix("\n")
    except UnicodeDecodeError:
        raise _CannotRead(f"must be text: {path!r} is not UTF-8") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise _CannotRead(f"cannot be read from {path!r}: {reason}; write @@ for a text that begins with @") from None


def _is_file(path: str) -> bool:
    try:
        return Path(path).expanduser().is_file()
    except (OSError, ValueError, RuntimeError):
        return False


def _expanded(value: object) -> object:
    """Files with `~` as the path it stands for: what is recorded must mean the same tomorrow and elsewhere."""
    if isinstance(value, FileInput) and value.kind == "path":
        return FileInput.parse(f"@{Path(os.path.abspath(Path(value.path).expanduser()))}")  # noqa: PTH100  (keeps links)
    if isinstance(value, list):
        items: list[object] = list(value)  # pyright: ignore[reportUnknownArgumentType]  (any JSON)
        return [_expanded(item) for item in items]
    return value


def _free(value: object) -> object:
    """Where no schema tells which field is a file, an @ does."""
    return FileInput.parse(value) if isinstance(value, str) and value.startswith("@") else value
