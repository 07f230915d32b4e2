"""The check of a whole input, its secrets, its summary and its changes."""

import json

import pytest

from tests.support.schemas import field_of, form_of
from tui.forms import MISSING, REDACTED, Form, Invalid, OutputKind, compare, parse_text, redact

PROPERTIES = {
    "prompt": {"type": "string", "x-order": 0},
    "width": {"type": "integer", "minimum": 64, "maximum": 1440, "default": 1024, "x-order": 1},
    "api_key": {"type": "string", "format": "password", "x-cog-secret": True, "minLength": 10, "x-order": 2},
    "image": {"type": "string", "format": "uri", "x-order": 3},
}
SECRET = "r8_planted_secret"


def the_form() -> Form:
    return form_of(PROPERTIES, ["prompt"])


def test_what_was_not_touched_is_left_out_and_never_null() -> None:
    checked = the_form().check({"prompt": "a", "width": None, "image": MISSING})
    assert checked.ok
    assert checked.input == {"prompt": "a"}


def test_required_inputs_that_are_absent_are_told_apart_from_wrong_ones() -> None:
    checked = the_form().check({"width": 2000})
    assert checked.missing == ("prompt",)
    assert [(p.field, p.value, p.message) for p in checked.problems] == [
        ("width", 2000, "must be at most 1440, got 2000")
    ]
    assert not checked.ok
    assert not the_form().check({}).ok
    assert the_form().check({"prompt": None}).missing == ("prompt",)


def test_a_required_input_that_cannot_be_read_is_wrong_and_not_missing() -> None:
    checked = form_of({"n": {"type": "integer"}}, ["n"]).from_text({"n": "abc"})
    assert checked.missing == ()
    assert str(checked.problems[0]) == "n must be a whole number, got 'abc'"
    assert checked.problems[0].value == "abc"


def test_a_name_that_the_model_does_not_know_is_refused_with_the_likely_one() -> None:
    form = the_form()
    assert form.check({"prompt": "a", "widht": 3}).problems[0].message == "is an unknown input; did you mean width?"
    assert "its inputs are prompt, width" in form.check({"prompt": "a", "qqqq": 3}).problems[0].message
    assert "takes no inputs" in form_of({}).check({"a": 1}).problems[0].message


def test_the_input_is_in_the_fields_order() -> None:
    assert list(the_form().check({"width": 64, "prompt": "a"}).input) == ["prompt", "width"]


@pytest.mark.parametrize("value", [b"bytes", (1,), {1: 2}, object(), {"a": {1}}])
def test_what_json_cannot_hold_is_refused(value: object) -> None:
    assert form_of({"x": {}}).check({"x": value}).problems
    assert Form.parse(None).check({"x": value}).problems


def test_a_value_nested_without_end_is_refused() -> None:
    value: list[object] = []
    for _ in range(5000):
        value = [value]
    assert "nested" in form_of({"x": {}}).check({"x": value}).problems[0].message


def test_rules_of_the_whole_input_count_too() -> None:
    schema = {
        "components": {
            "schemas": {
                "Input": {"properties": {"a": {}, "b": {}}, "anyOf": [{"required": ["a"]}, {"required": ["b"]}]}
            }
        }
    }
    assert Form.parse(schema).check({"a": 1}).ok
    assert Form.parse(schema).check({}).problems[0].field == ""


# ---- secrets


def test_a_secret_is_in_no_problem_and_no_message() -> None:
    short = {"api_key": {**PROPERTIES["api_key"], "minLength": 100, "pattern": "^x", "enum": ["a"]}}
    for properties, value in (
        (short, SECRET),
        ({"api_key": {"type": "string", "format": "password", "pattern": "^x"}}, SECRET),
        ({"api_key": PROPERTIES["api_key"]}, [SECRET]),
        ({"api_key": PROPERTIES["api_key"]}, {SECRET: SECRET}),
        ({"api_key": PROPERTIES["api_key"]}, SECRET + "\udc80"),
        ({"keys": {"type": "array", "items": {"type": "string", "format": "password", "maxLength": 3}}}, [SECRET]),
        ({"keys": {"type": "object", "properties": {"key": {"format": "password", "maxLength": 3}}}}, {"key": SECRET}),
        ({}, SECRET),
    ):
        name = next(iter(properties), "api_key")
        checked = form_of(properties).check({name: value})
        assert checked.problems, properties
        assert SECRET not in repr(checked.problems)


