"""A read-only client: what would change something never leaves, whoever asks for it."""

from __future__ import annotations

import pytest

from tests.support.api_server import client_for, ok
from tui.api.errors import ReadOnly
from tui.api.types import Target

PREDICTION = {"id": "p1", "status": "processing", "input": {}, "urls": {}}

CHANGES = {
    "create a prediction": lambda c, file: c.create_prediction(Target("a", "b", "v"), {}),
    "create one of an official model": lambda c, file: c.create_prediction(Target("a", "b", official=True), {}),
    "create one of a deployment": lambda c, file: c.create_prediction(Target("a", "b", deployment=True), {}),
    "cancel a prediction": lambda c, file: c.cancel_prediction("p1"),
    "create a training": lambda c, file: c.create_training(Target("a", "b", "v"), "a/c", {}),
    "cancel a training": lambda c, file: c.cancel_training("t1"),
    "create a model": lambda c, file: c.create_model("a", "b", visibility="private", hardware="cpu"),
    "update a model": lambda c, file: c.update_model("a", "b", description="x"),
    "delete a model": lambda c, file: c.delete_model("a", "b"),
    "delete a version": lambda c, file: c.delete_version("a", "b", "v"),
    "create a deployment": lambda c, file: c.create_deployment(
        "d", model="a/b", version="v", hardware="cpu", min_instances=0, max_instances=1
    ),
    "update a deployment": lambda c, file: c.update_deployment("a", "d", min_instances=1),
    "delete a deployment": lambda c, file: c.delete_deployment("a", "d"),
    "upload a file": lambda c, file: c.upload(file),
    "upload a file once": lambda c, file: c.upload_once(file),
    "delete a file": lambda c, file: c.delete_file("f1"),
}


@pytest.mark.parametrize("change", CHANGES)
async def test_a_read_only_client_sends_no_change(server, naps, tmp_path, change):
    file = tmp_path / "x.txt"
    file.write_text("x")
    server.on("GET", "/v1/files", ok({"results": []}))
    async with client_for(server, naps, read_only=True) as client:
        with pytest.raises(ReadOnly, match="read-only is set"):
            await CHANGES[change](client, file)
    assert {request.method for request in server.requests} <= {"GET"}
    assert naps.seconds == []


async def test_a_read_only_client_reads_searches_and_looks(server, naps):
    server.on("GET", "/v1/predictions/p1", ok(PREDICTION))
    server.on("QUERY", "/v1/models", ok({"results": []}))
    async with client_for(server, naps, read_only=True) as client:
        assert (await client.prediction("p1")).id == "p1"
        assert (await client.search_models("cats").first()).results == ()
    assert [request.method for request in server.requests] == ["GET", "QUERY"]


async def test_a_client_that_is_not_read_only_cancels(server, naps):
    server.on("POST", "/v1/predictions/p1/cancel", ok(PREDICTION))
    async with client_for(server, naps, read_only=False) as client:
        await client.cancel_prediction("p1")
    assert server.count("POST") == 1
