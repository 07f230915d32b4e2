"""Runs in the author's Python, where the author asks for it: imports the model, prints what Cog makes of it.

`python describe.py run.py:Runner train.py:train` prints one JSON object for each, in a list. What the model prints
while it is imported goes to stderr.
"""

import json
import os
import sys
from typing import Any, cast


def main(entries: list[str]) -> None:
    """Print the signatures."""
    out = os.dup(1)
    os.dup2(2, 1)
    sys.path.insert(0, os.getcwd())  # noqa: PTH109
    from cog import _inspector  # pyright: ignore[reportPrivateUsage]

    described = [_described(_inspector.create_predictor(*_module_and_name(entry))) for entry in entries]
    with os.fdopen(out, "w", encoding="utf-8") as file:
        json.dump(described, file)


def _module_and_name(entry: str) -> tuple[str, str]:
    file, _, name = entry.rpartition(":")
    return file.removesuffix(".py").replace("/", "."), name


def _described(info: Any) -> dict[str, Any]:
    inputs = {name: _input(field) for name, field in info.inputs.items()}
    return {"inputs": inputs, "output": info.output.json_type()}


def _input(field: Any) -> dict[str, Any]:
    words = {
        "default": field.default,
        "description": field.description,
        "ge": field.ge,
        "le": field.le,
        "min_length": field.min_length,
        "max_length": field.max_length,
        "regex": field.regex,
        "choices": field.choices,
        "deprecated": field.deprecated,
    }
    given = {word: _plain(value) for word, value in words.items() if value is not None}
    optional = field.type.repetition.name.startswith("OPTIONAL")
    schema = {key: value for key, value in field.type.json_type().items() if key != "nullable"}
    return {"schema": schema, "optional": optional, "given": given}


def _plain(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_plain(item) for item in cast("list[Any]", value)]
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in cast("dict[Any, Any]", value).items()}
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)


if __name__ == "__main__":
    main(sys.argv[1:])
