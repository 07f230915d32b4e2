"""Which webhooks of a prediction are due, and when."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tui.api.decoding import decode
from tui.api.types import Prediction
from tui.services.webhooks.due_events import EVENTS, Due, DueEvents

STARTED = "2026-11-30T10:00:01Z"


def like(status: str, **fields: Any) -> Prediction:
    raw = {"id": "p1", "model": "acme/words", "status": status, "output": None, "logs": "", "error": None, **fields}
    return decode(Prediction, raw)


def given(events: DueEvents, now: float) -> tuple[str, str, Any]:
    """The webhook that is due: its event, and the status and output of its body."""
    due = events.next(now)
    assert isinstance(due, Due), due
    body = json.loads(due.body)
    assert body["status"] == due.status
    return due.event, body["status"], body["output"]


def test_each_comes_in_its_order_and_output_at_most_every_half_second() -> None:
    events = DueEvents(EVENTS)
    assert events.next(0.0) is None
    events.see(like("starting"))
    assert events.next(0.0) is None
    events.see(like("processing"))
    assert given(events, 0.0) == ("start", "processing", None)
    assert events.next(0.0) is None
    events.see(like("processing", output=["a"]))
    assert given(events, 1.0) == ("output", "processing", ["a"])
    events.see(like("processing", output=["a", "b"]))
    assert events.next(1.1) == pytest.approx(0.4)
    events.see(like("processing", output=["a", "b", "c"]))
    assert events.next(1.49) == pytest.approx(0.01)
    assert given(events, 1.5) == ("output", "processing", ["a", "b", "c"])
    events.see(like("processing", output=["a", "b", "c"], logs="50%\n"))
    assert given(events, 2.0) == ("logs", "processing", ["a", "b", "c"])
    events.see(like("succeeded", output=["a", "b", "c"], logs="50%\n", started_at=STARTED))
    assert given(events, 2.1) == ("completed", "succeeded", ["a", "b", "c"])
    assert events.done and events.next(9.0) is None


def test_what_was_over_before_it_was_seen_to_run_is_told_with_its_start() -> None:
    events = DueEvents(EVENTS)
    ended = like(
        "succeeded", output="x", logs="l", started_at=STARTED, completed_at=STARTED, metrics={"predict_time": 1}
    )
    events.see(ended)
    start = events.next(0.0)
    assert isinstance(start, Due)
    assert json.loads(start.body) == {
        "id": "p1", "model": "acme/words", "status": "processing", "output": None, "logs": "", "error": None,
        "started_at": STARTED,
    }  # fmt: skip
    assert given(events, 0.0) == ("completed", "succeeded", "x")


@pytest.mark.parametrize("status", ["canceled", "failed", "aborted"])
def test_what_never_ran_has_no_start(status: str) -> None:
    events = DueEvents(EVENTS)
    events.see(like("starting"))
    events.see(like(status))
    assert given(events, 0.0) == ("completed", status, None)


@pytest.mark.parametrize(("seconds", "events_told"), [(2e-06, 1), (0.0009, 1), (0.001, 2), (3.5, 2)])
def test_what_was_canceled_before_it_ran_has_no_start_though_it_has_a_time_of_one(
    seconds: float, events_told: int
) -> None:
    events = DueEvents(EVENTS)
    events.see(like("starting"))
    events.see(like("canceled", started_at=STARTED, completed_at=STARTED, metrics={"predict_time": seconds}))
    told = [given(events, 0.0)[:2] for _ in range(events_told)]
    assert told == [("start", "processing"), ("completed", "canceled")][-events_told:]
    assert events.next(0.0) is None


def test_the_start_is_told_as_it_was_though_it_ended_meanwhile() -> None:
    events = DueEvents(EVENTS)
    events.see(like("processing", logs="begun\n"))
    events.see(like("failed", error="no memory", logs="begun\nbroken\n", started_at=STARTED))
    start = events.next(0.0)
    assert isinstance(start, Due)
    assert json.loads(start.body)["logs"] == "begun\n"
    assert given(events, 0.0)[:2] == ("completed", "failed")


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        (("completed",), ["completed"]),
        (("start",), ["start"]),
        (("output",), ["output"]),
        (("logs",), ["logs"]),
        (("start", "completed"), ["start", "completed"]),
    ],
)
def test_only_what_is_wanted_is_told(wanted: tuple[str, ...], told: list[str]) -> None:
    events = DueEvents(wanted)
    found: list[str] = []
    for one in (
        like("processing"),
        like("processing", output="a"),
        like("processing", output="a", logs="x"),
        like("succeeded", output="a", logs="x", started_at=STARTED),
    ):
        events.see(one)
        while isinstance(due := events.next(len(found) * 10.0), Due):
            found.append(due.event)
    assert found == told
    assert events.done


def test_what_ran_already_has_no_start_any_more() -> None:
    events = DueEvents(EVENTS, begun=True)
    events.see(like("processing"))
    assert events.next(0.0) is None
    events.see(like("succeeded", started_at=STARTED))
    assert given(events, 0.0)[0] == "completed"
