"""Runs the real command in a process of its own, with a home and an environment of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.paths import ROOT
from tests.support.sandbox import RunningSandbox

UNSET = ("REPLICATE_API_TOKEN", "REPLICATE_API_BASE_URL", "REPLICATE_BASE_URL", "NO_COLOR", "TMUX", "PYTHONIOENCODING")


@dataclass
class Result:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """stdout, which must be one JSON value and nothing else."""
        return json.loads(self.out)


class Command:
    """`replicate-tui` as a script would call it: nothing is a terminal."""

    def __init__(self, home: Path, folder: Path, **environment: str) -> None:
        self.home, self.folder = home, folder
        self.environment = environment
        folder.mkdir(parents=True, exist_ok=True)

    def against(self, sandbox: RunningSandbox) -> Command:
        """The same, with the address and the token of a sandbox that runs."""
        return Command(
            self.home,
            self.folder,
            **{
                **self.environment,
                "REPLICATE_API_BASE_URL": sandbox.base_url,
                "REPLICATE_API_TOKEN": sandbox.token,
            },
        )

    @property
    def env(self) -> dict[str, str]:
        """The whole environment of the process."""
        clean = {name: value for name, value in os.environ.items() if name not in UNSET}
        return {**clean, "PYTHONPATH": str(ROOT), "REPLICATE_TUI_HOME": str(self.home), **self.environment}

    def argv(self, *words: str) -> list[str]:
        """The command line of the process."""
        return [sys.executable, "-m", "tui", *words]

    def start(self, *words: str, **given: Any) -> subprocess.Popen[str]:
        """The process, running."""
        return subprocess.Popen(
            self.argv(*words),
            text=True,
            encoding="utf-8",
            cwd=self.folder,
            env=self.env,
            **{"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **given},
        )

    def __call__(self, *words: str, stdin: str | None = None, timeout: float = 60) -> Result:
        done = subprocess.run(
            self.argv(*words),
            input=stdin if stdin is not None else "",
            capture_output=True,
            text=True,
            encoding="utf-8",
            cwd=self.folder,
            env=self.env,
            timeout=timeout,
            check=False,
        )
        return Result(done.returncode, done.stdout, done.stderr)


def leaks(secret: str, folders: Sequence[Path], *texts: str) -> list[str]:
    """Where a secret is found: the files under the folders, and the texts."""
    needle = secret.encode()
    found = [
        str(path)
        for folder in folders
        for path in folder.rglob("*")
        if path.is_file() and not path.is_symlink() and needle in path.read_bytes()
    ]
    return found + [f"text {number}" for number, text in enumerate(texts) if secret in text]
