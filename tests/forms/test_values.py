"""What a person types, and what is said against it."""

import json

import pytest

from tests.support.schemas import complaint, field_of, form_of
from tui.forms import MISSING, FileInput, Invalid, missing_file, parse_text, to_text

INTEGER = field_of({"type": "integer"})
NUMBER = field_of({"type": "number"})
STRING = field_of({"type": "string"})
BOOLEAN = field_of({"type": "boolean"})
STRINGS = field_of({"type": "array", "items": {"type": "string"}})
INTEGERS = field_of({"type": "array", "items": {"type": "integer"}})
FILES = field_of({"type": "array", "items": {"type": "string", "format": "uri"}})
FILE = field_of({"type": "string", "format": "uri"})
FREE = field_of({})
EITHER = field_of({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]})
CHOICES = field_of({"enum": ["1", "fast", "very slow", ""], "type": "string"})


def refusal(field: object, text: str) -> str:
    with pytest.raises(Invalid) as caught:
        parse_text(field, text)  # type: ignore[arg-type]
    return str(caught.value)


@pytest.mark.parametrize(
    "field", [INTEGER, NUMBER, STRING, BOOLEAN, STRINGS, INTEGERS, FILES, FILE, FREE, EITHER, CHOICES]
)
def test_an_empty_text_is_no_value(field: object) -> None:
    assert parse_text(field, "") is MISSING  # type: ignore[arg-type]
    assert to_text(field, MISSING) == to_text(field, None) == ""  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "value"), [(" 12 ", 12), ("1e3", 1000), ("12.0", 12), ("-0", 0), ("+7", 7), ("9" * 30, int("9" * 30))]
)
def test_whole_numbers_are_read_as_people_write_them(text: str, value: int) -> None:
    found = parse_text(INTEGER, text)
    assert found == value
    assert type(found) is int


@pytest.mark.parametrize(
    "text", ["abc", "1.5", "1,024", "0x10", "1e-1", "1e999999", "nan", "inf", "--1", "1_0", "٣", "1 2"]
)
def test_what_is_no_whole_number_is_refused_with_what_would_be(text: str) -> None:
    assert refusal(INTEGER, text) == f"must be a whole number, got {text!r}"


def test_a_refused_number_names_its_bounds() -> None:
    field = field_of({"type": "integer", "minimum": 64, "maximum": 1440})
    assert refusal(field, "abc") == "must be a whole number between 64 and 1440, got 'abc'"
    assert complaint({"type": "integer", "maximum": 1440}, 2000) == "must be at most 1440, got 2000"
    assert complaint({"type": "integer", "minimum": 64}, 2) == "must be at least 64, got 2"


def test_a_long_wrong_text_is_cut_and_its_control_codes_are_escaped() -> None:
    message = refusal(INTEGER, "\x1b]0;x\x07" + "y" * 2_000_000)
    assert len(message) < 120
    assert message.isprintable()


@pytest.mark.parametrize(
    ("text", "value"), [("0.5", 0.5), (".5", 0.5), ("5.", 5.0), ("1e-5", 1e-5), (" 7 ", 7), ("-3", -3)]
)
def test_numbers_are_read_as_people_write_them(text: str, value: float) -> None:
    assert parse_text(NUMBER, text) == value


@pytest.mark.parametrize("text", ["nan", "inf", "-Infinity", "1e999", "0,5", "1e", "."])
def test_what_is_no_finite_number_is_refused(text: str) -> None:
    assert refusal(NUMBER, text) == f"must be a number, got {text!r}"


def test_numbers_that_json_cannot_carry_are_refused_as_values_too() -> None:
    assert "finite" in complaint({"type": "number"}, float("nan"))
    assert "finite" in complaint({}, [float("inf")])
    assert "must be between" in complaint({"type": "integer"}, 10**40)
    assert complaint({"type": "integer"}, 2**64 - 1) == ""
    assert complaint({"type": "integer"}, True) == "must be a whole number, got true"
    assert complaint({"type": "number"}, "7") == "must be a number, got '7'"


