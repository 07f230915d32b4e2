"""The command, alone and against the session's sandbox."""

from pathlib import Path

import pytest

from tests.support.command import Command
from tests.support.sandbox import RunningSandbox


@pytest.fixture
def command(tmp_path: Path) -> Command:
    """The command with nothing set."""
    return Command(tmp_path / "home", tmp_path / "work")


@pytest.fixture
def replicate(command: Command, sandbox: RunningSandbox) -> Command:
    """The command with the session's sandbox as its API."""
    return command.against(sandbox)
