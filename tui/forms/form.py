"""A model's schema as a form: its fields, the check of an input, and the input on one line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import cast

from msgspec import Struct

from tui.forms.field import MISSING, Field, Kind, OutputKind, show_choice
from tui.forms.files import FileInput, Invalid
from tui.forms.redaction import REDACTED, hides, redact_fields
from tui.forms.refs import Definitions, flatten
from tui.forms.rules import Judge, json_fault
from tui.forms.schema import fields_of, output_of, schema_section
from tui.forms.shapes import array, canonical, mapping, quoted
from tui.forms.values import load_json, normal, parse_text
from tui.wording import one_line

_FIRST = ("prompt", "text", "messages", "question", "sentence", "inputs", "input", "image", "audio", "video")


class Problem(Struct, frozen=True):
    """One value that the schema refuses."""

    field: str
    """The input's name; empty when the input as a whole is wrong."""
    value: object
    """What was given; None for a secret."""
    message: str
    """A clause that says what would be right: `must be at most 1440, got 2000`."""

    def __str__(self) -> str:
        return f"{self.field} {self.message}" if self.field else f"the input {self.message}"


class Checked(Struct, frozen=True):
    """What became of the values."""

    input: dict[str, object]
    """The values that are right, as they are sent. Files are FileInput; a local path is still to be uploaded."""
    problems: tuple[Problem, ...] = ()
    missing: tuple[str, ...] = ()
    """Required inputs that were not given."""

    @property
    def ok(self) -> bool:
        """Whether the input can be sent."""
        return not self.problems and not self.missing


class Form:
    """The fields of `Input` (or `TrainingInput`) and the kind of the output that goes with it."""

    __slots__ = ("_by_name", "_definitions", "_whole", "fields", "known", "output")

    def __init__(
        self,
        fields: tuple[Field, ...] = (),
        *,
        known: bool = False,
        output: OutputKind = OutputKind.ANY,
        whole: Mapping[str, object] | None = None,
        definitions: Definitions | None = None,
    ) -> None:
        self.fields = fields
        self.known = known
        """Whether there is a schema. Without one the input is free: any JSON object passes."""
        self.output = output
        self._by_name = {field.name: field for field in fields}
        # Rules of the input as a whole; its properties are judged one by one.
        apart = ("properties", "required", "additionalProperties", "type", "$ref", "allOf", "title", "description")
        self._whole = {key: value for key, value in (whole or {}).items() if key not in apart}
        self._definitions = definitions or Definitions({})

    @classmethod
    def parse(cls, openapi_schema: Mapping[str, object] | None, section: str = "Input") -> Form:
        """Read `components.schemas.Input` and `Output`, or `TrainingInput` and `TrainingOutput`.

        Never raises: an odd property is a JSON field, and a missing section gives a form with `known` False.
        """
        document = mapping(openapi_schema)
        output = output_of(document, section.replace("Input", "Output"))
        found = schema_section(document, section)
        if found is None:
            return cls(output=output)
        definitions = Definitions(document)
        return cls(
            fields_of(found, definitions),
            known=True,
            output=output,
            whole=flatten(found, definitions),
            definitions=definitions,
        )

    @property
    def has_rules_of_the_whole(self) -> bool:
        """Whether values that are right one by one can be wrong together."""
        return bool(self._whole)

    def never_secret(self) -> frozenset[str]:
        """The names of the fields whose values are no secrets, whatever they hold."""
        return frozenset(field.name for field in self.fields if field.kind is not Kind.JSON and not hides(field))

    def __iter__(self) -> Iterator[Field]:
        return iter(self.fields)

    def field(self, name: str) -> Field | None:
        """The field of that name."""
        return self._by_name.get(name)

    def check(self, values: Mapping[str, object]) -> Checked:
        """Judge values of the right JSON types.

        MISSING and None are left out: Cog refuses an explicit null (docs/replicate.md, Schemas and forms). So is
        REDACTED in a secret.
        """
        sent: dict[str, object] = {}
        problems: list[Problem] = []
        for name, value in values.items():
            field = self._by_name.get(name)
            if _untouched(field, value):
                continue
            try:
                if field is None:
                    sent[name] = self._unknown(name, value)
                else:
                    sent[name] = _checked(field, value)
            except Invalid as error:
                problems.append(Problem(name, _seen(field, name, value), str(error)))
        missing = tuple(f.name for f in self.fields if f.required and _untouched(f, values.get(f.name, MISSING)))
        if not problems and not missing and self._whole:
            fault = Judge(self._definitions, secret=True).fault(self._whole, sent)
            problems += [Problem("", None, fault)] if fault else []
        return Checked(self._ordered(sent), tuple(problems), missing)

    def from_text(self, values: Mapping[str, str], beside: Mapping[str, object] | None = None) -> Checked:
        """Read what was typed (`parse_text`), then judge it. Empty texts are left out.

        `beside` are values that are read already; a text of the same name takes their place.

        Without a schema each text is JSON where it can be read so, and else a string.
        """
        found: dict[str, object] = dict(beside or {})
        problems: list[Problem] = []
        for name, text in values.items():
            field = self._by_name.get(name)
            try:
                found[name] = _free(text) if field is None else parse_text(field, text)
            except Invalid as error:
                problems.append(Problem(name, _seen(field, name, text), str(error)))
        checked = self.check(found)
        refused = {problem.field for problem in problems}
        return Checked(
            checked.input,
            (*problems, *checked.problems),
            tuple(name for name in checked.missing if name not in refused),
        )

    def parse_free(self, text: str) -> Checked:
        """Read a whole input from JSON text: the editor of a model without a schema, or of an expert."""
        try:
            value = load_json(text if text.strip() else "{}")
        except Invalid as error:
            return Checked({}, (Problem("", None, str(error)),))
        if not isinstance(value, dict):
            return Checked({}, (Problem("", None, f"must be a JSON object such as {{}}, got {quoted(value)}"),))
        return self.check(mapping(cast("object", value)))

    def summary(self, values: Mapping[str, object], limit: int = 200) -> str:
        """The input on one line for lists: the prompt or its like first, secrets hidden."""
        shown = {name: value for name, value in self.redact(values).items() if value is not None}
        lead = next((name for name in _FIRST if shown.get(name)), None)
        if lead is None:
            written = (f.name for f in self.fields if f.kind in (Kind.TEXT, Kind.STRING) and shown.get(f.name))
            lead = next(written, None)
        parts = [] if lead is None else [_short(shown[lead], limit)]
        parts += [f"{one_line(name, 40)}={_short(shown[name], 60)}" for name in self._ordered(shown) if name != lead]
        return one_line(" · ".join(part for part in parts if part), limit)

    def redact(self, values: Mapping[str, object]) -> dict[str, object]:
        """A copy of the input in which every secret reads REDACTED."""
        return redact_fields(self.fields, values)

    def _ordered(self, values: Mapping[str, object]) -> dict[str, object]:
        known = {field.name: values[field.name] for field in self.fields if field.name in values}
        return {**known, **{name: value for name, value in values.items() if name not in known}}

    def _unknown(self, name: str, value: object) -> object:
        if not self.known:
            fault = json_fault(value) or json_fault(name)
            if fault:
                raise Invalid(fault)
            return value
        import difflib  # for a wrong name only: a start does without it

        near = difflib.get_close_matches(str(name)[:100], list(self._by_name), n=1, cutoff=0.5)
        if near:
            raise Invalid(f"is an unknown input; did you mean {near[0]}?")
        names = ", ".join(one_line(field.name, 40) for field in self.fields[:8])
        more = ", …" if len(self.fields) > 8 else ""
        has = f"its inputs are {names}{more}" if names else "it takes no inputs"
        raise Invalid(f"is an unknown input of this model; {has}")


