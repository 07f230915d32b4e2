"""`cog serve` answers the official clients unchanged, as their READMEs use them, and plain HTTP as Cog's container."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.contract.installing import Installed, command, from_pypi
from tests.support.command import Command
from tui.cog.beginnings import begin

CLIENTS = Path(__file__).parent / "clients"
CLIENT = """
import sys
from replicate import Replicate
for base_url in (sys.argv[1], sys.argv[1] + "/v1"):
    client = Replicate(bearer_token="r8_nobody", base_url=base_url)
    made = client.predictions.create(version="a" * 64, input={"prompt": "Ada", "times": 2}, prefer="wait")
    assert (made.status, made.output) == ("succeeded", "Hello, Ada! Hello, Ada!"), made
    print(client.run("me/poet:" + "a" * 64, input={"prompt": "Eve"}))
"""


@contextmanager
def served(folder: Path, template: str) -> Iterator[str]:
    """The address of a new model of this template, served."""
    begin(folder / template, template)
    process = Command(folder / "home", folder).start("cog", "serve", template, "--port", "0", "--json")
    assert process.stdout is not None
    try:
        told = ""
        while not told.rstrip().endswith("}"):
            line = process.stdout.readline()
            assert line, "it ended before it served"
            told += line
        yield json.loads(told)["url"]
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)


def test_the_python_client_1_0_7_is_answered_as_its_readme_uses_it(tmp_path: Path) -> None:
    Image.new("RGB", (8, 6), "red").save(tmp_path / "in.png")
    with served(tmp_path, "stream") as text, served(tmp_path, "image") as image:
        program = [sys.executable, CLIENTS / "served_v1.py", text, image, tmp_path / "in.png"]
        try:
            said = command(program, tmp_path, 100)
        except subprocess.CalledProcessError as error:
            pytest.fail(f"{error.stdout}\n{error.stderr}")
    assert said == "done"


def asked(address: str, method: str = "GET", body: object = None, **headers: str) -> tuple[int, Any]:
    """Status and JSON of an answer."""
    data = json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(
        address, data=data, headers={"Content-Type": "application/json", **headers}, method=method
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


def test_plain_http_reaches_cogs_own_server_as_it_is(tmp_path: Path) -> None:
    with served(tmp_path, "text") as url:
        status, told = asked(f"{url}/predictions/one", "PUT", {"input": {"prompt": "Ada"}})
        assert (status, told["id"], told["status"], told["output"]) == (200, "one", "succeeded", "Hello, Ada!")
        assert asked(f"{url}/predictions", "POST", {"input": {"times": 2}})[0] == 422
        assert asked(f"{url}/health-check")[1]["status"] == "READY"
        assert "Input" in asked(f"{url}/openapi.json?a=b")[1]["components"]["schemas"]
        # Replicate's API asks for more than Cog's does, and tells more.
        assert asked(f"{url}/v1/predictions", "POST", {"input": {"prompt": "Ada"}})[0] == 422
        made = asked(f"{url}/v1/models/me/poet/predictions", "POST", {"input": {"prompt": "Ada"}}, Prefer="wait=60")
        assert (made[0], made[1]["model"], made[1]["output"]) == (201, "me/poet", "Hello, Ada!")
        for seconds, refused in (("0", True), ("1", False), ("60", False), ("61", True)):
            body = {"input": {"prompt": "Ada"}, "version": "me/poet"}
            status, _ = asked(f"{url}/v1/predictions", "POST", body, Prefer=f"wait={seconds}")
            assert (status == 400) == refused


@pytest.mark.long
@pytest.mark.timeout(300)
def test_the_python_client_2_0_0b4_is_answered_at_both_addresses(tmp_path: Path, installed: Installed) -> None:
    name = f"python-{sys.version_info.major}.{sys.version_info.minor}-replicate-2.0.0b4"
    client = installed(name, from_pypi("--pre", "replicate==2.0.0b4"))
    with served(tmp_path, "text") as url:
        said = command([client / "bin" / "python", "-c", CLIENT, url], tmp_path, 60)
    assert said.splitlines() == ["Hello, Eve!"] * 2
