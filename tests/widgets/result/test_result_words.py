"""The metrics of a prediction in words."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from tui.api.types import Prediction
from tui.widgets.result.result_words import metric_rows

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def bill(**fields: Any) -> str | None:
    given = {"id": "p1", "status": "succeeded", "metrics": {"predict_time": 6.1}, **fields}
    return dict(metric_rows(Prediction(**given), NOW)).get("bill")


def test_the_metrics_say_what_a_prediction_is_billed_by() -> None:
    assert bill(version="0123456789abcdef") == "6.1 s billed"
    assert bill(version="hidden", metrics={"predict_time": 6.1, "image_count": 2}) == "billed per image"
    assert bill(version="hidden", metrics={"predict_time": 6.1, "output_token_count": 9}) == "billed per token"
    assert bill(version="hidden") == "billed per output"


def test_nothing_is_said_of_the_bill_before_the_end_or_where_instances_are_billed() -> None:
    assert bill(version="hidden", status="processing", metrics={}) is None
    assert bill(version="0123456789abcdef", deployment="acme/mine") is None
    assert bill(version="") is None