def _untouched(field: Field | None, value: object) -> bool:
    if value is MISSING or value is None:
        return True
    if field is None or not hides(field):
        return False
    return value == REDACTED or (isinstance(value, list) and REDACTED in array(cast("object", value)))


def _seen(field: Field | None, name: str, value: object) -> object:
    if field is not None:
        return None if hides(field) else value
    return redact_fields((), {name: value})[name]


def _checked(field: Field, value: object) -> object:
    fault = json_fault(value)
    if fault:
        raise Invalid("must be a value that JSON can hold" if hides(field) else fault)
    shaped = normal(field, value)
    fault = Judge(field.definitions, secret=hides(field)).fault(field.schema, shaped)
    if fault:
        raise Invalid(fault)
    return shaped


def _free(text: str) -> object:
    if text == "":
        return MISSING
    try:
        return load_json(text)
    except Invalid:
        return text


def _short(value: object, limit: int) -> str:
    if isinstance(value, str):
        if value[:5].lower() == "data:":
            head = value[5:100].partition(",")[0].partition(";")[0] or "data"
            return f"{one_line(head, 40)} ({max(len(value) * 3 // 4 // 1000, 1)} kB)"
        if isinstance(value, FileInput) or value.startswith(("http://", "https://")):
            name = value.partition("?")[0].rstrip("/").rpartition("/")[2]
            return one_line(name or value, limit)
        return one_line(value, limit)
    if isinstance(value, bool | int | float):
        return one_line(show_choice(value), limit)
    if isinstance(value, list):
        items = array(cast("object", value))
        if items and all(isinstance(item, str | int | float) for item in items) and len(items) <= 8:
            return one_line("[" + ", ".join(_short(item, 30) for item in items) + "]", limit)
        return quoted(items)
    return one_line(canonical(value)[: limit * 2], limit)


def redact(form: Form, values: Mapping[str, object]) -> dict[str, object]:
    """A copy of the input in which every secret reads REDACTED."""
    return form.redact(values)
