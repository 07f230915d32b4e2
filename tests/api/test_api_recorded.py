import json

import pytest

from tests.support.paths import REPLICATE
from tui.api.core import Answer
from tui.api.decoding import decode, decode_each
from tui.api.errors import NotFound, Unauthorized
from tui.api.pages import decode_page
from tui.api.problem_details import error_from
from tui.api.text import to_json
from tui.api.types import Collection, File, Hardware, Model, Prediction, Training, Version

FOLDER = REPLICATE / "recorded"
pytestmark = [
    pytest.mark.recorded,
    pytest.mark.skipif(not FOLDER.exists(), reason="../shared/replicate is absent"),
]
RECORDINGS = sorted(path.stem for path in FOLDER.glob("*.json"))


def answer_of(name):
    recorded = json.loads((FOLDER / f"{name}.json").read_text())
    response = recorded["response"]
    headers = {key.lower(): value for key, value in response["headers"].items()}
    answer = Answer(response["status"]["code"], headers, (response["body"] or "").encode(), recorded["request"]["uri"])
    return recorded["request"], answer


def kind_of(uri):
    path = uri.split("/v1/")[1].split("?")[0].split("/")
    if "predictions" in path:
        return Prediction
    if "trainings" in path:
        return Training
    if "versions" in path:
        return Version
    return {"models": Model, "collections": Collection, "hardware": Hardware, "files": File}[path[0]]


@pytest.mark.parametrize("name", RECORDINGS)
def test_a_recorded_answer_decodes_and_keeps_every_field(name):
    request, answer = answer_of(name)
    if answer.status >= 300:
        error = error_from(answer.status, answer.headers, answer.body)
        assert isinstance(error, Unauthorized if answer.status == 401 else NotFound)
        assert error.detail == json.loads(answer.body)["detail"]
        return
    if not answer.body or "event-stream" in answer.headers["content-type"]:
        assert request["method"] == "DELETE" or "/streams/" in request["uri"]
        return
    kind = kind_of(request["uri"])
    value = json.loads(answer.body)
    if isinstance(value, list) or "results" in value:
        page = decode_page(kind, answer)
        items = value if isinstance(value, list) else value["results"]
        assert [item.raw for item in page.results] == items
        assert isinstance(value, list) or (page.next, page.previous) == (value["next"], value["previous"])
        pairs = list(zip(page.results, items, strict=True))
    else:
        pairs = [(decode(kind, answer.json()), value)]
    for item, raw in pairs:
        assert item.raw == raw
        assert json.loads(to_json(item.raw)) == raw
        known = [key for key in raw if key in item.__struct_fields__ and raw[key] not in (None, "", [], {})]
        assert known
        for key in known:
            assert getattr(item, key) not in (None, ""), key


def test_a_recorded_run_goes_from_starting_to_its_end():
    names = sorted((n for n in RECORDINGS if n.startswith("run-poll-")), key=lambda n: int(n.split("-")[-1]))
    seen = [decode(Prediction, answer_of(name)[1].json()) for name in names[2:]]
    assert seen[0].status == "starting"
    assert seen[-1].is_terminal
    assert seen[-1].predict_time is not None
    assert seen[-1].queue_time is not None
    assert [p.status for p in seen] == sorted(
        (p.status for p in seen), key=["starting", "processing", "succeeded"].index
    )


def test_the_recorded_models_have_versions_examples_and_links():
    models = decode_each(
        Model, json.loads((FOLDER / "models-list-page-1.json").read_text())["response"]["body_json"]["results"]
    )
    assert len(models) == 25
    assert all(model.ref.count("/") == 1 for model in models)
    assert any(m.latest_version and m.latest_version.openapi_schema for m in models)
    assert any(m.default_example and m.default_example.is_terminal for m in models)


def nested_of(item):
    """Each struct within a decoded one, with the name of its field and what the raw answer has there."""
    for name in item.__struct_fields__:
        value, raw = getattr(item, name), item.raw.get(name)
        if isinstance(value, tuple):
            yield from ((name, one, other) for one, other in zip(value, raw or (), strict=True) if hasattr(one, "raw"))
        elif hasattr(value, "raw"):
            yield name, value, raw


def test_what_lies_within_a_recorded_answer_keeps_every_field_too():
    found = set()

    def hold(item):
        for name, inner, raw in nested_of(item):
            assert inner.raw == raw, name
            found.add(type(inner).__name__)
            hold(inner)

    for recorded in RECORDINGS:
        request, answer = answer_of(recorded)
        if answer.status >= 300 or not answer.body or "event-stream" in answer.headers["content-type"]:
            continue
        kind, value = kind_of(request["uri"]), json.loads(answer.body)
        if isinstance(value, list) or "results" in value:
            page = decode_page(kind, answer)
            assert isinstance(value, list) or json.loads(to_json(page.raw)) == value
            for item in page.results:
                hold(item)
        else:
            hold(decode(kind, answer.json()))
    assert {"Prediction", "Version"} <= found
