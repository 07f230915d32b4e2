"""Odd schemas as fields."""

import pytest

from tests.support.schemas import complaint, document, field_of, form_of
from tui.forms import MISSING, Form, Kind, OutputKind, parse_text


@pytest.mark.parametrize("schema", [None, {}, {"components": None}, {"components": {"schemas": []}}, {"components": 7}])
def test_without_an_input_schema_the_form_is_free(schema: dict[str, object] | None) -> None:
    form = Form.parse(schema)
    assert not form.known
    assert form.fields == ()
    assert form.output is OutputKind.ANY
    assert form.check({"anything": [1, {"a": None}]}).input == {"anything": [1, {"a": None}]}
    assert form.from_text({"n": "2", "s": "two", "none": ""}).input == {"n": 2, "s": "two"}


def test_a_free_input_is_read_from_json_and_its_mistake_is_located() -> None:
    form = Form.parse(None)
    assert form.parse_free('{"prompt": "hi"}').input == {"prompt": "hi"}
    assert form.parse_free("").input == {}
    assert "line 2, column 3" in form.parse_free('{"a": 1,\n  b}').problems[0].message
    assert "JSON object" in form.parse_free("[1]").problems[0].message
    assert not form.parse_free('{"a": NaN}').ok


@pytest.mark.parametrize(
    ("schema", "kind"),
    [
        ({}, Kind.JSON),
        (None, Kind.JSON),
        (True, Kind.JSON),
        ([], Kind.JSON),
        ({"type": "object"}, Kind.JSON),
        ({"type": "fish"}, Kind.JSON),
        ({"type": ["string", "integer"]}, Kind.JSON),
        ({"type": ["integer", "null"]}, Kind.INTEGER),
        ({"type": "array"}, Kind.JSON),
        ({"type": "array", "items": {}}, Kind.LIST),
        ({"$ref": "#/components/schemas/gone"}, Kind.JSON),
        ({"$ref": 7}, Kind.JSON),
        ({"allOf": [{"$ref": "#/components/schemas/loop"}]}, Kind.JSON),
        ({"$ref": "#/components/schemas/size"}, Kind.CHOICE),
        ({"enum": ["a", 1]}, Kind.CHOICE),
        ({"enum": []}, Kind.JSON),
        ({"enum": [{"a": 1}]}, Kind.JSON),
        ({"enum": "abc"}, Kind.JSON),
        ({"const": "only"}, Kind.CHOICE),
        ({"anyOf": [{"type": "integer"}, {"type": "null"}]}, Kind.INTEGER),
        ({"anyOf": [{"type": "integer"}, {"type": "string"}]}, Kind.JSON),
        ({"type": "string", "format": "password"}, Kind.SECRET),
        ({"type": "string", "format": "uri", "nullable": True}, Kind.FILE),
        ({"type": "string", "maxLength": 5000}, Kind.TEXT),
    ],
)
def test_odd_schemas_still_give_a_kind(schema: object, kind: Kind) -> None:
    field = field_of(
        schema,
        loop={"$ref": "#/components/schemas/loop"},
        size={"enum": [1, 2], "type": "integer", "title": "size", "description": "An enumeration."},
    )
    assert field.kind is kind
    assert field.hint


def test_what_stands_beside_a_reference_belongs_to_the_field() -> None:
    field = field_of(
        {"allOf": [{"$ref": "#/components/schemas/size"}], "default": 2, "description": "How big", "x-order": 3},
        size={"enum": [1, 2], "type": "integer", "title": "size", "description": "An enumeration."},
    )
    assert (field.choices, field.default, field.description, field.order) == ((1, 2), 2, "How big", 3)
    assert field.title == "X"
    alone = field_of(
        {"$ref": "#/components/schemas/size"}, size={"enum": [1], "type": "integer", "description": "An enumeration."}
    )
    assert alone.description == ""


def test_fields_without_an_order_come_last_by_name() -> None:
    form = form_of({"b": {}, "a": {}, "z": {"x-order": 0}, "y": {"x-order": "first"}, "m": {"x-order": 1}})
    assert [field.name for field in form] == ["z", "m", "a", "b", "y"]


def test_inputs_named_like_credentials_are_secrets_even_if_the_schema_does_not_say_so() -> None:
    form = form_of({name: {"type": "string"} for name in ("openai_api_key", "HF_TOKEN", "max_tokens", "token_string")})
    assert {field.name for field in form if field.kind is Kind.SECRET} == {"openai_api_key", "HF_TOKEN"}


