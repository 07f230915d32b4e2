"""What a test may ask of a sandbox: what was sent, chosen answers, faults at run time, and a fresh start."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest

from tests.sandbox.conftest import client_of, until_done, version_of
from tests.support.sandbox import RunningSandbox, run_sandbox

TALK = "/models/sandbox/talker/predictions"
WAIT = {"Prefer": "wait"}


@pytest.fixture(scope="module")
def running(models: list[Path]) -> Iterator[RunningSandbox]:
    with run_sandbox(cog=models, chaos="account.get:503", options=["--kill-after", "1s"]) as running:
        yield running


@pytest.fixture
def api(running: RunningSandbox) -> Iterator[httpx.Client]:
    with client_of(running) as client:
        assert control(client, "POST", "reset").status_code == 204
        yield client


def control(api: httpx.Client, method: str, path: str, **more: Any) -> httpx.Response:
    return api.request(method, f"{str(api.base_url).removesuffix('/v1/')}/_sandbox/{path}", **more)


def sent(api: httpx.Client, query: str = "") -> list[dict[str, Any]]:
    return control(api, "GET", f"requests{query}").json()


def test_what_was_sent_is_told_with_body_and_headers_but_without_the_token(
    api: httpx.Client, running: RunningSandbox
) -> None:
    api.post(f"{TALK}?a=b", json={"input": {"text": "hi"}}, headers={"X-Mine": "yes"})
    api.post("/files", files={"content": ("in.bin", b"\xff\xfe", "application/octet-stream")})
    api.request("QUERY", "/models", content="words to find", headers={"Content-Type": "text/plain"})
    first, upload, search = sent(api)
    assert (first["method"], first["path"], first["query"]) == ("POST", "/v1/models/sandbox/talker/predictions", "a=b")
    assert (first["operation"], first["status"], first["ended"]) == ("models.predictions.create", 201, True)
    assert first["body"] == {"input": {"text": "hi"}}
    assert first["headers"]["x-mine"] == "yes"
    assert "authorization" not in first["headers"]
    assert running.token not in control(api, "GET", "requests").text
    assert first["time"].endswith("Z")
    assert (upload["body"], upload["size"] > 100) == (None, True)
    assert search["body"] == "words to find"


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", 4),
        ("?operation=predictions.create", 2),
        ("?operation=predictions.*", 1),
        ("?method=post&status=201", 1),
        ("?status=422", 1),
        ("?path=/v1/models/*", 2),
        ("?path=/v1/models", 0),
    ],
)
def test_requests_are_told_by_filters_and_forgotten_by_them(api: httpx.Client, query: str, count: int) -> None:
    api.post(TALK, json={"input": {}})
    api.post("/predictions", json={"version": "0" * 64, "input": {}})
    api.get("/hardware")
    api.get("/models/sandbox/talker")
    assert len(sent(api, query)) == count
    assert control(api, "DELETE", f"requests{query}").status_code == 204
    assert len(sent(api)) == 4 - count
    assert len(sent(api, query)) == 0


def test_a_filter_that_there_is_not_is_refused(api: httpx.Client) -> None:
    for method in ("GET", "DELETE"):
        refused = control(api, method, "requests?operatoin=x")
        assert refused.status_code == 400
        assert refused.json()["detail"].startswith("There is no filter 'operatoin': the filters are operation, ")


def test_a_body_that_is_too_large_to_keep_is_counted(api: httpx.Client) -> None:
    for size, kept in ((256 * 1024, True), (256 * 1024 + 1, False)):
        control(api, "DELETE", "requests")
        api.request("QUERY", "/models", content=b"x" * size, headers={"Content-Type": "text/plain"})
        (entry,) = sent(api)
        assert (entry["size"], entry["body"] is not None) == (size, kept)


def test_a_reset_ends_and_forgets_everything(api: httpx.Client) -> None:
    done = api.post(TALK, json={"input": {}}, headers=WAIT).json()
    long = api.post(TALK, json={"input": {"text": "a b", "pause": 60}}).json()
    model = {"owner": "sandbox", "name": "mine", "visibility": "private", "hardware": "cpu"}
    deployment = {
        "name": "desk", "model": "sandbox/talker", "version": version_of(api, "talker"), "hardware": "cpu",
        "min_instances": 1, "max_instances": 1,
    }  # fmt: skip
    assert api.post("/models", json=model).is_success
    assert api.post("/deployments", json=deployment).is_success
    file = api.post("/files", files={"content": ("in.txt", b"hello", "text/plain")}).json()
    control(api, "PUT", "chaos", json={"plan": "hardware.list:500"})
    control(api, "PUT", "answers/sandbox/talker", json=[{"error": "chosen"}])
    assert api.get("/hardware").status_code == 500
    assert control(api, "POST", "reset").status_code == 204
    assert sent(api) == []
    for job in (long, done):
        assert api.get(f"/predictions/{job['id']}").status_code == 404
    assert api.get("/predictions").json()["results"] == []
    assert api.get("/models/sandbox/mine").status_code == 404
    assert api.get("/deployments").json()["results"] == []
    assert api.get(file["urls"]["get"]).status_code == 404
    assert api.get("/models/sandbox/talker").json()["run_count"] == 0
    assert api.get("/hardware").status_code == 200
    assert api.get("/account").status_code == 503, "the faults of the start are back"
    assert api.post(TALK, json={"input": {}}, headers=WAIT).json()["output"] == ["one", " two\nthree"]
    assert control(api, "GET", "processes").json().get("deployment sandbox/desk") is None


def test_faults_are_chosen_at_run_time_by_names_that_are_checked(api: httpx.Client) -> None:
    assert control(api, "GET", "chaos").json() == {"plan": "account.get:503"}
    assert control(api, "PUT", "chaos", json={"plan": "predictions.create:429x1@7s"}).is_success
    assert api.get("/account").status_code == 200
    refused = api.post(TALK, json={"input": {}})
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "7")
    assert api.post(TALK, json={"input": {}}).status_code == 201
    for body, said in (
        ({"plan": "predictionz.create:500"}, "is it predictions.create?"),
        ({"plan": "nonsense"}, "not a rule for --chaos"),
        ({"paln": ""}, 'The body must be {"plan": "…"}'),
    ):
        wrong = control(api, "PUT", "chaos", json=body)
        assert (wrong.status_code, said in wrong.json()["detail"]) == (400, True), wrong.text
    assert control(api, "GET", "chaos").json() == {"plan": "predictions.create:429x1@7s"}


def test_the_next_answers_of_a_model_are_those_that_were_chosen(api: httpx.Client) -> None:
    chosen: list[dict[str, Any]] = [
        {"output": ["chosen", " words"], "logs": "as told\n"},
        {"error": "E1001: out of memory"},
        {"status": 402, "detail": "No credit"},
    ]
    assert control(api, "PUT", "answers/sandbox/talker", json=chosen).status_code == 204
    assert control(api, "GET", "answers").json() == {"sandbox/talker": 3}
    first = until_done(api, api.post(TALK, json={"input": {}}).json()["urls"]["get"])
    assert (first["status"], first["output"], first["logs"]) == ("succeeded", ["chosen", " words"], "as told\n")
    second = until_done(api, api.post(TALK, json={"input": {}}).json()["urls"]["get"])
    assert (second["status"], second["error"], second["output"]) == ("failed", "E1001: out of memory", None)
    third = api.post(TALK, json={"input": {}})
    assert (third.status_code, third.json()["detail"]) == (402, "No credit")
    assert third.json()["title"] == "Insufficient credit"
    fourth = until_done(api, api.post(TALK, json={"input": {}}).json()["urls"]["get"])
    assert fourth["output"] == ["one", " two\nthree"], "the model itself, once there is none left"


def test_a_chosen_answer_takes_its_time_its_files_are_kept_and_inputs_are_still_checked(api: httpx.Client) -> None:
    file = "data:text/plain;base64,aGVsbG8="
    control(api, "PUT", "answers/sandbox/copier", json={"output": [file], "delay": 0.3})
    version = version_of(api, "copier")
    assert api.post("/predictions", json={"version": version, "input": {}}).status_code == 422
    made = api.post("/predictions", json={"version": version, "input": {"file": file}}).json()
    done = until_done(api, made["urls"]["get"])
    assert httpx.get(done["output"][0]).content == b"hello"
    assert done["metrics"]["predict_time"] >= 0.3


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({}, "an answer has one of output, error, status, not none"),
        ({"output": 1, "error": "x"}, "not output and error"),
        ({"output": 1, "dealy": 2}, "an answer has no dealy"),
        ({"status": 399}, "status is a number from 400 to 599"),
        ({"status": 600}, "status is a number from 400 to 599"),
        ({"output": 1, "delay": -1}, "delay is a number of seconds from 0 to 3600"),
        ({"output": 1, "delay": 3601}, "delay is a number of seconds from 0 to 3600"),
        ("text", "an answer is an object"),
    ],
)
def test_an_answer_that_cannot_be_meant_is_refused(api: httpx.Client, answer: Any, said: str) -> None:
    refused = control(api, "PUT", "answers/sandbox/talker", json=[answer])
    assert (refused.status_code, said in refused.json()["detail"]) == (400, True), refused.text
    assert control(api, "GET", "answers").json() == {}
    assert control(api, "PUT", "answers/sandbox/nobody", json=[{"output": 1}]).status_code == 404


def test_health_and_the_description_need_no_token_and_the_rest_does(running: RunningSandbox, api: httpx.Client) -> None:
    with httpx.Client(base_url=f"{running.origin}/_sandbox/") as stranger:
        health = stranger.get("health")
        assert health.json()["status"] == "ok"
        assert health.json()["models"] >= 12
        described = stranger.get("openapi.json").json()
        for path, operations in described["paths"].items():
            for method in operations:
                address = path.removeprefix("/_sandbox/").replace("{owner}", "sandbox").replace("{name}", "talker")
                expected = {200} if address in {"health", "openapi.json"} else {401}
                assert stranger.request(method, address).status_code in expected, (method, path)
    api.post(TALK, json={"input": {}})
    entry = {**described["components"]["schemas"]["Entry"], "components": described["components"]}
    jsonschema.Draft202012Validator(entry).validate(sent(api)[0])
