"""JSON values: their types, and reading them out of bytes that a stranger sent."""

import json
from collections.abc import Mapping
from typing import TypeAlias, cast

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"
Obj: TypeAlias = dict[str, Json]


def loads(text: str | bytes) -> Json:
    """The value in `text`; ValueError when it is not JSON (NaN and Infinity are not), too deep, or not UTF-8."""
    # The standard library would take UTF-16 and UTF-32 too, which JSON between systems must not be (RFC 8259).
    decoded = text if isinstance(text, str) else text.decode()
    try:
        return cast(Json, json.loads(decoded, parse_constant=_refuse_constant))
    except RecursionError:
        raise ValueError("nested too deeply") from None


def dumps(value: "Json | Mapping[str, Json]") -> str:
    """Compact JSON. Lone surrogates survive as escapes, since a model may print them."""
    return json.dumps(value, separators=(",", ":"))


def as_obj(value: object) -> Obj:
    """`value` when it is an object, else an empty one."""
    return cast(Obj, value) if isinstance(value, dict) else {}


def as_list(value: object) -> list[Json]:
    """`value` when it is an array, else an empty one."""
    return cast("list[Json]", value) if isinstance(value, list) else []


def as_str(value: object, default: str = "") -> str:
    """`value` when it is a string, else `default`."""
    return value if isinstance(value, str) else default


def as_int(value: object, default: int = 0) -> int:
    """`value` when it is an integer, else `default`."""
    return value if isinstance(value, int) and not isinstance(value, bool) else default


def _refuse_constant(name: str) -> Json:
    raise ValueError(f"{name} is not JSON")