def test_a_default_that_breaks_its_own_rules_is_shown_and_not_enforced() -> None:
    form = form_of({"x": {"type": "integer", "maximum": 4, "default": "nine"}, "y": {"enum": ["a"], "default": "b"}})
    assert form.fields[0].default == "nine"
    assert form.check({}).ok
    assert form.fields[1].hint == "a · default b"


def test_a_schema_that_doubles_at_every_level_is_read_in_no_time() -> None:
    schemas = {f"s{i}": {"allOf": [{"$ref": f"#/components/schemas/s{i + 1}"}] * 2} for i in range(60)}
    schemas["s60"] = {"type": "integer"}
    assert complaint({"$ref": "#/components/schemas/s0"}, "a", **schemas) in ("", "must be a whole number, got 'a'")
    wide = {f"s{i}": {"anyOf": [{"$ref": f"#/components/schemas/s{i + 1}"}] * 2} for i in range(60)}
    complaint({"$ref": "#/components/schemas/s0"}, "a", **wide, s60={"type": "integer"})


def test_a_schema_that_holds_itself_is_a_list_of_json_in_the_end() -> None:
    field = field_of(
        {"$ref": "#/components/schemas/tree"}, tree={"type": "array", "items": {"$ref": "#/components/schemas/tree"}}
    )
    assert field.kind is Kind.LIST
    assert parse_text(field, "[[], [[]]]") == [[], [[]]]
    assert "must be a list" in complaint(
        {"$ref": "#/components/schemas/tree"},
        [[], [3]],
        tree={"type": "array", "items": {"$ref": "#/components/schemas/tree"}},
    )


def test_hostile_names_and_defaults_put_no_control_code_into_a_hint() -> None:
    field = field_of({"type": "string", "enum": ["\x1b]52;c;x\x07", "[/]", "a\nb\u202e"], "default": "\x1b[31m"})
    assert field.hint.isprintable()
    assert "[/]" in field.hint
    assert len(field_of({"type": "string", "default": "x" * 2_000_000}).hint) < 80


def test_the_hint_tells_every_bound() -> None:
    assert field_of({"type": "integer", "minimum": 64, "maximum": 1440, "default": 1024}).hint == (
        "integer · 64–1440 · default 1024"
    )
    assert field_of({"type": "number", "minimum": 0, "exclusiveMinimum": True}).hint == "number · > 0"
    assert field_of({"type": "number", "exclusiveMaximum": 1.5}).hint == "number · < 1.5"
    assert field_of({"type": "string", "minLength": 1, "maxLength": 9}).hint == "text · 1–9 characters"
    assert field_of({"type": "array", "items": {"type": "number"}, "maxItems": 3}).hint == (
        "list of numbers · ≤ 3 items"
    )
    assert field_of({"type": "string", "format": "password", "default": "hunter2"}).hint == "secret"


@pytest.mark.parametrize(
    ("output", "kind"),
    [
        ({}, OutputKind.ANY),
        ({"type": "string"}, OutputKind.TEXT),
        ({"type": "string", "nullable": True, "format": "uri"}, OutputKind.FILE),
        ({"anyOf": [{"type": "string", "format": "uri"}, {"type": "null"}]}, OutputKind.FILE),
        ({"anyOf": [{"type": "string"}, {"type": "array"}]}, OutputKind.ANY),
        ({"type": "array", "items": {"type": "string"}}, OutputKind.JSON),
        ({"type": "array", "items": {"$ref": "#/components/schemas/File"}}, OutputKind.FILES),
        ({"type": "array", "items": {"type": "string"}, "x-cog-array-display": "concatenate"}, OutputKind.TEXT_STREAM),
        ({"type": "integer"}, OutputKind.JSON),
        ({"$ref": "#/components/schemas/gone"}, OutputKind.ANY),
        ("odd", OutputKind.ANY),
    ],
)
def test_output_kinds_of_odd_schemas(output: object, kind: OutputKind) -> None:
    schema = document({}, Output=output, File={"type": "string", "format": "uri"})
    assert Form.parse(schema).output is kind


def test_missing_is_falsy_and_the_same_everywhere() -> None:
    assert not MISSING
    assert repr(MISSING) == "MISSING"
    assert field_of({"type": "string", "default": None}).default is MISSING
