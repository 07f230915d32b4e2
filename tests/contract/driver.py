"""Sends requests by operation id, and checks each answer against the spec."""

import socket
from typing import Any
from urllib.parse import urlsplit

import httpx

from tests.contract.spec import Spec
from tests.sandbox.conftest import version_of
from tests.support.sandbox import RunningSandbox


class Driver:
    """One client of one sandbox. `seen` holds the statuses that each operation gave."""

    def __init__(self, spec: Spec, running: RunningSandbox) -> None:
        self.spec = spec
        self.running = running
        headers = {"Authorization": f"Bearer {running.token}"}
        # No certificate is needed on loopback, and to load them all takes longer than most tests.
        self.client = httpx.Client(base_url=running.base_url, headers=headers, timeout=30, verify=False)
        self.seen: dict[str, set[int]] = {name: set() for name in spec.operations}
        self.versions = {name: version_of(self.client, name) for name in ("talker", "copier")}

    def __enter__(self) -> "Driver":
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()

    def call(self, operation_id: str, *parts: str, status: int | None = None, **more: Any) -> Any:
        """The answer's JSON or text, after every check of it."""
        answer = self.send(operation_id, *parts, **more)
        if status is not None:
            assert answer.status_code == status, (operation_id, parts, more, answer.status_code, answer.text)
        return answer.json() if "json" in answer.headers.get("content-type", "") else answer.text

    def send(self, operation_id: str, *parts: str, **more: Any) -> httpx.Response:
        """The checked answer."""
        operation = self.spec.operations[operation_id]
        answer = self.client.request(operation.method, operation.address(*parts), **more)
        self.seen[operation_id].add(answer.status_code)
        self.spec.check(operation, answer)
        return answer

    def announce(self, operation_id: str, size: int) -> httpx.Response:
        """The answer to a request that only announces a body of `size` bytes, and sends none of it."""
        operation = self.spec.operations[operation_id]
        where = urlsplit(self.running.base_url)
        head = (
            f"{operation.method} {where.path}{operation.path} HTTP/1.1\r\nHost: {where.netloc}\r\n"
            f"Authorization: Bearer {self.running.token}\r\nContent-Length: {size}\r\n"
            "Content-Type: multipart/form-data; boundary=b\r\n\r\n"
        )
        with socket.create_connection((where.hostname, where.port), timeout=10) as connection:
            connection.sendall(head.encode())
            received = bytearray()
            while b"\r\n\r\n" not in received or not received.rstrip().endswith(b"}"):
                piece = connection.recv(65536)
                assert piece, bytes(received)
                received += piece
        lines, _, body = bytes(received).partition(b"\r\n\r\n")
        first, *rest = lines.decode("latin-1").split("\r\n")
        headers = [(name, value.strip()) for name, _, value in (line.partition(":") for line in rest)]
        request = httpx.Request(operation.method, f"{self.running.base_url}{operation.path}")
        answer = httpx.Response(int(first.split(" ")[1]), headers=headers, content=body, request=request)
        self.seen[operation_id].add(answer.status_code)
        self.spec.check(operation, answer)
        return answer
