"""Predictions and trainings from creation to their end."""

import time
from typing import Any

import httpx
import pytest

from tests.sandbox.conftest import client_of, until_done, until_status, version_of
from tests.support.sandbox import RunningSandbox, run_sandbox


def create(api: httpx.Client, given: dict[str, Any], **headers: str) -> httpx.Response:
    body = {"version": version_of(api, "talker"), "input": given}
    return api.post("/predictions", json=body, headers={name.replace("_", "-"): v for name, v in headers.items()})


def test_a_prediction_starts_young_and_ends_with_all_that_the_model_gave(api: httpx.Client) -> None:
    answer = create(api, {"text": "a b c"})
    young = answer.json()
    assert answer.status_code == 201
    assert (young["status"], young["logs"], young["error"]) == ("starting", "", None)
    assert "output" not in young, "none of the recorded ones had it"
    assert len(young["id"]) == 26 and young["id"].isalnum() and young["id"].islower()
    assert answer.headers["location"] == young["urls"]["get"]
    assert "completed_at" not in young
    done = until_done(api, young["urls"]["get"])
    assert (done["status"], done["output"]) == ("succeeded", ["a", " b", " c"])
    assert "speaking" in done["logs"]
    assert done["metrics"]["predict_time"] <= done["metrics"]["total_time"]
    assert len(done["created_at"].partition(".")[2]) == 10
    assert done["created_at"] < done["started_at"] < done["completed_at"]


def test_a_failure_keeps_the_output_and_the_log_up_to_it(api: httpx.Client) -> None:
    done = until_done(api, create(api, {"text": "a b", "kind": "fail"}).json()["urls"]["get"])
    assert (done["status"], done["output"]) == ("failed", ["a", " b"])
    assert done["error"] == "ValueError: no [/] words \x1b[31m left"
    assert "speaking" in done["logs"]


def test_an_error_code_comes_first_in_the_error(api: httpx.Client) -> None:
    done = until_done(api, create(api, {"kind": "code"}).json()["urls"]["get"])
    assert (done["status"], done["error"]) == ("failed", "E1001: out of memory")


def test_a_model_that_exits_fails_its_prediction_and_serves_the_next(api: httpx.Client) -> None:
    done = until_done(api, create(api, {"kind": "exit"}).json()["urls"]["get"])
    assert done["status"] == "failed"
    assert "process ended" in done["error"]
    assert until_done(api, create(api, {}).json()["urls"]["get"])["status"] == "succeeded"


def test_cancel_answers_at_once_and_frees_the_model(api: httpx.Client) -> None:
    running = create(api, {"text": "a b c d e f", "pause": 5}).json()["urls"]
    until_status(api, running["get"], "processing")
    canceled = api.post(running["cancel"])
    assert canceled.status_code == 200
    assert canceled.json()["status"] == "canceled"
    assert canceled.json()["completed_at"]
    assert until_done(api, create(api, {}).json()["urls"]["get"])["status"] == "succeeded"
    assert api.get(running["get"]).json().get("output") in (None, ["a"])
    assert api.post(running["cancel"]).json()["status"] == "canceled"


def test_a_queued_prediction_that_is_canceled_never_ran(api: httpx.Client) -> None:
    first = create(api, {"text": "a b c d e f", "pause": 5}).json()["urls"]
    until_status(api, first["get"], "processing")
    second = create(api, {}).json()["urls"]
    canceled = api.post(second["cancel"]).json()
    assert canceled["metrics"]["predict_time"] == 2e-06
    assert api.post(first["cancel"]).json()["status"] == "canceled"


def test_a_model_that_does_not_listen_is_killed_when_its_prediction_is_canceled(api: httpx.Client) -> None:
    deaf = create(api, {"kind": "deaf"}).json()["urls"]
    until_status(api, deaf["get"], "processing")
    api.post(deaf["cancel"])
    assert until_done(api, create(api, {}).json()["urls"]["get"])["status"] == "succeeded"


def test_a_deadline_aborts_what_has_not_started_and_cancels_what_has(api: httpx.Client) -> None:
    first = create(api, {"text": "a b c", "pause": 30}, Cancel_After="6s").json()
    second = create(api, {}, Cancel_After="5s").json()
    assert first["deadline"] > second["deadline"] > first["created_at"]
    assert until_done(api, second["urls"]["get"])["status"] == "aborted"
    done = until_done(api, first["urls"]["get"])
    assert (done["status"], done["output"]) == ("canceled", ["a"])


