"""The composite action for other people's workflows: what it starts is found by the steps that follow."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx

from tests.support.paths import ROOT

START = ROOT / ".github/actions/sandbox/start.sh"


def start(folder: Path, options: str) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "RUNNER_TEMP": str(folder),
        "GITHUB_ENV": str(folder / "environment"),
        "SANDBOX_OPTIONS": options,
    }
    return subprocess.run(
        ["bash", START], cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False
    )


def test_the_steps_that_follow_find_the_sandbox_by_their_variables(tmp_path: Path) -> None:
    done = start(tmp_path, "--as-any --workers 2")
    assert done.returncode == 0, done.stderr
    pid = int((tmp_path / "replicate-sandbox.pid").read_text())
    try:
        lines = (tmp_path / "environment").read_text().splitlines()
        variables = dict(line.split("=", 1) for line in lines)
        tokens = {"REPLICATE_API_TOKEN", "REPLICATE_API_KEY"}
        addresses = {"REPLICATE_API_BASE_URL", "REPLICATE_BASE_URL", "REPLICATE_API_BASE"}
        assert variables.keys() == tokens | addresses
        assert len({variables[name] for name in tokens}) == len({variables[name] for name in addresses}) == 1
        headers = {"Authorization": f"Bearer {variables['REPLICATE_API_TOKEN']}"}
        model = httpx.get(f"{variables['REPLICATE_BASE_URL']}/models/any/llama", headers=headers)
        assert model.json()["owner"] == "any"
    finally:
        os.kill(pid, signal.SIGTERM)
        give_up = time.monotonic() + 20
        while Path(f"/proc/{pid}/status").exists() and "zombie" not in Path(f"/proc/{pid}/status").read_text():
            assert time.monotonic() < give_up
            time.sleep(0.05)


def test_a_sandbox_that_does_not_start_fails_the_step_and_says_why(tmp_path: Path) -> None:
    done = start(tmp_path, "--as nonsense")
    assert done.returncode == 1
    assert "not a stand-in: 'nonsense'" in done.stderr
    assert not (tmp_path / "environment").exists()
