"""Turns any JSON value into a Struct: a field of a wrong type gives its default, never an exception."""

from __future__ import annotations

import types
import typing
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeGuard, TypeVar, cast

import msgspec

from .text import clean, clean_value, to_json

S = TypeVar("S", bound=msgspec.Struct)

_MISSING = object()
LARGE_ANSWER = 200_000
"""Bytes beyond which an answer is worked on in a thread, so that the loop goes on."""
_LARGEST = 2**63 - 1
"""Integers beyond it cannot be stored, and no count of the API is near it."""

Converter = Callable[[object], object]


def is_object(value: object) -> TypeGuard[dict[str, object]]:
    """Whether a decoded JSON value is an object."""
    return isinstance(value, dict)


def decode(kind: type[S], value: object) -> S:
    """A `kind` from a decoded JSON object, its texts cleaned, `value` itself kept in its `raw`.

    A field that is missing, null, or of another type gets its default. A `value` that is no object
    gives a `kind` of defaults.
    """
    raw = value if is_object(value) else {}
    fields: dict[str, object] = {}
    for name, key, convert in _plan(kind):
        item = raw.get(key, _MISSING)
        if item is _MISSING or item is None:
            continue
        converted = convert(item)
        if converted is not _MISSING:
            fields[name] = converted
    return kind(**fields, raw=raw)


def decode_each(kind: type[S], value: object) -> tuple[S, ...]:
    """A `kind` of every object in a JSON list; what is no object in it is left out. () when it is no list."""
    if not isinstance(value, list | tuple):
        return ()
    items = cast("list[object]", value)
    return tuple(decode(kind, item) for item in items if is_object(item))


def parse_time(value: object) -> datetime | None:
    """An RFC 3339 time, with any number of fractional digits, aware and in UTC; else None.

    Source: docs/replicate.md, Predictions.
    """
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value.strip())
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


_REASON = 2_000
"""Characters of a reason that came as an object or a list."""
_plans: dict[type[msgspec.Struct], list[tuple[str, str, Converter]]] = {}


def _plan(kind: type[msgspec.Struct]) -> list[tuple[str, str, Converter]]:
    """The fields of `kind` with their converters, worked out once per type."""
    plan = _plans.get(kind)
    if plan is None:
        hints = typing.get_type_hints(kind)
        plan = [
            (field.name, field.encode_name, _reason if field.name == "error" else _converter(hints[field.name]))
            for field in msgspec.structs.fields(kind)
            if field.name != "raw"
        ]
        _plans[kind] = plan
    return plan


def _converter(hint: object) -> Converter:
    """The converter for a type annotation: one of those that the API's types use."""
    origin = typing.get_origin(hint)
    if origin in (types.UnionType, typing.Union):
        hint = next(arm for arm in typing.get_args(hint) if arm is not types.NoneType)
        origin = typing.get_origin(hint)
    if origin is tuple:
        item = cast("type[msgspec.Struct] | type[str]", typing.get_args(hint)[0])
        if issubclass(item, msgspec.Struct):
            return lambda value: decode_each(item, value)
        return _texts
    if origin is dict:
        return lambda value: clean_value(value) if is_object(value) else _MISSING
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        nested = hint
        return lambda value: decode(nested, value) if is_object(value) else _MISSING
    return _SIMPLE.get(cast("object", hint), clean_value)


def _text(value: object) -> object:
    return clean(value) if isinstance(value, str) else _MISSING


_WHY = ("detail", "message", "error", "reason", "title", "msg", "description")


def _reason(value: object, depth: int = 0) -> object:
    """Why something failed: a text, or what an object or a list of them says, with its code."""
    if isinstance(value, str):
        return clean(value)
    if depth > 8:
        return _MISSING
    if is_object(value):
        said = next(
            (found for name in _WHY if isinstance(found := _reason(value.get(name), depth + 1), str) and found), ""
        )
        code = value.get("code")
        if said and isinstance(code, str | int) and str(code) not in said:
            return f"{said} ({clean(str(code))})"
        return said or (to_json(value)[:_REASON] if value else _MISSING)
    if isinstance(value, list | tuple):
        items = cast("list[object]", value)
        parts = [found for item in items[:20] if isinstance(found := _reason(item), str) and found]
        return "; ".join(parts)[:_REASON] if parts else _MISSING
    return to_json(value) if isinstance(value, int | float) and not isinstance(value, bool) else _MISSING


def _texts(value: object) -> object:
    if not isinstance(value, list | tuple):
        return _MISSING
    return tuple(clean(item) for item in cast("list[object]", value) if isinstance(item, str))


def _integer(value: object) -> object:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= _LARGEST:
        return value
    return _MISSING


def _number(value: object) -> object:
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= _LARGEST:
        return float(value)
    return _MISSING


def _truth(value: object) -> object:
    return value if isinstance(value, bool) else _MISSING


def _moment(value: object) -> object:
    moment = parse_time(value)
    return _MISSING if moment is None else moment


_SIMPLE: dict[object, Converter] = {
    str: _text,
    int: _integer,
    float: _number,
    bool: _truth,
    datetime: _moment,
}
