"""An API with predictions whose outputs are pictures, as a process of its own: what bench_gallery asks.

`GET /hold` keeps the pictures back, `GET /release` lets them go. `GET /sent` gives the moment at which the first one
was sent whole, in seconds of the clock that all processes of a machine share.
"""

from __future__ import annotations

import io
import json
import sys
import time
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event
from typing import Any, cast

from PIL import Image

SIZE = 768
VARIANTS = 9
_NOW = datetime.now(UTC)


def pictures() -> list[bytes]:
    """PNGs as models give them: gradients and fine structure, some 500 kB each."""
    found: list[bytes] = []
    for number in range(VARIANTS):
        corner = -2.0 + number / 20
        light = Image.effect_mandelbrot((SIZE, SIZE), (corner, -1.5, corner + 3, 1.5), 80)
        noise = Image.effect_noise((SIZE, SIZE), 40)
        slope = cast(Any, Image.linear_gradient("L")).resize((SIZE, SIZE)).rotate(90 * number)
        content = io.BytesIO()
        Image.merge("RGB", (light, noise, slope)).save(content, "PNG", compress_level=1)
        found.append(content.getvalue())
    return found


class Gallery(ThreadingHTTPServer):
    """So many predictions with so many pictures each."""

    daemon_threads = True

    def __init__(self, predictions: int, files: int) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.base = f"http://127.0.0.1:{self.server_address[1]}"
        self.files = pictures()
        self.open = Event()
        self.open.set()
        self.sent: float | None = None
        self.predictions = [self._made(number, files) for number in range(predictions)]

    def _made(self, number: int, files: int) -> dict[str, object]:
        # Old enough to be past, and young enough that its files are there.
        created = _NOW - timedelta(seconds=60 + number)
        id = f"bench{number:021}"
        return {
            "id": id,
            "model": "bench/painter",
            "version": "hidden",
            "source": "api",
            "status": "succeeded",
            "created_at": created.isoformat(),
            "started_at": created.isoformat(),
            "completed_at": (created + timedelta(seconds=2)).isoformat(),
            "input": {"prompt": f"number {number:05}"},
            "output": [f"{self.base}/files/{id}/out-{place}.png" for place in range(files)],
            "logs": "",
            "error": None,
            "metrics": {"predict_time": 1.0, "total_time": 2.0},
            "urls": {"get": f"{self.base}/v1/predictions/{id}"},
        }


class _Handler(BaseHTTPRequestHandler):
    server: Gallery  # pyright: ignore[reportIncompatibleVariableOverride] - it is made by this server
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        server = self.server
        path, _, query = self.path.partition("?")
        if path.startswith("/files/"):
            self._picture(path)
        elif path == "/hold":
            server.open.clear()
            server.sent = None
            self._json(None)
        elif path == "/release":
            server.open.set()
            self._json(None)
        elif path == "/sent":
            self._json(server.sent)
        elif path == "/v1/predictions":
            start = int(query.partition("cursor=")[2] or 0)
            onward = start + 100
            following = f"{server.base}/v1/predictions?cursor={onward}" if onward < len(server.predictions) else None
            self._json({"results": server.predictions[start:onward], "next": following, "previous": None})
        elif path.startswith("/v1/predictions/"):
            number = int(path.rpartition("bench")[2])
            self._json(server.predictions[number])
        elif path == "/v1/account":
            self._json({"type": "user", "username": "tester", "name": "Tester"})
        else:
            self._json({"detail": "Not found.", "status": 404}, 404)

    def _picture(self, path: str) -> None:
        server = self.server
        server.open.wait(30)
        place = int(path.rpartition("out-")[2].partition(".")[0])
        self._bytes(server.files[place % VARIANTS], "image/png")
        if server.sent is None:
            server.sent = time.monotonic()

    def _json(self, value: object, status: int = 200) -> None:
        self._bytes(json.dumps(value).encode(), "application/json", status)

    def _bytes(self, data: bytes, kind: str, status: int = 200) -> None:
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        """Nobody reads it."""


if __name__ == "__main__":
    with Gallery(int(sys.argv[1]), int(sys.argv[2])) as gallery:
        print(gallery.base, flush=True)
        gallery.serve_forever()
