import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.api import types
from tui.api.text import clean
from tui.api.types import (
    Account,
    Answer,
    Model,
    Prediction,
    SearchResults,
    Target,
    Training,
    decode,
    decode_each,
    parse_time,
)

KINDS = [
    kind for kind in vars(types).values() if isinstance(kind, type) and issubclass(kind, Answer) and kind is not Answer
]
ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)


def names(kind):
    return [field.encode_name for field in msgspec.structs.fields(kind) if field.name != "raw"]


@given(st.sampled_from(KINDS), st.data())
def test_any_value_in_any_field_decodes_and_stays_in_raw(kind, data):
    value = data.draw(st.dictionaries(st.sampled_from([*names(kind), "unknown"]), ANY, max_size=5))
    decoded = decode(kind, value)
    assert decoded.raw is value
    repr(decoded)
    for attribute in dir(kind):
        if isinstance(getattr(kind, attribute, None), property):
            getattr(decoded, attribute)


@given(st.sampled_from(KINDS), ANY)
def test_what_is_no_object_decodes_to_defaults(kind, value):
    if not isinstance(value, dict):
        assert decode(kind, value) == kind()


def test_every_text_of_a_prediction_is_cleaned_and_raw_is_not():
    evil = "\x1b]52;c;x\x07[/]\x9b31mred\u202e"
    value = {
        "id": evil,
        "status": evil,
        "logs": evil,
        "error": evil,
        "input": {evil: [evil]},
        "output": [evil, {"deep": evil}],
        "metrics": {evil: evil},
        "urls": {"stream": evil},
    }
    prediction = decode(Prediction, value)
    assert prediction.id == prediction.status == prediction.logs == prediction.error == "[/]red"
    assert prediction.input == {"[/]red": ["[/]red"]}
    assert prediction.output == ["[/]red", {"deep": "[/]red"}]
    assert prediction.urls.stream == "[/]red"
    assert "\x1b" not in repr(prediction)
    assert prediction.raw["logs"] == evil


def test_an_unknown_status_is_not_terminal_and_aborted_is():
    assert [Prediction(status=s).is_terminal for s in ("starting", "processing", "running", "succesful", "")] == [
        False
    ] * 5
    assert all(Prediction(status=s).is_terminal for s in ("succeeded", "failed", "canceled", "aborted"))


def test_times_have_any_number_of_digits_and_come_out_in_utc():
    assert parse_time("2023-11-27T13:35:45.993975661Z") == datetime(2023, 11, 27, 13, 35, 45, 993975, UTC)
    assert parse_time("2023-11-27T15:35:45.123+02:00") == datetime(2023, 11, 27, 13, 35, 45, 123000, UTC)
    assert parse_time("2023-11-27T13:35:45") == datetime(2023, 11, 27, 13, 35, 45, tzinfo=UTC)
    for odd in ("", "yesterday", "0001-01-01T00:00:00+14:00", None, 5, "9999-99-99T00:00:00Z"):
        assert parse_time(odd) is None


def test_durations_come_from_the_metrics_and_otherwise_from_the_clock():
    start = datetime(2024, 1, 1, tzinfo=UTC)
    by_clock = Prediction(
        created_at=start, started_at=start + timedelta(seconds=2), completed_at=start + timedelta(seconds=5)
    )
    assert (by_clock.queue_time, by_clock.predict_time, by_clock.total_time) == (2, 3, 5)
    measured = Prediction(metrics={"predict_time": 4.5, "total_time": 6.0})
    assert (measured.queue_time, measured.predict_time, measured.total_time) == (1.5, 4.5, 6.0)
    waiting = Prediction(created_at=start, metrics={"predict_time": "x", "total_time": float("nan")})
    assert (waiting.queue_time, waiting.predict_time, waiting.total_time) == (None, None, None)


def test_a_training_tells_what_it_made():
    done = decode(Training, {"output": {"version": "me/mine:abc", "weights": "https://w"}})
    assert (done.trained_version, done.weights) == ("me/mine:abc", "https://w")
    assert decode(Training, {"output": ["odd"]}).trained_version is None


def test_a_search_gives_models_with_what_is_known_of_them():
    found = decode(
        SearchResults,
        {
            "query": "x",
            "models": [{"model": {"owner": "a", "name": "b"}, "metadata": {"tags": ["t"], "score": 0.5}}, None],
            "collections": [{"slug": "s"}],
            "pages": [{"name": "p", "href": "/p"}],
        },
    )
    assert [model.ref for model in found.models] == ["a/b"]
    assert found.hits[0].metadata.tags == ("t",)
    assert found.collections[0].slug == "s"


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("meta/llama-3", Target("meta", "llama-3")),
        (" a/b:abc123 ", Target("a", "b", "abc123")),
        ("https://replicate.com/black-forest-labs/flux-1.1-pro", Target("black-forest-labs", "flux-1.1-pro")),
        ("replicate.com/a/b", Target("a", "b")),
        ("https://www.replicate.com/a/b/api/learn-more?x=1#top", Target("a", "b")),
        ("https://replicate.com/a/b?prediction=abc", Target("a", "b")),
        ("https://replicate.com/a/b/versions/abc123/api", Target("a", "b", "abc123")),
        ("https://replicate.com/a/b:abc123", Target("a", "b", "abc123")),
    ],
)
def test_a_target_is_read_from_what_people_write(text, target):
    assert Target.parse(text) == target


@pytest.mark.parametrize(
    "text",
    [
        "",
        "name",
        "a/b/c",
        "../x",
        "a/..",
        "a/b:",
        "a b/c",
        "a/b:\x1b[0m",
        "/",
        "https://x.com/a/b/c",
        "replicate.com/a",
        "a/" + "x" * 300,
    ],
)
def test_what_names_no_model_is_refused_with_a_sentence(text):
    with pytest.raises(ValueError, match="OWNER/NAME") as refusal:
        Target.parse(text)
    assert clean(str(refusal.value)) == str(refusal.value)


def test_a_list_leaves_out_what_is_no_object():
    assert decode_each(Account, [None, 1, {"username": "x"}, []]) == (Account(username="x", raw={"username": "x"}),)
    assert decode_each(Account, "odd") == ()


@pytest.mark.parametrize(
    "modules", ["tui.api", "tui.api.types, tui.api.errors, tui.api.text, tui.api.token", "tui.api.client"]
)
def test_importing_the_api_imports_neither_httpx_nor_textual(modules):
    code = (
        f"import sys, {modules}; print(json.dumps([m for m in ('httpx', 'httpcore', 'textual') if m in sys.modules]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", f"import json, {code.removeprefix('import ')}"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(done.stdout) == []


def test_a_model_is_named_by_owner_and_name():
    assert decode(Model, {"owner": "a", "name": "b", "run_count": 3.0, "is_official": "yes"}).ref == "a/b"
    odd = decode(Model, {"run_count": 2**70, "is_official": "yes", "latest_version": [], "default_example": 5})
    assert (odd.run_count, odd.is_official, odd.latest_version, odd.default_example) == (None, None, None, None)
