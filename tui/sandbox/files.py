"""Bytes that the sandbox keeps: uploads of the Files API, outputs of models, weights of trainings."""

import asyncio
import hashlib
import mimetypes
import re
import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from msgspec import Struct

from tui.sandbox.database import Database
from tui.sandbox.jsons import Obj, as_obj, dumps, loads
from tui.sandbox.media_types import TYPES
from tui.sandbox.names import new_file_id, new_key, now_ns, timestamp

Use = Literal["upload", "output", "weights", "input"]
MAX_BYTES = 100 * 1024 * 1024
_UPLOAD_LIFE_NS = 24 * 3600 * 1_000_000_000


class StoredFile(Struct, frozen=True):
    """What is known of one file. Times are nanoseconds since 1970."""

    id: str
    use: Use
    name: str
    content_type: str
    size: int
    sha256: str
    md5: str
    metadata: Obj
    created_ns: int
    expires_ns: int | None
    job: str | None

    def show(self, origin: str) -> Obj:
        """The file as the Files API gives it (docs/replicate.md, Files)."""
        return {
            "id": self.id,
            "name": self.name,
            "content_type": self.content_type,
            "size": self.size,
            "etag": self.md5,
            "checksums": {"sha256": self.sha256, "md5": self.md5},
            "metadata": self.metadata,
            "created_at": timestamp(self.created_ns),
            "expires_at": timestamp(self.expires_ns or self.created_ns + _UPLOAD_LIFE_NS),
            "urls": {"get": f"{origin}/v1/files/{self.id}"},
        }


class FileStore:
    """Files on disk with a row each. The folder holds nothing else."""

    def __init__(self, database: Database, folder: Path, upload_life: float = 24 * 3600.0) -> None:
        """`upload_life`: seconds that an upload is kept."""
        self._upload_life_ns = int(upload_life * 1e9)
        self._database = database
        self._folder = folder
        self._fixed: dict[str, tuple[StoredFile, Path]] = {}
        folder.mkdir(parents=True, exist_ok=True)

    def show_fixed(self, file_id: str, path: Path) -> StoredFile:
        """Serves a file that lies elsewhere, such as an example's input, under this id."""
        kind = guess_type(path.name)
        stored = StoredFile(
            file_id, "output", safe_name(path.name), kind, path.stat().st_size, "", "", {}, 0, None, None
        )
        self._fixed[file_id] = (stored, path)
        return stored

    async def add(
        self,
        use: Use,
        content: bytes | memoryview,
        name: str,
        content_type: str | None,
        *,
        metadata: Obj | None = None,
        job: str | None = None,
    ) -> StoredFile:
        """Keeps the bytes; whole on disk before the row is there."""
        name = safe_name(name)
        created = now_ns()
        file_id = new_file_id() if use == "upload" else new_key()
        sha256, md5 = await asyncio.to_thread(_write, self.path(file_id), content)
        stored = StoredFile(
            id=file_id,
            use=use,
            name=name,
            content_type=content_type or guess_type(name),
            size=len(content),
            sha256=sha256,
            md5=md5,
            metadata=metadata or {},
            created_ns=created,
            expires_ns=created + self._upload_life_ns if use in {"upload", "input"} else None,
            job=job,
        )
        row = (
            *(stored.id, stored.use, stored.name, stored.content_type, stored.size, stored.sha256, stored.md5),
            *(dumps(stored.metadata), stored.created_ns, stored.expires_ns, stored.job),
        )
        await self._database.run(
            lambda db: db.execute(f"INSERT INTO files VALUES ({','.join('?' * len(row))})", row)  # noqa: S608
        )
        return stored

    async def get(self, file_id: str, *uses: Use) -> StoredFile | None:
        """The file with this id, if it is of one of these uses and has not expired."""
        if file_id in self._fixed:
            return self._fixed[file_id][0] if "output" in uses else None
        row = await self._database.run(lambda db: db.execute("SELECT * FROM files WHERE id = ?", (file_id,)).fetchone())
        stored = _from_row(row) if row is not None else None
        if stored is None or stored.use not in uses:
            return None
        return stored if stored.expires_ns is None or stored.expires_ns > now_ns() else None

    async def uploads(self) -> list[StoredFile]:
        """All uploads that have not expired, the oldest first, as the recorded list was."""
        query = "SELECT * FROM files WHERE kind = 'upload' AND expires_ns > ? ORDER BY created_ns, id"
        rows = await self._database.run(lambda db: db.execute(query, (now_ns(),)).fetchall())
        return [_from_row(row) for row in rows]

    async def remove(self, ids: Iterable[str]) -> None:
        """Takes files away, rows first."""
        chosen = [(file_id,) for file_id in ids]
        await self._database.run(lambda db: db.executemany("DELETE FROM files WHERE id = ?", chosen))
        for (file_id,) in chosen:
            await asyncio.to_thread(self.path(file_id).unlink, missing_ok=True)

    async def remove_of_jobs(self, jobs: list[str]) -> None:
        """Takes away the outputs of these predictions."""
        marks = ",".join("?" * len(jobs))
        query = f"SELECT id FROM files WHERE kind <> 'weights' AND job IN ({marks})"  # noqa: S608 - marks only
        rows = await self._database.run(lambda db: db.execute(query, jobs).fetchall())
        await self.remove([row["id"] for row in rows])

    async def remove_expired(self) -> None:
        """Takes away what has outlived its time."""
        query = "SELECT id FROM files WHERE expires_ns <= ?"
        rows = await self._database.run(lambda db: db.execute(query, (now_ns(),)).fetchall())
        if rows:
            await self.remove([row["id"] for row in rows])

    def path(self, file_id: str) -> Path:
        """Where the bytes are. The name on disk is derived, so that no id can lead out of the folder."""
        if file_id in self._fixed:
            return self._fixed[file_id][1]
        return self._folder / hashlib.sha256(file_id.encode("utf-8", "surrogatepass")).hexdigest()


def safe_name(name: str) -> str:
    """A file's name with nothing that is special in a path, a URL or a header."""
    last = re.sub(r"[^\w.\- ]+", "_", name.replace("\\", "/").rsplit("/", 1)[-1]).strip(". ")
    return last[-255:] or "file"


def guess_type(name: str) -> str:
    """The media type that a name's ending means."""
    return TYPES.get(Path(name).suffix.lower()) or mimetypes.guess_type(name)[0] or "application/octet-stream"


def _write(path: Path, content: bytes | memoryview) -> tuple[str, str]:
    path.write_bytes(content)
    return hashlib.sha256(content).hexdigest(), hashlib.md5(content, usedforsecurity=False).hexdigest()


def _from_row(row: sqlite3.Row) -> StoredFile:
    return StoredFile(
        id=row["id"],
        use=row["kind"],
        name=row["name"],
        content_type=row["content_type"],
        size=row["size"],
        sha256=row["sha256"],
        md5=row["md5"],
        metadata=as_obj(loads(row["metadata"])),
        created_ns=row["created_ns"],
        expires_ns=row["expires_ns"],
        job=row["job"],
    )
