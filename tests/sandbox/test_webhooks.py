"""Webhooks: which come, how they are signed, and that the last one comes in the end."""

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest

from tests.sandbox.conftest import until_done, version_of


class Receiver:
    """Takes webhooks; answers with `statuses` in turn, then with 200."""

    def __init__(self) -> None:
        self.taken: list[tuple[dict[str, str], bytes]] = []
        self.statuses: list[int] = []
        self.last = threading.Event()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                receiver.taken.append(({k.lower(): v for k, v in self.headers.items()}, body))
                status = receiver.statuses.pop(0) if receiver.statuses else 200
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()
                if status == 200 and "completed_at" in json.loads(body):
                    receiver.last.set()

            def log_message(self, format: str, *args: object) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/hook"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    thread = threading.Thread(target=receiver.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield receiver
    receiver.server.shutdown()
    receiver.server.server_close()
    thread.join()


def run(api: httpx.Client, receiver: Receiver, events: list[str] | None, **given: Any) -> list[dict[str, Any]]:
    body: dict[str, Any] = {"version": version_of(api, "talker"), "input": given, "webhook": receiver.url}
    if events is not None:
        body["webhook_events_filter"] = events
    created = api.post("/predictions", json=body).json()
    assert created["webhook"] == receiver.url
    until_done(api, created["urls"]["get"])
    return [json.loads(sent) for _, sent in receiver.taken]


def test_each_kind_of_event_comes_as_wished_and_never_faster_than_two_a_second(
    api: httpx.Client, receiver: Receiver
) -> None:
    run(api, receiver, ["start", "output", "logs", "completed"], text="a b c d e f g h", pause=0.15)
    assert receiver.last.wait(10)
    bodies = [json.loads(sent) for _, sent in receiver.taken]
    assert [body["status"] for body in bodies] == ["processing"] * (len(bodies) - 1) + ["succeeded"]
    assert 3 <= len(bodies) <= 6
    lengths = [len(body.get("output", [])) for body in bodies]
    assert lengths == sorted(lengths)
    assert bodies[-1]["output"] == ["a", *(f" {letter}" for letter in "bcdefgh")]
    assert bodies[-1]["urls"]["get"].startswith("http://127.0.0.1:")


def test_completed_alone_is_one_webhook(api: httpx.Client, receiver: Receiver) -> None:
    run(api, receiver, ["completed"], text="a b", kind="fail")
    assert receiver.last.wait(10)
    assert [json.loads(sent)["status"] for _, sent in receiver.taken] == ["failed"]


def test_a_webhook_is_signed_as_standard_webhooks_are(api: httpx.Client, receiver: Receiver) -> None:
    run(api, receiver, ["completed"])
    assert receiver.last.wait(10)
    headers, body = receiver.taken[0]
    key = base64.b64decode(api.get("/webhooks/default/secret").json()["key"].removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"].split(" ") == [f"v1,{expected}"]


def test_only_the_last_webhook_is_tried_again_under_the_same_id(api: httpx.Client, receiver: Receiver) -> None:
    receiver.statuses = [500, 301, 503]
    run(api, receiver, ["start", "completed"])
    assert receiver.last.wait(8), [(h["webhook-id"], b[-300:]) for h, b in receiver.taken]
    states = [json.loads(sent)["status"] for _, sent in receiver.taken]
    assert states == ["processing", "succeeded", "succeeded", "succeeded"]
    ids = [headers["webhook-id"] for headers, _ in receiver.taken]
    assert len(set(ids[1:])) == 1
    assert ids[0] != ids[1]


@pytest.mark.parametrize("url", ["ftp://x/y", "hello", "/path", "http://", "http:///x", "http://a b/"])
def test_a_webhook_that_is_no_address_is_refused(api: httpx.Client, url: str) -> None:
    body = {"version": version_of(api, "talker"), "input": {}, "webhook": url}
    assert api.post("/predictions", json=body).status_code == 422


def test_an_unknown_event_is_refused(api: httpx.Client) -> None:
    body = {"version": version_of(api, "talker"), "input": {}, "webhook_events_filter": ["end"]}
    assert api.post("/predictions", json=body).status_code == 422
