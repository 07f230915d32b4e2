"""cog.yaml, with the line of each of its values."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import yaml
from msgspec import Struct, field

from tui.cog.modules import CannotRead, Finding

CONFIG = "cog.yaml"
_MOST_BYTES = 1024 * 1024


class Config(Struct):
    """What cog.yaml says, and where. A path such as ("build", "gpu") leads to a value."""

    path: Path
    values: dict[str, Any] = field(default_factory=dict[str, Any])
    lines: dict[tuple[str | int, ...], int] = field(default_factory=dict[tuple[str | int, ...], int])

    def get(self, *place: str | int) -> Any:
        """The value there; None where there is none."""
        found: Any = self.values
        for part in place:
            try:
                found = found[part]
            except (KeyError, IndexError, TypeError):
                return None
        return found

    def texts(self, *place: str | int) -> list[tuple[str, int]]:
        """A list's texts with their lines."""
        found = self.get(*place)
        items = cast("list[object]", found) if isinstance(found, list) else []
        return [(str(item), self.line(*place, number)) for number, item in enumerate(items)]

    def line(self, *place: str | int) -> int:
        """The line at which the value stands, or what is around it where it is missing."""
        for length in range(len(place), 0, -1):
            if place[:length] in self.lines:
                return self.lines[place[:length]]
        return 1

    def entry(self, key: str) -> tuple[str, str] | None:
        """File and name of `run: "run.py:Runner"`; None where the key is missing. Raises CannotRead."""
        value = self.get(key)
        if value is None:
            return None
        file, colon, name = str(value).strip().rpartition(":")
        if not colon or not file.endswith(".py") or not name.isidentifier():
            text = f"`{key}` must be such as run.py:Runner, and is {str(value)[:80]!r}"
            raise CannotRead(Finding(self.path, self.line(key), text))
        return file, name

    def runner(self) -> tuple[str, str]:
        """File and name of what runs predictions, under its old name or its new. Raises CannotRead."""
        found = self.entry("run") or self.entry("predict")
        if found is None:
            raise CannotRead(Finding(self.path, 1, "names neither `run:` nor `predict:`"))
        return found

    def trainer(self) -> tuple[str, str] | None:
        """File and name of what trains. Raises CannotRead."""
        return self.entry("train")


def read_config(folder: Path) -> Config:
    """cog.yaml of the folder. Raises CannotRead."""
    path = folder / CONFIG
    if not path.is_file():
        raise CannotRead(
            Finding(path, 0, "is not there: this folder is no Cog model; `replicate-tui cog init` begins one")
        )
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise CannotRead(Finding(path, 0, "is too large"))
        text = path.read_text("utf-8")
        node = _compose(text)
        values: object = {} if node is None else yaml.safe_load(text)
    except OSError as error:
        raise CannotRead(Finding(path, 0, f"cannot be read: {error.strerror or error}")) from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise CannotRead(Finding(path, line, f"is no YAML: {error.problem or error}")) from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise CannotRead(Finding(path, 0, f"is no YAML: {error}")) from None
    if not isinstance(values, dict):
        raise CannotRead(Finding(path, 1, "must be a list of `key: value`"))
    lines = {} if node is None else dict(_lines(node, ()))
    return Config(path, cast("dict[str, Any]", values), lines)


def _compose(text: str) -> yaml.Node | None:
    # What types there are of PyYAML do not say what this takes and gives.
    return cast("Any", yaml).compose(text, yaml.SafeLoader)


def _lines(node: yaml.Node, place: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], int]]:
    if isinstance(node, yaml.MappingNode):
        for key, value in cast("list[tuple[yaml.Node, yaml.Node]]", node.value):
            inner = (*place, str(key.value))
            yield inner, key.start_mark.line + 1
            yield from _lines(value, inner)
    elif isinstance(node, yaml.SequenceNode):
        for number, value in enumerate(cast("list[yaml.Node]", node.value)):
            yield (*place, number), value.start_mark.line + 1
            yield from _lines(value, (*place, number))
