"""What Cog's runtime refuses of an `Input(...)`, and what surprises those who run the model."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Any, cast

from tui.cog.annotations import InputType, input_type
from tui.cog.constants import NotKnown, value_of
from tui.cog.modules import Finding, Foreign
from tui.cog.signatures import Target, parameters_of

_WORDS = {
    "default", "description", "ge", "le", "min_length", "max_length", "regex", "choices", "deprecated", "accept",
    "default_factory",
}  # fmt: skip


def input_findings(target: Target) -> Iterator[Finding]:
    """What is to be said of the inputs of a function."""
    for parameter, default in parameters_of(target):
        if parameter.annotation is None:
            continue
        try:
            kind = input_type(target.module, parameter.annotation)
        except NotKnown:
            continue  # said where the schema is read
        call = isinstance(default, ast.Call) and target.module.symbol(default.func) == Foreign("cog", "Input")
        if isinstance(default, ast.Call) and call:
            words = {word.arg: word.value for word in default.keywords if word.arg}
            if default.args:
                words["default"] = default.args[0]
        else:
            words = {"default": default} if default is not None else {}
        node = default if default is not None else parameter
        for text, serious in _said(target, parameter.arg, kind, words):
            yield target.module.finding(node, text, serious=serious)


def _said(target: Target, name: str, kind: InputType, words: dict[str, ast.expr]) -> Iterator[tuple[str, bool]]:
    for word in words:
        if word not in _WORDS:
            yield f"`{name}`: Input() takes no `{word}`", True
    if "default_factory" in words:
        yield f"`{name}`: Cog refuses default_factory; give a literal default", True
    given = {word: value for word, node in words.items() if (value := _known(target, node)) is not _UNKNOWN}
    default = cast("object", given.get("default"))
    secret = kind.schema.get("x-cog-secret") is True
    if "default" in given and default is None and not kind.optional and not secret:
        text = f"`{name}`: None as the default of what is not Optional makes it required; write Optional, or a default"
        yield text, False
    if _is_shared(default):
        yield f"`{name}`: this dict is one for all predictions: a change in one is seen by the next", False
    yield from _refused(name, kind, given, default)


def _refused(name: str, kind: InputType, given: dict[str, Any], default: object) -> Iterator[tuple[str, bool]]:
    """What the runtime raises at the start, before anything is set up."""
    type_name = kind.schema.get("items", kind.schema).get("type")
    numeric, text = type_name in ("integer", "number"), type_name == "string" and "format" not in kind.schema
    bounds = [word for word in ("ge", "le") if given.get(word) is not None]
    lengths = [word for word in ("min_length", "max_length") if given.get(word) is not None]
    if bounds and not numeric:
        yield f"`{name}`: {' and '.join(bounds)} are for numbers", True
    if (lengths or given.get("regex") is not None) and not text:
        yield f"`{name}`: {' and '.join([*lengths, *(['regex'] if given.get('regex') else [])])} are for texts", True
    choices = given.get("choices")
    if isinstance(choices, list):
        yield from _refused_choices(name, type_name, cast("list[object]", choices), bounds + lengths, default)
    if default is None:
        return
    values = cast("list[object]", default) if isinstance(default, list) else [default]
    for value in values:
        wrong = _outside(value, given)
        if wrong:
            yield f"`{name}`: the default {value!r} {wrong}", True
            return


def _refused_choices(
    name: str, type_name: object, choices: list[object], beside: list[str], default: object
) -> Iterator[tuple[str, bool]]:
    if len(choices) < 2:
        yield f"`{name}`: choices must be at least two", True
    if beside:
        yield f"`{name}`: choices and {beside[0]} exclude each other", True
    wanted = {"integer": int, "string": str}.get(str(type_name))
    if wanted is None or any(type(choice) is not wanted for choice in choices):
        yield f"`{name}`: choices must be texts for str, or whole numbers for int", True
    elif default is not None and not isinstance(default, list) and default not in choices:
        yield f"`{name}`: the default {default!r} is none of the choices", True


def _outside(value: object, given: dict[str, Any]) -> str | None:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if number and given.get("ge") is not None and value < given["ge"]:
        return f"is below ge={given['ge']}"
    if number and given.get("le") is not None and value > given["le"]:
        return f"is above le={given['le']}"
    if isinstance(value, str) and given.get("min_length") is not None and len(value) < given["min_length"]:
        return f"is shorter than min_length={given['min_length']}"
    if isinstance(value, str) and given.get("max_length") is not None and len(value) > given["max_length"]:
        return f"is longer than max_length={given['max_length']}"
    if isinstance(value, str) and isinstance(given.get("regex"), str):
        try:
            matches = re.match(given["regex"], value) is not None
        except re.error as error:
            return f"cannot be compared: the regex is wrong ({error})"
        return None if matches else f"does not match {given['regex']!r}"
    return None


def _is_shared(default: object) -> bool:
    return isinstance(default, dict) and bool(cast("dict[object, object]", default))


_UNKNOWN = object()


def _known(target: Target, node: ast.expr) -> Any:
    try:
        return value_of(target.module, node)
    except NotKnown:
        return _UNKNOWN
