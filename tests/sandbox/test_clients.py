"""The official clients, unchanged, against the sandbox."""

import io
import json
import os
import shutil
import subprocess
import warnings
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.conftest import client_of, until_done
from tests.sandbox_fixture import RunningSandbox

NODE = """
const Replicate = require("replicate");
const assert = require("node:assert");
const http = require("node:http");
(async () => {
  const [baseUrl, auth, version] = process.argv.slice(2);
  const api = new Replicate({ auth, baseUrl, useFileOutput: false });
  const text = await api.run("sandbox/talker", { input: { text: "a b c" } });
  assert.equal(text.join(""), "a b c");
  const polled = await api.run("sandbox/talker", { input: { text: "a b" }, wait: { mode: "poll", interval: 50 } });
  assert.equal(polled.join(""), "a b");
  let streamed = "";
  for await (const event of api.stream("sandbox/talker", { input: { text: "x\\ny z", pause: 0.05 } })) {
    if (event.event === "output") streamed += event.data;
  }
  assert.equal(streamed, "x\\ny z");
  const file = await api.files.create(new Blob(["hello"], { type: "text/plain" }), { filename: "a.txt" });
  assert.equal((await api.files.get(file.id)).size, 5);
  const copied = await api.run(`sandbox/copier:${version}`, { input: { file: new Blob(["blob"]) } });
  assert.equal(await (await fetch(copied[0])).text(), "blob");
  await api.files.delete(file.id);
  const slow = await api.predictions.create({ model: "sandbox/talker", input: { text: "a b", pause: 30 } });
  assert.equal(slow.status, "starting");
  assert.equal((await api.predictions.cancel(slow.id)).status, "canceled");
  assert.equal((await api.predictions.get(slow.id)).status, "canceled");
  const failed = await api.predictions.create({ version, input: { file: "data:text/plain,x" } });
  assert.equal((await api.wait(failed, { interval: 50 })).status, "succeeded");
  let count = 0;
  for await (const page of api.paginate(api.predictions.list)) count += page.length;
  assert.ok(count >= 4);
  assert.equal((await api.models.get("sandbox", "talker")).name, "talker");
  assert.ok((await api.models.search("talker")).results.some((model) => model.name === "talker"));
  assert.ok((await api.hardware.list()).length > 1);
  assert.equal((await api.accounts.current()).username, "sandbox");
  assert.ok(Array.isArray((await api.collections.list()).results));
  const secret = await api.webhooks.default.secret.get();
  const taken = new Promise((resolve) => {
    const server = http.createServer((request, response) => {
      let body = "";
      request.on("data", (piece) => (body += piece));
      request.on("end", () => { response.end(); server.close(); resolve({ headers: request.headers, body }); });
    }).listen(0, "127.0.0.1", async () => {
      await api.predictions.create({ model: "sandbox/talker", input: {}, webhook_events_filter: ["completed"],
        webhook: `http://127.0.0.1:${server.address().port}/` });
    });
  });
  const { headers, body } = await taken;
  const request = new Request("http://x/", { method: "POST", headers, body });
  assert.ok(await Replicate.validateWebhook(request, secret.key));
  await assert.rejects(api.run(`sandbox/copier:${version}`, { input: {} }), /file is required/);
  console.log("done");
  process.exit(0); // its stream leaves the connection open after `done`, until the server's 30 seconds are over
})().catch((error) => { console.error(error); process.exit(1); });
"""


@pytest.fixture
def replicate_client(served: RunningSandbox) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        replicate = pytest.importorskip("replicate", reason="the official Python client is not installed")
    return replicate.Client(api_token=served.token, base_url=served.origin)


def copier_version(served: RunningSandbox) -> str:
    return served.get("/v1/models/sandbox/copier")["latest_version"]["id"]


