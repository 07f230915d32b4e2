"""Every one of the 37 operations with each answer that Replicate's openapi.json describes for it."""

import base64
import hashlib
import hmac
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.contract.driver import Driver
from tests.contract.spec import CREATIONS, MARKS, Spec, plain
from tests.sandbox.conftest import until_done, version_of
from tests.support.sandbox import RunningSandbox, run_sandbox

pytestmark = MARKS
TARGET = {"owner": "sandbox", "name": "target", "visibility": "private", "hardware": "cpu"}


@pytest.fixture(scope="module")
def driver(spec: Spec, brief: RunningSandbox) -> Iterator[Driver]:
    with Driver(spec, brief) as driver:
        yield driver


def drive_catalogue(call: Any) -> str:
    """Everything that only reads of models; gives the talker's version."""
    account = call("account.get", status=200)
    assert (account["type"], account["username"]) == ("user", "sandbox")
    assert {"sku": "cpu", "name": "CPU"} in call("hardware.list", status=200)
    assert call("webhooks.default.secret.get", status=200)["key"].startswith("whsec_")
    for collection in call("collections.list", status=200)["results"]:
        whole = call("collections.get", collection["slug"], status=200)
        assert whole["models"] and {key: whole[key] for key in collection} == collection
    call("search", status=400)
    call("search", params={"query": "image", "limit": "51"}, status=400)
    found = call("search", params={"query": "says words", "limit": "3"}, status=200)
    assert found["models"][0]["model"]["name"] == "talker" and len(found["models"]) <= 3
    text = {"Content-Type": "text/plain"}
    assert call("models.search", content="says words", headers=text, status=200)["results"][0]["name"] == "talker"
    for order in ("model_created_at", "latest_version_created_at"):
        for direction in ("asc", "desc"):
            call("models.list", params={"sort_by": order, "sort_direction": direction}, status=200)
    model = call("models.get", "sandbox", "talker", status=200)
    assert model["is_official"] is True and model["latest_version"]["openapi_schema"]
    assert call("models.examples.list", "sandbox", "talker", status=200)["results"]
    assert call("models.readme.get", "sandbox", "talker", status=200) == "# Talker\n"
    assert call("models.readme.get", "sandbox", "copier", status=404) == ""
    listed = call("models.versions.list", "sandbox", "talker", status=200)["results"]
    assert call("models.versions.get", "sandbox", "talker", listed[0]["id"], status=200) == listed[0]
    return listed[0]["id"]


def drive_creation(call: Any, where: str, parts: tuple[str, ...], version: dict[str, str]) -> None:
    """Created, waited for in time, and refused."""

    def create(status: int, headers: dict[str, str] | None = None, **given: Any) -> Any:
        body = {**version, "input": given}
        return call(where, *parts, json=body, headers=headers or {}, status=status)

    made = create(201, text="hi")
    assert made["status"] == "starting" and made["urls"]["stream"]
    in_time = create(201, {"Prefer": "wait=20"}, text="a b")
    assert (in_time["status"], in_time["output"]) == ("processing", ["a", " b"])
    refused = create(422, count=0)
    assert refused["invalid_fields"][0]["field"] == "input.count"


def drive_late_creation(call: Any, where: str, parts: tuple[str, ...], version: dict[str, str]) -> None:
    """Waited for out of time, with a deadline, and canceled."""
    body = {**version, "input": {"text": "a " * 500, "pause": 0.02}}
    late = call(where, *parts, json=body, headers={"Prefer": "wait=1", "Cancel-After": "1m"}, status=202)
    assert late["deadline"] > late["created_at"]
    assert call("predictions.cancel", late["id"], status=200)["status"] == "canceled"


def drive_predictions(call: Any, client: httpx.Client, version: str) -> None:
    drive_creation(call, "predictions.create", (), {"version": version})
    drive_creation(call, "predictions.create", (), {"version": "sandbox/talker"})
    drive_creation(call, "predictions.create", (), {"version": f"sandbox/talker:{version}"})
    drive_late_creation(call, "predictions.create", (), {"version": version})
    drive_creation(call, "models.predictions.create", ("sandbox", "talker"), {})
    drive_late_creation(call, "models.predictions.create", ("sandbox", "talker"), {})
    made = call("predictions.create", json={"version": version, "input": {"text": "x", "kind": "fail"}}, status=201)
    failed = until_done(client, made["urls"]["get"])
    assert call("predictions.get", made["id"], status=200)["error"] == failed["error"] != ""
    assert call("predictions.cancel", made["id"], status=200)["status"] == "failed"
    page = call("predictions.list", status=200)
    assert made["id"] in [item["id"] for item in page["results"]]
    bounds = {"created_after": page["results"][-1]["created_at"], "created_before": page["results"][0]["created_at"]}
    assert len(call("predictions.list", params=bounds, status=200)["results"]) == len(page["results"]) - 1
    assert call("predictions.list", params={"source": "web"}, status=200)["results"] == []


