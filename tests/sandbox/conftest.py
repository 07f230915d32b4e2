"""Small Cog models that tests run, and a sandbox that serves them."""

import json
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.sandbox import RunningSandbox, run_sandbox

TALKER = """
import os, time
from typing import Iterator, Optional
from cog import BaseRunner, ConcatenateIterator, Input, Path, streaming

class Runner(BaseRunner):
    def setup(self, weights: Optional[Path] = None):
        self.prefix = open(weights).read() if weights else ""

    @streaming
    def run(self, text: str = Input(default="one two\\nthree"), kind: str = Input(default="say"),
            pause: float = Input(default=0.0, ge=0, le=60), count: int = Input(default=1, ge=1, le=10),
            size: str = Input(default="s", choices=["s", "m"])) -> ConcatenateIterator[str]:
        print("speaking", flush=True)
        if self.prefix:
            yield self.prefix
        if kind == "exit":
            os._exit(3)
        if kind == "deaf":
            yield "listening? "
            while True:
                try:
                    time.sleep(100)
                except BaseException:
                    pass
        for number, word in enumerate(text.split(" ")):
            if number:
                time.sleep(pause)
            yield (" " if number else "") + word
        if kind == "fail":
            raise ValueError("no [/] words \\x1b[31m left")
        if kind == "code":
            raise RuntimeError("E1001: out of memory")
"""
TALKER_TRAIN = """
from cog import BaseModel, Input, Path

class TrainingOutput(BaseModel):
    weights: Path

def train(data: Path = Input(description="text"), loud: bool = Input(default=False)) -> TrainingOutput:
    text = open(data).read()
    print("loss 0.5")
    path = Path("/tmp") if False else Path(__import__("tempfile").mkdtemp()) / "weights.txt"
    path.write_text((text.upper() if loud else text) + ": ")
    return TrainingOutput(weights=path)
"""
COPIER = """
import tempfile
from typing import Optional
from cog import BaseRunner, Input, Path

class Predictor(BaseRunner):
    def run(self, file: Path = Input(), others: list[Path] = Input(default=[]),
            note: str = Input(default="")) -> list[Path]:
        print("copying", file.suffix)
        made = []
        for number, source in enumerate([file, *others]):
            target = Path(tempfile.mkdtemp()) / f"copy-{number}{source.suffix or '.bin'}"
            target.write_bytes(source.read_bytes() + note.encode())
            made.append(target)
        return made
"""


def schema(inputs: dict[str, Any], required: list[str], output: dict[str, Any], **more: Any) -> dict[str, Any]:
    """What `cog build` would have written."""
    ordered = {name: {"x-order": at, **part} for at, (name, part) in enumerate(inputs.items())}
    return {
        "openapi": "3.0.2",
        "info": {"title": "Cog", "version": "0.1.0"},
        "components": {
            "schemas": {
                "Input": {"type": "object", "title": "Input", "properties": ordered, "required": required},
                "Output": {"title": "Output", **output},
                **more.get("schemas", {}),
            }
        },
        "paths": {"/predictions": {"post": {"x-cog-streaming": True} if more.get("streaming") else {}}},
    }


TALKER_SCHEMA = schema(
    {
        "text": {"type": "string", "default": "one two\nthree"},
        "kind": {"type": "string", "default": "say"},
        "pause": {"type": "number", "minimum": 0, "maximum": 60, "default": 0.0},
        "count": {"type": "integer", "minimum": 1, "maximum": 10, "default": 1},
        "size": {"allOf": [{"$ref": "#/components/schemas/size"}], "default": "s"},
    },
    [],
    {
        "type": "array",
        "items": {"type": "string"},
        "x-cog-array-type": "iterator",
        "x-cog-array-display": "concatenate",
    },
    streaming=True,
    schemas={
        "size": {"title": "size", "type": "string", "enum": ["s", "m"]},
        "TrainingInput": {
            "type": "object",
            "required": ["data"],
            "properties": {
                "data": {"type": "string", "format": "uri", "x-order": 0},
                "loud": {"type": "boolean", "default": False, "x-order": 1},
            },
        },
        "TrainingOutput": {
            "type": "object",
            "properties": {"weights": {"type": "string", "format": "uri"}},
        },
    },
)
COPIER_SCHEMA = schema(
    {
        "file": {"type": "string", "format": "uri"},
        "others": {"type": "array", "items": {"type": "string", "format": "uri"}, "default": []},
        "note": {"type": "string", "default": ""},
    },
    ["file"],
    {"type": "array", "items": {"type": "string", "format": "uri"}},
)


def write_model(folder: Path, code: str, given: dict[str, Any], config: str, **files: str) -> Path:
    """A Cog model's folder."""
    folder.mkdir(parents=True)
    (folder / "cog.yaml").write_text(config)
    (folder / "run.py").write_text(textwrap.dedent(code))
    (folder / "openapi_schema.json").write_text(json.dumps(given))
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text)
    return folder


def write_talker(parent: Path) -> Path:
    """A model that streams words, can be trained, fails, exits or stops listening."""
    about = json.dumps({"description": "Says words", "is_official": True, "examples": [{"input": {"text": "hi you"}}]})
    return write_model(
        parent / "talker",
        TALKER,
        TALKER_SCHEMA,
        'build:\n  python_version: "3.11"\nrun: "run.py:Runner"\ntrain: "train.py:train"\n',
        train__py=TALKER_TRAIN,
        model__json=about,
        README__md="# Talker\n",
    )


def write_copier(parent: Path) -> Path:
    """A model of files, not official, in the older words of Cog."""
    return write_model(parent / "copier", COPIER, COPIER_SCHEMA, 'predict: "run.py:Predictor"\n')


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    parent = tmp_path_factory.mktemp("cog")
    return [write_talker(parent), write_copier(parent)]


@pytest.fixture(scope="session")
def served(models: list[Path]) -> Iterator[RunningSandbox]:
    """A sandbox with the two models, shared by the tests that leave it as it was."""
    with run_sandbox(cog=models, options=["--kill-after", "1s"]) as running:
        yield running


def client_of(running: RunningSandbox) -> httpx.Client:
    """An httpx client with the token."""
    headers = {"Authorization": f"Bearer {running.token}"}
    return httpx.Client(base_url=running.base_url, headers=headers, timeout=30)


@pytest.fixture
def api(served: RunningSandbox) -> Iterator[httpx.Client]:
    with client_of(served) as client:
        yield client


def version_of(client: httpx.Client, name: str) -> str:
    return client.get(f"/models/sandbox/{name}").json()["latest_version"]["id"]


def until_done(client: httpx.Client, url: str) -> dict[str, Any]:
    """Asks again until the status is a last one."""
    import time

    give_up = time.monotonic() + 30
    while True:
        job = client.get(url).json()
        if job["status"] in {"succeeded", "failed", "canceled", "aborted"}:
            return job
        assert time.monotonic() < give_up, job
        time.sleep(0.02)


def until_status(client: httpx.Client, url: str, status: str) -> dict[str, Any]:
    import time

    give_up = time.monotonic() + 30
    while (job := client.get(url).json())["status"] != status:
        assert time.monotonic() < give_up, job
        time.sleep(0.01)
    return job
