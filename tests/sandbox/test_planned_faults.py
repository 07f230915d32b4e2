"""What a program meets when Replicate goes wrong: refusals, slow and aborted runs, webhooks that are not right."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
from replicate.webhook import InvalidSignatureError, Webhooks, WebhookSigningSecret

from tests.sandbox.conftest import client_of, until_done, version_of
from tests.support.sandbox import RunningSandbox, run_sandbox

TALK = "/models/sandbox/talker/predictions"


@pytest.fixture(scope="module")
def running(models: list[Path]) -> Iterator[RunningSandbox]:
    with run_sandbox(cog=models) as running:
        yield running


@pytest.fixture
def api(running: RunningSandbox) -> Iterator[httpx.Client]:
    with client_of(running) as client:
        client.post(f"{running.origin}/_sandbox/reset").raise_for_status()
        yield client


def plan(api: httpx.Client, running: RunningSandbox, faults: str) -> None:
    api.put(f"{running.origin}/_sandbox/chaos", json={"plan": faults}).raise_for_status()


@pytest.mark.parametrize(
    ("fault", "title", "said"),
    [
        ("400", "Bad request", "(--chaos)"),
        ("401", "Unauthenticated", "You did not pass a valid authentication token"),
        ("402", "Insufficient credit", "please wait a few minutes before trying again."),
        ("404", "Not found", "The requested resource could not be found."),
        ("413", "Content too large", "100MB"),
        ("422", "Input validation failed", "refuse"),
        ("503", "Internal server error", "(--chaos)"),
        ("599", "Internal server error", "(--chaos)"),
    ],
)
def test_each_refusal_comes_in_replicates_words(
    api: httpx.Client, running: RunningSandbox, fault: str, title: str, said: str
) -> None:
    plan(api, running, f"predictions.create:{fault}x1")
    refused = api.post(TALK, json={"input": {}})
    assert (refused.status_code, refused.json()["title"], refused.json()["status"]) == (int(fault), title, int(fault))
    assert said in refused.json()["detail"]
    assert api.post(TALK, json={"input": {}}).status_code == 201


def test_an_account_with_little_credit_is_throttled(api: httpx.Client, running: RunningSandbox) -> None:
    plan(api, running, "predictions.create:credit@9s")
    refused = api.post(TALK, json={"input": {}})
    assert (refused.status_code, refused.headers["retry-after"], refused.json()["retry_after"]) == (429, "9", 9)
    assert "reduced to 6 requests per 60 seconds with a burst of 1 requests" in refused.json()["detail"]


def test_a_cold_model_starts_later_and_can_be_canceled_meanwhile(api: httpx.Client, running: RunningSandbox) -> None:
    # Its processes are there: what it waits for is planned.
    until_done(api, api.post(TALK, json={"input": {}}).json()["urls"]["get"])
    plan(api, running, "predictions.create:cold@400ms")
    began = time.monotonic()
    made = api.post(TALK, json={"input": {}}).json()
    assert api.get(made["urls"]["get"]).json()["status"] == "starting"
    done = until_done(api, made["urls"]["get"])
    assert (done["status"], time.monotonic() - began >= 0.4) == ("succeeded", True)
    assert done["metrics"]["total_time"] - done["metrics"]["predict_time"] >= 0.4
    plan(api, running, "predictions.create:cold@60s")
    waiting = api.post(TALK, json={"input": {}}).json()
    assert api.post(waiting["urls"]["cancel"]).json()["status"] == "canceled"


def test_a_run_is_aborted_before_it_starts_or_fails(api: httpx.Client, running: RunningSandbox) -> None:
    plan(api, running, "predictions.create:abortedx1@100ms, predictions.create:failedx1@10ms")
    aborted = until_done(api, api.post(TALK, json={"input": {}}).json()["urls"]["get"])
    assert (aborted["status"], "started_at" in aborted) == ("aborted", False)
    failed = until_done(api, api.post(TALK, json={"input": {}}).json()["urls"]["get"])
    assert (failed["status"], failed["error"]) == ("failed", "E1000 The prediction failed on purpose (--chaos)")


def test_a_header_chooses_a_fault_for_one_request(api: httpx.Client) -> None:
    headers = {"Sandbox-Chaos": "429@3s"}
    assert api.get("/account", headers=headers).headers["retry-after"] == "3"
    assert api.get("/account").status_code == 200
    assert api.post(TALK, json={"input": {}}, headers={"Sandbox-Chaos": "failed@10ms"}).status_code == 201
    for wrong in ("nonsense", "twice", "cold"):
        refused = api.get("/account", headers={"Sandbox-Chaos": wrong})
        assert (refused.status_code, refused.json()["detail"].startswith("Sandbox-Chaos: ")) == (400, True), wrong


@pytest.mark.parametrize(
    ("faults", "said"),
    [
        ("webhook:500", "webhook cannot have the fault 500"),
        ("predictions.get:twice", "predictions.get cannot have the fault twice"),
        ("predictions.get:cold", "predictions.get cannot have the fault cold"),
        ("webhok:drop", "is it webhook?"),
        ("account.get:399", "not a rule for --chaos"),
        ("account.get:600", "not a rule for --chaos"),
    ],
)
def test_a_fault_that_cannot_be_is_refused(api: httpx.Client, running: RunningSandbox, faults: str, said: str) -> None:
    refused = api.put(f"{running.origin}/_sandbox/chaos", json={"plan": faults})
    assert (refused.status_code, said in refused.json()["detail"]) == (400, True), refused.text


@contextmanager
def receiver() -> Iterator[tuple[str, list[tuple[dict[str, str], str]]]]:
    """Takes webhooks: its address, and what came."""
    taken: list[tuple[dict[str, str], str]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            taken.append((dict(self.headers.items()), self.rfile.read(int(self.headers["content-length"])).decode()))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/hook", taken
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize(("fault", "count", "genuine"), [("", 1, True), ("twice", 2, True), ("forged", 1, False)])
def test_a_webhook_comes_twice_or_with_a_wrong_signature(
    api: httpx.Client, running: RunningSandbox, fault: str, count: int, genuine: bool
) -> None:
    plan(api, running, f"webhook:{fault}" if fault else "")
    key = api.get("/webhooks/default/secret").json()["key"]
    with receiver() as (url, taken):
        body = {"input": {}, "webhook": url, "webhook_events_filter": ["completed"]}
        assert api.post(TALK, json=body).status_code == 201
        give_up = time.monotonic() + 20
        while len(taken) < count:
            assert time.monotonic() < give_up
            time.sleep(0.02)
    assert len({headers["webhook-id"] for headers, _ in taken}) == 1
    for headers, text in taken:
        try:
            Webhooks.validate(headers=headers, body=text, secret=WebhookSigningSecret(key=key))
        except InvalidSignatureError:
            assert not genuine
        else:
            assert genuine


def test_a_webhook_that_is_dropped_never_comes(api: httpx.Client, running: RunningSandbox) -> None:
    plan(api, running, "webhook:dropx1")
    with receiver() as (url, taken):
        for words in ("first", "second"):
            body = {"input": {"text": words}, "webhook": url, "webhook_events_filter": ["completed"]}
            until_done(api, api.post(TALK, json=body).json()["urls"]["get"])
        give_up = time.monotonic() + 20
        while not taken:
            assert time.monotonic() < give_up
            time.sleep(0.02)
    assert ["second" in text for _, text in taken] == [True]


def test_inputs_may_lie_on_this_machine_where_that_is_allowed(models: list[Path]) -> None:
    class Fixture(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "5")
            self.end_headers()
            self.wfile.write(b"local")

        def log_message(self, format: str, *args: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Fixture)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    given = {"file": f"http://127.0.0.1:{server.server_address[1]}/in.txt"}
    try:
        with run_sandbox(cog=models, options=["--allow-private-inputs"]) as running, client_of(running) as api:
            made = api.post("/predictions", json={"version": version_of(api, "copier"), "input": given}).json()
            done = until_done(api, made["urls"]["get"])
            assert httpx.get(done["output"][0]).content == b"local"
    finally:
        server.shutdown()
        server.server_close()


def test_pages_of_any_origin_may_read_the_answers_where_that_is_wished(
    models: list[Path], running: RunningSandbox
) -> None:
    asked = {"Origin": "http://page.example", "Access-Control-Request-Headers": "authorization,x-mine"}
    with run_sandbox(cog=models, options=["--cors"]) as open_to_all, client_of(open_to_all) as api:
        before = httpx.options(f"{open_to_all.base_url}/predictions", headers=asked)
        assert before.status_code == 204
        assert before.headers["access-control-allow-headers"] == "authorization,x-mine"
        for answer in (before, api.get("/account"), httpx.get(f"{open_to_all.base_url}/account")):
            assert answer.headers["access-control-allow-origin"] == "*"
    with client_of(running) as api:
        assert "access-control-allow-origin" not in api.get("/account", headers=asked).headers
        assert httpx.options(f"{running.base_url}/predictions", headers=asked).status_code != 204
