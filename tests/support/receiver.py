"""A program that takes webhooks on loopback, as a test wants it: slow, refusing, redirecting, cutting the line."""

from __future__ import annotations

import contextlib
import json
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

CUT = -1
"""An answer that is none: the connection is cut."""


@dataclass(frozen=True)
class Taken:
    """One webhook as it came."""

    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Receiver:
    """Answers with `answers` in turn, then with 200."""

    url: str = ""
    taken: list[Taken] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    delay: float = 0.0
    location: str = "http://127.0.0.1:1/elsewhere"
    judge: Callable[[Taken], int] | None = None
    """Chooses the answer to one webhook; `answers` then count for nothing."""

    def until(self, condition: Callable[[], object], seconds: float = 30.0) -> None:
        limit = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < limit, [(one.id, one.json().get("status")) for one in self.taken]
            time.sleep(0.01)

    def answer(self, one: Taken) -> int:
        if self.judge is not None:
            return self.judge(one)
        return self.answers.pop(0) if self.answers else 200


@contextlib.contextmanager
def receiving(tls: ssl.SSLContext | None = None, host: str = "127.0.0.1") -> Iterator[Receiver]:
    """A receiver from start to end; `tls` makes it an https one."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            one = Taken({name.lower(): value for name, value in self.headers.items()}, body)
            receiver.taken.append(one)
            status = receiver.answer(one)
            if receiver.delay:
                time.sleep(receiver.delay)
            if status == CUT:
                self.connection.shutdown(2)
                return
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("Location", receiver.location)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            return

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            return

    server = Server(("127.0.0.1", 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    receiver.url = f"{'https' if tls else 'http'}://{host}:{server.server_address[1]}/hook"
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