@pytest.mark.parametrize("wish", ["4s", "soon", "1x", "-5", "", "9" * 40])
def test_a_lifetime_that_is_none_is_refused(api: httpx.Client, wish: str) -> None:
    answer = create(api, {}, Cancel_After=wish)
    assert answer.status_code == 400
    assert "Cancel-After" in answer.json()["detail"]


def test_waiting_gives_the_whole_output_under_a_status_that_is_not_starting(api: httpx.Client) -> None:
    answer = create(api, {"text": "a b"}, Prefer="wait=20")
    assert answer.status_code == 201
    assert answer.headers["preference-applied"] == "wait=20"
    assert (answer.json()["status"], answer.json()["output"]) == ("processing", ["a", " b"])
    assert until_done(api, answer.json()["urls"]["get"])["status"] == "succeeded"


def test_waiting_too_short_gives_202_and_a_prediction_that_starts(api: httpx.Client) -> None:
    answer = create(api, {"text": "a b", "pause": 10}, Prefer="wait=1")
    assert answer.status_code == 202
    assert (answer.json()["status"], "output" in answer.json()) == ("starting", False)
    api.post(answer.json()["urls"]["cancel"])


@pytest.mark.parametrize("wish", ["wait=0", "wait=61", "wait=x", "wait=1.5"])
def test_a_wait_outside_one_to_sixty_is_refused(api: httpx.Client, wish: str) -> None:
    assert create(api, {}, Prefer=wish).status_code == 400


def test_an_official_model_runs_by_name_and_hides_its_version(api: httpx.Client) -> None:
    by_model = api.post("/models/sandbox/talker/predictions", json={"input": {}}).json()
    by_name = api.post("/predictions", json={"version": "sandbox/talker", "input": {}}).json()
    for prediction in (by_model, by_name):
        assert prediction["version"] == "hidden"
        assert prediction["model"] == "sandbox/talker"
        assert until_done(api, prediction["urls"]["get"])["status"] == "succeeded"


def test_a_community_model_needs_its_version(api: httpx.Client) -> None:
    body = {"input": {"file": "data:text/plain,hello"}}
    assert api.post("/models/sandbox/copier/predictions", json=body).status_code == 404
    assert api.post("/predictions", json={"version": "sandbox/copier", **body}).status_code == 422
    version = version_of(api, "copier")
    for name in (version, f"sandbox/copier:{version}"):
        assert api.post("/predictions", json={"version": name, **body}).status_code == 201
    assert api.post("/predictions", json={"version": f"sandbox/talker:{version}", **body}).status_code == 422


@pytest.mark.parametrize(
    ("given", "field", "words"),
    [
        ({"count": 11}, "input.count", "less than or equal to 10"),
        ({"count": "3"}, "input.count", "Expected: integer, given: string"),
        ({"pause": -1}, "input.pause", "greater than or equal to 0"),
        ({"size": "xl"}, "input.size", 'must be one of the following: "s", "m"'),
        ({"text": None}, "input.text", "given: null"),
    ],
)
def test_an_input_that_the_schema_refuses_is_named(
    api: httpx.Client, given: dict[str, Any], field: str, words: str
) -> None:
    answer = create(api, given)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["title"] == "Input validation failed"
    assert [fault["field"] for fault in problem["invalid_fields"]] == [field]
    assert words in problem["invalid_fields"][0]["description"]
    assert f"- {field}: " in problem["detail"]


