"""What is missing is said with the command that installs it, as this program itself was installed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.paths import ROOT
from tui import extras
from tui.sandbox import missing

WANTED = "'replicate-tui[sandbox]'"
WITHOUT = """
import importlib.util, sys
found = importlib.util.find_spec
hidden = {hidden!r}

class Hidden:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in hidden:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Hidden())
importlib.util.find_spec = lambda name, package=None: None if name in hidden else found(name, package)
from tui.cli import main
sys.exit(main())
"""


@pytest.fixture(autouse=True)
def from_the_index(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extras, "_installed_from", lambda: ("", False))


@pytest.mark.parametrize(
    ("made", "command"),
    [
        ("pipx/venvs/replicate-tui/pipx_metadata.json", f"pipx install --force {WANTED}"),
        ("uv/tools/replicate-tui/uv-receipt.toml", f"uv tool install --force {WANTED}"),
    ],
)
def test_pipx_and_uv_are_known_by_what_they_leave(tmp_path: Path, made: str, command: str) -> None:
    (tmp_path / made).parent.mkdir(parents=True)
    (tmp_path / made).touch()
    assert extras.how_to_install("sandbox", (tmp_path / made).parent) == command


def test_uvx_is_known_by_its_cache(tmp_path: Path) -> None:
    assert (
        extras.how_to_install("sandbox", tmp_path / "uv" / "archive-v0" / "x") == f"uvx --from {WANTED} replicate-tui"
    )


def test_an_environment_with_pip_gets_pip_and_one_without_gets_uv(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extras, "has_pip", lambda: True)
    assert extras.how_to_install("keyring", Path("/v e")) == "'/v e/bin/python' -m pip install 'replicate-tui[keyring]'"
    monkeypatch.setattr(extras, "has_pip", lambda: False)
    assert extras.how_to_install("sandbox", Path("/v")) == f"uv pip install --python /v/bin/python {WANTED}"


@pytest.mark.parametrize(
    ("installed_from", "wanted"),
    [
        (("", False), "replicate-tui[tls]"),
        (("file:///src/replicate-tui", True), "--editable=/src/replicate-tui[tls]"),
        (("file:///dist/replicate_tui-1.whl", False), "replicate-tui[tls] @ file:///dist/replicate_tui-1.whl"),
    ],
)
def test_what_came_from_a_folder_or_a_file_comes_from_there_again(
    installed_from: tuple[str, bool], wanted: str
) -> None:
    assert extras.requirement("tls", installed_from) == wanted


@pytest.mark.parametrize(
    ("system", "machine", "libc", "can"),
    [
        ("linux", "x86_64", "glibc", True),
        ("linux", "aarch64", "glibc", True),
        ("linux", "x86_64", "", False),
        ("linux", "riscv64", "glibc", False),
        ("darwin", "arm64", "", True),
        ("darwin", "x86_64", "", False),
    ],
)
def test_where_the_runtime_has_no_wheel_no_command_is_named(
    monkeypatch: pytest.MonkeyPatch, system: str, machine: str, libc: str, can: bool
) -> None:
    monkeypatch.setattr(missing.sys, "platform", system)
    monkeypatch.setattr(missing.platform, "machine", lambda: machine)
    monkeypatch.setattr(missing.platform, "libc_ver", lambda: (libc, ""))
    monkeypatch.setattr(missing, "missing", lambda: "coglet")
    words = missing.why_not(lambda: "the command")
    assert words is not None and ("the command" in words) is can and ("no wheel" in words) is not can


def test_with_everything_there_nothing_is_said() -> None:
    assert missing.why_not() is None


def without(tmp_path: Path, hidden: tuple[str, ...], *words: str) -> subprocess.CompletedProcess[str]:
    """The command in a Python that lacks some packages."""
    return subprocess.run(
        [sys.executable, "-c", WITHOUT.format(hidden=hidden), *words],
        env={**os.environ, "PYTHONPATH": str(ROOT), "REPLICATE_TUI_HOME": str(tmp_path), "NO_COLOR": "1"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )


@pytest.mark.parametrize("words", [("sandbox",), ("--sandbox", "models")])
def test_without_the_extra_the_sandbox_says_how_to_have_it(tmp_path: Path, words: tuple[str, ...]) -> None:
    done = without(tmp_path, ("starlette", "uvicorn", "cog", "coglet"), *words)
    assert done.returncode != 0
    assert "The sandbox needs the extra `sandbox` (starlette is not installed): " in done.stderr
    assert "install" in done.stderr and "Traceback" not in done.stderr


def test_without_the_extra_everything_else_works_and_the_doctor_has_a_note(tmp_path: Path) -> None:
    hidden = (
        "mcp",
        "textual_serve",
        "aiohttp",
        "starlette",
        "uvicorn",
        "cog",
        "coglet",
        "pydantic",
        "trustme",
        "keyring",
    )
    assert without(tmp_path, hidden, "--version").returncode == 0
    assert without(tmp_path, hidden, "prices", "--json").returncode == 0
    agents = without(tmp_path, hidden, "mcp")
    assert agents.returncode == 2 and "It needs the extra `mcp`: " in agents.stderr and "install" in agents.stderr
    browser = without(tmp_path, hidden, "serve")
    assert browser.returncode == 2 and "It needs the extra `web`: " in browser.stderr and "install" in browser.stderr
    checks = {one["name"]: one for one in json.loads(without(tmp_path, hidden, "doctor").stdout)["checks"]}
    assert checks["Cog"]["state"] == "note" and "install" in checks["Cog"]["advice"]
