"""Tells quickly of plain values that they are right: for a batch of a hundred thousand rows.

Only a yes is told here. What is not surely right at a glance, the whole judgement decides, and words.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from tui.forms.field import Field, Kind

Reader = Callable[[object], object]
"""The value as it is sent, or UNSURE."""


class Unsure:
    """The type of UNSURE."""


UNSURE: Final = Unsure()
"""Stands for a value of which nothing is told."""

_SAYS_NOTHING = frozenset(
    {"title", "description", "default", "x-order", "nullable", "example", "examples", "deprecated"}
)
"""Keywords that no value can break; null is no value here."""
_WHOLE = re.compile(r"-?[0-9]{1,15}")
_FRACTION = re.compile(r"-?[0-9]{1,15}\.[0-9]{1,15}")
_WORDS = {"true": True, "false": False, "True": True, "False": False}


def reader_of(field: Field, *, typed: bool) -> Reader | None:
    """What reads values of a field: texts as typed, or JSON values where they are `typed`. None where none can."""
    stated = field.schema.keys() - _SAYS_NOTHING
    kind = field.schema.get("type")
    if field.kind in (Kind.STRING, Kind.TEXT) and kind == "string" and stated == {"type"}:
        return _string if typed else _text
    if field.kind is Kind.BOOLEAN and kind == "boolean" and stated == {"type"}:
        return _boolean if typed else _word
    if stated <= {"type", "minimum", "maximum"}:
        low = float("-inf") if field.minimum is None else field.minimum
        high = float("inf") if field.maximum is None else field.maximum
        if field.kind is Kind.INTEGER and kind == "integer":
            return _integer(low, high) if typed else _digits(low, high, fractions=False)
        if field.kind is Kind.NUMBER and kind == "number":
            return _number(low, high) if typed else _digits(low, high, fractions=True)
    return None


def _text(text: object) -> object:
    return text if isinstance(text, str) and text and text[0] != '"' and text.isascii() else _string(text, typed=False)


def _string(value: object, *, typed: bool = True) -> object:
    if type(value) is not str or (not typed and value[:1] in ("", '"')):
        return UNSURE
    try:
        value.encode()
    except UnicodeEncodeError:
        return UNSURE
    return value


def _word(text: object) -> object:
    return _WORDS.get(text, UNSURE) if isinstance(text, str) else UNSURE


def _boolean(value: object) -> object:
    return value if isinstance(value, bool) else UNSURE


def _digits(low: float, high: float, *, fractions: bool) -> Reader:
    def read(text: object) -> object:
        if not isinstance(text, str):
            return UNSURE
        if _WHOLE.fullmatch(text):
            value: int | float = int(text)
        elif fractions and _FRACTION.fullmatch(text):
            value = float(text)
        else:
            return UNSURE
        return value if low <= value <= high else UNSURE

    return read


def _integer(low: float, high: float) -> Reader:
    def read(value: object) -> object:
        return value if type(value) is int and abs(value) < 10**15 and low <= value <= high else UNSURE

    return read


def _number(low: float, high: float) -> Reader:
    def read(value: object) -> object:
        if type(value) is not int and type(value) is not float:
            return UNSURE
        return value if abs(value) < 10**15 and low <= value <= high else UNSURE

    return read
