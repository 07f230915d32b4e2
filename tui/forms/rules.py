"""Whether a value fits its schema, and one clause that says what would be right.

It covers the part of JSON Schema that OpenAPI 3.0 and 3.1 inputs use. What it does not know (an unknown type,
a regular expression that Python cannot read or that could take for ever) it lets pass: the API has the last word.
Formats are not judged.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import cast

from tui.forms.field import show_choice
from tui.forms.refs import Definitions, flatten
from tui.forms.schema import type_of
from tui.forms.shapes import (
    Number,
    array,
    canonical,
    mapping,
    number,
    quoted,
    same,
    show_number,
    text,
    whole,
)
from tui.wording import one_line

_STEPS = 5000
_STEPS_PER_PART = 40
_DEPTH = 60
_LOWEST, _HIGHEST = -(2**63), 2**64 - 1
# A group that holds a quantifier and is itself repeated can take exponential time on a text that almost fits.
_RISKY = re.compile(r"\([^()]*(?:[+*]|\{\d+,)[^()]*\)(?:[+*]|\{\d+,)|\([^()]*\|[^()]*\)(?:[+*]|\{\d+,)|\)\)[+*{]")
_TYPES = {
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "null",
}


def json_fault(value: object, depth: int = 0) -> str | None:
    """Why a value cannot be sent as JSON, or None."""
    if depth > _DEPTH:
        return f"must not be nested more than {_DEPTH} levels deep"
    if value is None or isinstance(value, bool):
        return None
    if isinstance(value, str):
        return _text_fault(value)
    if isinstance(value, int):
        fits = _LOWEST <= value <= _HIGHEST
        return None if fits else f"must be between {_LOWEST} and {_HIGHEST}, which is as far as the API counts"
    if isinstance(value, float):
        return None if number(value) is not None else f"must be a finite number, got {value!r}"
    if isinstance(value, list):
        found = (json_fault(item, depth + 1) for item in cast("list[object]", value))
        return next((fault for fault in found if fault), None)
    if isinstance(value, dict):
        for key, item in cast("dict[object, object]", value).items():
            fault = json_fault(item, depth + 1) if isinstance(key, str) else "must have texts as keys"
            fault = fault or _text_fault(str(key))
            if fault:
                return fault
        return None
    return f"must be a JSON value, got a {type(value).__name__}"


def _text_fault(value: str) -> str | None:
    if value.isascii():
        return None
    try:
        value.encode()
    except UnicodeEncodeError as error:
        return f"must be text that UTF-8 can write; character {error.start + 1} is half of a pair"
    return None


@lru_cache(maxsize=256)
def compiled(pattern: str) -> re.Pattern[str] | None:
    """The pattern, or None for one that is broken or dangerous."""
    if len(pattern) > 1000 or _RISKY.search(pattern):
        return None
    try:
        return re.compile(pattern)
    except (re.error, OverflowError, RecursionError):
        return None


def expected(schema: Mapping[str, object]) -> str:
    """What a flattened schema wants: `a whole number between 64 and 1440`."""
    words = _TYPES.get(type_of(schema) or "", "")
    if not words:
        several = [_TYPES[word] for word in array(schema.get("type")) if isinstance(word, str) and word in _TYPES]
        return " or ".join(several) or "another value"
    if type_of(schema) not in ("integer", "number"):
        return words
    low, high = number(schema.get("minimum")), number(schema.get("maximum"))
    if low is not None and high is not None:
        return f"{words} between {show_number(low)} and {show_number(high)}"
    if low is not None:
        return f"{words} of at least {show_number(low)}"
    return f"{words} of at most {show_number(high)}" if high is not None else words


def choice_fault(choices: list[object], value: object, *, secret: bool = False) -> str:
    """`must be one of …`, with the nearest of many."""
    names = [show_choice(c) if isinstance(c, str | int | float) else canonical(c) for c in choices]
    got = "" if secret else f", got {quoted(value)}"
    shown = ", ".join(one_line(name, 40) for name in names)
    if len(names) <= 12 and len(shown) <= 200:
        return f"must be one of {shown}{got}"
    typed = value[:100] if isinstance(value, str) else str(quoted(value))
    near = [] if secret else _nearest(typed, names)
    shown = ", ".join(one_line(name, 40) for name in near or names[:5])
    return f"must be one of {len(names)} choices ({'nearest' if near else 'the first'}: {shown}){got}"


def _nearest(typed: str, names: list[str]) -> list[str]:
    import difflib  # for a wrong name only: a start does without it

    low = typed.strip().lower()
    inside = [name for name in names if low and low in name.lower()][:5]
    shorts = {name[:100].lower(): name for name in names}
    close = [shorts[name] for name in difflib.get_close_matches(low, list(shorts), n=5, cutoff=0.5)]
    return list(dict.fromkeys([*inside, *close]))[:5]


class Judge:
    """Judges values by schemas of one document. With `secret` no message repeats the value."""

    __slots__ = ("definitions", "secret", "steps")

    def __init__(self, definitions: Definitions, *, secret: bool = False) -> None:
        self.definitions = definitions
        self.secret = secret
        self.steps = 0

    def fault(self, schema: object, value: object) -> str | None:
        """What is wrong, as a clause that begins with `must`, or None.

        The work is bounded by the value's size: a schema that multiplies itself at every level is not followed
        to its end, and what was not judged passes.
        """
        self.steps = _STEPS + _STEPS_PER_PART * _size(value)
        return self._fault(schema, value)

    def _fault(self, schema: object, value: object, refs: frozenset[str] = frozenset(), depth: int = 0) -> str | None:
        if schema is False:
            return "must be left out"
        rules = mapping(schema)
        self.steps -= 1
        if not rules or self.steps < 0 or depth > _DEPTH * 2:
            return None
        if value is None and rules.get("nullable") is True:
            return None
        ref = text(rules.get("$ref"))
        if ref is not None and ref not in refs:
            target = self.definitions.find(ref)
            fault = self._fault(target, value, refs | {ref}, depth) if target is not None else None
            if fault:
                return fault
        return (
            self._type(rules, value)
            or self._choice(rules, value)
            or self._number(rules, value)
            or self._text(rules, value)
            or self._array(rules, value, depth)
            or self._object(rules, value, depth)
            or self._branches(rules, value, refs, depth)
        )

    def got(self, value: object) -> str:
        """`, got …`, or nothing for a secret."""
        return "" if self.secret else f", got {quoted(value)}"

    def _type(self, rules: Mapping[str, object], value: object) -> str | None:
        stated = rules.get("type")
        types = [stated] if isinstance(stated, str) else [word for word in array(stated) if isinstance(word, str)]
        if not types or any(word not in _TYPES or is_type(word, value) for word in types):
            return None
        return f"must be {expected(rules)}{self.got(value)}"

    def _choice(self, rules: Mapping[str, object], value: object) -> str | None:
        if "const" in rules and not same(rules["const"], value):
            return choice_fault([rules["const"]], value, secret=self.secret)
        choices = rules.get("enum")
        if not isinstance(choices, list):
            return None
        listed = array(cast("object", choices))
        if any(same(choice, value) for choice in listed):
            return None
        return choice_fault(listed, value, secret=self.secret)

    def _number(self, rules: Mapping[str, object], value: object) -> str | None:
        found = number(value)
        if found is None:
            return None
        low, high = number(rules.get("minimum")), number(rules.get("maximum"))
        above = low if rules.get("exclusiveMinimum") is True else number(rules.get("exclusiveMinimum"))
        below = high if rules.get("exclusiveMaximum") is True else number(rules.get("exclusiveMaximum"))
        step = number(rules.get("multipleOf"))
        if above is not None and found <= above:
            return f"must be more than {show_number(above)}{self.got(value)}"
        if below is not None and found >= below:
            return f"must be less than {show_number(below)}{self.got(value)}"
        if low is not None and found < low:
            return f"must be at least {show_number(low)}{self.got(value)}"
        if high is not None and found > high:
            return f"must be at most {show_number(high)}{self.got(value)}"
        if step is not None and step > 0 and not _is_multiple(found, step):
            return f"must be a multiple of {show_number(step)}{self.got(value)}"
        return None

    def _text(self, rules: Mapping[str, object], value: object) -> str | None:
        if not isinstance(value, str):
            return None
        low, high = whole(rules.get("minLength")), whole(rules.get("maxLength"))
        if low is not None and len(value) < low:
            return f"must have at least {_count(low, 'character')}, has {len(value)}"
        if high is not None and len(value) > high:
            return f"must have at most {_count(high, 'character')}, has {len(value)}"
        pattern = text(rules.get("pattern"))
        found = compiled(pattern) if pattern is not None else None
        if found is not None and not found.search(value):
            return f"must match the pattern {one_line(pattern or '', 80)}{self.got(value)}"
        return None

    def _array(self, rules: Mapping[str, object], value: object, depth: int) -> str | None:
        if not isinstance(value, list):
            return None
        items = array(cast("object", value))
        low, high = whole(rules.get("minItems")), whole(rules.get("maxItems"))
        if low is not None and len(items) < low:
            return f"must have at least {_count(low, 'item')}, has {len(items)}"
        if high is not None and len(items) > high:
            return f"must have at most {_count(high, 'item')}, has {len(items)}"
        if rules.get("uniqueItems") is True and len({canonical(item) for item in items}) < len(items):
            return "must not hold an item twice"
        each = rules.get("items")
        places = array(each)
        for index, item in enumerate(items):
            rule = places[index] if index < len(places) else None if places else each
            fault = self._fault(rule, item, depth=depth + 1)
            if fault:
                return f"{fault} (item {index + 1})"
        return None

    def _object(self, rules: Mapping[str, object], value: object, depth: int) -> str | None:
        if not isinstance(value, dict):
            return None
        found = cast("dict[str, object]", value)
        for name in array(rules.get("required")):
            if isinstance(name, str) and name not in found:
                return f"must have the key {quoted(name)}"
        low, high = whole(rules.get("minProperties")), whole(rules.get("maxProperties"))
        if low is not None and len(found) < low:
            return f"must have at least {_count(low, 'key')}, has {len(found)}"
        if high is not None and len(found) > high:
            return f"must have at most {_count(high, 'key')}, has {len(found)}"
        known, rest = mapping(rules.get("properties")), rules.get("additionalProperties", True)
        for key, item in found.items():
            if key in known:
                fault = self._fault(known[key], item, depth=depth + 1)
            elif "patternProperties" in rules:
                fault = None
            elif rest is False:
                return f"must not have the key {quoted(key)}"
            else:
                fault = self._fault(rest, item, depth=depth + 1)
            if fault:
                return f"{fault} (key {quoted(key)})"
        return None

    def _branches(self, rules: Mapping[str, object], value: object, refs: frozenset[str], depth: int) -> str | None:
        for part in array(rules.get("allOf")):
            fault = self._fault(part, value, refs, depth)
            if fault:
                return fault
        for word in ("anyOf", "oneOf"):
            branches = array(rules.get(word))
            fits = sum(self._fault(branch, value, refs, depth) is None for branch in branches)
            if branches and not fits:
                names = [expected(flatten(branch, self.definitions)) for branch in branches]
                return f"must be {' or '.join(dict.fromkeys(names))}{self.got(value)}"
            if word == "oneOf" and fits > 1:
                return f"must fit exactly one of the {len(branches)} shapes that the schema allows, fits {fits}"
        if "not" in rules and self._fault(rules["not"], value, refs, depth) is None:
            return f"must be another value{self.got(value)}"
        return None


def is_type(word: str, value: object) -> bool:
    """Whether a JSON value is of a JSON Schema type. `12.0` is an integer, `true` is no number."""
    if word == "integer":
        found = number(value)
        return found is not None and found == int(found)
    if word == "number":
        return number(value) is not None
    kinds = {"string": str, "boolean": bool, "array": list, "object": dict, "null": type(None)}
    return isinstance(value, kinds[word])


def _size(value: object, depth: int = 0) -> int:
    if depth > _DEPTH:
        return 1
    if isinstance(value, list):
        return 1 + sum(_size(item, depth + 1) for item in cast("list[object]", value))
    if isinstance(value, dict):
        return 1 + sum(_size(item, depth + 1) for item in cast("dict[str, object]", value).values())
    return 1


def _is_multiple(value: Number, step: Number) -> bool:
    if isinstance(value, int) and isinstance(step, int):
        return value % step == 0
    try:
        # By their written digits, so that 0.3 is a multiple of 0.1.
        return Decimal(repr(value)) % Decimal(repr(step)) == 0
    except InvalidOperation:
        return (value / step) == int(value / step)


def _count(count: int, unit: str) -> str:
    return f"{count} {unit}{'' if count == 1 else 's'}"
