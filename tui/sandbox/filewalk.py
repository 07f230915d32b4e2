"""Finds the files among a model's values by its schema: strings of `format: uri`, at any depth."""

from collections.abc import Callable

from tui.sandbox.jsons import Json, Obj, as_list, as_obj
from tui.sandbox.validation import resolve

Rewrite = Callable[[str], str]


def part_of(schema: Obj, name: str) -> Obj:
    """A named schema among a model's own."""
    return as_obj(as_obj(as_obj(schema.get("components")).get("schemas")).get(name))


def _is_file(schema: Obj) -> bool:
    return schema.get("format") == "uri"


def _below(value: Json, schema: Obj, path: str) -> "list[tuple[str | int, Json, Obj, str]]":
    """The parts of a value with their schemas and paths."""
    if isinstance(value, dict):
        properties = as_obj(schema.get("properties"))
        return [(k, v, as_obj(properties.get(k)), f"{path}.{k}") for k, v in value.items()]
    if isinstance(value, list):
        items = as_obj(schema.get("items"))
        return [(i, v, items, f"{path}.{i}") for i, v in enumerate(value)]
    return []


def _alternatives(value: Json, schema: Obj, root: Obj) -> Obj:
    """The schema that applies: of a union, a file for a string, an array for a list."""
    schema = resolve(schema, root)
    choices = [
        resolve(as_obj(choice), root) for choice in (*as_list(schema.get("anyOf")), *as_list(schema.get("oneOf")))
    ]
    wanted = "array" if isinstance(value, list) else "string" if isinstance(value, str) else "object"
    fitting = [choice for choice in choices if choice.get("type") == wanted]
    return next((c for c in fitting if _is_file(c)), fitting[0] if fitting else schema)


def file_values(value: Json, schema: Obj, root: Obj, path: str) -> list[tuple[str, str]]:
    """Every value that the schema says is a file, with its path."""
    schema = _alternatives(value, schema, root)
    if isinstance(value, str):
        return [(path, value)] if _is_file(schema) else []
    found: list[tuple[str, str]] = []
    for _, item, part, place in _below(value, schema, path):
        found += file_values(item, part, root, place)
    return found


def replaced(value: Json, schema: Obj, root: Obj, found: dict[str, str], other: Rewrite) -> Json:
    """The value with its files as `found` has them, or else as `other` makes them; whole floats become integers."""
    schema = _alternatives(value, schema, root)
    if isinstance(value, str):
        return (found.get(value) or other(value)) if _is_file(schema) else value
    if isinstance(value, float) and schema.get("type") == "integer" and value.is_integer():
        return int(value)
    parts = _below(value, schema, "")
    if isinstance(value, dict):
        return {str(key): replaced(item, part, root, found, other) for key, item, part, _ in parts}
    if isinstance(value, list):
        return [replaced(item, part, root, found, other) for _, item, part, _ in parts]
    return value
