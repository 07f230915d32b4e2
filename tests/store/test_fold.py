"""However the sightings of a prediction are mixed, one record comes of them."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.api.list_trimmer import CUT, left_out
from tui.api.types import Prediction, decode
from tui.store.fold import fold, rank

START = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)


def at(seconds: float) -> str:
    return (START + timedelta(seconds=seconds)).isoformat()


def sighting(**fields: Any) -> Prediction:
    return decode(Prediction, {"id": "p1", "model": "a/b", "version": "v" * 64, "created_at": at(0), **fields})


def fold_all(sightings: list[Prediction]) -> Prediction:
    folded: Prediction | None = None
    for one in sightings:
        folded = fold(folded, one)
    assert folded is not None
    return folded


@st.composite
def a_life(draw: st.DrawFn) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """All that the API says of one prediction over its time, and its last word with everything in it."""
    chunks = draw(st.lists(st.text(max_size=5), max_size=6))
    lines = draw(st.lists(st.text(max_size=8), max_size=6))
    end = draw(st.sampled_from(["succeeded", "failed", "canceled", "aborted"]))
    middle = draw(st.sampled_from(["processing", "running", "warming up"]))
    values = {"prompt": draw(st.text(max_size=10)), "n": draw(st.integers(0, 9))}
    base: dict[str, Any] = {"id": "p1", "model": "a/b", "created_at": at(0), "input": values, "source": "api"}
    said: list[dict[str, Any]] = [{**base, "status": "starting", "output": None, "logs": "", "metrics": {}}]
    logs = ""
    for number in range(max(len(chunks), len(lines))):
        logs = "\n".join(lines[: number + 1])
        said.append(
            {
                **base,
                "status": middle,
                "started_at": at(2),
                "output": chunks[: number + 1],
                "logs": logs,
                "metrics": {"seen": min(number, len(chunks))},
            }
        )
    final = {
        **base,
        "status": end,
        "started_at": at(2),
        "completed_at": at(9),
        "output": chunks if end == "succeeded" else None,
        "logs": "\n".join(lines),
        "error": "it broke" if end == "failed" else None,
        "metrics": {"predict_time": 7.0, "total_time": 9.0, "seen": len(chunks)},
        "urls": {"get": "https://x/p1", "cancel": "https://x/p1/cancel"},
    }
    said.append(final)
    # Items of a list leave out what is large, or all of it (docs/replicate.md, Pages and filters); after an hour the
    # data is gone (docs/replicate.md, Retention).
    lists = [{k: v for k, v in one.items() if k not in ("logs", "output", "input")} for one in said]
    empty = [{**one, "logs": None, "output": None, "input": {}} for one in said]
    gone = {**final, "data_removed": True, "output": None, "logs": "", "input": {}, "error": None}
    return said + lists + empty + [gone], final


def test_what_a_list_left_out_is_noted_until_it_has_come_by_itself() -> None:
    cut = sighting(status="succeeded", **{CUT: {"input": 70_000_000, "output": 600_000}})
    folded = fold_all([sighting(status="processing"), cut])
    assert left_out(folded.raw) == {"input": 70_000_000, "output": 600_000}
    part = fold(folded, sighting(status="succeeded", input={"a": "b"}))
    assert left_out(part.raw) == {"output": 600_000}
    whole = fold(part, sighting(status="succeeded", input={"a": "b"}, output="o", logs="l"))
    assert CUT not in whole.raw
    # The next list tells nothing new of it.
    assert fold(whole, cut) is whole


@given(a_life(), st.randoms(use_true_random=False), st.data())
@settings(max_examples=200, deadline=None)
def test_any_interleaving_of_sightings_gives_the_same_record(
    life: tuple[list[dict[str, Any]], dict[str, Any]], rng: random.Random, data: st.DataObject
) -> None:
    said, final = life
    straight = fold_all([decode(Prediction, one) for one in said])
    mixed = said + data.draw(st.lists(st.sampled_from(said), max_size=8))
    rng.shuffle(mixed)
    folded = fold_all([decode(Prediction, one) for one in mixed])
    assert folded.raw == straight.raw
    assert folded.status == final["status"]
    assert folded.logs == decode(Prediction, final).logs
    assert folded.input == decode(Prediction, final).input
    assert folded.data_removed
    assert folded.completed_at == decode(Prediction, final).completed_at
    if final["output"] is not None:
        assert folded.output == decode(Prediction, final).output


@given(a_life())
@settings(max_examples=50, deadline=None)
def test_a_sighting_that_says_nothing_new_changes_nothing(
    life: tuple[list[dict[str, Any]], dict[str, Any]],
) -> None:
    folded = fold_all([decode(Prediction, one) for one in life[0]])
    for one in life[0]:
        assert fold(folded, decode(Prediction, one)) is folded


def test_a_terminal_status_stays_whatever_comes_late() -> None:
    done = sighting(status="succeeded", output=["a", "b"], logs="one\ntwo")
    late = sighting(status="processing", output=["a"], logs="one")
    folded = fold(done, late)
    assert (folded.status, folded.output, folded.logs) == ("succeeded", ["a", "b"], "one\ntwo")


def test_an_unknown_status_is_kept_and_does_not_stop_the_known_ones() -> None:
    assert fold(sighting(status="starting"), sighting(status="defrosting")).status == "defrosting"
    assert fold(sighting(status="defrosting"), sighting(status="processing")).status == "processing"
    assert fold(sighting(status="processing"), sighting(status="defrosting")).status == "processing"
    assert rank("") < rank("starting") < rank("defrosting") < rank("processing") < rank("aborted")


def test_data_that_replicate_removed_stays_here() -> None:
    whole = sighting(status="succeeded", input={"prompt": "x"}, output=["u"], logs="log", error=None)
    gone = sighting(status="succeeded", input={}, output=None, logs="", data_removed=True)
    folded = fold(whole, gone)
    assert folded.data_removed
    assert (folded.input, folded.output, folded.logs) == ({"prompt": "x"}, ["u"], "log")


@pytest.mark.parametrize("mark", ["[secret]", "[REDACTED]", "****"])
def test_a_secret_that_was_hidden_once_never_comes_back(mark: str) -> None:
    hidden = sighting(status="starting", input={"key": mark, "prompt": "x"})
    told = sighting(status="succeeded", input={"key": "hunter2", "prompt": "x"})
    for folded in (fold(hidden, told), fold(told, hidden)):
        assert folded.input == {"key": mark, "prompt": "x"}
        assert "hunter2" not in str(folded.raw)


def test_a_fresh_address_of_the_same_output_replaces_the_old_one() -> None:
    old = sighting(status="succeeded", output=["http://127.0.0.1:1000/delivery/x/out.png"])
    new = sighting(status="succeeded", output=["http://127.0.0.1:2000/delivery/x/out.png"])
    assert fold(old, new).output == new.output


def test_fields_that_nobody_knows_are_kept() -> None:
    folded = fold(sighting(status="starting", colour="red"), sighting(status="processing", shape="round"))
    assert (folded.raw["colour"], folded.raw["shape"]) == ("red", "round")


def test_two_predictions_are_never_folded_into_one() -> None:
    with pytest.raises(ValueError, match="two predictions"):
        fold(decode(Prediction, {"id": "a"}), decode(Prediction, {"id": "b"}))


@pytest.mark.parametrize(
    "raw",
    [
        {"id": "p1", "status": None, "logs": 7, "metrics": [], "urls": "x", "input": "text", "output": float("nan")},
        {"id": "p1", "status": {"a": 1}, "created_at": "never", "completed_at": 12, "error": {"detail": "x"}},
        {},
    ],
)
def test_an_odd_answer_folds_without_an_error(raw: dict[str, Any]) -> None:
    whole = sighting(status="processing", logs="x", output={"a": 1}, metrics={"m": 1}, input={"p": 1})
    for folded in (fold(whole, decode(Prediction, raw)), fold(decode(Prediction, raw), whole)):
        assert folded.status == "processing"
        assert folded.logs == "x"
        assert folded.input == {"p": 1}


def test_a_prediction_made_by_hand_folds_like_one_from_the_api() -> None:
    made = Prediction(id="p1", status="starting", model="a/b", created_at=START, input={"prompt": "x"})
    folded = fold(made, sighting(status="succeeded", output="text"))
    assert (folded.status, folded.output, folded.input) == ("succeeded", "text", {"prompt": "x"})
    assert folded.created_at == START
