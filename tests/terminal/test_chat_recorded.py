"""The recorded answer of Llama 2 plays through the real screen, from a server that answers as Replicate did."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tests.api.test_api_sse import RECORDED
from tests.terminal.conftest import Open

pytestmark = pytest.mark.timeout(180)

MODEL = "meta/llama-2-70b-chat"


def pieces(stream: str) -> list[str]:
    """The data of the recorded output events."""
    found: list[str] = []
    for block in stream.split("\n\n"):
        lines = block.strip("\n").split("\n")
        if "event: output" in lines:
            found.append("\n".join(line.removeprefix("data: ") for line in lines if line.startswith("data: ")))
    return found


class Replicate(ThreadingHTTPServer):
    """What is asked of it for one chat."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.stream = json.loads((RECORDED / "stream-llama-2-2.json").read_text())["response"]["body"]
        created = json.loads((RECORDED / "stream-llama-2-1.json").read_text())["response"]["body"]
        self.created: dict[str, Any] = {**json.loads(created), "model": MODEL}
        self.base = f"http://127.0.0.1:{self.server_address[1]}"
        self.created["urls"] = {
            "get": f"{self.base}/v1/predictions/{self.created['id']}",
            "cancel": f"{self.base}/v1/predictions/{self.created['id']}/cancel",
            "stream": f"{self.base}/stream",
        }
        model = json.loads((RECORDED / "models-get-llama-2.json").read_text())["response"]["body"]
        self.model: dict[str, Any] = {**(json.loads(model) if isinstance(model, str) else model), "is_official": True}
        self.asked: list[dict[str, Any]] = []
        self.told = threading.Event()


class Handler(BaseHTTPRequestHandler):
    server: Replicate

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.server.asked.append(body)
        self._json({**self.server.created, "input": body["input"]}, 201)

    def do_GET(self) -> None:
        server, path = self.server, self.path.partition("?")[0]
        if path == "/stream":
            self.send_response(200)
            self.send_header("content-type", "text/event-stream; charset=utf-8")
            self.end_headers()
            self.wfile.write(server.stream.encode())
            server.told.set()
        elif path.startswith("/v1/predictions/"):
            done = server.told.is_set()
            ended = {"status": "succeeded", "output": pieces(server.stream), "metrics": {"predict_time": 3.3}}
            self._json({**server.created, **(ended if done else {"status": "processing"})})
        elif path == f"/v1/models/{MODEL}":
            self._json(server.model)
        elif path == "/v1/account":
            self._json({"type": "user", "username": "tester", "name": "Tester"})
        else:
            self._json({"results": [], "next": None, "previous": None})

    def _json(self, value: object, status: int = 200) -> None:
        data = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing is told to the tests' output."""


@contextmanager
def replicate() -> Iterator[Replicate]:
    """The server, for as long as a test needs it."""
    with Replicate() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.skipif(not RECORDED.is_dir(), reason="the recordings are not here")
@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
def test_the_recorded_answer_of_llama_plays_through_the_real_screen(console: Open, size: tuple[int, int]) -> None:
    with replicate() as server:
        env: dict[str, str | None] = {"REPLICATE_API_BASE_URL": server.base, "REPLICATE_API_TOKEN": "r8_" + "x" * 37}
        with console("chat", MODEL, size=size, env=env) as t:
            t.until("Ask llama-2-70b-chat", 60)
            t.type("tell me a joke about opentelemetry")
            t.press("enter")
            t.until("billed per token", 60)
            shown = " ".join(line.partition("│")[2] or line for line in t.text().splitlines())
            shown = " ".join(shown.split())
            for sentence in ("Why did the OpenTelemetry agent go to therapy?", "Is there anything else I can assist"):
                assert shown.count(sentence) == 1, t.text()
            t.press("shift+tab")
            t.until("▌  ")
            t.press("y")
            t.until("Answer: sent")
            assert t.clipboard()[-1] == "".join(pieces(server.stream))
        assert [asked["input"]["prompt"] for asked in server.asked] != []
        assert "tell me a joke about opentelemetry" in server.asked[0]["input"]["prompt"]
