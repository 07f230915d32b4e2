"""Models and their versions: those there from the start and those that were created, as one list."""

import hashlib
import sqlite3
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from tui.sandbox.database import Database
from tui.sandbox.files import FileStore
from tui.sandbox.jsons import Obj, as_obj, as_str, dumps, loads
from tui.sandbox.library import OWNER, Library, LibraryModel, Source
from tui.sandbox.names import now_ns

_BETWEEN_NS = 30 * 24 * 3600 * 10**9
"""Between a version that is there from the start and the one before it."""


class Version(Struct, frozen=True):
    """One version that can run. `weights` is a file's id when a training made it."""

    id: str
    owner: str
    name: str
    created_ns: int
    source: Source
    weights: str | None = None
    official: bool = False

    @property
    def model(self) -> str:
        """`owner/name`."""
        return f"{self.owner}/{self.name}"


class Model(Struct, frozen=True):
    """A model as the API knows it; `library` is set when it was there from the start."""

    owner: str
    name: str
    created_ns: int
    about: Obj
    library: LibraryModel | None = None

    @property
    def full_name(self) -> str:
        """`owner/name`."""
        return f"{self.owner}/{self.name}"

    @property
    def official(self) -> bool:
        """Whether it runs by its name alone."""
        return self.library is not None and self.library.is_official


class Catalog:
    """Looks models and versions up, and changes those that the user made."""

    def __init__(self, database: Database, library: Library, files: FileStore) -> None:
        self._database = database
        self.library = library
        self._files = files

    async def models(self) -> list[Model]:
        """All models, those from the start first."""
        rows = await self._database.run(lambda db: db.execute("SELECT * FROM models").fetchall())
        return [_from_library(model) for model in self.library.models.values()] + [_from_row(row) for row in rows]

    async def model(self, owner: str, name: str) -> Model | None:
        """One model."""
        if (there := self.library.models.get(f"{owner}/{name}")) is not None:
            return _from_library(there)
        query = "SELECT * FROM models WHERE owner = ? AND name = ?"
        row = await self._database.run(lambda db: db.execute(query, (owner, name)).fetchone())
        if row is not None:
            return _from_row(row)
        invented = self.library.invented(owner, name)
        return _from_library(invented) if invented is not None else None

    async def save_model(self, model: Model) -> None:
        """Keeps a model that the user made or changed."""
        row = (model.owner, model.name, model.created_ns, dumps(model.about))
        await self._database.run(lambda db: db.execute("INSERT OR REPLACE INTO models VALUES (?, ?, ?, ?)", row))

    async def delete_model(self, model: Model) -> None:
        """Forgets a model that the user made."""
        query = "DELETE FROM models WHERE owner = ? AND name = ?"
        await self._database.run(lambda db: db.execute(query, (model.owner, model.name)))

    async def versions(self, model: Model) -> list[Version]:
        """The versions of a model, the newest first."""
        query = "SELECT * FROM versions WHERE owner = ? AND name = ? ORDER BY created_ns DESC"
        rows = await self._database.run(lambda db: db.execute(query, (model.owner, model.name)).fetchall())
        made = [version for row in rows if (version := self._trained(row)) is not None]
        return made + (_own_versions(model.library) if model.library is not None else [])

    async def latest_versions(self) -> dict[str, Version]:
        """The newest version of every model that has one, by the model's full name."""
        rows = await self._database.run(lambda db: db.execute("SELECT * FROM versions ORDER BY created_ns").fetchall())
        made = [version for row in rows if (version := self._trained(row)) is not None]
        first = [_first_version(model) for model in self.library.models.values()]
        return {version.model: version for version in (*first, *made)}

    async def version(self, version_id: str, named: str = "", given: Obj | None = None) -> Version | None:
        """The version with these digits; where any may answer, one of the model `named`, or fit for what is given."""
        for model in self.library.models.values():
            for version in _own_versions(model):
                if version.id == version_id:
                    return version
        query = "SELECT * FROM versions WHERE id = ?"
        row = await self._database.run(lambda db: db.execute(query, (version_id,)).fetchone())
        if row is not None:
            return self._trained(row)
        invented = self.library.invented_version(version_id, named, given or {})
        return replace(_first_version(invented), id=version_id) if invented is not None else None

    async def add_trained(self, owner: str, name: str, base: Version, weights: str) -> Version:
        """A new version of the destination: the base's code with other weights."""
        content = f"{base.id} {weights} {owner}/{name}"
        version_id = hashlib.sha256(content.encode()).hexdigest()
        code = next((model.full_name for model in self.library.models.values() if model.source is base.source), "")
        body: Obj = {"code": code, "weights": weights}
        row = (version_id, owner, name, now_ns(), dumps(body))
        await self._database.run(lambda db: db.execute("INSERT OR REPLACE INTO versions VALUES (?, ?, ?, ?, ?)", row))
        return Version(version_id, owner, name, row[3], base.source, weights)

    async def delete_version(self, version: Version) -> None:
        """Forgets a trained version with its predictions, their files and its weights."""

        def work(db: sqlite3.Connection) -> list[str]:
            jobs = db.execute("SELECT id FROM jobs WHERE version = ? AND live = 0", (version.id,)).fetchall()
            db.execute("DELETE FROM jobs WHERE version = ? AND live = 0", (version.id,))
            db.execute("DELETE FROM versions WHERE id = ?", (version.id,))
            return [row["id"] for row in jobs]

        jobs = await self._database.run(work)
        for start in range(0, len(jobs), 500):
            await self._files.remove_of_jobs(jobs[start : start + 500])
        if version.weights is not None:
            await self._files.remove([version.weights])

    def weights_path(self, version: Version) -> Path | None:
        """Where a trained version's weights lie."""
        return self._files.path(version.weights) if version.weights is not None else None

    def _trained(self, row: sqlite3.Row) -> Version | None:
        """A version that a training made; None when the model whose code it runs is no longer here."""
        body = as_obj(loads(row["body"]))
        code = as_str(body.get("code"))
        # States of before have the name alone.
        base = self.library.models.get(code if "/" in code else f"{OWNER}/{code}")
        if base is None:
            return None
        weights = as_str(body.get("weights"))
        return Version(row["id"], row["owner"], row["name"], row["created_ns"], base.source, weights)


def _first_version(model: LibraryModel) -> Version:
    return Version(
        model.version_id, model.owner, model.name, model.created_ns, model.source, official=model.is_official
    )


def _own_versions(model: LibraryModel) -> list[Version]:
    """The versions that are there from the start, the newest first."""
    first = _first_version(model)
    if model.earlier is None:
        return [first]
    created = model.created_ns - _BETWEEN_NS
    return [
        first,
        Version(model.earlier_id, model.owner, model.name, created, model.earlier, official=model.is_official),
    ]


def _from_library(model: LibraryModel) -> Model:
    about: Obj = {
        "description": model.description,
        "visibility": model.visibility,
        "github_url": model.github_url,
        "readme": model.readme,
    }
    return Model(model.owner, model.name, model.created_ns, about, model)


def _from_row(row: sqlite3.Row) -> Model:
    return Model(row["owner"], row["name"], row["created_ns"], as_obj(loads(row["body"])))
