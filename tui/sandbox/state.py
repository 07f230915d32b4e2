"""What a sandbox remembers: one database, one folder of files, and the jobs that are live just now."""

import base64
import secrets
import shutil
import sqlite3
import tempfile
from collections.abc import Iterable
from pathlib import Path

from msgspec import Struct

from tui.sandbox.database import Database
from tui.sandbox.files import FileStore
from tui.sandbox.live import Live
from tui.sandbox.names import decode_cursor, encode_cursor, now_ns
from tui.sandbox.records import Job, Kind, job_from_row

STOPPED = "E8367 Stopped in non-terminal state: the sandbox ended while this was unfinished"
_COLUMNS = "id, kind, created_ns, completed_ns, live, removed, model, version, deployment, source, body"


class Page(Struct, frozen=True):
    """A page of jobs with the cursors of its neighbours."""

    jobs: list[Job]
    following: str | None
    previous: str | None


class Filter(Struct, frozen=True):
    """What a list of jobs is narrowed to. Times are nanoseconds since 1970: from `after` on, until `before`."""

    kind: Kind
    after: int | None = None
    before: int | None = None
    source: str | None = None


class State:
    """All that outlives a request. With no path it lies in memory and in a folder that goes at the end."""

    def __init__(self, path: Path | None, *, file_retention: float = 24 * 3600.0) -> None:
        """`file_retention`: seconds that an upload is kept."""
        self._temporary = Path(tempfile.mkdtemp(prefix="replicate-sandbox-")) if path is None else None
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
        self.database = Database(path)
        folder = self._temporary or path
        assert folder is not None
        home = folder if self._temporary else folder.with_name(folder.name + ".files")
        self.files = FileStore(self.database, home / "files", file_retention)
        # A kill leaves this behind; the next start on the same state takes it away.
        self.home = home
        self.work = home / "work"
        shutil.rmtree(self.work, ignore_errors=True)
        self.work.mkdir()
        self.live: dict[str, Live] = {}
        self.secret = self.remembered("secret", secrets.token_hex(32))
        self.webhook_key = self.remembered("webhook_key", _webhook_key())
        self.files_secret = self.remembered("files_secret", secrets.token_hex(16))
        self.database.run_now(_end_what_was_live)

    def all_remembered(self, start: str) -> dict[str, str]:
        """The values whose keys begin so, by their keys."""

        def work(db: sqlite3.Connection) -> dict[str, str]:
            rows = db.execute("SELECT key, value FROM meta WHERE substr(key, 1, ?) = ?", (len(start), start))
            return {row["key"]: row["value"] for row in rows}

        return self.database.run_now(work)

    def remembered(self, key: str, fresh: str | None = None) -> str:
        """The value kept under `key`; `fresh` is kept when there is none (an empty string otherwise)."""

        def work(db: sqlite3.Connection) -> str:
            if fresh is not None:
                db.execute("INSERT OR IGNORE INTO meta VALUES (?, ?)", (key, fresh))
            row = db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
            return str(row["value"]) if row else ""

        return self.database.run_now(work)

    def remember(self, key: str, value: str) -> None:
        """Keeps a value, in place of the one before."""
        self.database.run_now(lambda db: db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value)))

    async def add_job(self, job: Job) -> None:
        """A new job, and one run more for its model; on disk when this returns."""

        def work(db: sqlite3.Connection) -> None:
            _write(db, job.row())
            if job.kind == "prediction":
                counted = "INSERT INTO runs VALUES (?, 1) ON CONFLICT (model) DO UPDATE SET count = count + 1"
                db.execute(counted, (job.model,))

        await self.database.run(work)

    async def save_job(self, job: Job) -> None:
        """The job as it is now."""
        row = job.row()
        await self.database.run(lambda db: _write(db, row))

    async def job(self, kind: Kind, job_id: str) -> Job | None:
        """The job with this id, the live one if it is."""
        if (live := self.live.get(job_id)) is not None and live.job.kind == kind:
            return live.job
        query = "SELECT * FROM jobs WHERE id = ? AND kind = ?"
        row = await self.database.run(lambda db: db.execute(query, (job_id, kind)).fetchone())
        return job_from_row(row) if row is not None else None

    async def page(self, chosen: Filter, cursor: str | None, size: int) -> Page:
        """Newest first, by keyset, so that the last page is as quick as the first. ValueError for a bad cursor."""
        backwards, start = False, None
        if cursor is not None:
            position, backwards = decode_cursor(cursor)
            created, _, job_id = position.partition(" ")
            start = (_sql_integer(created), job_id)
        where, values = _conditions(chosen)
        if start is not None:
            where += f" AND (created_ns, id) {'>' if backwards else '<'} (?, ?)"
            values += start
        order = "ASC" if backwards else "DESC"
        query = f"SELECT {_COLUMNS} FROM jobs WHERE {where} ORDER BY created_ns {order}, id {order} LIMIT ?"  # noqa: S608
        rows = await self.database.run(lambda db: db.execute(query, (*values, size + 1)).fetchall())
        more = len(rows) > size
        rows = rows[:size][::-1] if backwards else rows[:size]
        jobs = [self._current(row) for row in rows]
        after = jobs and (more or backwards)
        before = jobs and (more if backwards else cursor is not None)
        return Page(
            jobs,
            encode_cursor(_position(jobs[-1])) if after else None,
            encode_cursor(_position(jobs[0]), backwards=True) if before else None,
        )

    def _current(self, row: sqlite3.Row) -> Job:
        live = self.live.get(row["id"])
        return live.job if live is not None else job_from_row(row, with_logs=False)

    async def run_counts(self) -> dict[str, int]:
        """How often each model was run."""
        rows = await self.database.run(lambda db: db.execute("SELECT model, count FROM runs").fetchall())
        return {row["model"]: row["count"] for row in rows}

    async def remove_old_data(self, retention: float) -> None:
        """Takes input, output, logs and files of predictions that ended longer ago than `retention` seconds."""
        limit = now_ns() - int(retention * 1e9)
        query = (
            "SELECT * FROM jobs WHERE removed = 0 AND live = 0 AND completed_ns <= ? AND kind = 'prediction' LIMIT 500"
        )
        rows = await self.database.run(lambda db: db.execute(query, (limit,)).fetchall())
        jobs = [job_from_row(row) for row in rows if row["id"] not in self.live]
        for job in jobs:
            job.data_removed, job.input, job.output, job.logs = True, {}, None, []
        changed = [job.row() for job in jobs]
        if changed:
            await self.database.run(lambda db: [_write(db, row) for row in changed])
            await self.files.remove_of_jobs([job.id for job in jobs])
        await self.files.remove_expired()

    async def clear(self) -> None:
        """Forgets every job, model, version, deployment and file; what examples learned of real runs stays."""

        def work(db: sqlite3.Connection) -> list[str]:
            for table in ("jobs", "runs", "models", "versions", "deployments"):
                db.execute(f"DELETE FROM {table}")  # noqa: S608 - names from here
            kept = "kind = 'output' AND job IS NULL"
            return [row["id"] for row in db.execute(f"SELECT id FROM files WHERE NOT ({kept})")]  # noqa: S608

        await self.files.remove(await self.database.run(work))

    def close(self, unfinished: Iterable[Job]) -> None:
        """Keeps what was live as it ended, and takes temporary folders away."""
        rows = [job.row() for job in unfinished]
        self.database.run_now(lambda db: [_write(db, row) for row in rows])
        self.database.close()
        shutil.rmtree(self.work, ignore_errors=True)
        if self._temporary is not None:
            shutil.rmtree(self._temporary, ignore_errors=True)


