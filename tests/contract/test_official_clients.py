"""The official clients, unchanged, each through a scenario of its users' work against the sandbox."""

import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from importlib import metadata
from pathlib import Path

import pytest

from tests.contract.conftest import LIMITLESS
from tests.contract.installing import Installed, command, from_npm
from tests.contract.programs import with_pypi
from tests.support.sandbox import RunningSandbox, run_sandbox

SCRIPTS = Path(__file__).parent / "clients"


@pytest.fixture(scope="module")
def running(models: list[Path]) -> Iterator[RunningSandbox]:
    """Deployments may be deleted after four seconds of rest; outputs are gone by then, but were read at once."""
    with run_sandbox(cog=models, options=[*LIMITLESS, "--retention", "4s"]) as running:
        yield running


def through(running: RunningSandbox, program: Sequence[str | Path], cwd: Path) -> None:
    """Fails with what the scenario said, unless it came to its end."""
    try:
        said = command([*program, running.base_url, running.token], cwd, 100)
    except subprocess.CalledProcessError as error:
        pytest.fail(f"{error.stdout}\n{error.stderr}")
    assert said == "done"
    faulty = [entry for entry in running.requests() if (entry["status"] or 500) >= 500]
    assert not faulty


def test_python_1_0_7_does_its_users_work(running: RunningSandbox, tmp_path: Path) -> None:
    assert metadata.version("replicate") == "1.0.7", "pyproject.toml names it among the tools of development"
    through(running, [sys.executable, SCRIPTS / "python_v1.py"], tmp_path)


@pytest.mark.long
@pytest.mark.timeout(300)
def test_python_2_0_0b4_does_its_users_work(running: RunningSandbox, installed: Installed, tmp_path: Path) -> None:
    folder = with_pypi(installed, ("--pre", "replicate==2.0.0b4"))
    through(running, [folder / "bin" / "python", SCRIPTS / "python_v2.py"], tmp_path)


@pytest.mark.long
@pytest.mark.node
@pytest.mark.timeout(300)
@pytest.mark.skipif(not (shutil.which("node") and shutil.which("npm")), reason="Node.js and npm are not installed")
def test_node_1_4_does_its_users_work(running: RunningSandbox, installed: Installed) -> None:
    folder = installed("node-replicate-1.4.0", from_npm("replicate@1.4.0"))
    through(running, ["node", SCRIPTS / "node_v1.cjs"], folder)
