"""An API with one language model that speaks as fast as it is told to, as a process of its own: what bench_chat asks.

It answers as Replicate was recorded (docs/replicate.md, Streaming): a stream has an event for each token, with ids,
and ends with `done`. `GET /said` gives, for the last stream, the moments at which it had said how many tokens, in
seconds of the clock that all processes of a machine share: `[[0, 12.0], [2, 12.002], ...]`.
"""

from __future__ import annotations

import json
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from bench.stream import text

MODEL = "bench/speaker"
_SCHEMA = {
    "openapi": "3.0.2",
    "components": {
        "schemas": {
            "Input": {
                "type": "object",
                "required": ["prompt"],
                "properties": {"prompt": {"type": "string", "title": "Prompt", "x-order": 0}},
            },
            "Output": {
                "type": "array",
                "items": {"type": "string"},
                "x-cog-array-type": "iterator",
                "x-cog-array-display": "concatenate",
            },
        }
    },
}
_WHEN = "2026-11-01T10:00:00.000000Z"


class Speaker(ThreadingHTTPServer):
    """Speaks so many tokens at so many a second."""

    daemon_threads = True

    def __init__(self, tokens: int, rate: int) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        words = text(tokens)
        self.tokens = [words[place : place + 4] for place in range(0, len(words), 4)]
        self.rate = rate
        self.base = f"http://127.0.0.1:{self.server_address[1]}"
        self.said: dict[str, list[tuple[int, float]]] = {}
        self.ended: set[str] = set()
        self.inputs: dict[str, object] = {}

    def prediction(self, id: str) -> dict[str, object]:
        """It as it is now."""
        found: dict[str, object] = {
            "id": id,
            "model": MODEL,
            "version": "hidden",
            "input": self.inputs[id],
            "status": "processing" if id in self.said else "starting",
            "created_at": _WHEN,
            "urls": {
                "get": f"{self.base}/v1/predictions/{id}",
                "cancel": f"{self.base}/v1/predictions/{id}/cancel",
                "stream": f"{self.base}/stream/{id}",
            },
        }
        if id in self.ended:
            metrics = {"predict_time": len(self.tokens) / self.rate}
            found |= {"status": "succeeded", "output": self.tokens, "completed_at": _WHEN, "metrics": metrics}
        return found


class _Handler(BaseHTTPRequestHandler):
    server: Speaker
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        id = f"bench{len(self.server.inputs):021}"
        self.server.inputs[id] = body["input"]
        self._json(self.server.prediction(id), 201)

    def do_GET(self) -> None:
        server, path = self.server, self.path.partition("?")[0]
        last = path.rpartition("/")[2]
        if path.startswith("/stream/"):
            self._speak(last)
        elif path == "/said":
            self._json(list(server.said.values())[-1])
        elif path.startswith("/v1/predictions/"):
            self._json(server.prediction(last))
        elif path == f"/v1/models/{MODEL}":
            owner, _, name = MODEL.partition("/")
            version = {"id": "hidden", "created_at": _WHEN, "cog_version": "0.16.0", "openapi_schema": _SCHEMA}
            about = {"owner": owner, "name": name, "url": server.base, "description": "Speaks.", "visibility": "public"}
            self._json({**about, "is_official": True, "run_count": 1, "latest_version": version})
        elif path == "/v1/account":
            self._json({"type": "user", "username": "tester", "name": "Tester"})
        else:
            self._json({"results": [], "next": None, "previous": None})

    def _speak(self, id: str) -> None:
        server = self.server
        self.send_response(200)
        self.send_header("content-type", "text/event-stream; charset=utf-8")
        self.send_header("connection", "close")
        self.end_headers()
        self.wfile.write(b": hi\n\n")
        began, sent, count = time.monotonic(), 0, len(server.tokens)
        said = server.said[id] = [(0, began)]
        while sent < count:
            due = min(count, int((time.monotonic() - began) * server.rate))
            if due > sent:
                self.wfile.write("".join(_event(number, server.tokens[number]) for number in range(sent, due)).encode())
                sent = due
                said.append((sent, time.monotonic()))
            time.sleep(1 / server.rate)
        server.ended.add(id)
        self.wfile.write(f"event: done\nid: 1700000001:{count}\ndata: {{}}\n\n".encode())

    def _json(self, value: object, status: int = 200) -> None:
        data = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        """Nobody reads it."""


def _event(number: int, token: str) -> str:
    lines = "".join(f"data: {line}\n" for line in token.split("\n"))
    return f"event: output\nid: 1700000000:{number}\n{lines}\n"


if __name__ == "__main__":
    with Speaker(int(sys.argv[1]), int(sys.argv[2])) as speaker:
        print(speaker.base, flush=True)
        speaker.serve_forever()
