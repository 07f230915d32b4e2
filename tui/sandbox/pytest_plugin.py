"""Fixtures for other people's tests: one sandbox for all of them, as good as new for each.

`replicate_sandbox` starts a test with nothing run, made or asked, and with the environment that Replicate's clients
read. `replicate_sandbox_options` in pytest's settings holds options of `replicate-tui sandbox`.
"""

import json
import os
import select
import shlex
import subprocess
import sys
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import ProxyHandler, Request, build_opener

import pytest

from tui.sandbox.child.environment import ADDRESSES, TOKENS

_START = 60.0
_DIRECT = build_opener(ProxyHandler({}))
"""It lies on this machine, whatever proxy is set."""


class SandboxError(RuntimeError):
    """The sandbox did not start, or refused what a test asked of it; the text says why."""


class ReplicateSandbox:
    """A running sandbox. `base_url` ends in /v1, as clients want it."""

    def __init__(self, base_url: str, token: str) -> None:
        self.base_url = base_url
        self.token = token

    def requests(self, operation: str | None = None, **filters: object) -> list[dict[str, Any]]:
        """What was sent so far: method, path, operation, status, headers, body …

        `operation` is an id such as `files.create` or a pattern; `predictions.create` is each way to create one.
        """
        wanted = {"operation": operation, **filters}
        query = urlencode({name: str(value) for name, value in wanted.items() if value is not None})
        return self._ask("GET", f"requests?{query}")

    def chaos(self, plan: str) -> None:
        """Faults from now to the end of the test, in the words of `replicate-tui sandbox --chaos`."""
        self._ask("PUT", "chaos", {"plan": plan})

    def answers(self, model: str, *answers: dict[str, Any]) -> None:
        """The next answers of `owner/name`: `{"output": …}`, `{"error": "…"}` or `{"status": 402}`.

        Each may have a `"delay"` in seconds.
        """
        self._ask("PUT", f"answers/{model}", list(answers))

    def reset(self) -> None:
        """Nothing was run, made, uploaded, chosen or asked."""
        self._ask("POST", "reset")

    def _ask(self, method: str, path: str, body: object = None) -> Any:
        place = f"{self.base_url.removesuffix('/v1')}/_sandbox/{path}"
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        try:
            with _DIRECT.open(Request(place, data, headers, method=method), timeout=60) as answer:
                return json.loads(answer.read() or b"null")
        except HTTPError as error:
            text = error.read().decode("utf-8", "replace")
            raise SandboxError(f"{method} /_sandbox/{path}: {error.code} {text.strip()}") from None


def pytest_addoption(parser: pytest.Parser) -> None:
    """The sandbox's options among pytest's settings."""
    parser.addini("replicate_sandbox_options", "options of `replicate-tui sandbox`, such as --as-any", default="")


@pytest.fixture(scope="session")
def replicate_sandbox_server(pytestconfig: pytest.Config) -> Generator[ReplicateSandbox]:
    """The sandbox of all tests of this process; a test takes `replicate_sandbox`."""
    options = shlex.split(str(pytestconfig.getini("replicate_sandbox_options")))
    folder = pytestconfig.inipath.parent if pytestconfig.inipath is not None else pytestconfig.rootpath
    process = _start(options, folder)
    assert process.stdout is not None
    try:
        ready, _, _ = select.select([process.stdout], [], [], _START)
        line = process.stdout.readline() if ready else b""
        if not line:
            raise SandboxError("the sandbox did not start; what it printed on stderr says why")
        said = json.loads(line)
        yield ReplicateSandbox(said["base_url"], said["token"])
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()


def _start(options: Sequence[str], folder: Path) -> "subprocess.Popen[bytes]":
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    return subprocess.Popen(
        [sys.executable, "-m", "tui.sandbox", *options],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        cwd=folder,
        env=environment,
    )


@pytest.fixture
def replicate_sandbox(
    replicate_sandbox_server: ReplicateSandbox, monkeypatch: pytest.MonkeyPatch
) -> Generator[ReplicateSandbox]:
    """The sandbox, as good as new; Replicate's clients find it by their variables."""
    server = replicate_sandbox_server
    server.reset()
    for name in TOKENS:
        monkeypatch.setenv(name, server.token)
    for name in ADDRESSES:
        monkeypatch.setenv(name, server.base_url)
    yield server
    server.reset()
