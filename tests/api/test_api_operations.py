import json
import re
from datetime import UTC, datetime, timedelta, timezone

import pytest

from tests.support.api_server import ok, text
from tests.support.paths import REPLICATE
from tui.api.errors import BadAnswer
from tui.api.types import Target

SPEC = REPLICATE / "openapi.json"
PAGE = {"results": [], "next": None}
SCALE = {"min_instances": 0, "max_instances": 1}


def operations(client, tmp_path):
    """Each of the 37 operations as a call, with the request that it is."""
    path = tmp_path / "f.txt"
    path.write_text("x")
    version, official = Target("a", "b", "v"), Target("a", "b", official=True)
    return {
        "search": (client.search("x y", 5), "GET /search?limit=5&query=x y"),
        "account.get": (client.account(), "GET /account"),
        "collections.list": (client.collections().first(), "GET /collections"),
        "collections.get": (client.collection("c"), "GET /collections/c"),
        "deployments.list": (client.deployments().first(), "GET /deployments"),
        "deployments.create": (
            client.create_deployment("d", model="a/b", version="v", hardware="cpu", **SCALE),
            "POST /deployments",
        ),
        "deployments.delete": (client.delete_deployment("a", "d"), "DELETE /deployments/a/d"),
        "deployments.get": (client.deployment("a", "d"), "GET /deployments/a/d"),
        "deployments.update": (client.update_deployment("a", "d", **SCALE), "PATCH /deployments/a/d"),
        "deployments.predictions.create": (
            client.create_prediction(Target("a", "d", deployment=True), {}),
            "POST /deployments/a/d/predictions",
        ),
        "files.list": (client.files().first(), "GET /files"),
        "files.create": (client.upload(path), "POST /files"),
        "files.delete": (client.delete_file("f"), "DELETE /files/f"),
        "files.get": (client.file("f"), "GET /files/f"),
        "files.download": (
            client.download_file("f", tmp_path / "out", owner="a", expiry=5, signature="s+/="),
            "GET /files/f/download?expiry=5&owner=a&signature=s+/=",
        ),
        "hardware.list": (client.hardware(), "GET /hardware"),
        "models.list": (
            client.models("model_created_at", "asc").first(),
            "GET /models?sort_by=model_created_at&sort_direction=asc",
        ),
        "models.create": (
            client.create_model("a", "n", hardware="cpu", visibility="private", description=""),
            "POST /models",
        ),
        "models.search": (client.search_models("x").first(), "QUERY /models"),
        "models.delete": (client.delete_model("a", "b"), "DELETE /models/a/b"),
        "models.get": (client.model("a", "b"), "GET /models/a/b"),
        "models.update": (client.update_model("a", "b", readme="# x"), "PATCH /models/a/b"),
        "models.examples.list": (client.examples("a", "b").first(), "GET /models/a/b/examples"),
        "models.predictions.create": (client.create_prediction(official, {}), "POST /models/a/b/predictions"),
        "models.readme.get": (client.readme("a", "b"), "GET /models/a/b/readme"),
        "models.versions.list": (client.versions("a", "b").first(), "GET /models/a/b/versions"),
        "models.versions.delete": (client.delete_version("a", "b", "v"), "DELETE /models/a/b/versions/v"),
        "models.versions.get": (client.version("a", "b", "v"), "GET /models/a/b/versions/v"),
        "predictions.list": (
            client.predictions(
                created_after=datetime(2024, 1, 1, tzinfo=UTC),
                created_before=datetime(2024, 1, 2, tzinfo=timezone(timedelta(hours=1))),
                source="web",
            ).first(),
            "GET /predictions?created_after=2024-01-01T00:00:00Z&created_before=2024-01-01T23:00:00Z&source=web",
        ),
        "predictions.create": (client.create_prediction(version, {}), "POST /predictions"),
        "predictions.get": (client.prediction("p"), "GET /predictions/p"),
        "predictions.cancel": (client.cancel_prediction("p"), "POST /predictions/p/cancel"),
        "trainings.create": (
            client.create_training(version, "a/mine", {}),
            "POST /models/a/b/versions/v/trainings",
        ),
        "trainings.list": (client.trainings().first(), "GET /trainings"),
        "trainings.get": (client.training("t"), "GET /trainings/t"),
        "trainings.cancel": (client.cancel_training("t"), "POST /trainings/t/cancel"),
        "webhooks.default.secret.get": (client.webhook_secret(), "GET /webhooks/default/secret"),
    }


