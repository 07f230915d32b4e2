"""What a form says of an input as it was given: the form's own judgement, and the files that are not there."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from tui.forms import Checked, FileInput, Form, Problem, missing_file


def check_input(form: Form, texts: Mapping[str, str], values: Mapping[str, object]) -> Checked:
    """Judge texts as typed on top of values that are JSON already. Looks for files: blocks."""
    checked = form.from_text(texts, values)
    found = checked.input if form.known else {name: free_value(value) for name, value in checked.input.items()}
    problems = list(checked.problems)
    problems += [
        Problem(name, None, "was given, but stands for no value; leave it out for the model's own default")
        for name in texts
        if name not in checked.input and all(problem.field != name for problem in problems)
    ]
    for name, value in found.items():
        path = missing_file(value, _is_file)
        if path is not None:
            problems.append(Problem(name, path, f"must be a file or a URL: there is no file {path[:200]!r}"))
    refused = {problem.field for problem in problems}
    return Checked(
        {name: _expanded(value) for name, value in found.items()},
        tuple(problems),
        tuple(name for name in checked.missing if name not in refused),
    )


def free_value(value: object) -> object:
    """Where no schema tells which field is a file, an @ does."""
    return FileInput.parse(value) if isinstance(value, str) and value.startswith("@") else value


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
