"""The memory of a model is that of all its processes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tui.services.local.memory import memory_of


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells it")
def test_the_memory_of_a_process_includes_what_it_started() -> None:
    before = memory_of(os.getpid())
    code = "x = bytearray(200_000_000); print('ready', flush=True); input()"
    child = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert child.stdin is not None and child.stdout is not None
    child.stdout.readline()
    after = memory_of(os.getpid())
    child.communicate(b"\n")
    assert before is not None and after is not None
    assert after - before > 150_000_000


def test_where_the_system_does_not_tell_nothing_is_said(tmp_path: Path) -> None:
    assert memory_of(1, tmp_path) is None
