"""The wheel in a clean environment, from another folder: what `pip install .` gives a user."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.support.command import UNSET
from tests.support.paths import ROOT
from tests.support.terminal import Terminal
from tui import __version__

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    subprocess.run([*pip, "wheel", "--no-deps", "--wheel-dir", str(folder), str(ROOT)], check=True)
    (found,) = folder.glob("*.whl")
    return found


def interpreters() -> list[str]:
    """This Python, and one of each other version that the console takes and this machine has."""
    found = [sys.executable]
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    for minor in range(11, 15):
        name = f"python3.{minor}"
        candidates = [shutil.which(name), *map(str, sorted(pyenv.glob(f"*/bin/{name}"), reverse=True))]
        others = [] if sys.version_info[:2] == (3, minor) else filter(None, candidates)
        found.extend(itertools.islice(filter(_makes_environments, others), 1))
    return found


def _makes_environments(python: str) -> bool:
    """False for a shim of a version that is not switched on, and where venv is a package of its own."""
    asked = [python, "-c", "import ensurepip, venv"]
    return subprocess.run(asked, capture_output=True, check=False).returncode == 0


@pytest.fixture(scope="module", params=interpreters())
def installed(request: pytest.FixtureRequest, wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the commands of an environment in which nothing but the wheel with the sandbox was installed."""
    folder = tmp_path_factory.mktemp("clean") / "env"
    subprocess.run([request.param, "-m", "venv", str(folder)], check=True)
    pip = [str(folder / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "--quiet"]
    subprocess.run([*pip, "install", f"{wheel}[sandbox]"], check=True)
    return folder / "bin"


def run(installed: Path, home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """The installed command, in an empty folder, with no way back to the checkout."""
    environment = {name: value for name, value in os.environ.items() if name not in (*UNSET, "PYTHONPATH")}
    folder = home / "elsewhere"
    folder.mkdir(parents=True, exist_ok=True)
    return subprocess.run(
        [str(installed / "replicate-tui"), *words],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        cwd=folder,
        env={**environment, "REPLICATE_TUI_HOME": str(home)},
        timeout=120,
        check=False,
    )


def test_the_wheel_has_the_styles_the_models_and_what_models_begin_with(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    for style in (ROOT / "styles").glob("*.tcss"):
        assert f"tui/styles/{style.name}" in names
    rooms = [
        ROOT / "tui" / "sandbox" / "models",
        ROOT / "tui" / "cog" / "templates",
        ROOT / "tui" / "cog" / "instrument",
    ]
    files = [path for room in rooms for path in room.rglob("*") if path.is_file()]
    wanted = [path for path in files if "__pycache__" not in path.parts]
    assert len(wanted) > 30
    for path in wanted:
        assert path.relative_to(ROOT).as_posix() in names
    strange = [
        name
        for name in names
        if not name.startswith(("tui/", "replicate_tui-", "replicate_tui.py")) or "__pycache__" in name
    ]
    assert not strange


def test_the_installed_command_says_its_version(installed: Path, tmp_path: Path) -> None:
    done = run(installed, tmp_path, "--version")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"replicate-tui {__version__}\n", "")


def test_the_installed_command_runs_the_sandbox_from_any_folder(installed: Path, tmp_path: Path) -> None:
    done = run(installed, tmp_path, "--sandbox", "run", "sandbox/guide", "-i", "prompt=How do I cancel?", "--stream")
    assert done.returncode == 0, done.stderr
    assert "cancel" in done.stdout.lower()
    words = ("-i", "prompt=x", "-i", "steps=1", "-i", "pace=0", "--save", "out", "--json")
    done = run(installed, tmp_path, "--sandbox", "run", "sandbox/fractal", *words)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["status"] == "succeeded"
    assert (tmp_path / "elsewhere" / "out" / "output-0.png").stat().st_size > 1000


def test_the_doctor_of_the_installed_command_is_content(installed: Path, tmp_path: Path) -> None:
    done = run(installed, tmp_path, "--sandbox", "doctor")
    assert done.returncode == 0, done.stdout
    assert not [check for check in json.loads(done.stdout)["checks"] if check["state"] == "fail"]


def test_the_installed_console_opens_every_section(installed: Path, tmp_path: Path) -> None:
    command = [str(installed / "replicate-tui"), "--sandbox"]
    environment = {"REPLICATE_TUI_HOME": str(tmp_path / "home"), "PYTHONPATH": None}
    with Terminal(command, env=environment, timeout=60, cwd=tmp_path) as t:
        t.until("sandbox/fractal")
        t.press("2")
        t.until("No predictions yet")
        t.press("3")
        t.until("No trainings yet")
        t.press("5")
        t.until("Nothing is deployed")
        t.press("4")
        t.until("guide · / for commands")
        t.press("escape", "q")
        assert t.wait_exit() == 0
