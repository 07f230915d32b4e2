"""Rows that are judged quickly are judged as each of them alone is."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.forms import Checked, Form
from tui.services.batches.row_judge import RowJudge
from tui.services.runs.input_check import check_input

PROPERTIES: dict[str, Any] = {
    "prompt": {"type": "string", "title": "Prompt", "x-order": 0},
    "width": {"type": "integer", "minimum": 64, "maximum": 1440, "default": 768, "x-order": 1},
    "guidance": {"type": "number", "minimum": 0, "maximum": 20, "x-order": 2},
    "seed": {"type": "integer", "nullable": True, "x-order": 3},
    "tiled": {"type": "boolean", "default": False, "x-order": 4},
    "kind": {"allOf": [{"$ref": "#/components/schemas/kind"}], "default": "auto", "x-order": 5},
    "short": {"type": "string", "maxLength": 5, "x-order": 6},
    "image": {"type": "string", "format": "uri", "x-order": 7},
    "tags": {"type": "array", "items": {"type": "string"}, "x-order": 8},
    "extra": {"type": "object", "x-order": 9},
    "key": {"type": "string", "format": "password", "x-cog-secret": True, "x-order": 10},
}


def form(**changes: Any) -> Form:
    whole = {"type": "object", "properties": PROPERTIES, "required": ["prompt"], **changes}
    kind = {"type": "string", "enum": ["auto", "lake", "city"]}
    return Form.parse({"components": {"schemas": {"Input": whole, "kind": kind}}})


TEXTS = st.sampled_from(
    ["", "lake", "64", "63", "1440", "1441", "-3", "007", "3.5", "20.0", "20.1", "1e3", "true", "False", "yes",
     "city", "volcano", '""', '"', "a,b", "[1]", "{", "{}", "null", "\ud800", "ü", "🌋", "1_0", "٣", " 64 ", "9" * 20,
     "[secret]",     "https://x.test/a.png", "/nothing/here.png"]
) | st.text(max_size=6)  # fmt: skip
VALUES = st.none() | st.booleans() | st.integers() | st.floats() | TEXTS | st.lists(TEXTS, max_size=2)
NAMES = st.sampled_from([*PROPERTIES, "unknown"])


def told(checked: Checked) -> tuple[Any, ...]:
    """All that a judgement says; the kinds of its values too, since 1, 1.0 and True are equal."""
    kinds = [(name, type(value), repr(value)) for name, value in checked.input.items()]
    return kinds, [(one.field, one.message) for one in checked.problems], checked.missing


@pytest.mark.parametrize("changes", [{}, {"minProperties": 2}])
@settings(max_examples=300, deadline=None)
@given(
    base=st.dictionaries(NAMES, TEXTS, max_size=3),
    rows=st.lists(st.dictionaries(NAMES, TEXTS, max_size=4), min_size=1, max_size=4),
)
def test_texts_are_judged_as_alone(changes: Any, base: dict[str, str], rows: list[dict[str, str]]) -> None:
    known = form(**changes)
    judge = RowJudge(known, partial(check_input, known), base, {})
    for row in [*rows, *rows]:
        assert told(judge.judge(row, {})) == told(check_input(known, {**base, **row}, {}))


@settings(max_examples=300, deadline=None)
@given(
    base=st.dictionaries(NAMES, VALUES, max_size=3),
    rows=st.lists(st.dictionaries(NAMES, VALUES, max_size=4), min_size=1, max_size=4),
)
def test_json_values_are_judged_as_alone(base: dict[str, Any], rows: list[dict[str, Any]]) -> None:
    known = form()
    judge = RowJudge(known, partial(check_input, known), {}, base)
    for row in [*rows, *rows]:
        assert told(judge.judge({}, row)) == told(check_input(known, {}, {**base, **row}))


@pytest.mark.parametrize(
    ("own", "problem"),
    [
        ({"prompt": "a", "width": "64"}, None),
        ({"prompt": "a", "width": "63"}, "must be at least 64, got 63"),
        ({"prompt": "a", "width": "1440"}, None),
        ({"prompt": "a", "width": "1441"}, "must be at most 1440, got 1441"),
        ({"prompt": "a", "guidance": "20.0"}, None),
        ({"prompt": "a", "guidance": "20.1"}, "must be at most 20, got 20.1"),
    ],
)
def test_a_bound_is_kept(own: dict[str, str], problem: str | None) -> None:
    known = form()
    found = RowJudge(known, partial(check_input, known), {"seed": "7"}, {}).judge(own, {})
    assert [one.message for one in found.problems] == ([problem] if problem else [])
    assert found.input["seed"] == 7


def test_a_value_that_many_rows_share_is_judged_once() -> None:
    known = form()
    judged: list[dict[str, str]] = []

    def judge(texts: Any, values: Any) -> Checked:
        judged.append(dict(texts))
        return check_input(known, texts, values)

    rows = RowJudge(known, judge, {"width": "64"}, {})
    for number in range(1000):
        assert rows.judge({"prompt": f"lake {number}", "kind": "city"}, {}).input == {
            "prompt": f"lake {number}",
            "width": 64,
            "kind": "city",
        }
    assert judged == [{"width": "64"}, {"kind": "city"}]