def answers(server):
    body = {"id": "x", "name": "x", "key": "whsec_AAAA", **PAGE}
    server.default = ok(body)
    server.on("GET", "/v1/hardware", ok([{"name": "CPU", "sku": "cpu"}]))


async def test_every_operation_sends_the_request_that_it_is(server, client, tmp_path):
    answers(server)
    calls = operations(client, tmp_path)
    assert len(calls) == 37
    for name, (call, expected) in calls.items():
        await call
        request = server.requests.pop()
        query = "&".join(f"{key}={value}" for key, value in sorted(request.query.items()))
        sent = f"{request.method} {request.path.removeprefix('/v1')}" + (f"?{query}" if query else "")
        assert sent == expected, name
        assert server.requests == []


@pytest.mark.recorded
async def test_every_operation_of_the_description_is_there(server, client, tmp_path):
    if not SPEC.exists():
        pytest.skip("../shared/replicate is absent")
    spec = json.loads(SPEC.read_text())
    described = {}
    for path, methods in spec["paths"].items():
        for method, operation in methods.items():
            if isinstance(operation, dict) and "operationId" in operation:
                pattern = re.sub(r"\{[^}]+\}", "[^/]+", path)
                described[operation["operationId"]] = (method.upper(), pattern, operation)
    answers(server)
    for name, (call, _) in operations(client, tmp_path).items():
        await call
        method, pattern, operation = described.pop(name)
        request = server.requests.pop()
        assert request.method == method.removeprefix("X-"), name
        assert re.fullmatch(pattern, request.path.removeprefix("/v1")), name
        known = {item["name"] for item in operation.get("parameters", []) if item.get("in") == "query"}
        assert set(request.query) <= known, name
        content = operation.get("requestBody", {}).get("content", {})
        if "application/json" in content:
            schema = content["application/json"]["schema"]
            schema = spec["components"]["schemas"][schema["$ref"].split("/")[-1]] if "$ref" in schema else schema
            assert set(schema.get("required", [])) <= set(request.json) <= set(schema["properties"]), name
    assert described == {}


async def test_what_is_not_given_is_not_sent_and_an_empty_text_is(server, client):
    answers(server)
    await client.update_model("a", "b", description="")
    await client.update_deployment("a", "d", min_instances=0)
    assert [request.json for request in server.requests] == [{"description": ""}, {"min_instances": 0}]


async def test_a_readme_is_cleaned_and_a_missing_one_is_none(server, client):
    server.on("GET", "/v1/models/a/b/readme", text("# Hi\r\n\x1b]0;x\x07[/]\xff"))
    assert await client.readme("a", "b") == "# Hi\n[/]ÿ"
    assert await client.readme("a", "none") is None


async def test_hardware_comes_as_a_list(server, client):
    server.on("GET", "/v1/hardware", ok([{"name": "CPU", "sku": "cpu"}, None]), ok({}))
    assert [item.sku for item in await client.hardware()] == ["cpu"]
    with pytest.raises(BadAnswer):
        await client.hardware()


async def test_the_webhook_secret_is_a_secret(server, client):
    server.on(
        "GET",
        "/v1/webhooks/default/secret",
        ok({"key": "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"}),
        ok({}),
        ok({"key": "a b"}),
    )
    secret = await client.webhook_secret()
    assert secret.reveal().startswith("whsec_")
    assert "whsec_" not in repr(secret)
    for _ in range(2):
        with pytest.raises(BadAnswer):
            await client.webhook_secret()
