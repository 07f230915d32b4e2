"""The examples of the models that are there from the start, shown as predictions.

An example's output comes from model.json, or from the first real run of the same input; until then it has none.
Nothing is run merely to have it.
"""

from collections.abc import Mapping
from pathlib import Path

from tui.sandbox.addresses import Addresses
from tui.sandbox.files import FileStore
from tui.sandbox.jsons import Json, Obj, as_obj, as_str, dumps, loads
from tui.sandbox.library import CogCode, Library, LibraryModel
from tui.sandbox.records import Job
from tui.sandbox.state import State


class Examples:
    """All examples of one sandbox, in memory; outputs of real runs are kept in the state."""

    def __init__(self, library: Library, state: State, addresses: Addresses) -> None:
        self._state = state
        self._addresses = addresses
        kept = state.all_remembered("example ")
        self._of_model: dict[str, list[Job]] = {}
        for model in library.models.values():
            jobs = [self._read(model, number, example, kept) for number, example in enumerate(model.examples)]
            self._of_model[model.full_name] = jobs
        self._by_id = {job.id: job for jobs in self._of_model.values() for job in jobs}

    def of(self, model: str) -> list[Job]:
        """A model's examples, the default one first."""
        return self._of_model.get(model, [])

    def get(self, job_id: str) -> Job | None:
        """The example with this id."""
        return self._by_id.get(job_id)

    async def learn(self, job: Job) -> None:
        """Keeps the output of a real run for the example that it repeats, with its files."""
        for example in self._of_model.get(job.model, []):
            if example.output is None and example.version == job.version and example.input == job.input:
                found: Obj = {"output": job.output, "logs": job.logs_text(), "metrics": dict(job.metrics)}
                _fill(example, found)
                await self._state.database.run(
                    lambda db: (
                        db.execute("UPDATE files SET job = NULL WHERE job = ?", (job.id,)),
                        db.execute(
                            "INSERT OR REPLACE INTO meta VALUES (?, ?)",
                            (f"example {example.id}", dumps(found)),  # noqa: B023 - awaited here
                        ),
                    )
                )
                return

    def _read(self, model: LibraryModel, number: int, example: Obj, learned: Mapping[str, str]) -> Job:
        folder = model.source.code.folder if isinstance(model.source.code, CogCode) else Path()
        job = Job(
            id=_example_id(self._addresses, model, number),
            kind="prediction",
            model=model.full_name,
            version=model.version_id,
            input=as_obj(self._with_files(example.get("input"), model, folder)),
            created_ns=model.created_ns + number,
            hidden=model.is_official,
            status="succeeded",
            source="web",
            started_ns=model.created_ns + number,
            completed_ns=model.created_ns + number,
        )
        if "output" in example:
            job.output = self._with_files(example["output"], model, folder)
        elif kept := learned.get(f"example {job.id}"):
            _fill(job, as_obj(loads(kept)))
        return job

    def _with_files(self, value: Json, model: LibraryModel, folder: Path) -> Json:
        if isinstance(value, list):
            return [self._with_files(item, model, folder) for item in value]
        if not isinstance(value, dict):
            return value
        path = folder / as_str(value.get("$file"), "?")
        if len(value) == 1 and "$file" in value and path.is_file() and path.resolve().is_relative_to(folder.resolve()):
            stored = self._files.show_fixed(f"example-{model.name}-{path.stem}", path)
            return f"{self._addresses.placeholder}/delivery/{stored.id}/{stored.name}"
        return {key: self._with_files(item, model, folder) for key, item in value.items()}

    @property
    def _files(self) -> FileStore:
        return self._state.files


def _fill(example: Job, found: Obj) -> None:
    example.output = found.get("output")
    example.logs = [as_str(found.get("logs"))]
    example.metrics = as_obj(found.get("metrics"))


def _example_id(addresses: Addresses, model: LibraryModel, number: int) -> str:
    digits = addresses.sign(f"example {model.name} {number} {model.version_id}")
    return digits[:26].translate(str.maketrans("0123456789", "ghjkmnpqrs"))
