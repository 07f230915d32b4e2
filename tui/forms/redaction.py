"""Which values are secrets, and an input without them, for storing, logging and showing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import cast

from tui.forms.field import Field, Kind
from tui.forms.refs import Definitions, flatten
from tui.forms.schema import is_secret, is_secret_name
from tui.forms.shapes import array, mapping

REDACTED = "[secret]"
"""Stands where a secret was. `Form.check` takes it for a secret that is not given, and never sends it."""

_STEPS = 100
_LEVELS = 12
_DEPTH = 60


def hides(field: Field) -> bool:
    """Whether the field holds a secret, itself or somewhere inside."""
    if field.kind is Kind.SECRET:
        return True
    if field.kind is Kind.LIST and field.item is not None:
        return hides(field.item)
    return field.kind is Kind.JSON and _hides(field.schema, field.definitions, [_STEPS])


def _hides(schema: object, definitions: Definitions, steps: list[int], depth: int = 0) -> bool:
    steps[0] -= 1
    if steps[0] < 0 or depth > _LEVELS:
        return False
    flat = flatten(schema, definitions)
    if is_secret(flat):
        return True
    named = mapping(flat.get("properties"))
    if any(is_secret_name(name) for name in named):
        return True
    inner = [*named.values(), flat.get("items"), flat.get("additionalProperties")]
    inner += [*array(flat.get("anyOf")), *array(flat.get("oneOf"))]
    return any(_hides(part, definitions, steps, depth + 1) for part in inner if mapping(part))


def redact_fields(fields: Iterable[Field], values: Mapping[str, object]) -> dict[str, object]:
    """A copy of an input in which every secret reads REDACTED.

    Secrets are what the schema marks, and what carries the name of a credential where the schema says nothing.
    """
    known = {field.name: field for field in fields}
    shown: dict[str, object] = {}
    for name, value in values.items():
        field = known.get(name)
        if field is not None and value is not None and hides(field):
            shown[name] = _hidden(field, value)
        elif field is None or field.kind is Kind.JSON:
            shown[name] = _by_name(name, value)
        else:
            shown[name] = value
    return shown


def _hidden(field: Field, value: object) -> object:
    # A secret inside a free value is hidden with all that is around it: which branch of the schema it took is unsure.
    if field.kind is Kind.LIST and isinstance(value, list):
        return [REDACTED for _ in array(cast("object", value))]
    return REDACTED


def _by_name(name: str, value: object, depth: int = 0) -> object:
    if value is not None and is_secret_name(name):
        return REDACTED
    if depth > _DEPTH:
        return REDACTED
    if isinstance(value, list):
        return [_by_name("", item, depth + 1) for item in array(cast("object", value))]
    if isinstance(value, dict):
        return {key: _by_name(str(key), item, depth + 1) for key, item in cast("dict[object, object]", value).items()}
    return value