def test_a_secret_that_cannot_be_read_is_not_repeated() -> None:
    for schema, text in (
        ({"type": "array", "items": {"type": "string", "format": "password"}}, f'["{SECRET}'),
        ({"type": "array", "items": {"type": "object", "properties": {"k": {"format": "password"}}}}, f'"{SECRET}"'),
        ({"type": "object", "properties": {"k": {"format": "password"}}}, f"{{{SECRET}"),
    ):
        with pytest.raises(Invalid) as caught:
            parse_text(field_of(schema), text)
        assert SECRET not in str(caught.value)
        assert SECRET not in repr(form_of({"x": schema}).from_text({"x": text}).problems)


def test_redaction_hides_secrets_wherever_the_schema_or_a_name_tells_of_them() -> None:
    form = form_of(
        {
            **PROPERTIES,
            "keys": {"type": "array", "items": {"type": "string", "x-cog-secret": True}},
            "auth": {"type": "object", "properties": {"inner": {"$ref": "#/components/schemas/Key"}}},
            "free": {"type": "object"},
        },
        Key={"type": "string", "format": "password"},
    )
    values = {
        "prompt": "hello",
        "api_key": SECRET,
        "keys": [SECRET, SECRET],
        "auth": {"inner": SECRET},
        "free": {"api_token": SECRET, "steps": 3},
        "old_api_key": SECRET,
    }
    before = json.dumps(values)
    shown = redact(form, values)
    assert SECRET not in repr(shown)
    assert shown["prompt"] == "hello"
    assert shown["keys"] == [REDACTED, REDACTED]
    assert shown["free"] == {"api_token": REDACTED, "steps": 3}
    assert json.dumps(values) == before
    assert SECRET not in repr(redact(Form.parse(None), {"openai_api_key": SECRET, "a": [{"password": SECRET}]}))
    assert SECRET not in form.summary(values)


def test_a_redacted_secret_is_never_sent() -> None:
    checked = form_of(PROPERTIES, ["prompt", "api_key"]).check({"prompt": "a", "api_key": REDACTED})
    assert checked.input == {"prompt": "a"}
    assert checked.missing == ("api_key",)
    assert the_form().check({"prompt": REDACTED}).input == {"prompt": REDACTED}


# ---- summary


def test_the_summary_is_one_line_that_begins_with_the_prompt() -> None:
    summary = the_form().summary({"width": 64, "prompt": "a cat\n\x1b[31mon a mat", "api_key": SECRET})
    assert summary == "a cat [31mon a mat · width=64 · api_key=[secret]"
    assert the_form().summary({}) == ""


def test_the_summary_cuts_what_is_long_and_names_files() -> None:
    summary = the_form().summary({"image": "data:image/png;base64," + "A" * 40_000, "prompt": "p" * 2_000_000})
    assert len(summary) == 200
    assert the_form().summary({"image": "data:image/png;base64," + "A" * 40_000}) == "image/png (30 kB)"
    assert the_form().summary({"prompt": "x", "image": "https://example.com/a/b.png?x=1"}) == "x · image=b.png"
    assert Form.parse(None).summary({"text": "hi", "n": [1, 2], "o": {"a": 1}}) == 'hi · n=[1, 2] · o={"a": 1}'


# ---- changes


def test_changes_between_versions_name_what_became_different() -> None:
    new = {
        "prompt": {"type": "string", "maxLength": 9000, "x-order": 0},
        "width": {"type": "integer", "minimum": 64, "maximum": 2048, "default": 512, "x-order": 1},
        "image": {"type": "array", "items": {"type": "string", "format": "uri"}, "x-order": 3},
        "style": {"enum": ["a", "b"], "x-order": 4},
    }
    changes = compare(the_form(), form_of(new, ["prompt", "style"], Output={"type": "string"}))
    assert [(c.what, c.field, c.breaking) for c in changes] == [
        ("bounds", "prompt", True),
        ("bounds", "width", False),
        ("default", "width", False),
        ("type", "image", True),
        ("added", "style", True),
        ("removed", "api_key", True),
        ("output", "", True),
    ]
    assert changes[1].text == "width: 64–1440 → 64–2048"
    assert changes[2].text == "width: default 1024 → default 512"
    assert changes[-1].text == "output: any → text"
    assert Form.parse(None).output is OutputKind.ANY


def test_changed_choices_and_duties_are_named() -> None:
    old = form_of({"s": {"enum": ["a", "b"]}}, ["s"])
    new = form_of({"s": {"enum": ["b", "c"], "deprecated": True}})
    assert [(c.what, c.text, c.breaking) for c in compare(old, new)] == [
        ("choices", "s: without a → with c", True),
        ("required", "s: required → optional", False),
        ("deprecated", "s: in use → deprecated", False),
    ]


def test_the_same_form_has_no_changes() -> None:
    assert compare(the_form(), the_form()) == []
    assert compare(Form.parse(None), Form.parse(None)) == []
