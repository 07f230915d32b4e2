"""Programs of other people, run by `sandbox -- …` in a folder that has their packages."""

import shutil
import subprocess
import sys
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
        return command([*sandbox, *program], folder, 200, PYTHONPATH=str(ROOT), **more)
    except subprocess.CalledProcessError as error:
        pytest.fail(f"{error.stdout}\n{error.stderr}")


def python(installed: Installed, packages: Sequence[str], code: str, options: Sequence[str] = ()) -> str:
    """What the code prints where these packages, and none of the sandbox's, can be imported."""
    first = next(package for package in packages if not package.startswith("-")).replace("==", "-")
    name = f"python-{sys.version_info.major}.{sys.version_info.minor}-{first}"
    folder = installed(name, from_pypi(*packages))
    script = folder / "program.py"
    script.write_text(textwrap.dedent(code))
    return around(["env", "-u", "PYTHONPATH", folder / "bin" / "python", script], folder, options)


def node(installed: Installed, name: str, packages: Sequence[str], code: str, options: Sequence[str] = ()) -> str:
    """What the module prints where these packages can be imported."""
    folder = installed(f"node-{name}", from_npm(*packages))
    script = folder / "program.mjs"
    script.write_text(textwrap.dedent(code))
    return around(["node", script], folder, options)