def test_words_for_true_and_false_are_understood() -> None:
    for text in ("true", "Yes", " 1 ", "ON"):
        assert parse_text(BOOLEAN, text) is True
    for text in ("false", "no", "0", "Off"):
        assert parse_text(BOOLEAN, text) is False
    assert "got 'maybe'" in refusal(BOOLEAN, "maybe")
    assert complaint({"type": "boolean"}, 1) == "must be true or false, got 1"


def test_a_string_is_kept_as_typed_and_two_quotes_are_the_empty_string() -> None:
    assert parse_text(STRING, "  a\n") == "  a\n"
    assert parse_text(STRING, '""') == ""
    assert to_text(STRING, "") == '""'
    assert parse_text(STRING, '"hello" she said') == '"hello" she said'
    assert parse_text(STRING, to_text(STRING, '""')) == '""'


def test_text_that_utf8_cannot_write_is_refused() -> None:
    assert "UTF-8" in complaint({"type": "string"}, "a\udc80")
    assert "UTF-8" in complaint({}, {"a\udc80": 1})


def test_lengths_and_patterns_are_checked() -> None:
    assert complaint({"type": "string", "minLength": 2}, "a") == "must have at least 2 characters, has 1"
    assert complaint({"type": "string", "maxLength": 1}, "ab") == "must have at most 1 character, has 2"
    assert complaint({"type": "string", "pattern": "^a+$"}, "b") == "must match the pattern ^a+$, got 'b'"
    assert complaint({"type": "string", "pattern": "^a+$"}, "aa") == ""


@pytest.mark.parametrize("pattern", ["(", "[z-a]", "(?<n>a)", "(a+)+$", "^(a|aa)+$", "((a*))*$", 7])
def test_a_pattern_that_is_broken_or_could_hang_is_ignored(pattern: object) -> None:
    assert complaint({"type": "string", "pattern": pattern}, "a" * 60 + "!") == ""


def test_choices_are_matched_exactly_and_in_their_type() -> None:
    assert parse_text(CHOICES, "1") == "1"
    assert parse_text(CHOICES, " fast ") == "fast"
    assert parse_text(CHOICES, '""') == ""
    integers = field_of({"enum": [1, 2, 4], "type": "integer"})
    assert parse_text(integers, "2") == 2
    assert parse_text(integers, "2.0") == 2
    assert refusal(integers, "3") == "must be one of 1, 2, 4, got '3'"
    assert complaint({"enum": [1, 2], "type": "integer"}, True).startswith("must be a whole number")
    assert complaint({"enum": [1, 2]}, True) == "must be one of 1, 2, got true"
    many = {"enum": [f"style {n}" for n in range(900)]}
    assert "must be one of 900 choices (nearest: style 77, " in complaint(many, "Style 77")
    assert "(the first: style 0, style 1" in complaint(many, "#")


def test_a_list_is_json_or_lines_or_for_short_items_commas() -> None:
    assert parse_text(INTEGERS, "1, 2,3") == [1, 2, 3]
    assert parse_text(INTEGERS, "1\n2\n\n3\n") == [1, 2, 3]
    assert parse_text(INTEGERS, "[1, 2.0]") == [1, 2]
    assert parse_text(STRINGS, "a, b") == ["a", "b"]
    assert parse_text(STRINGS, "a, b\n") == ["a, b"]
    assert parse_text(STRINGS, "[]") == []
    assert to_text(STRINGS, ["a, b"]) == '["a, b"]'
    assert to_text(STRINGS, ["a, b", "c"]) == "a, b\nc"
    assert to_text(INTEGERS, [1, 2]) == "1, 2"
    assert refusal(INTEGERS, "1, x") == "must be a whole number, got 'x' (item 2)"
    assert "line 1, column" in refusal(STRINGS, '["a", "b"')
    assert complaint({"type": "array", "items": {"type": "integer", "maximum": 3}}, [1, 9]) == (
        "must be at most 3, got 9 (item 2)"
    )
    assert complaint({"type": "array", "items": {}, "uniqueItems": True}, [1, 1.0]) == "must not hold an item twice"
    assert complaint({"type": "array", "items": {}}, "a") == "must be a list, got 'a'"


