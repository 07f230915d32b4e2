"""Starts a sandbox of its own for a test: `python -m tui.sandbox` on a free loopback port."""

import json
import os
import select
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from tests.support.paths import ROOT


@dataclass
class RunningSandbox:
    """A sandbox that listens. `base_url` ends in /v1; `origin` does not."""

    base_url: str
    token: str
    process: "subprocess.Popen[bytes]"
    options: list[str] = field(default_factory=list)
    authority: str = ""
    """The file with the certificate authority, of one that speaks TLS."""

    @property
    def origin(self) -> str:
        return self.base_url.removesuffix("/v1")

    def get(self, path: str) -> Any:
        """The JSON of a GET with the token; `path` begins with /v1 or /_sandbox."""
        request = Request(self.origin + path, headers={"Authorization": f"Bearer {self.token}"})
        with urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def requests(self, operation: str | None = None) -> list[dict[str, Any]]:
        """What was asked so far, each as method, path, operation, status (null when no answer was sent), ended."""
        seen = self.get("/_sandbox/requests")
        return [entry for entry in seen if operation is None or entry["operation"] == operation]

    def count(self, operation: str) -> int:
        """How often an operation was asked for."""
        return len(self.requests(operation))


@contextmanager
def run_sandbox(
    *,
    chaos: str = "",
    state: Path | None = None,
    cog: Sequence[Path] = (),
    token: str | None = None,
    options: Sequence[str] = (),
) -> Iterator[RunningSandbox]:
    """A sandbox from start to end. All of its processes are gone when this returns."""
    command = [sys.executable, "-m", "tui.sandbox", *options]
    command += ["--chaos", chaos] if chaos else []
    command += ["--state", str(state)] if state else []
    command += ["--token", token] if token else []
    for folder in cog:
        command += ["--cog", str(folder)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, cwd=ROOT, env=environment)
    assert process.stdout is not None
    try:
        ready, _, _ = select.select([process.stdout], [], [], 30)
        line = process.stdout.readline() if ready else b""
        assert line, f"the sandbox did not start: exit status {process.poll()}"
        said = json.loads(line)
        yield RunningSandbox(said["base_url"], said["token"], process, list(options), said.get("ca", ""))
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()
