"""What a person typed ↔ the value of a field.

An empty text is no value (MISSING). Two double quotes, `""`, are the empty string.
A LIST is a JSON array, or one item per line; without a line break, items that are not files, secrets or free
JSON may be separated by commas. JSON is JSON text; where the schema also allows a string, a text that is not JSON
is that string.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal, InvalidOperation
from typing import NoReturn, cast

from tui.forms.field import MISSING, Field, Kind, show_choice
from tui.forms.files import FileInput, Invalid
from tui.forms.redaction import hides
from tui.forms.refs import flatten
from tui.forms.rules import Judge, choice_fault, expected, json_fault
from tui.forms.shapes import array, number, quoted, same

_WHOLE = re.compile(r"[+-]?[0-9]{1,400}")
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,6})?")
_TRUE = frozenset({"true", "yes", "1", "on", "y", "t"})
_FALSE = frozenset({"false", "no", "0", "off", "n", "f"})


def parse_text(field: Field, text: str) -> object:
    """The value that `text` stands for, not yet judged by the field's bounds.

    Returns MISSING for an empty text. Raises Invalid; its message never repeats a secret.
    """
    if field.kind in (Kind.STRING, Kind.TEXT, Kind.SECRET):
        return MISSING if text == "" else _unquote(text)
    if field.kind is Kind.CHOICE:
        return MISSING if text == "" else _choice(field, text)
    stripped = text.strip()
    if not stripped:
        return MISSING
    if field.kind is Kind.FILE:
        return FileInput.parse(stripped)
    if field.kind is Kind.LIST:
        return _list(field, stripped, lines="\n" in text or "\r" in text)
    if field.kind is Kind.JSON:
        return _json_or_string(field, text)
    readers = {Kind.INTEGER: _integer, Kind.NUMBER: _number, Kind.BOOLEAN: _boolean}
    return readers[field.kind](field, stripped)


def to_text(field: Field, value: object) -> str:
    """The text that `parse_text` reads as `value`; empty for MISSING and None."""
    if value is MISSING or value is None:
        return ""
    if isinstance(value, str) and field.kind not in (Kind.LIST, Kind.JSON):
        return str(value) if field.kind is Kind.FILE else _quote(str(value))
    if isinstance(value, list) and field.kind is Kind.LIST:
        return _list_text(field, array(cast("object", value)))
    if isinstance(value, str) and field.kind is Kind.JSON and _reads_as(field, value, value):
        return value
    if isinstance(value, bool | int | float):
        return show_choice(value)
    indent = 2 if isinstance(value, dict) else None
    return _dumps(cast("object", value), indent)


def normal(field: Field, value: object) -> object:
    """A value in the shape in which it is sent: `12.0` as 12, a choice as the schema spells it, a file as FileInput.

    Raises Invalid for a file that is neither path, URL nor data URI. Other wrong values come back as they are.
    """
    if field.kind is Kind.INTEGER and isinstance(value, float) and value.is_integer():
        return int(value)
    if field.kind is Kind.CHOICE:
        return next((choice for choice in field.choices if same(choice, value)), value)
    if field.kind is Kind.FILE and isinstance(value, str):
        return FileInput.parse(value)
    if field.kind is Kind.LIST and field.item is not None and isinstance(value, list):
        return [_item(field.item, item, index) for index, item in enumerate(array(cast("object", value)))]
    return value


def _item(field: Field, value: object, index: int) -> object:
    try:
        return normal(field, value)
    except Invalid as error:
        raise Invalid(f"{error} (item {index + 1})") from None


# ---- texts


def _unquote(text: str) -> str:
    return text[2:] if _is_quotes(text) else text


def _quote(value: str) -> str:
    return f'""{value}' if value == "" or _is_quotes(value) else value


def _is_quotes(text: str) -> bool:
    return len(text) >= 2 and len(text) % 2 == 0 and text == '"' * len(text)


# ---- numbers and words


def _refuse(field: Field, text: str, fallback: str) -> NoReturn:
    wanted = expected(flatten(field.schema, field.definitions))
    raise Invalid(f"must be {fallback if wanted == 'another value' else wanted}, got {quoted(text)}")


def _integer(field: Field, text: str) -> int:
    if _WHOLE.fullmatch(text):
        return int(text)
    if not _NUMBER.fullmatch(text):
        _refuse(field, text, "a whole number")
    try:
        found = Decimal(text)
    except InvalidOperation:
        _refuse(field, text, "a whole number")
    if found.adjusted() > 400 or found != found.to_integral_value():
        _refuse(field, text, "a whole number")
    return int(found)


def _number(field: Field, text: str) -> int | float:
    if _WHOLE.fullmatch(text):
        return int(text)
    if not _NUMBER.fullmatch(text):
        _refuse(field, text, "a number")
    found = float(text)
    if number(found) is None:
        _refuse(field, text, "a number")
    return found


def _boolean(field: Field, text: str) -> bool:
    word = text.lower()
    if word in _TRUE:
        return True
    if word in _FALSE:
        return False
    raise Invalid(f"must be true or false (or yes, no, on, off, 1, 0), got {quoted(text)}")


def _choice(field: Field, text: str) -> object:
    for typed in dict.fromkeys((text, _unquote(text), text.strip())):
        for choice in field.choices:
            if isinstance(choice, str) and choice == typed:
                return choice
    stripped = text.strip()
    for choice in field.choices:
        if not isinstance(choice, str) and show_choice(choice) == stripped.lower():
            return choice
    if _NUMBER.fullmatch(stripped) and len(stripped) < 400:
        found = float(stripped)
        for choice in field.choices:
            if number(choice) is not None and choice == found:
                return choice
    raise Invalid(choice_fault(list(field.choices), text))


# ---- JSON


def load_json(text: str) -> object:
    """JSON text as a value. Raises Invalid with the line and column; NaN and infinities are no JSON."""
    try:
        return json.loads(text, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise Invalid(f"must be JSON: {error.msg} at line {error.lineno}, column {error.colno}") from None
    except RecursionError:
        raise Invalid("must be JSON that is nested less deeply") from None
    except ValueError as error:
        reason = str(error) if isinstance(error, Invalid) else "must be JSON with smaller numbers"
        raise Invalid(reason) from None


def _no_constant(word: str) -> NoReturn:
    raise Invalid(f"must be JSON, which has no {word}")


def _json_or_string(field: Field, text: str) -> object:
    judge = Judge(field.definitions)
    try:
        value = load_json(text)
    except Invalid:
        if _takes_string(field, text):
            return text
        raise
    if value is None:
        return MISSING
    # `12` where a string or a list of strings is wanted is the string "12".
    if isinstance(value, bool | int | float) and _takes_string(field, text):
        fits = json_fault(value) is None and judge.fault(field.schema, value) is None
        return value if fits else text
    return value


def _takes_string(field: Field, text: str) -> bool:
    if json_fault(text) or Judge(field.definitions).fault(field.schema, text) is not None:
        return False
    # Where any value at all is allowed, what looks like broken JSON is more likely that than a text.
    flat = flatten(field.schema, field.definitions)
    stated = any(word in flat for word in ("type", "anyOf", "oneOf", "enum", "const"))
    return stated or text.lstrip()[:1] not in ("{", "[", '"')


def _reads_as(field: Field, text: str, value: object) -> bool:
    try:
        found = parse_text(field, text)
    except Invalid:
        return False
    return type(found) is type(value) and found == value


def _dumps(value: object, indent: int | None = None) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, indent=indent)
    except (TypeError, ValueError, RecursionError):
        return str(value)


# ---- lists


def _list(field: Field, text: str, *, lines: bool) -> list[object]:
    item = field.item
    if text.startswith("["):
        value = load_json(text)
        if not isinstance(value, list):
            raise Invalid(f"must be a list, got {quoted(value)}")
        return array(normal(field, cast("object", value)))
    if item is None or item.kind in (Kind.JSON, Kind.LIST):
        value = load_json(text)
        secret = item is not None and hides(item)
        raise Invalid(f"must be a JSON list, such as [1, 2]{'' if secret else f', got {quoted(value)}'}")
    split = lines or item.kind in (Kind.FILE, Kind.SECRET)
    parts = text.splitlines() if split else text.split(",")
    found: list[object] = []
    for part in parts:
        stripped = part.strip()
        if not stripped:
            continue
        try:
            found.append(parse_text(item, stripped))
        except Invalid as error:
            raise Invalid(f"{error} (item {len(found) + 1})") from None
    return found


def _list_text(field: Field, value: list[object]) -> str:
    item = field.item
    if item is not None and item.kind not in (Kind.JSON, Kind.LIST) and value:
        parts = [to_text(item, each) for each in value]
        short = item.kind in (Kind.INTEGER, Kind.NUMBER, Kind.BOOLEAN)
        for candidate in (", ".join(parts) if short else "\n".join(parts), "\n".join(parts)):
            if _list_reads_as(field, candidate, value):
                return candidate
    return _dumps(value)


def _list_reads_as(field: Field, text: str, value: list[object]) -> bool:
    try:
        found = parse_text(field, text)
    except Invalid:
        return False
    return isinstance(found, list) and same(cast("object", found), value)