def test_lists_of_objects_are_json() -> None:
    messages = field_of({"type": "array", "items": {"type": "object"}})
    assert parse_text(messages, '[{"role": "user"}]') == [{"role": "user"}]
    assert "must be a JSON list" in refusal(messages, '{"role": "user"}')


def test_free_json_says_where_it_is_broken() -> None:
    assert parse_text(FREE, '{"a": [1, null]}') == {"a": [1, None]}
    assert "line 2, column 2" in refusal(FREE, '{"a": 1,\n x}')
    assert "NaN" in refusal(FREE, "[NaN]")
    assert parse_text(FREE, "hello") == "hello"
    assert parse_text(FREE, "null") is MISSING
    objects = field_of({"type": "object"})
    assert "must be JSON" in refusal(objects, "hello")
    assert "nested" in refusal(objects, "[" * 100_000)
    assert "numbers" in refusal(objects, "9" * 5000)
    assert parse_text(objects, to_text(objects, {"a": "é"})) == {"a": "é"}


def test_one_of_several_types_is_the_first_that_fits_what_was_typed() -> None:
    assert parse_text(EITHER, "hello") == "hello"
    assert parse_text(EITHER, '["a", "b"]') == ["a", "b"]
    assert parse_text(EITHER, "12") == "12"
    assert parse_text(EITHER, "[INST] hi") == "[INST] hi"
    assert parse_text(EITHER, '"[]"') == "[]"
    numbers = field_of({"anyOf": [{"type": "integer"}, {"type": "string"}]})
    assert parse_text(numbers, "12") == 12
    assert to_text(numbers, "12") == '"12"'
    assert complaint({"anyOf": [{"type": "integer"}, {"type": "boolean"}]}, "x") == (
        "must be a whole number or true or false, got 'x'"
    )


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("cat.png", "path", "cat.png"),
        ("@cat.png", "path", "cat.png"),
        (" ~/my cat.png ", "path", "~/my cat.png"),
        ("@@odd", "path", "./@odd"),
        ("file:///tmp/my%20cat.png", "path", "/tmp/my cat.png"),
        ("C:\\cat.png", "path", "C:\\cat.png"),
        ("https://example.com/a.png?b=1", "url", "https://example.com/a.png?b=1"),
        ("gs://bucket/a", "url", "gs://bucket/a"),
        ("data:image/png;base64,AAAA", "data-uri", "data:image/png;base64,AAAA"),
        ("@https://x", "path", "./https://x"),
    ],
)
def test_a_file_is_a_path_a_url_or_a_data_uri(text: str, kind: str, value: str) -> None:
    found = parse_text(FILE, text)
    assert isinstance(found, FileInput)
    assert (found.kind, str(found)) == (kind, value)
    assert FileInput.parse(str(found)).kind == kind
    assert str(FileInput.parse(str(found))) == str(found)


@pytest.mark.parametrize(
    "text", ["https://", "http://a b", "data:nothing", "@", "a\x00b", "a\nb", "file://host/x", "http://[x"]
)
def test_a_file_that_is_none_of_them_is_refused(text: str) -> None:
    assert refusal(FILE, text).startswith("must ")
    assert complaint({"type": "string", "format": "uri"}, text).startswith("must ")


def test_file_inputs_are_json_texts() -> None:
    checked = form_of({"x": {"type": "string", "format": "uri"}}).check({"x": "@cat.png"})
    assert json.dumps(checked.input) == '{"x": "cat.png"}'
    assert checked.input["x"] == "cat.png"


def test_files_that_are_not_there_are_found_by_who_can_look() -> None:
    given = parse_text(FILES, "here.png\nhttps://example.com/x\ngone.png")
    assert missing_file(given, lambda path: path == "here.png") == "gone.png"
    assert missing_file(given, lambda path: True) is None
    assert missing_file("a text", lambda path: False) is None
