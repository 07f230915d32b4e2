"""Runs one model under Cog's own runtime on a loopback port, and speaks to it."""

import base64
import contextlib
import json
import mimetypes
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.sandbox.models.cog_schema import MODELS

Json = dict[str, Any]


@dataclass
class Served:
    """A model that is READY. `base` is its address, `folder` the copy that it runs from."""

    name: str
    base: str
    folder: Path
    http: httpx.Client

    def post(self, values: Mapping[str, object], kind: str = "predictions", **rest: object) -> httpx.Response:
        """Create one prediction and wait for its end; a slot that is not yet free is asked for again."""
        body = {"input": values, **rest}
        limit = time.monotonic() + 5
        while True:
            answer = self.http.post(f"{self.base}/{kind}", json=body)
            if answer.status_code != 409 or time.monotonic() > limit:
                return answer
            time.sleep(0.01)

    def run(self, values: Mapping[str, object], kind: str = "predictions") -> Json:
        """The finished prediction; it must have succeeded."""
        answer = self.post(values, kind)
        assert answer.status_code == 200, answer.text
        done = answer.json()
        assert done["status"] == "succeeded", done
        return done

    def refusal(self, values: Mapping[str, object], kind: str = "predictions") -> dict[str, str]:
        """Which fields the runtime refuses, and why."""
        answer = self.post(values, kind)
        assert answer.status_code == 422, answer.text
        return {problem["loc"][-1]: problem["msg"] for problem in answer.json()["detail"]}

    @contextlib.contextmanager
    def events(self, values: Mapping[str, object], name: str) -> Iterator[Iterator[tuple[str, Json]]]:
        """The events of a streamed prediction with the id `name`, as (kind, data)."""
        headers = {"Accept": "text/event-stream"}
        url = f"{self.base}/predictions/{name}"
        limit = time.monotonic() + 5
        while True:
            with self.http.stream("PUT", url, json={"input": values}, headers=headers) as answer:
                if answer.status_code == 409 and time.monotonic() < limit:
                    continue
                assert answer.status_code == 200, answer.read()
                yield _events(answer.iter_lines())
                return

    def cancel(self, name: str) -> int:
        """Ask for the end of a running prediction; the answer's status."""
        return self.http.post(f"{self.base}/predictions/{name}/cancel").status_code


def _events(lines: Iterator[str]) -> Iterator[tuple[str, Json]]:
    kind = ""
    for line in lines:
        if line.startswith("event:"):
            kind = line[6:].strip()
        elif line.startswith("data:"):
            yield kind, json.loads(line[5:])


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def serve(name: str, into: Path, *, train: bool = False, weights: Path | None = None) -> Iterator[Served]:
    """Start the model `name` from a copy in `into`, wait until it is READY, and end it after."""
    folder = into / name
    shutil.copytree(MODELS / name, folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / ".cog").mkdir()
    shutil.copy(folder / "openapi_schema.json", folder / ".cog")
    (into / "tmp").mkdir(exist_ok=True)
    port = free_port()
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PORT": str(port),
        "TMPDIR": str(into / "tmp"),
        "COG_PREDICT_TYPE_STUB": "run.py:Runner",
        "COG_TRAIN_TYPE_STUB": "train.py:train",
        "COG_LOG_LEVEL": "warning",
    }
    if weights is not None:
        environment["COG_WEIGHTS"] = str(weights)
    command = [sys.executable, "-m", "cog.server.http", "--host", "127.0.0.1"]
    command += ["--x-mode", "train"] if train else []
    log = (into / f"{name}.log").open("wb")
    process = subprocess.Popen(
        command, cwd=folder, env=environment, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
    )
    try:
        with httpx.Client(timeout=30) as http:
            served = Served(name, f"http://127.0.0.1:{port}", folder, http)
            _until_ready(served, process, into / f"{name}.log")
            yield served
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(2)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        log.close()


def _until_ready(served: Served, process: subprocess.Popen[bytes], log: Path) -> None:
    limit = time.monotonic() + 20
    health: Json = {}
    while health.get("status") != "READY":
        ended = process.poll() is not None or health.get("status") == "SETUP_FAILED"
        if ended or time.monotonic() > limit:
            raise AssertionError(f"{served.name}: {health}\n{log.read_text()}")
        time.sleep(0.02)
        with contextlib.suppress(httpx.TransportError):
            health = served.http.get(f"{served.base}/health-check").json()


def data_uri(path: Path) -> str:
    """The file as a data URI."""
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return f"data:{kind};base64,{base64.b64encode(path.read_bytes()).decode()}"


def content(uri: str) -> tuple[str, bytes]:
    """The content type and the bytes of a data URI."""
    head, _, body = uri.partition(",")
    return head.removeprefix("data:").removesuffix(";base64"), base64.b64decode(body)


def with_files(folder: Path, value: Any) -> Any:
    """An example's input with each {"$file": "examples/x.png"} as a data URI."""
    if isinstance(value, dict):
        if value.keys() == {"$file"}:
            return data_uri(folder / value["$file"])
        return {key: with_files(folder, item) for key, item in value.items()}
    if isinstance(value, list):
        return [with_files(folder, item) for item in value]
    return value


def examples(name: str) -> list[Json]:
    """The inputs of a model's examples, ready to send."""
    model = json.loads((MODELS / name / "model.json").read_text())
    return [with_files(MODELS / name, example["input"]) for example in model["examples"]]
