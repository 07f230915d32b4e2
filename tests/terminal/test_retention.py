"""What is older than the config file keeps is deleted, but nobody is surprised by it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.command import Command
from tests.terminal.conftest import Open

pytestmark = pytest.mark.timeout(240)


def kept(home: Path) -> int:
    with closing(sqlite3.connect(home / "data" / "store.db")) as connection:
        return connection.execute("SELECT count(*) FROM predictions").fetchone()[0]


def test_the_first_time_is_asked_for_and_a_no_is_remembered(console: Open, home: Path, tmp_path: Path) -> None:
    command = Command(home, tmp_path / "work")
    assert command("--sandbox", "run", "sandbox/guide", "-i", "delay=0", "-i", "prompt=old", "--json").code == 0
    with closing(sqlite3.connect(home / "data" / "store.db")) as connection:
        connection.execute("UPDATE predictions SET created_at = created_at - 86400000000 * 40")
        connection.commit()
    (home / "config").mkdir()
    config = home / "config" / "config.toml"
    config.write_text('[archive]\nkeep = "41d"\n')
    with console("--sandbox") as t:
        t.until("sandbox/fractal")
        t.settle()
        assert "Delete what is older" not in t.text()
        t.press("q")
        assert t.wait_exit() == 0
    config.write_text('[archive]\nkeep = "30d"\n')
    with console("--sandbox") as t:
        t.until("Delete what is older than 30 days?")
        t.press("k")
        t.until_gone("Delete what is older")
        t.press("q")
        assert t.wait_exit() == 0
    assert kept(home) == 1
    config.write_text('[archive]\nkeep = "4w"\n')
    with console("--sandbox") as t:
        t.until("Delete what is older than 28 days?")
        t.press("d")
        t.until("Deleted 1 older than 28 days")
        t.press("q")
        assert t.wait_exit() == 0
    assert kept(home) == 0


def test_what_has_no_room_is_asked_about_and_deleted_with_its_files(console: Open, home: Path, tmp_path: Path) -> None:
    command = Command(home, tmp_path / "work")
    fields = ("-i", "prompt=a lake", "-i", "num_outputs=4", "-i", "steps=1", "-i", "pace=0")
    outputs = home / "data" / "outputs" / "mine"
    assert command("--sandbox", "run", "sandbox/fractal", *fields, "--save", str(outputs), "--json").code == 0
    assert sum(path.stat().st_size for path in outputs.iterdir()) > 1_000_000
    (home / "config").mkdir()
    config = home / "config" / "config.toml"
    config.write_text('[archive]\nkeep = "90d, 2MB"\n')
    with console("--sandbox") as t:
        t.until("sandbox/fractal")
        t.settle()
        assert "Delete what is" not in t.text()
        t.press("q")
        assert t.wait_exit() == 0
    config.write_text('[archive]\nkeep = "90d, 1MB"\n')
    with console("--sandbox") as t:
        t.until("Delete what is older than 90 days or beyond 1 MB?")
        t.press("d")
        t.until("Deleted 1 older than 90 days or beyond 1 MB")
        t.press("q")
        assert t.wait_exit() == 0
    assert kept(home) == 0 and not outputs.exists()
