"""The metrics of a prediction in words."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from tui.api.types import Prediction
from tui.services.usage.cost import Cost
from tui.store.records import SavedOutput
from tui.widgets.result.result_words import (
    Shown,
    changed_tabs,
    failure_words,
    metric_rows,
    nothing_yet,
    waiting_files,
)

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def bill(**fields: Any) -> str | None:
    given: dict[str, Any] = {"id": "p1", "status": "succeeded", "metrics": {"predict_time": 6.1}, **fields}
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


def test_what_it_may_have_cost_is_told_with_where_the_price_is_from() -> None:
    done = Prediction(id="p1", status="succeeded", metrics={"predict_time": 6.1})
    rows = dict(metric_rows(done, NOW, Cost("≈ $0.0031", "estimate: cpu at $0.000100 a second", money=True)))
    assert rows["may have cost"] == "≈ $0.0031 (estimate: cpu at $0.000100 a second)"
    assert "may have cost" not in dict(metric_rows(done, NOW))


def test_a_failure_tells_its_traceback_before_the_last_of_its_log_and_no_bar() -> None:
    bars = [f"{n}%|███ | {n}/300 [00:01<00:09, 3.1it/s]" for n in range(100)] * 3
    traceback = ["Traceback (most recent call last):", '  File "a.py", line 1, in predict', "ValueError: no [/] way"]
    logs = "\n".join(["Loading weights", *bars, *traceback, *bars])
    failed = Prediction(id="p1", status="failed", error="no [/] way", logs=logs)
    words = failure_words(failed, "Try another seed.").plain
    assert words == "\n\n".join(
        ["no [/] way", "Try another seed.", "\n".join(traceback), "The last of its log:\nLoading weights"]
    )
    assert nothing_yet(Shown(failed, advice="Try another seed."), "").plain == words


def test_a_failure_without_an_error_or_a_log_says_that_it_gave_no_reason() -> None:
    assert (
        failure_words(Prediction(id="p1", status="aborted"), "").plain == "The prediction aborted and gave no reason."
    )


def test_a_log_that_grows_changes_the_output_only_while_there_is_none() -> None:
    first, more = (Prediction(id="p1", status="processing", logs=logs) for logs in ("a", "ab"))
    assert changed_tabs(Shown(first), Shown(more)) == {"json", "metrics", "logs", "output"}
    streamed = changed_tabs(Shown(first, text="Hello"), Shown(more, text="Hello"))
    assert "output" not in streamed and "logs" in streamed


def test_one_file_that_is_on_its_way_is_one_file() -> None:
    outputs = tuple(SavedOutput(place, f"https://x.y/{place}.png") for place in range(2))
    assert waiting_files(Shown(None, outputs=outputs)) == "saving 2 files…"
    assert waiting_files(Shown(None, outputs=outputs[:1])) == "saving the file…"
    assert waiting_files(Shown(None)) == ""
