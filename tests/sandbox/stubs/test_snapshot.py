"""`sandbox snapshot`: models of the API as files, from which stubs are made."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.sandbox.conftest import client_of
from tests.support.paths import ROOT
from tests.support.sandbox import run_sandbox
from tests.support.stub_models import ALL, FLUX_ID, write_models

WHISPER = "8" * 64


def snapshot(*words: str, token: str | None = None) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "REPLICATE_API_TOKEN"}
    command = [sys.executable, "-m", "tui.sandbox", "snapshot", *words]
    return subprocess.run(
        command,
        cwd=ROOT,
        env=environment | ({"REPLICATE_API_TOKEN": token} if token else {}),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_models_are_fetched_into_files_that_stubs_are_made_from(tmp_path: Path) -> None:
    there = write_models(tmp_path / "there.json", ALL)
    wanted = ["black-forest-labs/flux-schnell", f"openai/whisper:{WHISPER}", "no/such"]
    with run_sandbox(options=["--as", str(there)]) as upstream:
        done = snapshot(*wanted, "--to", str(tmp_path / "here"), "--base-url", upstream.base_url, token=upstream.token)
        assert upstream.token not in done.stdout + done.stderr
    assert (done.returncode, done.stderr) == (1, "no/such: the API answered 404\n")
    names = [f"{tmp_path}/here/black-forest-labs--flux-schnell.json", f"{tmp_path}/here/openai--whisper--88888888.json"]
    assert done.stdout.splitlines() == names
    assert json.loads(Path(names[1]).read_text())["latest_version"]["id"] == WHISPER
    options = [word for name in names for word in ("--as", name)]
    with run_sandbox(options=options) as running, client_of(running) as api:
        flux = api.get("/models/black-forest-labs/flux-schnell").json()
        assert flux["latest_version"]["id"] == FLUX_ID
        refused = api.post("/predictions", json={"version": WHISPER, "input": {}})
        assert [one["description"] for one in refused.json()["invalid_fields"]] == ["audio is required"]


@pytest.mark.parametrize(
    ("words", "token", "said"),
    [
        (["a/b"], None, "put a token into REPLICATE_API_TOKEN"),
        (["flux"], "t", "OWNER/NAME or OWNER/NAME:VERSION, not 'flux'"),
        (["a/b", "--base-url", "http://api.example"], "t", "an https address, not 'http://api.example'"),
        ([], "t", "the following arguments are required"),
    ],
)
def test_what_cannot_be_fetched_ends_with_2(words: list[str], token: str | None, said: str) -> None:
    done = snapshot(*words, token=token)
    assert (done.returncode, said in " ".join(done.stderr.split())) == (2, True), done.stderr
