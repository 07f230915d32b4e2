"""`cog serve` answers as Cog's container does: plain HTTP, and the official Python client that is told its address."""

from __future__ import annotations

import json
import signal
import sys
import urllib.request
from pathlib import Path

import pytest

from tests.contract.installing import Installed, command, from_pypi
from tests.support.command import Command
from tui.cog.beginnings import begin

CLIENT = """
import sys
from replicate import Replicate
client = Replicate(bearer_token="r8_nobody", base_url=sys.argv[1])
made = client.predictions.create(version="a" * 64, input={"prompt": "Ada", "times": 2})
assert (made.status, made.output) == ("succeeded", "Hello, Ada! Hello, Ada!"), made
print(client.run("me/poet:" + "a" * 64, input={"prompt": "Eve"}))
"""


@pytest.mark.long
@pytest.mark.timeout(300)
def test_the_official_python_client_and_plain_http_are_answered(tmp_path: Path, installed: Installed) -> None:
    name = f"python-{sys.version_info.major}.{sys.version_info.minor}-replicate-2.0.0b4"
    client = installed(name, from_pypi("--pre", "replicate==2.0.0b4"))
    begin(tmp_path / "poet", "text")
    served = Command(tmp_path / "home", tmp_path).start("cog", "serve", "poet", "--port", "0", "--json")
    assert served.stdout is not None
    try:
        told = ""
        while not told.rstrip().endswith("}"):
            line = served.stdout.readline()
            assert line, "it ended before it served"
            told += line
        url = json.loads(told)["url"]
        assert command([client / "bin" / "python", "-c", CLIENT, url], tmp_path, 60) == "Hello, Eve!"
        body = json.dumps({"input": {"prompt": "Ada"}}).encode()
        asked = urllib.request.Request(
            f"{url}/predictions/one", data=body, headers={"Content-Type": "application/json"}, method="PUT"
        )
        with urllib.request.urlopen(asked, timeout=30) as answer:
            found = json.load(answer)
        assert (found["id"], found["status"], found["output"]) == ("one", "succeeded", "Hello, Ada!")
    finally:
        served.send_signal(signal.SIGTERM)
        served.communicate(timeout=30)
