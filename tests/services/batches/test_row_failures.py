"""Whose fault a failure is, and what is tried again."""

from __future__ import annotations

import pytest

from tui.api.errors import (
    ApiError,
    BadAnswer,
    InvalidInput,
    NetworkError,
    NotFound,
    PaymentRequired,
    RateLimited,
    ReadOnly,
    Unauthorized,
)
from tui.services.batches.row_failures import of_model, of_refusal


@pytest.mark.parametrize(
    ("error", "reason", "again", "stops"),
    [
        (PaymentRequired("no credit"), "credit", False, True),
        (Unauthorized("no"), "token", False, True),
        (ReadOnly("POST"), "token", False, True),
        (InvalidInput("no"), "input", False, False),
        (NotFound("no"), "input", False, False),
        (NetworkError("broken"), "network", True, False),
        (RateLimited("slow", retry_after=5), "network", True, False),
        (BadAnswer("odd"), "api", False, False),
    ],
)
def test_a_refusal_says_whether_it_can_pass(error: ApiError, reason: str, again: bool, stops: bool) -> None:
    failure = of_refusal(error)
    assert (failure.reason, failure.again, failure.stops) == (reason, again, stops)
    assert failure.words == str(error)


@pytest.mark.parametrize(
    ("error", "again"),
    [
        ("The model is in too high a demand (E003)", True),
        ("Director: unexpected error (E6716)", True),
        ("It was stopped (E8367)", True),
        ("CUDA out of memory (E1001)", False),
        ("NSFW content detected (E005)", False),
        ("list index out of range", False),
    ],
)
def test_only_faults_of_the_moment_can_pass(error: str, again: bool) -> None:
    failure = of_model(error, None)
    assert (failure.reason, failure.again, failure.stops) == ("model", again, False)


@pytest.mark.parametrize(("predict_time", "paid"), [(None, False), (0.0, True), (12.5, True)])
def test_what_has_run_for_a_time_was_billed(predict_time: float | None, paid: bool) -> None:
    assert of_model("unexpected error (E1000)", predict_time).paid is paid
