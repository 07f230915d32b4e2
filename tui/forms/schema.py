"""An `openapi_schema` as fields and an output kind. Never raises: what is not understood is free JSON."""

from __future__ import annotations

import re
from collections.abc import Mapping

from tui.forms.field import MISSING, Field, Kind, OutputKind, Scalar
from tui.forms.refs import Definitions, flatten
from tui.forms.shapes import Number, array, mapping, number, same, text, whole

_LONG_NAME = re.compile(
    r"prompt|(^|_)(text|message|messages|template|lyrics|json|script|content|instructions?|sentence|story|"
    r"workflow|query|question|inputs?|caption|code|document)($|_)",
    re.IGNORECASE,
)
# Inputs of older models that carry a credential without saying so.
_SECRET_NAME = re.compile(
    r"(^|_)(api_?key|api_?token|access_?token|auth_?token|hf_?token|secret|secret_?key|password|private_?key)$",
    re.IGNORECASE,
)
_SHORT_NAME = re.compile(r"_(url|id|name|path|type|format|regex)s?$", re.IGNORECASE)
_LAST = float("inf")
_DEPTH = 4


def is_secret_name(name: str) -> bool:
    """Whether an input of this name holds a credential even if its schema does not say so."""
    return _SECRET_NAME.search(name) is not None


def schema_section(document: Mapping[str, object], name: str) -> Mapping[str, object] | None:
    """`components.schemas.NAME`, or None."""
    found = mapping(mapping(document.get("components")).get("schemas")).get(name)
    return mapping(found) if isinstance(found, Mapping) else None  # pyright: ignore[reportUnknownArgumentType]


def fields_of(schema: Mapping[str, object], definitions: Definitions) -> tuple[Field, ...]:
    """The fields of an Input schema, by `x-order`, then by name."""
    flat = flatten(schema, definitions)
    required = {name for name in array(flat.get("required")) if isinstance(name, str)}
    fields = [
        field_of(name, found, definitions, required=name in required)
        for name, found in mapping(flat.get("properties")).items()
    ]
    return tuple(sorted(fields, key=lambda field: (field.order, field.name)))


def field_of(name: str, schema: object, definitions: Definitions, *, required: bool, depth: int = 0) -> Field:
    """One property as a field."""
    flat = flatten(schema, definitions)
    kind, choices = _kind(name, flat, depth)
    order = number(flat.get("x-order"))
    default = flat.get("default", MISSING)
    low, above = _bounds(flat, "minimum", "exclusiveMinimum")
    high, below = _bounds(flat, "maximum", "exclusiveMaximum")
    step = number(flat.get("multipleOf"))
    counted = kind in (Kind.STRING, Kind.TEXT, Kind.SECRET, Kind.FILE)
    numeric = kind in (Kind.INTEGER, Kind.NUMBER)
    items = mapping(flat.get("items"))
    return Field(
        name=name,
        title=text(mapping(schema).get("title")) or name.replace("_", " ").strip().capitalize() or name,
        description=text(flat.get("description")) or "",
        kind=kind,
        required=required,
        default=MISSING if default is None else default,
        minimum=low if numeric else None,
        maximum=high if numeric else None,
        exclusive_minimum=above if numeric else None,
        exclusive_maximum=below if numeric else None,
        multiple_of=step if numeric and step is not None and step > 0 else None,
        min_length=whole(flat.get("minLength")) if counted else None,
        max_length=whole(flat.get("maxLength")) if counted else None,
        pattern=text(flat.get("pattern")) if counted else None,
        min_items=whole(flat.get("minItems")) if kind is Kind.LIST else None,
        max_items=whole(flat.get("maxItems")) if kind is Kind.LIST else None,
        choices=choices,
        item=field_of(name, items, definitions, required=True, depth=depth + 1) if kind is Kind.LIST else None,
        nullable=flat.get("nullable") is True or "null" in array(flat.get("type")),
        deprecated=flat.get("deprecated") is True,
        order=_LAST if order is None else order,
        schema=mapping(schema),
        definitions=definitions,
    )


def _bounds(flat: Mapping[str, object], plain: str, exclusive: str) -> tuple[Number | None, Number | None]:
    # OpenAPI 3.0 says `exclusiveMinimum: true` beside `minimum`; 3.1 gives the number itself.
    bound, beyond = number(flat.get(plain)), flat.get(exclusive)
    if beyond is True:
        return None, bound
    return bound, number(beyond)


