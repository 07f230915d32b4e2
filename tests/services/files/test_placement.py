"""Files that are put in their place: whole or not at all, never over another, nothing left of a killed copy."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.paths import ROOT
from tui.services.files.placement import copy

SLOW = """
import shutil, sys, time
from pathlib import Path
from tui.services.files import placement

def slow(source, target):
    with open(target, "wb") as file:
        file.write(b"half of")
        file.flush()
        print("begun", flush=True)
        time.sleep(60)

shutil.copyfile = slow
placement.copy(Path(sys.argv[1]), Path(sys.argv[2]))
"""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "source"
    path.write_bytes(b"the whole of it")
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "folder"
    path.mkdir()
    return path


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_copy_goes_to_its_name_or_the_next_free_one(source: Path, folder: Path) -> None:
    assert copy(source, folder / "a.png") == folder / "a.png"
    assert copy(source, folder / "a.png") == folder / "a.png"
    (folder / "b.png").write_bytes(b"another")
    assert copy(source, folder / "b.png") == folder / "b-1.png"
    assert names(folder) == ["a.png", "b-1.png", "b.png"]
    assert (folder / "b.png").read_bytes() == b"another"


def test_a_copy_that_was_killed_leaves_nothing_behind_the_next(source: Path, folder: Path) -> None:
    words = [sys.executable, "-c", SLOW, str(source), str(folder / "a.png")]
    killed = subprocess.Popen(words, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE)
    assert killed.stdout is not None and killed.stdout.readline() == b"begun\n"
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    killed.stdout.close()
    assert len(names(folder)) == 1 and "a.png" not in names(folder)
    assert copy(source, folder / "a.png") == folder / "a.png"
    assert names(folder) == ["a.png"]
    assert (folder / "a.png").read_bytes() == b"the whole of it"


def test_a_copy_that_another_process_makes_at_this_moment_is_left_alone(source: Path, folder: Path) -> None:
    words = [sys.executable, "-c", SLOW, str(source), str(folder / "a.png")]
    other = subprocess.Popen(words, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE)
    try:
        assert other.stdout is not None and other.stdout.readline() == b"begun\n"
        (under_way,) = names(folder)
        assert copy(source, folder / "a.png") == folder / "a.png"
        assert names(folder) == sorted(["a.png", under_way])
        assert (folder / under_way).read_bytes() == b"half of"
        assert (folder / "a.png").read_bytes() == b"the whole of it"
    finally:
        other.kill()
        other.wait()


def test_where_nothing_can_be_locked_a_copy_is_made_all_the_same(
    source: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(*_: object) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(fcntl, "flock", refuses)
    assert copy(source, folder / "a.png") == folder / "a.png"
    assert names(folder) == ["a.png"]


def test_what_cannot_be_copied_leaves_nothing(tmp_path: Path, folder: Path) -> None:
    with pytest.raises(FileNotFoundError):
        copy(tmp_path / "not there", folder / "a.png")
    assert names(folder) == []
