"""One input of a model: its kind, its rules and the short line that tells people about it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as part
from enum import Enum, StrEnum
from typing import Final

from tui.forms.refs import Definitions
from tui.forms.shapes import Number, show_number
from tui.wording import one_line

Scalar = str | int | float | bool


class Kind(StrEnum):
    """What a person is asked for."""

    STRING = "string"
    TEXT = "text"
    """A string that is likely to be long: a prompt, a template, a document."""
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    CHOICE = "choice"
    FILE = "file"
    """`format: uri`: a local path, a URL or a data URI."""
    SECRET = "secret"  # noqa: S105
    LIST = "list"
    JSON = "json"
    """A free object, one of several types, or what is not understood."""


class OutputKind(StrEnum):
    """What a model gives back, by its schema (docs/replicate.md, Schemas and forms)."""

    TEXT_STREAM = "text_stream"
    """An iterator of strings whose parts are one text."""
    TEXT = "text"
    FILES = "files"
    """An array or an iterator of URIs."""
    FILE = "file"
    JSON = "json"
    ANY = "any"
    """The schema does not say, or is not there."""


class Missing(Enum):
    """The type of MISSING."""

    MISSING = "MISSING"

    def __repr__(self) -> str:
        return "MISSING"

    def __bool__(self) -> bool:
        return False


MISSING: Final = Missing.MISSING
"""No value: a field that nobody touched, or a field without a default. Never sent, not even as null."""


@dataclass(frozen=True, slots=True)
class Field:
    """One input. Bounds and lengths are those that the schema states; None where it states none."""

    name: str
    title: str
    description: str
    kind: Kind
    required: bool
    default: object = MISSING
    """As the schema has it, though it may break the schema's own rules. MISSING when there is none or it is null."""
    minimum: Number | None = None
    maximum: Number | None = None
    exclusive_minimum: Number | None = None
    exclusive_maximum: Number | None = None
    multiple_of: Number | None = None
    min_length: int | None = None
    max_length: int | None = None
    pattern: str | None = None
    min_items: int | None = None
    max_items: int | None = None
    choices: tuple[Scalar, ...] = ()
    item: Field | None = None
    """For a LIST: what each element is."""
    nullable: bool = False
    deprecated: bool = False
    order: float = 0
    schema: Mapping[str, object] = part(default_factory=dict[str, object], compare=False, repr=False)
    """The property's schema as it came."""
    definitions: Definitions = part(default_factory=lambda: Definitions({}), compare=False, repr=False)
    """Where the schema's references lead."""

    def __hash__(self) -> int:
        return hash((self.name, self.kind))

    @property
    def takes_files(self) -> bool:
        """Whether it is a file, or a list of them."""
        return self.kind is Kind.FILE or (self.item is not None and self.item.kind is Kind.FILE)

    @property
    def takes_text(self) -> bool:
        """Whether any text may stand in it."""
        return self.kind in (Kind.STRING, Kind.TEXT)

    @property
    def hint(self) -> str:
        """The rules in a few words: `integer · 64–1440 · default 1024`."""
        parts = [kind_words(self), bounds_words(self)]
        if self.default is not MISSING and self.kind is not Kind.SECRET:
            parts.append(f"default {show_default(self.default)}")
        if self.deprecated:
            parts.append("deprecated")
        return " · ".join(word for word in parts if word)


_WORDS = {
    Kind.STRING: ("text", "texts"),
    Kind.TEXT: ("long text", "long texts"),
    Kind.INTEGER: ("integer", "integers"),
    Kind.NUMBER: ("number", "numbers"),
    Kind.BOOLEAN: ("true or false", "true or false"),
    Kind.CHOICE: ("choice", "choices"),
    Kind.FILE: ("file or URL", "files or URLs"),
    Kind.SECRET: ("secret", "secrets"),
    Kind.LIST: ("list", "lists"),
    Kind.JSON: ("JSON", "JSON values"),
}


def kind_words(field: Field) -> str:
    """The kind in words; a few choices are spelled out, many are counted."""
    if field.kind is Kind.LIST and field.item is not None:
        return f"list of {_WORDS[field.item.kind][1]}"
    if field.kind is Kind.CHOICE:
        spelled = " | ".join(one_line(show_choice(choice), 24) for choice in field.choices[:5])
        if len(field.choices) <= 5 and len(spelled) <= 48:
            return spelled
        return f"one of {len(field.choices)}"
    return _WORDS[field.kind][0]


def bounds_words(field: Field) -> str:
    """The bounds, the length or the count in words, or nothing."""
    words = [between(field.minimum, field.maximum)]
    if field.exclusive_minimum is not None:
        words.append(f"> {show_number(field.exclusive_minimum)}")
    if field.exclusive_maximum is not None:
        words.append(f"< {show_number(field.exclusive_maximum)}")
    if field.multiple_of is not None:
        words.append(f"steps of {show_number(field.multiple_of)}")
    for low, high, unit in (
        (field.min_length, field.max_length, "characters"),
        (field.min_items, field.max_items, "items"),
    ):
        said = between(low, high)
        words.append(f"{said} {unit}" if said else "")
    return " · ".join(word for word in words if word)


def between(low: Number | None, high: Number | None) -> str:
    """`1–4`, `≥ 1`, `≤ 4`, or nothing."""
    if low is not None and high is not None:
        return f"{show_number(low)}–{show_number(high)}"
    if low is not None:
        return f"≥ {show_number(low)}"
    return f"≤ {show_number(high)}" if high is not None else ""


def show_choice(choice: Scalar) -> str:
    """A choice as a person types it."""
    if isinstance(choice, bool):
        return "true" if choice else "false"
    if isinstance(choice, str):
        return choice or '""'
    return str(choice)


def show_default(default: object) -> str:
    """A default on one short line."""
    if isinstance(default, str | bool | int | float):
        return one_line(show_choice(default), 40)
    try:
        return one_line(json.dumps(default, ensure_ascii=False), 40)
    except (TypeError, ValueError, RecursionError):
        return "?"