def type_of(flat: Mapping[str, object]) -> str | None:
    """The one type of a flattened schema besides null; None where there is none or several."""
    stated = flat.get("type")
    if isinstance(stated, str):
        return stated
    rest = [word for word in array(stated) if isinstance(word, str) and word != "null"]
    return rest[0] if len(rest) == 1 else None


def is_secret(flat: Mapping[str, object]) -> bool:
    """Whether a flattened schema marks its value as one to hide (docs/replicate.md, Schemas and forms)."""
    return flat.get("x-cog-secret") is True or flat.get("format") == "password"


def _kind(name: str, flat: Mapping[str, object], depth: int) -> tuple[Kind, tuple[Scalar, ...]]:
    stated = type_of(flat)
    textual = stated == "string" or (stated is None and "type" not in flat)
    if is_secret(flat) and textual:
        return Kind.SECRET, ()
    if flat.get("anyOf") or flat.get("oneOf"):
        return Kind.JSON, ()
    if "enum" in flat or "const" in flat:
        choices = _choices(flat, stated)
        return (Kind.CHOICE, choices) if choices else (Kind.JSON, ())
    if stated == "array":
        nested = isinstance(flat.get("items"), Mapping) and depth < _DEPTH
        return (Kind.LIST if nested else Kind.JSON), ()
    if textual and flat.get("format") == "uri":
        return Kind.FILE, ()
    if stated == "string":
        return _string_kind(name, flat, depth), ()
    kinds = {"integer": Kind.INTEGER, "number": Kind.NUMBER, "boolean": Kind.BOOLEAN}
    return kinds.get(stated or "", Kind.JSON), ()


def _string_kind(name: str, flat: Mapping[str, object], depth: int) -> Kind:
    if is_secret_name(name):
        return Kind.SECRET
    if depth:
        return Kind.STRING
    default = text(flat.get("default")) or ""
    if "\n" in default or len(default) > 80 or (whole(flat.get("maxLength")) or 0) > 200:
        return Kind.TEXT
    return Kind.TEXT if _LONG_NAME.search(name) and not _SHORT_NAME.search(name) else Kind.STRING


def _choices(flat: Mapping[str, object], stated: str | None) -> tuple[Scalar, ...]:
    listed = array(flat["enum"]) if "enum" in flat else [flat.get("const")]
    choices: list[Scalar] = []
    for value in listed:
        if value is None:
            continue
        if not isinstance(value, str | int | float) or (isinstance(value, float) and number(value) is None):
            return ()
        if _fits(value, stated):
            choices.append(value)
    return _distinct(choices)


def _fits(value: Scalar, stated: str | None) -> bool:
    if stated == "string":
        return isinstance(value, str)
    if stated == "boolean":
        return isinstance(value, bool)
    if stated == "number":
        return number(value) is not None
    if stated == "integer":
        found = number(value)
        return found is not None and found == int(found)
    return stated is None


def _distinct(choices: list[Scalar]) -> tuple[Scalar, ...]:
    seen: set[tuple[bool, bool, Scalar]] = set()
    kept: list[Scalar] = []
    for choice in choices:
        key = (isinstance(choice, str), isinstance(choice, bool), choice)
        if key not in seen:
            seen.add(key)
            kept.append(choice)
    return tuple(kept)


def output_of(document: Mapping[str, object], name: str = "Output") -> OutputKind:
    """What the schema says of the output (docs/replicate.md, Schemas and forms)."""
    found = schema_section(document, name)
    if found is None:
        return OutputKind.ANY
    definitions = Definitions(document)
    flat = flatten(found, definitions)
    stated = type_of(flat)
    if stated == "array":
        item = flatten(flat.get("items"), definitions)
        if same(item.get("format"), "uri"):
            return OutputKind.FILES
        joined = flat.get("x-cog-array-display") == "concatenate"
        return OutputKind.TEXT_STREAM if joined and type_of(item) in ("string", None) else OutputKind.JSON
    if stated == "string":
        return OutputKind.FILE if flat.get("format") == "uri" else OutputKind.TEXT
    if stated is None:
        several = "anyOf" in flat or "oneOf" in flat
        return OutputKind.JSON if "properties" in flat and not several else OutputKind.ANY
    return OutputKind.JSON
