"""The file itself: made, moved on, shared, killed in the middle, damaged, full."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.store.conftest import START, made
from tests.support.paths import ROOT
from tui.store import database
from tui.store.database import (
    Database,
    StoreClosed,
    StoreDamaged,
    StoreError,
    StoreFull,
    StoreTooNew,
    set_aside,
)
from tui.store.migrations import MIGRATIONS
from tui.store.records import RunIntent
from tui.store.store import Store

ME = "me@api"


async def test_a_new_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "er" / "x.db"
    store = await Store.open(path)
    await store.save(ME, [made(1)])
    try:
        for file in path.parent.iterdir():
            assert stat.S_IMODE(file.stat().st_mode) == 0o600, file
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    finally:
        await store.close()


@pytest.mark.parametrize("version", range(1, len(MIGRATIONS)))
async def test_an_older_file_is_brought_to_the_present_and_keeps_its_content(tmp_path: Path, version: int) -> None:
    path = tmp_path / "x.db"
    old = Database(path, MIGRATIONS[:version])
    await old.open()

    def fill(db: sqlite3.Connection) -> None:
        db.execute("INSERT INTO drafts VALUES ('me@api', 'a/b', '{\"prompt\":\"kept\"}', 5)")

    await old.write(fill)
    await old.close()
    assert _version(path) == version
    store = await Store.open(path)
    try:
        draft = await store.draft(ME, "a/b")
        assert draft is not None and draft.values == {"prompt": "kept"}
        await store.meta_set(ME, "note", "x")
        assert await store.meta_get(ME, "note") == "x"
    finally:
        await store.close()
    assert _version(path) == len(MIGRATIONS)


async def test_a_migration_that_fails_leaves_the_version_before(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    good = "CREATE TABLE one (a);\nINSERT INTO one VALUES (1);\n"
    first = Database(path, [good])
    await first.open()
    await first.close()
    broken = Database(path, [good, "CREATE TABLE two (a);\nINSERT INTO nowhere VALUES (1);\n"])
    with pytest.raises(StoreError, match=r"x\.db"):
        await broken.open()
    assert _version(path) == 1
    assert _tables(path) == {"one"}


async def test_two_consoles_that_start_at_once_make_one_file(tmp_path: Path) -> None:
    stores = await asyncio.gather(*(Store.open(tmp_path / "x.db") for _ in range(6)))
    try:
        await asyncio.gather(*(store.save(ME, [made(n)]) for n, store in enumerate(stores)))
        assert await stores[0].count(ME) == 6
    finally:
        for store in stores:
            await store.close()


async def test_a_file_that_another_console_holds_for_a_moment_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    holder = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    holder.execute("BEGIN IMMEDIATE")
    database = Database(path, ["CREATE TABLE one (a);\n"])
    opening = asyncio.create_task(database.open())
    await asyncio.sleep(0.2)
    assert not opening.done()
    holder.execute("ROLLBACK")
    await opening
    await database.close()
    holder.close()
    assert _tables(path) == {"one"}


@pytest.mark.parametrize("moment", [1, 2])
async def test_a_file_that_another_console_makes_in_this_moment_is_no_strangers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: int
) -> None:
    path = tmp_path / "x.db"
    real, asked = database._pragma, 0

    def meanwhile(connection: sqlite3.Connection, name: str) -> int:
        nonlocal asked
        value = real(connection, name)
        asked += 1
        if asked == moment:
            other = Database(path, MIGRATIONS)
            other._open()
            other._close()
        return value

    monkeypatch.setattr(database, "_pragma", meanwhile)
    store = await Store.open(path)
    try:
        assert await store.count(ME) == 0
    finally:
        await store.close()


async def test_a_file_of_a_newer_version_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    newer = Database(path, [*MIGRATIONS, "CREATE TABLE future (a);\n"])
    await newer.open()
    await newer.close()
    before = path.read_bytes()
    with pytest.raises(StoreTooNew) as caught:
        await Store.open(path)
    assert str(path) in str(caught.value) and "newer" in str(caught.value)
    assert path.read_bytes() == before


@pytest.mark.parametrize("content", [b"this is no database at all, only text" * 40, b"\0" * 9000])
async def test_what_is_no_database_is_refused_and_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.db"
    path.write_bytes(content)
    with pytest.raises(StoreDamaged) as caught:
        await Store.open(path)
    assert str(path) in str(caught.value) and "move it away" in str(caught.value)
    assert path.read_bytes() == content


async def test_the_database_of_another_program_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE bookmarks (url)")
    other.close()
    before = path.read_bytes()
    with pytest.raises(StoreDamaged, match="another program"):
        await Store.open(path)
    assert path.read_bytes() == before


async def test_damage_in_the_middle_is_said_and_nothing_is_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    store = await Store.open(path)
    await store.save(ME, [made(n, logs="x" * 3000) for n in range(300)])
    await store.close()
    content = bytearray(path.read_bytes())
    for start in range(8192, len(content), 4096):
        content[start : start + 64] = b"\xff" * 64
    path.write_bytes(content)
    with pytest.raises(StoreDamaged, match="damaged"):
        broken = await Store.open(path)
        try:
            await broken.list(ME, limit=300)
        finally:
            await broken.close()
    assert path.read_bytes() == content


@pytest.mark.parametrize("damage", ["CAST(x'ff41' AS TEXT)", "x'78ff00'", "x'7b7b'", "'{{'"])
async def test_damage_that_sqlite_does_not_see_is_damage(tmp_path: Path, damage: str) -> None:
    from tui.store.json_codec import unpack

    whole = Database(tmp_path / "x.db", ["CREATE TABLE t (a);"])
    await whole.open()
    try:
        await whole.write(lambda connection: connection.execute(f"INSERT INTO t VALUES ({damage})"))
        with pytest.raises(StoreError, match=r"x\.db"):
            await whole.read(lambda connection: unpack(connection.execute("SELECT a FROM t").fetchone()[0]))
    finally:
        await whole.close()


async def test_a_damaged_file_moves_aside_only_on_request_and_a_new_one_begins(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    path.write_bytes(b"garbage" * 1000)
    path.with_name("x.db-wal").write_bytes(b"more")
    first = set_aside(path, START)
    path.write_bytes(b"again" * 1000)
    second = set_aside(path, START)
    assert first.read_bytes().startswith(b"garbage") and second.read_bytes().startswith(b"again")
    assert first.with_name(first.name + "-wal").read_bytes() == b"more"
    store = await Store.open(path)
    assert await store.count(ME) == 0
    await store.close()


async def test_a_file_that_may_not_be_opened_is_an_error_in_words(tmp_path: Path) -> None:
    folder = tmp_path / "x.db"
    folder.mkdir()
    with pytest.raises(StoreError, match=str(folder)):
        await Store.open(folder)


async def test_a_full_disk_loses_what_did_not_fit_and_nothing_else(store: Store) -> None:
    await store.save(ME, [made(1)])
    await store._database.read(_limit_pages)
    with pytest.raises(StoreFull, match="disk is full"):
        await store.save(ME, [made(2), made(3, logs=os.urandom(3_000_000).hex())])
    assert [row.id for row in await store.rows(ME)] == ["p000001"]
    await store._database.read(lambda db: db.execute("PRAGMA max_page_count = 1073741823"))
    assert len(await store.save(ME, [made(2), made(3)])) == 2


def _limit_pages(db: sqlite3.Connection) -> None:
    pages = db.execute("PRAGMA page_count").fetchone()[0]
    db.execute(f"PRAGMA max_page_count = {pages + 4}")


async def test_a_closed_store_says_so_and_leaves_no_thread(tmp_path: Path) -> None:
    store = await Store.open(tmp_path / "x.db")
    await store.close()
    await store.close()
    with pytest.raises(StoreClosed):
        await store.rows(ME)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("store")]


async def test_a_caller_that_is_cancelled_leaves_the_store_working(store: Store) -> None:
    task = asyncio.ensure_future(store.save(ME, [made(n) for n in range(500)]))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await store.save(ME, [made(1000)])
    assert await store.count(ME) in (1, 501)


_WRITER = """
import asyncio, sys
from pathlib import Path
from tests.store.conftest import made, START
from tui.store.records import RunIntent
from tui.store.store import Store