def _write(db: sqlite3.Connection, row: tuple[str | int | None, ...]) -> None:
    db.execute(f"INSERT OR REPLACE INTO jobs VALUES ({','.join('?' * len(row))})", row)  # noqa: S608 - marks only


def _conditions(chosen: Filter) -> tuple[str, tuple[str | int, ...]]:
    where, found = "kind = ?", list[str | int]([chosen.kind])
    if chosen.after is not None:
        where, found = where + " AND created_ns >= ?", [*found, _sql_integer(str(chosen.after))]
    if chosen.before is not None:
        where, found = where + " AND created_ns < ?", [*found, _sql_integer(str(chosen.before))]
    if chosen.source is not None:
        where, found = where + " AND source = ?", [*found, chosen.source]
    return where, tuple(found)


def _sql_integer(text: str) -> int:
    return max(-(2**63), min(2**63 - 1, int(text)))


def _position(job: Job) -> str:
    return f"{job.created_ns} {job.id}"


def _webhook_key() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(24)).decode()


def _end_what_was_live(db: sqlite3.Connection) -> None:
    """After a kill: what was running has failed, what had not started was aborted; neither is running now."""
    for row in db.execute("SELECT * FROM jobs WHERE live = 1").fetchall():
        job = job_from_row(row)
        _end_unfinished(job)
        _write(db, job.row())


def _end_unfinished(job: Job) -> None:
    """Gives a job that the sandbox's end cut short its honest last status."""
    job.status = "failed" if job.started_ns is not None else "aborted"
    job.error = STOPPED
    job.completed_ns = now_ns()
    job.metrics["total_time"] = max(0, job.completed_ns - job.created_ns) / 1e9
