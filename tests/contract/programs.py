"""Programs of other people, run by `sandbox -- …` with their packages, each in a folder of its own."""

import re
import shutil
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.contract.installing import Installed, command, from_npm, from_pypi
from tests.support.paths import ROOT

NODE = pytest.mark.skipif(not (shutil.which("node") and shutil.which("npm")), reason="Node.js and npm are missing")


def around(program: Sequence[str | Path], folder: Path, options: Sequence[str] = (), **more: str) -> str:
    """What the program prints with the sandbox in Replicate's place."""
    sandbox = [sys.executable, "-m", "tui.sandbox", "--as-any", *options, "--"]
    try:
        return command([*sandbox, *program], folder, 400, PYTHONPATH=str(ROOT), **more)
    except subprocess.CalledProcessError as error:
        pytest.fail(f"{error.stdout}\n{error.stderr}")


def with_pypi(installed: Installed, packages: Sequence[str]) -> Path:
    """An environment that has these packages, and none of the sandbox's."""
    first = next(package for package in packages if not package.startswith("-")).replace("==", "-")
    return installed(f"python-{sys.version_info.major}.{sys.version_info.minor}-{first}", from_pypi(*packages))


def python(installed: Installed, packages: Sequence[str], code: str, options: Sequence[str] = ()) -> str:
    """What the code prints where these packages can be imported."""
    interpreter = with_pypi(installed, packages) / "bin" / "python"
    with tempfile.TemporaryDirectory() as name:
        script = Path(name) / "program.py"
        script.write_text(textwrap.dedent(code))
        return around(["env", "-u", "PYTHONPATH", interpreter, script], script.parent, options)


def node(installed: Installed, packages: Sequence[str], code: str, options: Sequence[str] = ()) -> str:
    """What the module prints where these packages can be imported."""
    folder = installed(f"node-{re.sub(r'[^a-z0-9.]+', '-', packages[0]).strip('-')}", from_npm(*packages))
    with tempfile.TemporaryDirectory() as name:
        script = Path(name) / "program.mjs"
        script.write_text(textwrap.dedent(code))
        # Node looks for packages beside the module.
        (script.parent / "node_modules").symlink_to(folder / "node_modules")
        return around(["node", script], script.parent, options)
