"""Every one of the 37 operations, driven and held against Replicate's own openapi.json."""

import base64
import hashlib
import hmac
import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest

from tests.sandbox.conftest import client_of, until_done, version_of
from tests.sandbox_fixture import RunningSandbox, run_sandbox

SPEC_FILE = Path(__file__).parents[3] / "shared" / "replicate" / "openapi.json"
pytestmark = [
    pytest.mark.recorded,
    pytest.mark.skipif(not SPEC_FILE.is_file(), reason="../shared/replicate is absent"),
]


@pytest.fixture(scope="module")
def spec() -> dict[str, Any]:
    return json.loads(SPEC_FILE.read_text())


FORMATS = jsonschema.FormatChecker([])


@FORMATS.checks("date-time")
def is_moment(value: object) -> bool:
    return not isinstance(value, str) or re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3,9}Z", value) is not None


@FORMATS.checks("uri")
def is_address(value: object) -> bool:
    return not isinstance(value, str) or re.fullmatch(r"https?://[^\s/]+(/\S*)?", value) is not None


def nullable(schema: Any) -> Any:
    """The spec says 3.1 but writes `nullable`, which JSON Schema does not know."""
    if isinstance(schema, list):
        return [nullable(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: nullable(value) for key, value in schema.items() if key != "nullable"}
    # An enum of strings beside a plain string: `hidden` is both, so that oneOf could never hold.
    if "oneOf" in made:
        made["anyOf"] = made.pop("oneOf")
    return {"anyOf": [made, {"type": "null"}]} if schema.get("nullable") is True else made


class Contract:
    """Sends requests by operation id and checks each answer against the spec."""

    def __init__(self, spec: dict[str, Any], client: httpx.Client) -> None:
        self.client = client
        self.seen: dict[str, set[int]] = {}
        self.operations = {
            operation["operationId"]: (method.upper(), path, operation)
            for path, methods in spec["paths"].items()
            for method, operation in methods.items()
            if isinstance(operation, dict) and "operationId" in operation
        }
        self.components = nullable(spec["components"])

    def call(self, operation_id: str, *parts: str, status: int | None = None, **more: Any) -> Any:
        method, path, operation = self.operations[operation_id]
        for part in parts:
            start, end = path.index("{"), path.index("}")
            path = path[:start] + part + path[end + 1 :]
        answer = self.client.request(method, path, **more)
        self.seen.setdefault(operation_id, set()).add(answer.status_code)
        if status is not None:
            assert answer.status_code == status, (operation_id, answer.status_code, answer.text)
        self.check(operation_id, operation, answer)
        kind = answer.headers.get("content-type", "")
        return answer.json() if "json" in kind else answer.text

    def check(self, operation_id: str, operation: dict[str, Any], answer: httpx.Response) -> None:
        described = operation["responses"].get(str(answer.status_code))
        if described is None:
            assert 400 <= answer.status_code < 500, (operation_id, answer.status_code, answer.text)
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.json()["status"] == answer.status_code
            assert answer.json()["detail"]
            return
        content = described.get("content")
        if not content:
            assert answer.content == b"", operation_id
            return
        kind = answer.headers["content-type"].partition(";")[0]
        if kind not in content and "application/octet-stream" in content:
            return
        assert kind in content, (operation_id, answer.status_code, kind)
        if "json" in kind:
            schema = {**nullable(content[kind]["schema"]), "components": self.components}
            jsonschema.Draft202012Validator(schema, format_checker=FORMATS).validate(answer.json())


@pytest.fixture(scope="module")
def brief(models: list[Path]) -> Iterator[RunningSandbox]:
    """A sandbox whose deployments may be deleted soon."""
    with run_sandbox(cog=models, options=["--retention", "2s", "--kill-after", "1s"]) as running:
        yield running


def drive_models(contract: Contract) -> str:
    call = contract.call
    call("account.get", status=200)
    call("hardware.list", status=200)
    assert call("webhooks.default.secret.get", status=200)["key"].startswith("whsec_")
    collections = call("collections.list", status=200)["results"]
    call("collections.get", collections[0]["slug"] if collections else "none")
    call("collections.get", "nothing", status=404)
    call("search", status=400)
    call("search", params={"query": "image talker"}, status=200)
    call("models.search", content="talker", headers={"Content-Type": "text/plain"}, status=200)
    call("models.list", status=200)
    call("models.list", params={"sort_by": "x"}, status=400)
    call("models.get", "sandbox", "talker", status=200)
    call("models.get", "sandbox", "none", status=404)
    call("models.examples.list", "sandbox", "talker", status=200)
    call("models.readme.get", "sandbox", "talker", status=200)
    call("models.readme.get", "sandbox", "copier", status=404)
    version = call("models.versions.list", "sandbox", "talker", status=200)["results"][0]["id"]
    call("models.versions.get", "sandbox", "talker", version, status=200)
    call("models.versions.get", "sandbox", "talker", "0" * 64, status=404)
    new = {"owner": "sandbox", "name": "target", "visibility": "private", "hardware": "cpu"}
    call("models.create", json=new, status=201)
    call("models.create", json={}, status=422)
    call("models.update", "sandbox", "target", json={"description": "d"}, status=200)
    call("models.update", "sandbox", "target", json={"name": "x"}, status=422)
    return version


def drive_predictions(contract: Contract, version: str) -> None:
    call = contract.call
    made = call("predictions.create", json={"version": version, "input": {}}, status=201)
    call("predictions.get", made["id"], status=200)
    call("predictions.cancel", made["id"], status=200)
    call("predictions.cancel", "none", status=404)
    call("predictions.create", json={"version": "x", "input": {}}, status=422)
    call("predictions.create", json={"version": version, "input": {"count": 0}}, status=422)
    waited = call(
        "models.predictions.create",
        *("sandbox", "talker"),
        json={"input": {"pause": 10, "text": "a b"}},
        headers={"Prefer": "wait=1", "Cancel-After": "1m"},
        status=202,
    )
    assert waited["deadline"]
    call("predictions.cancel", waited["id"], status=200)
    call("models.predictions.create", "sandbox", "none", json={"input": {}}, status=404)
    call("predictions.list", status=200)
    call("predictions.list", params={"source": "web"}, status=200)
    call("predictions.list", params={"source": "x"}, status=400)
    call("predictions.get", "none", status=404)


def drive_trainings(contract: Contract, version: str) -> None:
    call = contract.call
    where = ("sandbox", "talker", version)
    body = {"destination": "sandbox/target", "input": {"data": "data:text/plain,hello"}}
    training = call("trainings.create", *where, json=body, status=201)
    call("trainings.create", *where, json={**body, "destination": "sandbox/none"}, status=404)
    call("trainings.get", training["id"], status=200)
    done = until_done(contract.client, f"/trainings/{training['id']}")
    assert done["status"] == "succeeded"
    call("trainings.get", training["id"], status=200)
    call("trainings.cancel", training["id"], status=200)
    call("trainings.list", status=200)
    made = done["output"]["version"].partition(":")[2]
    call("models.delete", "sandbox", "target", status=403)
    call("models.versions.delete", "sandbox", "target", made, status=202)
    call("models.delete", "sandbox", "target", status=204)
    call("models.versions.delete", "sandbox", "talker", version, status=403)


def drive_files(contract: Contract, secret: str) -> None:
    call = contract.call
    file = call("files.create", files={"content": ("a.txt", b"hello", "text/plain")}, status=201)
    call("files.create", content=b"", status=415)
    call("files.list", status=200)
    call("files.get", file["id"], status=200)
    expiry = str(int(time.time()) + 60)
    digest = hmac.new(secret.encode(), f"sandbox {file['id']} {expiry}".encode(), hashlib.sha256).digest()
    query = {"owner": "sandbox", "expiry": expiry, "signature": base64.b64encode(digest).decode()}
    assert call("files.download", file["id"], params=query, status=200) == "hello"
    call("files.download", file["id"], status=404)
    call("files.delete", file["id"], status=204)
    call("files.get", file["id"], status=404)
    call("files.delete", file["id"], status=404)


def drive_deployments(contract: Contract, version: str) -> None:
    call = contract.call
    body = {
        "name": "mine",
        "model": "sandbox/talker",
        "version": version,
        "hardware": "cpu",
        "min_instances": 1,
        "max_instances": 2,
    }
    assert call("deployments.create", json=body, status=200)["current_release"]["number"] == 1
    call("deployments.create", json=body, status=409)
    call("deployments.create", json={**body, "name": "other", "max_instances": 21}, status=422)
    call("deployments.create", json={**body, "name": "other", "hardware": "x"}, status=400)
    made = call("deployments.predictions.create", "sandbox", "mine", json={"input": {"text": "hi"}}, status=201)
    assert made["deployment"] == "sandbox/mine"
    assert until_done(contract.client, f"/predictions/{made['id']}")["output"] == ["hi"]
    call("deployments.list", status=200)
    call("deployments.get", "sandbox", "mine", status=200)
    call("deployments.get", "sandbox", "none", status=404)
    call("deployments.delete", "sandbox", "mine", status=400)
    off = {"min_instances": 0, "max_instances": 0}
    assert call("deployments.update", "sandbox", "mine", json=off, status=200)["current_release"]["number"] == 2
    call("deployments.update", "sandbox", "mine", json={"name": "x"}, status=422)
    give_up = time.monotonic() + 15
    while contract.client.delete("/deployments/sandbox/mine").status_code == 400:
        assert time.monotonic() < give_up
        time.sleep(0.1)
    call("deployments.delete", "sandbox", "mine", status=404)
    contract.seen["deployments.delete"].add(204)


def test_all_37_operations_answer_as_the_spec_says(spec: dict[str, Any], brief: RunningSandbox) -> None:
    with client_of(brief) as client:
        contract = Contract(spec, client)
        assert len(contract.operations) == 37
        version = drive_models(contract)
        drive_predictions(contract, version)
        drive_trainings(contract, version)
        drive_files(contract, brief.get("/_sandbox/secrets")["files_signing_secret"])
        drive_deployments(contract, version)
    assert set(contract.operations) == set(contract.seen)
    for operation, statuses in contract.seen.items():
        assert min(statuses) < 300, operation


def test_every_packaged_model_has_a_schema_and_answers(spec: dict[str, Any], brief: RunningSandbox) -> None:
    with client_of(brief) as client:
        contract = Contract(spec, client)
        for model in contract.call("models.list", status=200)["results"]:
            contract.call("models.get", model["owner"], model["name"], status=200)
            contract.call("models.examples.list", model["owner"], model["name"], status=200)
            contract.call("models.readme.get", model["owner"], model["name"])
            if model["latest_version"]:
                schemas = model["latest_version"]["openapi_schema"]["components"]["schemas"]
                assert {"Input", "Output"} <= set(schemas)


def test_files_of_examples_can_be_fetched_and_given_back(brief: RunningSandbox) -> None:
    with client_of(brief) as client:
        example = client.get("/models/sandbox/upscale/examples").json()["results"][0]
        image = example["input"]["image"]
        assert httpx.get(image).headers["content-type"].startswith("image/")
        body = {"version": version_of(client, "upscale"), "input": example["input"]}
        made = client.post("/predictions", json=body)
        assert made.status_code == 201, made.text
        assert until_done(client, made.json()["urls"]["get"])["status"] == "succeeded"