def drive_trainings(call: Any, client: httpx.Client, version: str) -> None:
    """From a model of one's own to a version that runs, and back to nothing."""
    assert call("models.create", json=TARGET, status=201)["latest_version"] is None
    assert call("models.update", "sandbox", "target", json={"description": "d"}, status=200)["description"] == "d"
    where = ("sandbox", "talker", version)
    body = {"destination": "sandbox/target", "input": {"data": "data:text/plain,learnt"}}
    training = call("trainings.create", *where, json=body, status=201)
    call("trainings.get", training["id"], status=200)
    done = until_done(client, training["urls"]["get"])
    assert done["status"] == "succeeded", done
    assert call("trainings.get", training["id"], status=200)["output"] == done["output"]
    assert call("trainings.cancel", training["id"], status=200)["status"] == "succeeded"
    assert training["id"] in [item["id"] for item in call("trainings.list", status=200)["results"]]
    made = done["output"]["version"].partition(":")[2]
    request = {"version": done["output"]["version"], "input": {"text": "well"}}
    spoken = call("predictions.create", json=request, headers={"Prefer": "wait"}, status=201)
    assert "".join(spoken["output"]) == "learnt: well"
    call("models.delete", "sandbox", "target", status=403)
    call("models.versions.delete", "sandbox", "target", made, status=202)
    assert call("models.versions.list", "sandbox", "target", status=200)["results"] == []
    call("models.delete", "sandbox", "target", status=204)
    call("models.get", "sandbox", "target", status=404)


def drive_files(call: Any, driver: Driver) -> None:
    form = {"content": ("a.txt", b"hello", "text/plain"), "metadata": (None, '{"customer": 12}', "application/json")}
    file = call("files.create", files=form, status=201)
    assert (file["name"], file["size"], file["metadata"]) == ("a.txt", 5, {"customer": 12})
    assert driver.announce("files.create", 200 * 1024 * 1024).status_code == 413
    assert file in call("files.list", status=200)["results"]
    assert call("files.get", file["id"], status=200) == file
    secret = driver.running.get("/_sandbox/secrets")["files_signing_secret"]
    expiry = str(int(time.time()) + 60)
    digest = hmac.new(secret.encode(), f"sandbox {file['id']} {expiry}".encode(), hashlib.sha256).digest()
    query = {"owner": "sandbox", "expiry": expiry, "signature": base64.b64encode(digest).decode()}
    assert call("files.download", file["id"], params=query, status=200) == "hello"
    call("files.download", file["id"], params={**query, "owner": "you"}, status=404)
    call("files.delete", file["id"], status=204)
    call("files.delete", file["id"], status=404)
    call("files.get", file["id"], status=404)


def drive_deployments(call: Any, client: httpx.Client, version: str) -> None:
    body = {"name": "mine", "model": "sandbox/talker", "version": version, "hardware": "cpu"}
    sizes = {"min_instances": 1, "max_instances": 2}
    made = call("deployments.create", json={**body, **sizes}, status=200)
    assert made["current_release"]["number"] == 1
    drive_creation(call, "deployments.predictions.create", ("sandbox", "mine"), {})
    drive_late_creation(call, "deployments.predictions.create", ("sandbox", "mine"), {})
    job = call("deployments.predictions.create", "sandbox", "mine", json={"input": {}}, status=201)
    assert job["deployment"] == "sandbox/mine"
    assert until_done(client, job["urls"]["get"])["status"] == "succeeded"
    assert call("deployments.list", status=200)["results"] == [made]
    assert call("deployments.get", "sandbox", "mine", status=200) == made
    call("deployments.delete", "sandbox", "mine", status=400)
    off = {"min_instances": 0, "max_instances": 0}
    release = call("deployments.update", "sandbox", "mine", json=off, status=200)["current_release"]
    assert (release["number"], release["configuration"]) == (2, {"hardware": "cpu", **off})
    give_up = time.monotonic() + 15
    while client.delete("/deployments/sandbox/mine").status_code == 400:
        assert time.monotonic() < give_up
        time.sleep(0.1)
    call("deployments.delete", "sandbox", "mine", status=404)


