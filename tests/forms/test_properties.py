"""Rules that hold for any schema, any typing and any value, with jsonschema as the judge."""

import contextlib
import json
import math
import re
import unicodedata
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator

from tests.support.schemas import HERE, NAMES, ORACLES, document, judge, oracle, recorded
from tui.forms import MISSING, Field, Form, Invalid, Kind, compare, parse_text, redact, to_text
from tui.forms.shapes import same

quick = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))

words = st.text(max_size=12)
odd_texts = st.sampled_from(
    [
        "",
        '""',
        "[/]",
        "\x1b[31m",
        "[1, 2",
        "{",
        "null",
        "NaN",
        "-",
        "1e999",
        "@x",
        "data:,",
        "a,b",
        "\u202e",
        " x ",
        "\n",
    ]
)
leaves = st.none() | st.booleans() | st.integers() | st.floats() | words | odd_texts
values = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3), max_leaves=6
)

REFS = [f"#/components/schemas/{name}" for name in ("A", "B", "Input", "gone")] + ["#", "#/", "http://x", "#/paths/0"]
KEYWORDS = re.findall(
    r"\S+",
    "type format enum const default minimum maximum exclusiveMinimum exclusiveMaximum multipleOf minLength maxLength "
    "pattern items minItems maxItems uniqueItems properties required additionalProperties anyOf oneOf allOf not "
    "nullable deprecated title description x-order x-cog-secret $ref",
)


def harmless(text: str) -> bool:
    """No control, direction or line-breaking character, and no half of a pair."""
    return not {unicodedata.category(c) for c in text} & {"Cc", "Cf", "Cs", "Zl", "Zp"}


