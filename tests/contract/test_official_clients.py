"""The official clients, unchanged, each through a scenario of its users' work against the sandbox."""

import json
import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Callable, Iterator, Sequence
from importlib import metadata
from pathlib import Path

import pytest

from tests.contract.conftest import LIMITLESS
from tests.support.sandbox import RunningSandbox, run_sandbox

SCRIPTS = Path(__file__).parent / "clients"


@pytest.fixture(scope="module")
def running(models: list[Path]) -> Iterator[RunningSandbox]:
    """Deployments may be deleted after four seconds of rest; outputs are gone by then, but were read at once."""
    with run_sandbox(cog=models, options=[*LIMITLESS, "--retention", "4s"]) as running:
        yield running


@pytest.fixture(scope="session")
def installed(pytestconfig: pytest.Config) -> Callable[[str, Callable[[Path], None]], Path]:
    """A folder in pytest's cache, made once; one that was half made when a run broke off is made anew."""
    cache = pytestconfig.cache
    assert cache is not None

    def folder_of(name: str, fill: Callable[[Path], None]) -> Path:
        folder = cache.mkdir("clients") / name
        whole = folder / "whole"
        if not whole.is_file():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            try:
                fill(folder)
            except subprocess.CalledProcessError as error:
                pytest.skip(f"{name} could not be installed: {error.stderr.strip()[-300:]}")
            whole.touch()
        return folder

    return folder_of


def command(arguments: Sequence[str | Path], cwd: Path, seconds: float) -> str:
    """What it prints. CalledProcessError when it fails."""
    # Half a second between two polls is for servers that are far away.
    environment = {**os.environ, "REPLICATE_POLL_INTERVAL": "0.05"}
    done = subprocess.run(
        arguments,
        cwd=cwd,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=True,
    )
    return done.stdout.strip()


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
def test_python_2_0_0b4_does_its_users_work(
    running: RunningSandbox, installed: Callable[[str, Callable[[Path], None]], Path], tmp_path: Path
) -> None:
    def fill(folder: Path) -> None:
        venv.create(folder, with_pip=True)
        install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--pre", "replicate==2.0.0b4"]
        command([folder / "bin" / "python", *install], folder, 200)

    folder = installed(f"python-{sys.version_info.major}.{sys.version_info.minor}-replicate-2.0.0b4", fill)
    through(running, [folder / "bin" / "python", SCRIPTS / "python_v2.py"], tmp_path)


@pytest.mark.long
@pytest.mark.node
@pytest.mark.timeout(300)
@pytest.mark.skipif(not (shutil.which("node") and shutil.which("npm")), reason="Node.js and npm are not installed")
def test_node_1_4_does_its_users_work(
    running: RunningSandbox, installed: Callable[[str, Callable[[Path], None]], Path]
) -> None:
    def fill(folder: Path) -> None:
        (folder / "package.json").write_text(json.dumps({"private": True}))
        command(["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "replicate@1.4"], folder, 200)

    folder = installed("node-replicate-1.4", fill)
    through(running, ["node", SCRIPTS / "node_v1.cjs"], folder)