def test_a_key_that_the_api_does_not_know_is_refused(api: httpx.Client) -> None:
    body = {"version": version_of(api, "talker"), "input": {}, "signal": {}}
    problem = api.post("/predictions", json=body).json()
    assert problem["status"] == 422
    assert problem["detail"] == "- Additional property signal is not allowed\n"
    assert problem["invalid_fields"][0]["type"] == "additional_property_not_allowed"


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"a": NaN}', b"\xff", b'{"input":' * 5000])
def test_a_body_that_is_no_object_is_refused(api: httpx.Client, body: bytes) -> None:
    answer = api.post("/predictions", content=body)
    assert answer.status_code == 400
    assert answer.json()["status"] == 400


def test_a_training_makes_a_version_that_runs_with_its_weights(served: RunningSandbox, api: httpx.Client) -> None:
    new = {"owner": "sandbox", "name": "mine", "visibility": "private", "hardware": "cpu"}
    assert api.post("/models", json=new).status_code == 201
    trainer = version_of(api, "talker")
    where = f"/models/sandbox/talker/versions/{trainer}/trainings"
    given = {"data": "data:text/plain;base64,aGVsbG8=", "loud": True}
    missing = api.post(where, json={"destination": "sandbox/none", "input": given})
    assert missing.json() == {"detail": "The specified training destination does not exist", "status": 404}
    assert api.post(where, json={"destination": "sandbox/mine", "input": {}}).status_code == 422
    answer = api.post(where, json={"destination": "sandbox/mine", "input": given})
    assert answer.status_code == 201
    done = until_done(api, answer.json()["urls"]["get"])
    assert (done["status"], done["error"]) == ("succeeded", None)
    assert "loss 0.5" in done["logs"]
    made = done["output"]["version"].removeprefix("sandbox/mine:")
    assert httpx.get(done["output"]["weights"]).text == "HELLO: "
    assert [v["id"] for v in api.get("/models/sandbox/mine/versions").json()["results"]] == [made]
    spoken = api.post("/predictions", json={"version": made, "input": {"text": "you"}}).json()
    assert until_done(api, spoken["urls"]["get"])["output"] == ["HELLO: ", "you"]
    assert api.get("/trainings").json()["results"][0]["id"] == done["id"]
    assert api.delete("/models/sandbox/mine").status_code == 403
    assert api.delete(f"/models/sandbox/mine/versions/{made}").status_code == 202
    assert api.delete("/models/sandbox/mine").status_code == 204
    assert api.get("/models/sandbox/mine").status_code == 404


def test_data_is_removed_after_the_retention_and_the_record_stays(models: list[Any]) -> None:
    with run_sandbox(cog=models, options=["--retention", "3s"]) as running, client_of(running) as api:
        body = {"version": version_of(api, "copier"), "input": {"file": "data:text/plain,hello"}}
        done = until_done(api, api.post("/predictions", json=body).json()["urls"]["get"])
        file = done["output"][0]
        assert httpx.get(file).content == b"hello"
        give_up = time.monotonic() + 30
        while not (left := api.get(done["urls"]["get"]).json())["data_removed"]:
            assert time.monotonic() < give_up
            time.sleep(0.05)
        assert (left["status"], left["output"], left["input"], left["logs"]) == ("succeeded", None, {}, "")
        assert left["metrics"] == done["metrics"]
        assert httpx.get(file).status_code == 404


def test_an_idle_model_is_stopped_and_started_again(models: list[Any]) -> None:
    with run_sandbox(cog=models, options=["--idle", "300ms"]) as running, client_of(running) as api:
        assert until_done(api, create(api, {}).json()["urls"]["get"])["status"] == "succeeded"
        give_up = time.monotonic() + 30
        while any(running.get("/_sandbox/processes").values()):
            assert time.monotonic() < give_up
            time.sleep(0.02)
        assert until_done(api, create(api, {}).json()["urls"]["get"])["status"] == "succeeded"


def test_the_output_of_a_real_run_becomes_the_example_it_repeats(api: httpx.Client) -> None:
    example = api.get("/models/sandbox/talker/examples").json()["results"][0]
    assert example["input"] == {"text": "hi you"}
    until_done(api, create(api, {"text": "hi you"}).json()["urls"]["get"])
    give_up = time.monotonic() + 5
    while api.get(f"/predictions/{example['id']}").json()["output"] != ["hi", " you"]:
        assert time.monotonic() < give_up
        time.sleep(0.02)
    default = api.get("/models/sandbox/talker").json()["default_example"]
    assert (default["id"], default["output"]) == (example["id"], ["hi", " you"])


def test_a_hundred_at_once_all_come_to_their_own_end(api: httpx.Client) -> None:
    version = version_of(api, "talker")
    bodies = [{"version": version, "input": {"text": f"number {number}"}} for number in range(100)]
    made = [api.post("/predictions", json=body).json() for body in bodies]
    assert len({prediction["id"] for prediction in made}) == 100
    done = [until_done(api, prediction["urls"]["get"]) for prediction in made]
    assert [(job["status"], "".join(job["output"])) for job in done] == [
        ("succeeded", f"number {number}") for number in range(100)
    ]