def _keyword(schemas: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    shaped = {
        "type": st.sampled_from(["string", "integer", "number", "boolean", "array", "object", "null", "fish"]),
        "format": st.sampled_from(["uri", "password", "date", "binary"]),
        "enum": st.lists(leaves, max_size=4),
        "items": schemas,
        "properties": st.dictionaries(words, schemas, max_size=3),
        "anyOf": st.lists(schemas, max_size=3),
        "oneOf": st.lists(schemas, max_size=3),
        "allOf": st.lists(schemas, max_size=3),
        "not": schemas,
        "$ref": st.sampled_from(REFS),
        "pattern": st.sampled_from(["^a", "(", "(a+)+$", ".*"]),
    }
    return st.fixed_dictionaries({}, optional={word: shaped.get(word, leaves) | leaves for word in KEYWORDS})


odd_schemas = st.recursive(leaves, _keyword, max_leaves=8)


@quick
@given(odd_schemas, odd_schemas, odd_schemas, values, st.text(max_size=20) | odd_texts)
def test_any_schema_gives_a_form_that_judges_any_value(a: Any, b: Any, x: Any, value: Any, text: str) -> None:
    form = Form.parse(document({"x": x, "y": a}, ["x"], A=a, B=b, Output=b))
    assert form.known
    assert sorted(field.name for field in form) == ["x", "y"]
    for field in form:
        assert harmless(field.hint)
        with contextlib.suppress(Invalid):
            parse_text(field, text)
        to_text(field, value)
        if field.kind is Kind.LIST:
            assert field.item is not None
    checked = form.check({"x": value, "z": value})
    json.dumps(checked.input, allow_nan=False)
    assert all(problem.message for problem in checked.problems)
    assert harmless(form.summary({"x": value}))
    redact(form, {"x": value})
    compare(form, Form.parse(document({"x": b}, Output=a)))


@quick
@given(odd_schemas | values)
def test_any_document_gives_a_form(whole: Any) -> None:
    for openapi_schema in (whole, {"components": whole}, {"components": {"schemas": {"Input": whole}}}):
        form = Form.parse(openapi_schema)
        form.check({"x": 1})
        assert form.from_text({}).input == {}


# ---- sensible schemas: what check() lets pass, jsonschema accepts

bounds = st.integers(-50, 50) | st.floats(-50, 50).map(lambda x: round(x, 3))
scalars = st.one_of(
    st.fixed_dictionaries(
        {"type": st.sampled_from(["integer", "number"])},
        optional={
            "minimum": bounds,
            "maximum": bounds,
            "exclusiveMinimum": bounds | st.booleans(),
            "exclusiveMaximum": bounds | st.booleans(),
            "multipleOf": st.integers(1, 7),
            "nullable": st.booleans(),
        },
    ),
    st.fixed_dictionaries(
        {"type": st.just("string")},
        optional={
            "minLength": st.integers(0, 4),
            "maxLength": st.integers(0, 8),
            "pattern": st.sampled_from(["^a", "[0-9]", "x?"]),
            "format": st.sampled_from(["password", "date"]),
            "nullable": st.booleans(),
        },
    ),
    st.just({"type": "boolean"}),
    st.just({"type": "string", "format": "uri"}),
    st.fixed_dictionaries({"enum": st.lists(st.integers(0, 4) | words | st.booleans(), min_size=1, max_size=4)}),
    st.just({"allOf": [{"$ref": "#/components/schemas/Size"}], "default": 2}),
    st.just({"$ref": "#/components/schemas/Size"}),
    st.just({"type": ["string", "null"]}),
)


def _composed(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    counts = {"minItems": st.integers(0, 3), "maxItems": st.integers(0, 3), "uniqueItems": st.booleans()}
    return st.one_of(
        st.fixed_dictionaries({"type": st.just("array"), "items": inner}, optional=counts),
        st.fixed_dictionaries({"anyOf": st.lists(inner, min_size=1, max_size=3)}),
        st.fixed_dictionaries({"oneOf": st.lists(inner, min_size=1, max_size=3)}),
        st.fixed_dictionaries({"allOf": st.lists(inner, min_size=1, max_size=2)}),
        st.fixed_dictionaries(
            {"type": st.just("object"), "properties": st.dictionaries(st.sampled_from("abc"), inner)},
            optional={
                "required": st.lists(st.sampled_from("abc"), unique=True),
                "additionalProperties": st.just(False),
            },
        ),
    )


sound_schemas = st.recursive(scalars, _composed, max_leaves=4)
small_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-60, 60)
    | st.floats(-60, 60)
    | st.sampled_from(["", "a", "a1", "0", "abcdefghij"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abcd"), inner, max_size=3),
    max_leaves=4,
)
typed = st.one_of(
    st.integers(-60, 60).map(str),
    st.floats(-60, 60).map(str),
    small_values.map(json.dumps),
    st.lists(st.integers(0, 9).map(str), max_size=3).map(", ".join),
    st.sampled_from(["true", "no", "a", "a1", "0, 1", "a\nb", '""', "[]", "1e2", "https://example.com/a", "~/a.png"]),
    words,
)


def _accepts(validator: Draft7Validator, value: dict[str, Any]) -> bool:
    return validator.is_valid(json.loads(json.dumps(value)))


def _sound(schema: Any) -> tuple[Form, Draft7Validator]:
    whole = document({"x": schema}, Size={"enum": [1, 2, 4], "type": "integer", "title": "Size"})
    return Form.parse(whole), judge(whole)


@settings(quick, max_examples=400)
@given(sound_schemas, small_values)
def test_what_the_schema_refuses_is_never_ok(schema: Any, value: Any) -> None:
    form, validator = _sound(schema)
    checked = form.check({"x": value})
    assert _accepts(validator, checked.input)
    if value is not None and not _accepts(validator, {"x": value}):
        assert not checked.ok


@settings(quick, max_examples=400)
@given(sound_schemas, small_values)
def test_what_the_schema_accepts_is_ok_but_for_null_and_what_is_no_file(schema: Any, value: Any) -> None:
    assume(value is not None and "uri" not in json.dumps(schema))
    form, validator = _sound(schema)
    if _accepts(validator, {"x": value}):
        assert form.check({"x": value}).ok


@settings(quick, max_examples=400)
@given(sound_schemas, typed)
def test_what_was_typed_and_found_right_is_accepted_by_the_schema(schema: Any, text: str) -> None:
    form, validator = _sound(schema)
    checked = form.from_text({"x": text})
    assert _accepts(validator, checked.input)


@settings(quick, max_examples=400)
@given(sound_schemas, typed)
def test_a_value_written_out_is_read_back_as_itself(schema: Any, text: str) -> None:
    field = _sound(schema)[0].fields[0]
    try:
        value = parse_text(field, text)
    except Invalid:
        assume(False)
        return
    again = parse_text(field, to_text(field, value))
    assert (again is MISSING) if value is MISSING else same(again, value)


@settings(quick, max_examples=60)
@given(sound_schemas, small_values)
def test_a_right_value_survives_the_widget(schema: Any, value: Any) -> None:
    form, _ = _sound(schema)
    checked = form.check({"x": value})
    assume(checked.ok and "x" in checked.input)
    field = form.fields[0]
    # A choice of 1 beside a choice of "1" cannot be typed.
    names = [str(choice) for choice in field.choices]
    assume(len(set(names)) == len(names) and value != "" and field.kind is not Kind.CHOICE)
    again = form.from_text({"x": to_text(field, checked.input["x"])})
    assert again.ok, again
    assert same(again.input["x"], checked.input["x"])


# ---- the recorded schemas

recorded_only = [pytest.mark.recorded, pytest.mark.skipif(not HERE, reason="../shared/replicate is absent")]


def _typed_for(field: Field) -> st.SearchStrategy[str]:
    numbers = st.integers(-10, 5000).map(str) | st.floats(-10, 50).map(str)
    if field.minimum is not None and field.maximum is not None:
        low, high = math.ceil(field.minimum), math.floor(field.maximum)
        if low <= high:
            numbers = numbers | st.integers(low, high).map(str)
    by_kind: dict[Kind, st.SearchStrategy[str]] = {
        Kind.INTEGER: numbers,
        Kind.NUMBER: numbers,
        Kind.BOOLEAN: st.sampled_from(["true", "no", "1", "maybe"]),
        Kind.FILE: st.sampled_from(
            ["~/a.png", "@b.png", "https://example.com/c.png", "data:text/plain,hi", "https://"]
        ),
    }
    if field.kind is Kind.CHOICE:
        return st.sampled_from(field.choices).map(str) | words
    if field.kind is Kind.LIST and field.item is not None:
        return st.lists(_typed_for(field.item), max_size=3).map("\n".join) | typed
    return by_kind.get(field.kind, words | typed)


FORMS = [(name, section) for name in NAMES for section in ("Input", "TrainingInput")]
FORMS = [(n, s) for n, s in FORMS if s in recorded(n)["components"]["schemas"]] if HERE else []


@pytest.mark.recorded
@pytest.mark.skipif(not HERE, reason="../shared/replicate is absent")
@pytest.mark.parametrize(("name", "section"), [*FORMS, *((name, "Input") for name in ORACLES)])
def test_any_filled_recorded_form_gives_an_input_that_its_schema_accepts(name: str, section: str) -> None:
    whole = oracle(name) if name in ORACLES else recorded(name)
    form, validator = Form.parse(whole, section), judge(whole, section)
    texts = st.fixed_dictionaries({}, optional={field.name: _typed_for(field) for field in form})

    @settings(quick, max_examples=12)
    @given(texts, st.dictionaries(st.sampled_from([f.name for f in form] or ["x"]), small_values, max_size=3))
    def check(filled: dict[str, str], given_values: dict[str, Any]) -> None:
        for values_given, checked in ((filled, form.from_text(filled)), (given_values, form.check(given_values))):
            if checked.ok:
                assert _accepts(validator, checked.input)
            assert {p.field for p in checked.problems} <= set(values_given)
            assert set(checked.missing) <= {f.name for f in form if f.required}
        touched = {name: value for name, value in given_values.items() if value is not None}
        if not _accepts(validator, touched):
            assert not form.check(touched).ok

    check()
