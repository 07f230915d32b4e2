"""A value at, below and above each bound of a schema, as the form judges it."""

import pytest

from tui.forms import Form


def problem(schema: dict[str, object], value: object) -> str:
    """What the form says of `value` for a field of that schema; empty where it takes it."""
    form = Form.parse({"components": {"schemas": {"Input": {"type": "object", "properties": {"x": schema}}}}})
    checked = form.check({"x": value})
    assert checked.ok is (not checked.problems)
    assert checked.input == ({"x": value} if checked.ok else {})
    return "; ".join(found.message for found in checked.problems)


NUMBERS = ("integer", "number")


@pytest.mark.parametrize("kind", NUMBERS)
def test_a_minimum_is_the_least_that_is_taken(kind: str) -> None:
    schema: dict[str, object] = {"type": kind, "minimum": 4}
    assert problem(schema, 3) == "must be at least 4, got 3"
    assert problem(schema, 4) == ""
    assert problem(schema, 5) == ""


@pytest.mark.parametrize("kind", NUMBERS)
def test_a_maximum_is_the_most_that_is_taken(kind: str) -> None:
    schema: dict[str, object] = {"type": kind, "maximum": 4}
    assert problem(schema, 3) == ""
    assert problem(schema, 4) == ""
    assert problem(schema, 5) == "must be at most 4, got 5"


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "integer", "exclusiveMinimum": 4},
        {"type": "integer", "minimum": 4, "exclusiveMinimum": True},
        {"type": "integer", "minimum": 2, "exclusiveMinimum": 4},
    ],
)
def test_an_exclusive_minimum_is_itself_refused(schema: dict[str, object]) -> None:
    assert problem(schema, 3) == "must be more than 4, got 3"
    assert problem(schema, 4) == "must be more than 4, got 4"
    assert problem(schema, 5) == ""


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "integer", "exclusiveMaximum": 4},
        {"type": "integer", "maximum": 4, "exclusiveMaximum": True},
        {"type": "integer", "maximum": 6, "exclusiveMaximum": 4},
    ],
)
def test_an_exclusive_maximum_is_itself_refused(schema: dict[str, object]) -> None:
    assert problem(schema, 3) == ""
    assert problem(schema, 4) == "must be less than 4, got 4"
    assert problem(schema, 5) == "must be less than 4, got 5"


def test_a_bound_that_is_said_not_to_be_exclusive_is_taken() -> None:
    assert problem({"type": "integer", "minimum": 4, "exclusiveMinimum": False}, 4) == ""
    assert problem({"type": "integer", "maximum": 4, "exclusiveMaximum": False}, 4) == ""
    assert problem({"type": "integer", "minimum": 4, "exclusiveMinimum": False}, 3) == "must be at least 4, got 3"
    assert problem({"type": "integer", "maximum": 4, "exclusiveMaximum": False}, 5) == "must be at most 4, got 5"


def test_fractions_are_judged_as_exactly_as_whole_numbers() -> None:
    assert problem({"type": "number", "minimum": 0.1}, 0.1) == ""
    assert problem({"type": "number", "minimum": 0.1}, 0.09999999) == "must be at least 0.1, got 0.09999999"
    assert problem({"type": "number", "exclusiveMaximum": 1}, 0.9999999) == ""
    assert problem({"type": "number", "exclusiveMaximum": 1}, 1.0) == "must be less than 1, got 1"
    assert problem({"type": "number", "exclusiveMinimum": 0}, 0.0) == "must be more than 0, got 0"
    assert problem({"type": "number", "exclusiveMinimum": 0}, 1e-9) == ""


@pytest.mark.parametrize(
    ("step", "below", "at", "above"), [(8, 63, 64, 65), (0.1, 0.29, 0.3, 0.31), (0.25, 1.2, 1.25, 1.3)]
)
def test_only_multiples_of_a_step_are_taken(step: float, below: float, at: float, above: float) -> None:
    schema: dict[str, object] = {"type": "number", "multipleOf": step}
    assert problem(schema, below) == f"must be a multiple of {step}, got {below}"
    assert problem(schema, at) == ""
    assert problem(schema, above) == f"must be a multiple of {step}, got {above}"


def test_a_text_has_at_least_its_least_length_and_at_most_its_most() -> None:
    schema: dict[str, object] = {"type": "string", "minLength": 2, "maxLength": 4}
    assert problem(schema, "a") == "must have at least 2 characters, has 1"
    assert problem(schema, "ab") == ""
    assert problem(schema, "abc") == ""
    assert problem(schema, "abcd") == ""
    assert problem(schema, "abcde") == "must have at most 4 characters, has 5"
    assert problem({"type": "string", "minLength": 1}, "") == "must have at least 1 character, has 0"
    assert problem({"type": "string", "minLength": 0}, "") == ""
    # A sign that takes several bytes, or two units of UTF-16, is one character.
    assert problem(schema, "😀") == "must have at least 2 characters, has 1"
    assert problem(schema, "😀😀😀😀") == ""


def test_a_list_has_at_least_its_least_count_and_at_most_its_most() -> None:
    schema: dict[str, object] = {"type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 4}
    assert problem(schema, [1]) == "must have at least 2 items, has 1"
    assert problem(schema, [1, 2]) == ""
    assert problem(schema, [1, 2, 3]) == ""
    assert problem(schema, [1, 2, 3, 4]) == ""
    assert problem(schema, [1, 2, 3, 4, 5]) == "must have at most 4 items, has 5"
    assert problem({"type": "array", "items": {}, "minItems": 1}, []) == "must have at least 1 item, has 0"


def test_the_bounds_of_items_hold_inside_a_list() -> None:
    schema: dict[str, object] = {"type": "array", "items": {"type": "integer", "minimum": 1, "maximum": 9}}
    assert problem(schema, [1, 9]) == ""
    assert problem(schema, [1, 10]) == "must be at most 9, got 10 (item 2)"
    assert problem(schema, [0, 9]) == "must be at least 1, got 0 (item 1)"


def test_the_tighter_of_two_bounds_holds_behind_a_reference() -> None:
    document: dict[str, object] = {
        "components": {
            "schemas": {
                "size": {"type": "integer", "minimum": 2, "maximum": 9},
                "Input": {
                    "type": "object",
                    "properties": {"x": {"allOf": [{"$ref": "#/components/schemas/size"}], "maximum": 5, "minimum": 1}},
                },
            }
        }
    }
    form = Form.parse(document)
    assert [form.check({"x": value}).ok for value in (1, 2, 5, 6)] == [False, True, True, False]
    field = form.field("x")
    assert field is not None
    assert (field.minimum, field.maximum) == (2, 5)
