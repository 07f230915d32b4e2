"""Clients from their registries, each in a folder of its own in pytest's cache."""

import json
import os
import subprocess
import venv
from collections.abc import Callable, Sequence
from pathlib import Path

Fill = Callable[[Path], None]
Installed = Callable[[str, Fill], Path]


def command(arguments: Sequence[str | Path], cwd: Path, seconds: float, **more: str) -> str:
    """What it prints. CalledProcessError when it fails."""
    # Half a second between two polls is for servers that are far away.
    environment = {**os.environ, "REPLICATE_POLL_INTERVAL": "0.05", **more}
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


def from_pypi(*packages: str) -> Fill:
    """A virtual environment with these packages; `--pre` among them takes what is not final yet."""

    def fill(folder: Path) -> None:
        venv.create(folder, with_pip=True)
        install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages]
        command([folder / "bin" / "python", *install], folder, 280)

    return fill


def from_npm(*packages: str) -> Fill:
    """A folder in which these packages can be imported."""

    def fill(folder: Path) -> None:
        (folder / "package.json").write_text(json.dumps({"private": True}))
        command(["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", *packages], folder, 280)

    return fill
