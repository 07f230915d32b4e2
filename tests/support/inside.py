"""Runs the command line in the test's own process: as `Command`, but without the start of a Python each time."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest

from tests.support.command import UNSET, Result
from tui.cli import main


class Inside:
    """`replicate-tui` against an API; nothing is a terminal."""

    def __init__(
        self,
        base_url: str,
        token: str,
        folder: Path,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        self.folder = folder
        self._capsys = capsys
        for name in UNSET:
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("REPLICATE_TUI_HOME", str(folder / "home"))
        monkeypatch.setenv("REPLICATE_API_BASE_URL", base_url)
        monkeypatch.setenv("REPLICATE_API_TOKEN", token)
        monkeypatch.chdir(folder)

    def __call__(self, *words: str) -> Result:
        """How the command ends."""
        self._capsys.readouterr()
        code = main(words)
        # A start leaves the garbage alone; the tests go on for longer.
        gc.enable()
        said = self._capsys.readouterr()
        return Result(code, said.out, said.err)
