"""Whether a value is what a schema asks for, in the words of Replicate's own validator.

Just enough of JSON Schema for what Cog writes (docs/replicate.md, Schemas and forms), with no dependency. Each fault
is a triple of type, field and description, as `invalid_fields` has them (docs/replicate.md, Rate limits and errors).
"""

import re
from collections.abc import Callable, Iterator

from tui.sandbox.jsons import Json, Obj, as_list, as_obj, as_str, dumps

Fault = tuple[str, str, str]
_MAX_DEPTH = 64


def faults(value: Json, schema: Json, root: Obj, path: str) -> list[Fault]:
    """Everything that is wrong with `value`, which stands at `path`; `root` holds what `$ref` refers to."""
    return list(_check(value, as_obj(schema), root, path, 0))


def resolve(schema: Obj, root: Obj) -> Obj:
    """The schema with its `$ref` and its `allOf` of one followed; what stands beside them wins."""
    seen = 0
    while seen < _MAX_DEPTH:
        reference, every = schema.get("$ref"), as_list(schema.get("allOf"))
        if isinstance(reference, str):
            schema = {**_lookup(reference, root), **{k: v for k, v in schema.items() if k != "$ref"}}
        elif len(every) == 1:
            schema = {**as_obj(every[0]), **{k: v for k, v in schema.items() if k != "allOf"}}
        else:
            break
        seen += 1
    return schema


def _lookup(reference: str, root: Obj) -> Obj:
    found: Json = root
    for part in reference.removeprefix("#/").split("/"):
        found = as_obj(found).get(part.replace("~1", "/").replace("~0", "~"))
    return as_obj(found)


def _check(value: Json, schema: Obj, root: Obj, path: str, depth: int) -> Iterator[Fault]:
    if depth > _MAX_DEPTH:
        return
    schema = resolve(schema, root)
    if value is None and schema.get("nullable") is True:
        return
    for part in as_list(schema.get("allOf")):
        yield from _check(value, as_obj(part), root, path, depth + 1)
    for keyword, failed in (("anyOf", "number_any_of"), ("oneOf", "number_one_of")):
        choices = as_list(schema.get(keyword))
        if choices and all(any(_check(value, as_obj(c), root, path, depth + 1)) for c in choices):
            word = "at least one schema (anyOf)" if keyword == "anyOf" else "one and only one schema (oneOf)"
            yield failed, path, f"Must validate {word}"
    wanted = schema.get("type")
    kinds = [as_str(kind) for kind in wanted] if isinstance(wanted, list) else [as_str(wanted)] if wanted else []
    if kinds and not any(_is(value, kind) for kind in kinds):
        yield "invalid_type", path, f"Invalid type. Expected: {'/'.join(kinds)}, given: {_name(value)}"
        return
    allowed = as_list(schema.get("enum"))
    if allowed and not any(_same(value, choice) for choice in allowed):
        shown = ", ".join(dumps(choice) for choice in allowed[:100])
        yield "enum", path, f"{path} must be one of the following: {shown}"
    if isinstance(value, str):
        yield from _check_text(value, schema, path)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield from _check_number(value, schema, path)
    elif isinstance(value, list):
        yield from _check_array(value, schema, root, path, depth)
    elif isinstance(value, dict):
        yield from _check_object(value, schema, root, path, depth)


def _check_text(value: str, schema: Obj, path: str) -> Iterator[Fault]:
    least, most, pattern = schema.get("minLength"), schema.get("maxLength"), schema.get("pattern")
    if isinstance(least, int) and len(value) < least:
        yield "string_gte", path, f"String length must be greater than or equal to {least}"
    if isinstance(most, int) and len(value) > most:
        yield "string_lte", path, f"String length must be less than or equal to {most}"
    if isinstance(pattern, str) and not _matches(pattern, value):
        yield "pattern", path, f"Does not match pattern '{pattern}'"


def _matches(pattern: str, value: str) -> bool:
    try:
        return re.search(pattern, value) is not None
    except re.error:
        return True


def _check_number(value: float, schema: Obj, path: str) -> Iterator[Fault]:
    rules: list[tuple[str, str, str, Callable[[float, float], bool]]] = [
        ("minimum", "number_gte", "greater than or equal to", lambda a, b: a >= b),
        ("maximum", "number_lte", "less than or equal to", lambda a, b: a <= b),
        ("exclusiveMinimum", "number_gt", "greater than", lambda a, b: a > b),
        ("exclusiveMaximum", "number_lt", "less than", lambda a, b: a < b),
    ]
    for keyword, kind, words, holds in rules:
        bound = schema.get(keyword)
        if isinstance(bound, int | float) and not isinstance(bound, bool) and not holds(value, bound):
            yield kind, path, f"Must be {words} {bound:g}" if isinstance(bound, float) else f"Must be {words} {bound}"


def _check_array(value: list[Json], schema: Obj, root: Obj, path: str, depth: int) -> Iterator[Fault]:
    least, most, items = schema.get("minItems"), schema.get("maxItems"), schema.get("items")
    if isinstance(least, int) and len(value) < least:
        yield "array_min_items", path, f"Array must have at least {least} items"
    if isinstance(most, int) and len(value) > most:
        yield "array_max_items", path, f"Array must have at most {most} items"
    if isinstance(items, dict):
        for index, item in enumerate(value):
            yield from _check(item, items, root, f"{path}.{index}", depth + 1)


def _check_object(value: Obj, schema: Obj, root: Obj, path: str, depth: int) -> Iterator[Fault]:
    properties = as_obj(schema.get("properties"))
    for name in as_list(schema.get("required")):
        if isinstance(name, str) and name not in value:
            yield "required", path, f"{name} is required"
    for name, part in properties.items():
        if name in value:
            yield from _check(value[name], as_obj(part), root, f"{path}.{name}" if path else name, depth + 1)
    if schema.get("additionalProperties") is False:
        for name in value:
            if name not in properties:
                yield "additional_property_not_allowed", path, f"Additional property {name} is not allowed"


def _is(value: Json, kind: str) -> bool:
    match kind:
        case "integer":
            return (isinstance(value, int) and not isinstance(value, bool)) or (
                isinstance(value, float) and value.is_integer()
            )
        case "number":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case "string":
            return isinstance(value, str)
        case "boolean":
            return isinstance(value, bool)
        case "array":
            return isinstance(value, list)
        case "object":
            return isinstance(value, dict)
        case "null":
            return value is None
        case _:
            return True


def _same(value: Json, choice: Json) -> bool:
    return value == choice and isinstance(value, bool) == isinstance(choice, bool)


def _name(value: Json) -> str:
    names = ("null", "boolean", "integer", "number", "string", "array", "object")
    return next(name for name in names if _is(value, name))
