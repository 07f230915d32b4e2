"""The values of a grid, and their combinations."""

from __future__ import annotations

import pytest

from tui.services.batches.grid import BadGrid, combinations, parse_grid


def test_ranges_and_values_make_every_combination_the_last_changing_first() -> None:
    grid = parse_grid(["seed=1..3", "kind=a, b"])
    assert list(combinations(grid)) == [
        {"seed": "1", "kind": "a"},
        {"seed": "1", "kind": "b"},
        {"seed": "2", "kind": "a"},
        {"seed": "2", "kind": "b"},
        {"seed": "3", "kind": "a"},
        {"seed": "3", "kind": "b"},
    ]


@pytest.mark.parametrize(
    ("pair", "values"),
    [
        ("seed=5..5", ["5"]),
        ("seed=3..1", ["3", "2", "1"]),
        ("seed=-1..1", ["-1", "0", "1"]),
        ("x=0.5", ["0.5"]),
        ('prompt=["a, b", "c"]', ["a, b", "c"]),
        ("n=[1, true]", ["1", "true"]),
    ],
)
def test_values_of_a_grid(pair: str, values: list[str]) -> None:
    assert list(parse_grid([pair]).values()) == [values]


def test_no_grid_is_one_combination() -> None:
    assert list(combinations({})) == [{}]


@pytest.mark.parametrize(
    ("pairs", "words"),
    [
        (["seed="], "has an empty value"),
        (["seed=1,,2"], "has an empty value"),
        (["seed=[]"], "must be a range such as 1..8"),
        (["seed=[1"], "must be a range such as 1..8"),
        (["seed=1", "seed=2"], "was given more than once"),
        (["seed=0..1000000"], "has more than 1,000,000 values"),
    ],
)
def test_what_is_no_grid_is_said(pairs: list[str], words: str) -> None:
    with pytest.raises(BadGrid) as error:
        parse_grid(pairs)
    assert words in str(error.value)
