"""Which batch a run is of is told by its id."""

from __future__ import annotations

import pytest

from tui.store.batch import batch_of, new_run_id


def test_the_runs_of_a_row_are_of_its_batch_each_under_an_id_of_its_own() -> None:
    first, second = new_run_id("196fdea0", 7), new_run_id("196fdea0", 7)
    assert (batch_of(first), batch_of(second)) == ("196fdea0", "196fdea0")
    assert first != second


@pytest.mark.parametrize(
    "run_id",
    [
        "",
        "run-19",
        "run-19-a",
        "d1be31aa52e4831408d54f2a",
        "6fa459ea-ee8a-3ca4-894e-db77e160355e",
        "196fdea0-7",
        "196fdea0-x-0123abcd",
    ],
)
def test_every_other_run_is_of_none(run_id: str) -> None:
    """Rows of one batch may take each other's prediction; two runs that are none may not."""
    assert batch_of(run_id) is None
