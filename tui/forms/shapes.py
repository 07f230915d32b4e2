"""Typed looks into decoded JSON: a value of the wanted shape, or nothing."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import cast

Number = int | float


def mapping(value: object) -> Mapping[str, object]:
    """`value` if it is an object with text keys, else an empty one."""
    if not isinstance(value, Mapping):
        return {}
    found = cast("Mapping[object, object]", value)
    if all(isinstance(key, str) for key in found):
        return cast("Mapping[str, object]", value)
    return {key: item for key, item in found.items() if isinstance(key, str)}


def array(value: object) -> list[object]:
    """`value` if it is an array, else an empty one."""
    return cast("list[object]", value) if isinstance(value, list) else []


def text(value: object) -> str | None:
    """`value` if it is a text."""
    return value if isinstance(value, str) else None


def number(value: object) -> Number | None:
    """`value` if it is a finite number; a boolean is none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if isinstance(value, int) or math.isfinite(value) else None


def whole(value: object) -> int | None:
    """`value` if it is a whole number that is not negative (a length or a count)."""
    found = number(value)
    return int(found) if found is not None and found >= 0 and found == int(found) else None


def same(one: object, two: object) -> bool:
    """Equality of JSON values: `1` equals `1.0`, and neither equals `true`."""
    if isinstance(one, str) or isinstance(two, str):
        return one == two if isinstance(one, str) and isinstance(two, str) else False
    return canonical(one) == canonical(two)


def canonical(value: object) -> str:
    """A text that is the same for equal JSON values, whatever the order of their keys."""
    try:
        return json.dumps(_normal(value), sort_keys=True, default=repr)
    except (RecursionError, TypeError, ValueError):
        return repr(type(value)) + str(id(value))


def _normal(value: object) -> object:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [_normal(item) for item in cast("list[object]", value)]
    if isinstance(value, Mapping):
        return {key: _normal(item) for key, item in mapping(cast("object", value)).items()}
    return value


def show_number(value: Number) -> str:
    """A number as people write it: `0.5`, `1024`, `4` for `4.0`."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        value = int(value)
    shown = repr(value) if isinstance(value, float) else _digits(value)
    return shown if len(shown) <= 40 else f"{shown[:20]}…"


def _digits(value: int) -> str:
    return str(value) if value.bit_length() < 4096 else f"a number of {value.bit_length()} bits"


def quoted(value: object, limit: int = 60) -> str:
    """A value for a message: texts in quotes with every odd character escaped, the long cut short."""
    if isinstance(value, str):
        short = value if len(value) <= limit else f"{value[: limit - 1]}…"
        return repr(str(short))
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return show_number(value) if isinstance(value, int) or math.isfinite(value) else repr(value)
    if value is None:
        return "null"
    if isinstance(value, list):
        count = len(cast("list[object]", value))
        return f"a list of {count} item{'' if count == 1 else 's'}"
    if isinstance(value, Mapping):
        return "an object"
    return f"a {type(value).__name__}"
