"""A Replicate of a few answers, with a canary in each place where a fixture must hold none."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TOKEN = "r8_CANARYtokenOfThePerson0123456789ABCDEFG"
EMAIL = "ada.canary@example.com"
SIGNATURE = "CANARYsignature%2Bof%3Da"
SECRET = "whsec_Q0FOQVJZc2VjcmV0T2ZXZWJob29rcw=="
CANARIES = ("CANARY", "canary", "ada-the-person", "Ada Lovelace", "Q0FOQVJZ")
PICTURE = b"\x89PNG\r\n\x1a\n\x00\xff picture"


class ScriptedUpstream:
    """Listens on `origin` until closed. `asked` holds authorization, method with path, and body of each request."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, bytes]] = []
        self._polls = 0
        upstream = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self._answer(b"")

            def do_POST(self) -> None:
                self._answer(self.rfile.read(int(self.headers["content-length"])))

            def _answer(self, body: bytes) -> None:
                upstream.asked.append((self.headers.get("authorization", ""), f"{self.command} {self.path}", body))
                status, kind, content = upstream.answer(self.command, self.path)
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, format: str, *args: object) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.origin = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def answer(self, method: str, path: str) -> tuple[int, str, bytes]:
        """Status, content type and content of the answer to a request."""
        prediction: dict[str, Any] = {
            "id": "abc",
            "input": {"prompt": f"write to {EMAIL}"},
            "urls": {"get": f"{self.origin}/v1/predictions/abc", "stream": f"{self.origin}/v1/streams/abc"},
        }
        match method, path.partition("?")[0]:
            case "GET", "/v1/account":
                facts = {
                    "type": "user", "username": "ada-the-person", "name": "Ada Lovelace",
                    "github_url": "https://github.com/ada-the-person", "avatar_url": "https://x.example/CANARY.png",
                }  # fmt: skip
                return 200, "application/json", json.dumps(facts).encode()
            case "GET", "/v1/webhooks/default/secret":
                return 200, "application/json", json.dumps({"key": SECRET}).encode()
            case "POST", "/v1/predictions":
                self._polls = 0
                return 201, "application/json", json.dumps({**prediction, "status": "starting"}).encode()
            case "GET", "/v1/predictions/abc":
                self._polls += 1
                prediction["status"] = ["starting", "processing", "succeeded"][min(self._polls, 3) - 1]
                prediction |= {"logs": f"token {TOKEN}", "owner": "ada-the-person"}
                if self._polls > 2:
                    prediction["output"] = [f"{self.origin}/delivery/key/a.png?signature={SIGNATURE}"]
                return 200, "application/json", json.dumps(prediction).encode()
            case "GET", "/delivery/key/a.png":
                right = path.endswith(f"?signature={SIGNATURE}")
                return (200, "image/png", PICTURE) if right else (403, "text/plain", b"wrong signature")
            case "GET", "/v1/streams/abc":
                data = f"event: output\ndata: {self.origin}/delivery/key/a.png\n\nevent: done\ndata: {{}}\n\n"
                return 200, "text/event-stream", data.encode()
            case _:
                return 404, "application/problem+json", b'{"detail": "no", "status": 404}'

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