def test_all_37_operations_give_every_answer_that_the_spec_describes(driver: Driver) -> None:
    call = driver.call
    assert len(driver.spec.operations) == 37
    version = drive_catalogue(call)
    drive_predictions(call, driver.client, version)
    drive_trainings(call, driver.client, version)
    drive_files(call, driver)
    drive_deployments(call, driver.client, version)
    driver.seen["deployments.delete"].add(204)  # asked for again and again by hand, until it could be
    for name, operation in driver.spec.operations.items():
        # search's 500 is the one that the sandbox has no way to give but `--chaos search:500`.
        assert {status for status in operation.responses if status < 500} <= driver.seen[name], name


def test_no_answer_leaves_out_a_field_that_the_spec_gives_the_object(driver: Driver) -> None:
    """The spec requires few fields; a client's types name them all."""
    version = driver.versions["talker"]
    job = driver.call("predictions.create", json={"version": version, "input": {}}, headers={"Cancel-After": "1m"})
    done = until_done(driver.client, job["urls"]["get"])
    components = driver.spec.components["schemas"]
    expected = set(components["schemas_prediction_response"]["properties"]) - {"deployment"}
    assert expected <= set(done)
    assert {"web", "get", "cancel", "stream"} == set(done["urls"])
    model = driver.call("models.get", "sandbox", "talker", status=200)
    assert set(components["schemas_model_response"]["properties"]) == set(model)
    assert set(components["schemas_version_response"]["properties"]) == set(model["latest_version"])


def test_every_packaged_model_is_described_as_the_spec_says(driver: Driver) -> None:
    for model in driver.call("models.list", status=200)["results"]:
        parts = (model["owner"], model["name"])
        driver.call("models.get", *parts, status=200)
        for example in driver.call("models.examples.list", *parts, status=200)["results"]:
            assert driver.call("predictions.get", example["id"], status=200)["input"] == example["input"]
        driver.call("models.readme.get", *parts)
        schemas = model["latest_version"]["openapi_schema"]["components"]["schemas"]
        assert {"Input", "Output"} <= set(schemas)


def test_files_of_examples_can_be_fetched_and_given_back(driver: Driver) -> None:
    example = driver.call("models.examples.list", "sandbox", "upscale", status=200)["results"][0]
    assert driver.client.get(example["input"]["image"]).headers["content-type"].startswith("image/")
    body = {"version": version_of(driver.client, "upscale"), "input": example["input"]}
    made = driver.call("predictions.create", json=body, status=201)
    assert until_done(driver.client, made["urls"]["get"])["status"] == "succeeded"


def test_the_sandbox_gives_the_spec_s_500_when_told_to() -> None:
    with run_sandbox(chaos="search:500x1") as running:
        headers = {"Authorization": f"Bearer {running.token}"}
        answer = httpx.get(f"{running.base_url}/search", params={"query": "x"}, headers=headers)
        assert (answer.status_code, answer.json()["status"]) == (500, 500)
        assert answer.json()["detail"]


def test_the_checker_itself_finds_what_is_not_as_described(driver: Driver) -> None:
    operation = driver.spec.operations["predictions.create"]
    version = driver.versions["talker"]
    fine = driver.client.post("/predictions", json={"version": version, "input": {}})

    def changed(body: dict[str, Any] | None = None, status: int = 201, **headers: str) -> httpx.Response:
        kept = {"content-type": "application/json", **{k: fine.headers[k] for k in HEADERS}, **headers}
        content = {**fine.json(), **(body or {})}
        return httpx.Response(status, headers=kept, json=content, request=fine.request)

    driver.spec.check(operation, changed())
    for wrong in (
        changed({"status": "queued"}),
        changed({"urls": {}}),
        changed({"created_at": "yesterday"}),
        changed({"error": 3}),
        changed(status=200),
        changed(status=500),
        changed(status=422),
        changed(location="http://x"),
        changed(**{"content-type": "text/html"}),
        changed(**{"ratelimit-reset": "0"}),
    ):
        with pytest.raises(Exception, match=r".+"):
            driver.spec.check(operation, wrong)
    assert set(driver.spec.operations) >= CREATIONS
    assert plain({"type": "string", "nullable": True}) == {"anyOf": [{"type": "string"}, {"type": "null"}]}


HEADERS = ("location", "ratelimit-remaining", "ratelimit-reset")
