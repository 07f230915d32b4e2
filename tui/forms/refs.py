"""Where `$ref` leads, and what a schema says once `$ref`, `allOf` and `anyOf: [.., null]` are taken together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import cast
from urllib.parse import unquote

from tui.forms.shapes import Number, array, mapping, number, text

STEPS = 400
"""How many schemas one flattening reads: a schema that refers to itself twice at every level ends here."""


class Definitions:
    """The document that `$ref` points into."""

    __slots__ = ("document",)

    def __init__(self, document: Mapping[str, object]) -> None:
        self.document = document

    def find(self, ref: object) -> Mapping[str, object] | None:
        """The schema that a JSON pointer (`#/components/schemas/NAME`) names, or None when it dangles."""
        pointer = text(ref)
        if pointer is None or not pointer.startswith("#"):
            return None
        here: object = self.document
        for part in pointer[1:].split("/")[1:]:
            name = unquote(part).replace("~1", "/").replace("~0", "~")
            if isinstance(here, Mapping):
                here = cast("Mapping[str, object]", cast("object", here)).get(name)
            elif isinstance(here, list) and name.isdecimal() and name.isascii() and len(name) < 10:
                items = array(here)  # pyright: ignore[reportUnknownArgumentType]
                here = items[int(name)] if int(name) < len(items) else None
            else:
                return None
        return mapping(here) if isinstance(here, Mapping) else None  # pyright: ignore[reportUnknownArgumentType]


def is_null(schema: object) -> bool:
    """Whether a branch allows null and nothing else."""
    found = mapping(schema)
    return found.get("type") == "null" or found.get("enum") == [None] or ("const" in found and found["const"] is None)


def flatten(schema: object, definitions: Definitions) -> dict[str, object]:
    """One schema without `$ref` and `allOf`, and without an `anyOf` whose only other branch is null.

    What stands beside a reference wins over what is referred to (`default` and `description` stand beside `allOf`,
    docs/replicate.md, Schemas and forms); of two bounds the tighter one holds. References that dangle or run in a
    circle add nothing.
    """
    return _flatten(schema, definitions, frozenset(), [STEPS])


def _flatten(schema: object, definitions: Definitions, seen: frozenset[str], steps: list[int]) -> dict[str, object]:
    steps[0] -= 1
    own = dict(mapping(schema))
    if steps[0] < 0 or len(seen) > 50:
        return own
    whole: dict[str, object] = {}
    ref = own.pop("$ref", None)
    if isinstance(ref, str) and ref not in seen:
        target = definitions.find(ref)
        if target is not None:
            _join(whole, _referred(_flatten(target, definitions, seen | {ref}, steps)))
    for part in array(own.get("allOf")):
        _join(whole, _referred(_flatten(part, definitions, seen, steps)))
    own.pop("allOf", None)
    for word in ("anyOf", "oneOf"):
        branches = array(own.get(word))
        rest = [branch for branch in branches if not is_null(branch)]
        if len(rest) < len(branches):
            own["nullable"] = True
        if len(rest) == 1:
            del own[word]
            _join(whole, _flatten(rest[0], definitions, seen, steps))
        elif branches:
            own[word] = rest
    _join(whole, own)
    return whole


def _referred(found: dict[str, object]) -> dict[str, object]:
    # Cog names an enum's own schema after the field and describes it so; neither tells a person anything.
    if found.get("description") == "An enumeration.":
        del found["description"]
    return found


def _join(whole: dict[str, object], more: Mapping[str, object]) -> None:
    for key, value in more.items():
        if key in ("minimum", "exclusiveMinimum", "minLength", "minItems"):
            whole[key] = _tighter(whole.get(key), value, max)
        elif key in ("maximum", "exclusiveMaximum", "maxLength", "maxItems"):
            whole[key] = _tighter(whole.get(key), value, min)
        elif key == "properties":
            whole[key] = {**mapping(whole.get(key)), **mapping(value)}
        elif key == "required":
            whole[key] = [*array(whole.get(key)), *array(value)]
        else:
            whole[key] = value


def _tighter(one: object, two: object, pick: Callable[..., Number]) -> object:
    first, second = number(one), number(two)
    if first is None or second is None:
        return two if second is not None or first is None else one
    return pick(first, second)