async def main():
    store = await Store.open(Path(sys.argv[1]))
    for n in range(100000):
        await store.begin_run("me@api", RunIntent(f"run{n}", "a/b", {"n": n}, START))
        await store.bind_run("me@api", f"run{n}", made(n, logs="x" * 20000), None)
        print(n, flush=True)

asyncio.run(main())
"""


@pytest.mark.parametrize("after", [3, 17, 40])
async def test_a_writer_that_is_killed_leaves_a_whole_file_with_all_it_said_it_wrote(
    tmp_path: Path, after: int
) -> None:
    path = tmp_path / "x.db"
    writer = subprocess.Popen([sys.executable, "-c", _WRITER, str(path)], stdout=subprocess.PIPE, cwd=ROOT, text=True)
    assert writer.stdout is not None
    for line in writer.stdout:
        if int(line) >= after:
            writer.send_signal(signal.SIGKILL)
            break
    said = [after, *(int(line) for line in writer.stdout.read().split())]
    writer.wait()
    writer.stdout.close()
    store = await Store.open(path)
    try:
        rows = {row.id: row for row in await store.rows(ME, limit=1000)}
        runs = await store.unfinished_runs(ME)
        for n in range(max(said) + 1):
            assert rows[f"p{n:06}"].run_id == f"run{n}"
        for run in runs:
            # Each is before or after its step, never between.
            assert (run.state, run.prediction_id) in (("draft", None), ("following", f"p{int(run.run_id[3:]):06}"))
            record = await store.get(ME, run.prediction_id) if run.prediction_id else None
            assert (record is None) == (run.prediction_id is None)
    finally:
        await store.close()
    with sqlite3.connect(path) as check:
        assert check.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    check.close()


async def test_an_intent_is_on_the_disk_when_it_was_written_down(store: Store) -> None:
    await store.begin_run(ME, RunIntent("r", "a/b", {"prompt": "x"}, START))
    assert await store._database.read(lambda db: db.execute("PRAGMA synchronous").fetchone()[0]) == 1
    other = await Store.open(store.path)
    try:
        run = await other.run(ME, "r")
        assert run is not None and run.state == "draft" and run.input == {"prompt": "x"}
    finally:
        await other.close()


def _version(path: Path) -> int:
    connection = sqlite3.connect(path)
    try:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])
    finally:
        connection.close()


def _tables(path: Path) -> set[str]:
    connection = sqlite3.connect(path)
    try:
        return {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    finally:
        connection.close()
