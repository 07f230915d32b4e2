"""Recording the real API through the sandbox, and answering from it: the same bytes, and no secret in them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.sandbox.conftest import client_of
from tests.support.paths import ROOT
from tests.support.sandbox import RunningSandbox, run_sandbox
from tests.support.scripted_upstream import CANARIES, EMAIL, PICTURE, SIGNATURE, TOKEN, ScriptedUpstream


@pytest.fixture
def upstream() -> Iterator[ScriptedUpstream]:
    made = ScriptedUpstream()
    yield made
    made.close()


@contextmanager
def recording(folder: Path, upstream: ScriptedUpstream, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningSandbox]:
    monkeypatch.setenv("REPLICATE_API_TOKEN", TOKEN)
    with run_sandbox(options=["--record", str(folder), "--upstream", upstream.origin]) as running:
        yield running
    monkeypatch.delenv("REPLICATE_API_TOKEN")


def program(running: RunningSandbox) -> list[str | bytes]:
    """What a program asks and gets, with the sandbox's own address taken out."""
    with client_of(running) as api:
        got: list[httpx.Response] = [api.get("/account"), api.get("/webhooks/default/secret")]
        made = api.post("/predictions", json={"version": "v", "input": {"prompt": f"write to {EMAIL}"}})
        got.append(made)
        got += [api.get(made.json()["urls"]["get"]) for _ in range(4)]
        got.append(httpx.get(got[-1].json()["output"][0]))
        got.append(httpx.get(made.json()["urls"]["stream"]))
        got.append(api.get("/models/no/such"))
        # What came from there goes back as an input.
        ended = got[6].json()
        given = {"image": ended["output"][0], "prompt": ended["input"]["prompt"]}
        got.append(api.post("/predictions", json={"version": "v", "input": given}))
    bodies = [answer.content for answer in got]
    assert [answer.status_code for answer in got] == [200, 200, 201, 200, 200, 200, 200, 200, 200, 404, 201]
    assert bodies[7] == PICTURE
    assert [json.loads(body)["status"] for body in bodies[3:7]] == ["starting", "processing", "succeeded", "succeeded"]
    return [body if body == PICTURE else body.decode().replace(running.origin, "HERE") for body in bodies]


def test_what_was_recorded_is_answered_byte_by_byte_and_holds_no_secret(
    upstream: ScriptedUpstream, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "tape"
    with recording(folder, upstream, monkeypatch) as running:
        recorded = program(running)
        assert running.token not in str(upstream.asked)
    # What needed no token here gets none there.
    assert [token for token, _, _ in upstream.asked] == [*[f"Bearer {TOKEN}"] * 7, "", "", *[f"Bearer {TOKEN}"] * 2]
    assert EMAIL.encode() in upstream.asked[2][2], "the real API gets what the program sent"
    for part in (EMAIL, SIGNATURE, upstream.origin):
        assert part.encode() in upstream.asked[10][2], "and what it gave, as it gave it"
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert len(files) == 12
    for path in files:
        text = path.read_bytes().decode("utf-8", "replace") + path.name
        assert not [canary for canary in CANARIES if canary in text], path
        assert running.token not in text
    count = len(upstream.asked)
    for strict in ([], ["--strict"]):
        with run_sandbox(options=["--replay", str(folder), *strict]) as running:
            assert program(running) == recorded
            with client_of(running) as api:
                api.post(f"{running.origin}/_sandbox/reset").raise_for_status()
            assert program(running) == recorded, "a reset begins from the start"
    assert len(upstream.asked) == count


def test_what_was_not_recorded_is_the_sandboxs_own_or_is_refused(
    upstream: ScriptedUpstream, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "tape"
    with recording(folder, upstream, monkeypatch) as running, client_of(running) as api:
        assert api.get("/account").json()["username"] == "recorded-username"
        seen = api.get(f"{running.origin}/_sandbox/requests").json()
        assert [(one["operation"], one["status"]) for one in seen] == [("account.get", 200)]
    with run_sandbox(options=["--replay", str(folder)]) as running, client_of(running) as api:
        assert api.get("/account").json()["username"] == "recorded-username"
        assert api.get("/models/sandbox/fractal").json()["name"] == "fractal"
        body = {"input": {"prompt": "a quiet sea", "width": 64, "height": 64, "pace": 0}}
        assert api.post("/models/sandbox/fractal/predictions", json=body).status_code == 201
        assert httpx.get(f"{running.base_url}/account").status_code == 401
    with run_sandbox(options=["--replay", str(folder), "--strict"]) as running, client_of(running) as api:
        refused = api.get("/models/sandbox/fractal")
        assert (refused.status_code, refused.json()["detail"]) == (404, "Not recorded: GET /v1/models/sandbox/fractal")
        assert api.get("/account").status_code == 200


def test_a_token_goes_nowhere_without_the_sandboxs_own(
    upstream: ScriptedUpstream, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with recording(tmp_path / "tape", upstream, monkeypatch) as running:
        wrong = {"Authorization": "Bearer wrong"}
        assert httpx.get(f"{running.base_url}/account", headers=wrong).status_code == 401
        assert httpx.get(f"{running.origin}/_elsewhere/evil.example/x").status_code == 404
    assert upstream.asked == []


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--record", "{folder}"], "--record needs the token of https://api.replicate.com in REPLICATE_API_TOKEN"),
        (["--record", "{folder}", "--upstream", "http://api.example"], "by https alone, not to http://api.example"),
        (["--replay", "{folder}"], "--replay: nothing was recorded in"),
        (["--strict"], "--strict goes with --replay"),
        (["--record", "{folder}", "--replay", "{folder}"], "--record and --replay exclude each other"),
    ],
)
def test_what_cannot_be_recorded_or_replayed_ends_with_2(tmp_path: Path, options: list[str], said: str) -> None:
    command = [sys.executable, "-m", "tui.sandbox", *(option.format(folder=tmp_path) for option in options)]
    environment = {name: value for name, value in os.environ.items() if name != "REPLICATE_API_TOKEN"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, said in done.stderr) == (2, True), done.stderr