def test_the_python_client_runs_streams_and_uploads(served: RunningSandbox, replicate_client: Any) -> None:
    api = replicate_client
    assert "".join(api.run("sandbox/talker", input={"text": "a b c"})) == "a b c"
    streamed = [str(event) for event in api.stream("sandbox/talker", input={"text": "x\ny z", "pause": 0.02})]
    assert "".join(streamed) == "x\ny z"
    reference = f"sandbox/copier:{copier_version(served)}"
    copied = api.run(reference, input={"file": io.BytesIO(b"bytes")}, use_file_output=False)
    with client_of(served) as client:
        assert client.get(copied[0]).content == b"bytes"
    with pytest.raises(Exception, match=r"no .* words"):
        api.run("sandbox/talker", input={"kind": "fail"})
    with pytest.raises(Exception, match="file is required"):
        api.run(reference, input={})


def test_the_python_client_creates_gets_lists_cancels_and_waits(served: RunningSandbox, replicate_client: Any) -> None:
    api = replicate_client
    made = api.predictions.create(model="sandbox/talker", input={"text": "a b", "pause": 0.1})
    assert made.status == "starting"
    made.wait()
    assert (made.status, made.output) == ("succeeded", ["a", " b"])
    slow = api.predictions.create(model="sandbox/talker", input={"text": "a b", "pause": 30})
    slow.cancel()
    slow.reload()
    assert slow.status == "canceled"
    listed = api.predictions.list()
    assert {made.id, slow.id} <= {prediction.id for prediction in listed.results}
    assert api.predictions.get(made.id).output == ["a", " b"]


def test_the_python_client_finds_its_way_around(served: RunningSandbox, replicate_client: Any, tmp_path: Path) -> None:
    api = replicate_client
    assert api.accounts.current().username == "sandbox"
    assert api.models.get("sandbox/talker").latest_version.id
    assert api.models.search("talker").results[0].name == "talker"
    assert {model.name for model in api.models.list().results} >= {"talker", "copier"}
    assert len(api.models.get("sandbox/copier").versions.list().results) == 1
    assert api.hardware.list()[0].sku == "cpu"
    assert api.collections.list() is not None
    note = tmp_path / "note.txt"
    note.write_text("hello")
    file = api.files.create(note)
    assert (file.size, file.name) == (5, "note.txt")
    assert file.id in {other.id for other in api.files.list()}
    api.files.delete(file.id)
    assert api.webhooks.default.secret().key.startswith("whsec_")


def test_the_python_client_trains_and_runs_the_version(served: RunningSandbox, replicate_client: Any) -> None:
    api = replicate_client
    model = api.models.create("sandbox", "pupil", visibility="private", hardware="cpu")
    trainer = api.models.get("sandbox/talker").latest_version.id
    training = api.trainings.create(
        model=("sandbox", "talker"),
        version=trainer,
        input={"data": io.BytesIO(b"learnt")},
        destination=f"{model.owner}/{model.name}",
    )
    with client_of(served) as client:
        assert until_done(client, f"/trainings/{training.id}")["status"] == "succeeded"
        training.reload()
        assert "".join(api.run(training.output["version"], input={"text": "well"})) == "learnt: well"
        client.delete(f"/models/sandbox/pupil/versions/{training.output['version'].partition(':')[2]}")
        client.delete("/models/sandbox/pupil")


@pytest.fixture(scope="session")
def node_modules() -> Path:
    """A folder with the npm client, kept between runs."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("Node.js and npm are not installed")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "replicate-tui-tests" / "node-1.4.0"
    if not (cache / "node_modules" / "replicate" / "package.json").is_file():
        cache.mkdir(parents=True, exist_ok=True)
        (cache / "package.json").write_text(json.dumps({"private": True}))
        command = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "replicate@1.4.0"]
        done = subprocess.run(command, cwd=cache, capture_output=True, text=True, timeout=50, check=False)
        if done.returncode != 0:
            pytest.skip(f"npm could not install replicate: {done.stderr.strip()[-200:]}")
    return cache


@pytest.mark.node
def test_the_node_client_does_all_of_it(served: RunningSandbox, node_modules: Path) -> None:
    script = node_modules / "scenario.cjs"
    script.write_text(NODE)
    command = ["node", str(script), served.base_url, served.token, copier_version(served)]
    done = subprocess.run(command, cwd=node_modules, capture_output=True, text=True, timeout=50, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, "done"), done.stderr
