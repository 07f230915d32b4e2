"""The command says in words where another distribution's package stands in the place of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.paths import ROOT
from tui import __version__

BEGIN = "import sys; from replicate_tui import main; sys.exit(main())"


def begin(first: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """The command, where a folder comes before ours on the path."""
    path = os.pathsep.join([str(first), str(ROOT)])
    return subprocess.run(
        [sys.executable, "-c", BEGIN, *words],
        env={**os.environ, "PYTHONPATH": path},
        cwd=first,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    "files",
    [
        {"tui/__init__.py": ""},
        {"tui/__init__.py": "", "tui/cli.py": "def main(): print('another program')"},
        {"tui.py": "x = 1"},
        {"tui/__init__.py": "DISTRIBUTION = 'another'", "tui/cli.py": "def main(): print('another program')"},
    ],
)
def test_another_package_of_the_name_is_told_in_words(tmp_path: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    done = begin(tmp_path, "--version")
    assert (done.returncode, done.stdout) == (70, "")
    assert str(tmp_path) in done.stderr and "pipx install replicate-tui" in done.stderr
    assert "Traceback" not in done.stderr


def test_with_its_own_package_the_command_runs(tmp_path: Path) -> None:
    assert begin(tmp_path, "--version").stdout == f"replicate-tui {__version__}\n"


def test_a_missing_library_is_not_taken_for_another_package(tmp_path: Path) -> None:
    (tmp_path / "tui").mkdir()
    (tmp_path / "tui/__init__.py").write_text("import no_such_library")
    done = begin(tmp_path)
    assert done.returncode == 1 and "no_such_library" in done.stderr
