"""Where fields stand: short ones in one row, tall ones with air around them, two columns where there is room."""

from __future__ import annotations

import pytest
from textual.geometry import Region

from tui.widgets.form.form_layout import STACKED, Cell, RowShape, column_width, regions, shape_of

SHORT, TALL, TEXT = Cell(1), Cell(2), Cell(4, wide=True)


def test_short_fields_stand_below_each_other_and_tall_ones_have_an_empty_row_around_them() -> None:
    found = regions([SHORT, SHORT, TALL, SHORT, TEXT], 60)
    assert found == [
        Region(0, 0, 60, 1),
        Region(0, 1, 60, 1),
        Region(0, 3, 60, 2),
        Region(0, 6, 60, 1),
        Region(0, 8, 60, 4),
    ]


def test_two_columns_are_read_from_left_to_right_and_a_text_goes_across_both() -> None:
    found = regions([SHORT, SHORT, TALL, SHORT, SHORT, TEXT, SHORT], 110)
    assert found == [
        Region(0, 0, 54, 1),
        Region(56, 0, 54, 1),
        Region(0, 2, 54, 2),
        Region(56, 2, 54, 1),
        Region(0, 5, 54, 1),
        Region(0, 7, 110, 4),
        Region(0, 12, 54, 1),
    ]


@pytest.mark.parametrize(("width", "column"), [(99, 99), (100, 49), (101, 49), (150, 74)])
def test_two_columns_begin_at_a_width(width: int, column: int) -> None:
    assert column_width(width) == column
    assert regions([SHORT], width) == [Region(0, 0, column, 1)]


def test_a_form_without_fields_has_no_places() -> None:
    assert regions([], 80) == []


def test_all_values_begin_where_the_longest_label_that_fits_ends() -> None:
    assert shape_of([12, 20, 15], [0, 11], 60) == RowShape(20, 11)
    assert shape_of([12, 36], [], 60) == RowShape(36, 0)
    assert shape_of([12, 37], [], 60) == RowShape(12, 0), "a label of 37 cells stands above its value"


@pytest.mark.parametrize(("width", "shape"), [(43, STACKED), (44, RowShape(20, 0)), (46, RowShape(20, 10))])
def test_a_narrow_form_has_no_hints_and_a_narrower_one_no_rows(width: int, shape: RowShape) -> None:
    assert shape_of([20], [10], width) == shape


def test_labels_that_are_all_too_long_stand_above_their_values() -> None:
    assert shape_of([50, 60], [], 60) == STACKED
    assert shape_of([], [], 60) == STACKED
