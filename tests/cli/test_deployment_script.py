"""A deployment's whole life by a shell script and `--json`, as the README shows it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.command import Command
from tests.support.sandbox import run_sandbox

SCRIPT = Path(__file__).with_name("deployment.sh")


@pytest.mark.long
def test_a_script_makes_scales_changes_uses_disables_and_deletes_a_deployment(command: Command, tmp_path: Path) -> None:
    tools = tmp_path / "bin"
    tools.mkdir()
    (tools / "replicate-tui").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m tui "$@"\n')
    (tools / "replicate-tui").chmod(0o755)
    with run_sandbox(options=["--retention", "5s"]) as sandbox:
        there = command.against(sandbox)
        done = subprocess.run(
            ["bash", str(SCRIPT)],
            env={**there.env, "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}"},
            cwd=there.folder,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        said = done.stdout.splitlines()
        assert said[:4] == ["release 5 runs on gpu-t4", "succeeded", "succeeded", "not yet: exit code 2"]
        assert '"deleted": "sandbox/lakes"' in done.stdout
        assert "offline and unused" in done.stderr, "the refusal says why"
        statuses = [entry["status"] for entry in sandbox.requests("deployments.delete")]
        assert statuses[0] == 400
        assert statuses[-1] == 204
        releases = [entry for entry in sandbox.requests("deployments.update") if entry["status"] == 200]
        assert len(releases) == 5
        assert sandbox.count("deployments.predictions.create") == 2
        assert sandbox.get("/v1/deployments")["results"] == []
