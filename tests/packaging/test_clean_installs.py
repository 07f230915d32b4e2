"""Installed by pip, uv, uvx and pipx as its users do, without the sandbox: it works, and says how to have the sandbox.

What it says is then done as it stands.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.command import UNSET
from tests.support.paths import ROOT
from tests.support.terminal import Terminal
from tui import __version__

pytestmark = [pytest.mark.long, pytest.mark.timeout(300)]
UV = str(Path(sys.executable).parent / "uv")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout."""
    folder = tmp_path_factory.mktemp("clean-wheel")
    subprocess.run([UV, "build", "--wheel", "--quiet", "--out-dir", str(folder), str(ROOT)], check=True)
    (found,) = folder.glob("*.whl")
    return found


class Machine:
    """A home in which tools are installed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.env = {
            name: value for name, value in os.environ.items() if name not in (*UNSET, "PYTHONPATH", "VIRTUAL_ENV")
        }
        self.env |= {
            "REPLICATE_TUI_HOME": str(folder / "kept"),
            "UV_TOOL_DIR": str(folder / "tools"),
            "UV_TOOL_BIN_DIR": str(folder / "bin"),
            "UV_PYTHON": sys.executable,
            "UV_PYTHON_DOWNLOADS": "never",
            "PIPX_HOME": str(folder / "pipx"),
            "PIPX_BIN_DIR": str(folder / "bin"),
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "PATH": f"{Path(UV).parent}{os.pathsep}{os.environ['PATH']}",
        }

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """A command in the home, with nobody at the keys."""
        return subprocess.run(
            words, env=self.env, cwd=self.folder, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False
        )

    def must(self, *words: str) -> str:
        """What a command prints that has to do what it says."""
        done = self.run(*words)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@pytest.fixture(params=["pip", "uv tool", "uvx", "pipx"])
def installed(request: pytest.FixtureRequest, wheel: Path, tmp_path: Path) -> tuple[Machine, list[str], str]:
    """A machine, the command on it, and how what it says begins."""
    machine = Machine(tmp_path)
    way = request.param
    if way == "pip":
        machine.must(sys.executable, "-m", "venv", str(tmp_path / "env"))
        python = str(tmp_path / "env" / "bin" / "python")
        machine.must(python, "-m", "pip", "install", "--quiet", str(wheel))
        return machine, [str(tmp_path / "env" / "bin" / "replicate-tui")], f"{python} -m pip install "
    if way == "uv tool":
        machine.must(UV, "tool", "install", "--quiet", str(wheel))
        return machine, [str(tmp_path / "bin" / "replicate-tui")], "uv tool install --force "
    if way == "uvx":
        return machine, [UV, "tool", "run", "--quiet", "--from", str(wheel), "replicate-tui"], "uvx --from "
    if shutil.which("pipx") is None:
        pytest.skip("pipx is not on this machine: not tried")
    machine.must("pipx", "install", "--python", sys.executable, str(wheel))
    return machine, [str(tmp_path / "bin" / "replicate-tui")], "pipx install --force "


def test_the_base_works_alone_and_what_it_says_brings_the_sandbox(
    installed: tuple[Machine, list[str], str], wheel: Path
) -> None:
    machine, command, beginning = installed
    assert machine.must(*command, "--version") == f"replicate-tui {__version__}\n"
    assert json.loads(machine.must(*command, "prices", "--json"))
    checks = {one["name"]: one for one in json.loads(machine.run(*command, "doctor").stdout)["checks"]}
    advice = checks["Cog"]["advice"]
    assert advice.startswith(beginning) and advice.endswith((f"[sandbox] @ {wheel.as_uri()}'", "replicate-tui"))
    with Terminal(command, env=dict(machine.env), cwd=machine.folder, timeout=60) as t:
        t.until("sandbox")
        t.press("escape")
        t.settle()
    refused = machine.run(*command, "--sandbox", "models")
    assert refused.returncode == 4 and advice in refused.stderr
    words = ["--sandbox", "run", "sandbox/guide", "-i", "prompt=How do I cancel?", "-i", "delay=0", "--stream"]
    if beginning.startswith("uvx"):
        told = machine.must("bash", "-c", f"{advice} --sandbox models")
        assert "sandbox/guide" in told
        return
    machine.must("bash", "-c", f"{advice} --quiet" if "pip install " in advice else advice)
    assert "cancel" in machine.must(*command, *words).lower()
