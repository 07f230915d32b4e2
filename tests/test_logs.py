"""The log file: private, without tokens, and no reason to end where it cannot be written."""

from __future__ import annotations

import contextlib
import logging
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from tui import logs

SECRET = "r8_planted0123456789"


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    before = list(logs.logger.handlers)
    yield
    for handler in list(logs.logger.handlers):
        if handler not in before:
            logs.logger.removeHandler(handler)
            with contextlib.suppress(OSError):  # the disk of one test is full
                handler.close()


def test_the_log_is_for_its_owner_alone_with_all_folders_that_it_needs(tmp_path: Path) -> None:
    path = logs.start(tmp_path / "a" / "b")
    assert path is not None
    logs.failure("opening", ValueError("no luck"))
    assert "opening: ValueError: no luck" in path.read_text()
    modes = [stat.S_IMODE(place.stat().st_mode) for place in (tmp_path / "a", tmp_path / "a" / "b", path)]
    assert modes == [0o700, 0o700, 0o600]


def test_what_looks_like_a_token_is_not_logged(tmp_path: Path) -> None:
    path = logs.start(tmp_path)
    assert path is not None
    logs.failure("asking", ValueError(f"sent Bearer {SECRET} there"))
    assert SECRET not in path.read_text() and "there" in path.read_text()


@pytest.mark.parametrize("taken", ["file", "folder"])
def test_a_place_that_cannot_be_written_is_no_fault(
    tmp_path: Path, taken: str, capfd: pytest.CaptureFixture[str]
) -> None:
    if taken == "file":
        (tmp_path / "log").write_text("a file where the folder should be")
    else:
        (tmp_path / "log" / "replicate-tui.log").mkdir(parents=True)
    assert logs.start(tmp_path / "log") is None
    logs.failure("opening", ValueError("no luck"))
    assert capfd.readouterr().err == ""


def test_a_disk_that_takes_no_more_is_not_told_on_the_screen(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = logs.start(tmp_path)
    assert path is not None
    path.unlink()
    path.symlink_to("/dev/full")
    logs.failure("opening", ValueError("no luck"))
    assert capfd.readouterr().err == ""
    assert logging.raiseExceptions
