"""The recipes of the documentation do what they say, in a shell, on the sandbox."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.command import Command
from tests.support.paths import ROOT

pytestmark = [pytest.mark.long, pytest.mark.timeout(300)]


def test_each_recipe_runs_as_it_stands(command: Command) -> None:
    text = (ROOT / "docs/recipes.md").read_text("utf-8")
    blocks = re.findall(r"^```bash\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    assert len(blocks) == 6
    script = command.folder / "recipes.sh"
    parts = [f"echo '== {number}'\n{block}" for number, block in enumerate(blocks)]
    script.write_text("set -euo pipefail\n" + "\n".join(parts))
    bin_folder = str(Path(sys.executable).parent)
    done = subprocess.run(
        [*command.argv("sandbox"), "--", "bash", str(script)],
        env={**command.env, "PATH": f"{bin_folder}{os.pathsep}{os.environ['PATH']}"},
        cwd=command.folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=280,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    said = dict(zip(*[iter(re.split(r"== (\d)\n", done.stdout)[1:])] * 2, strict=True))
    assert said["0"].strip() == "output-0.png"
    assert "Press `c`" in said["1"]
    assert said["2"].strip() == "4"
    runs = (command.folder / "runs.csv").read_text().splitlines()
    assert runs[0].startswith("id,status,model,") and len([line for line in runs if "sandbox/fractal" in line]) == 5
    assert '"a lake"' in said["3"]
    assert "curl -s -X POST" in said["4"] and "$REPLICATE_API_TOKEN" in said["4"]
    assert re.search(r"tests run against https?://127\.0\.0\.1:\d+/v1", said["5"])
