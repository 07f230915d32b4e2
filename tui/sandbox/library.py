"""The Cog models on disk: the sandbox's own, the user's (`--cog DIR`), and those under other names (`--as`)."""

import hashlib
import re
from collections.abc import Iterator, Mapping
from importlib.resources import files
from pathlib import Path

from msgspec import Struct, field
from msgspec.structs import replace

from tui.sandbox.jsons import Json, Obj, as_list, as_obj, as_str, dumps, loads
from tui.sandbox.names import parse_timestamp
from tui.sandbox.options import StandIn
from tui.sandbox.stubs.anything import KNOWN_VERSIONS, Kind, kind_of, kind_of_input, snapshot_of
from tui.sandbox.stubs.snapshots import Snapshot, made_up_id, read_snapshots
from tui.sandbox.stubs.stub import Stub, make_stub
from tui.sandbox.validation import resolve

OWNER = "sandbox"
COG_VERSION = "0.23.1"
_BORN_NS = parse_timestamp("2026-11-20T12:00:00Z")
_NOT_CODE = {"README.md", "model.json", "earlier_schema.json", "examples", "__pycache__", "venv", "node_modules"}
_HASHED_BY_STAT = 8 * 1024 * 1024
_NAME = re.compile(r"[A-Za-z0-9][\w.-]{0,199}")
_MOST_MODELS = 10_000


class CogCode(Struct, frozen=True):
    """Code that Cog can run: its folder, and its entry points as `run.py:Runner`."""

    folder: Path
    runner: str
    trainer: str | None
    concurrency: int


class Source(Struct, frozen=True):
    """What a version is: its schema, and Cog's code or a stub that gives outputs of that schema."""

    schema: Obj
    code: CogCode | Stub

    @property
    def streams(self) -> bool:
        """Whether Cog answers with server-sent events (docs/replicate.md, Cog's runtime)."""
        operation = as_obj(as_obj(as_obj(self.schema.get("paths")).get("/predictions")).get("post"))
        return operation.get("x-cog-streaming") is True

    @property
    def output(self) -> Obj:
        """The schema of the output, its references followed."""
        part = self.code.shape if isinstance(self.code, Stub) else as_obj(self.part("Output"))
        return resolve(part, self.schema)

    @property
    def training_output(self) -> Obj:
        """The schema of what a training gives."""
        return self.code.trained if isinstance(self.code, Stub) else as_obj(self.part("TrainingOutput"))

    @property
    def trains(self) -> bool:
        """Whether it can be trained."""
        trainer = self.code.trained if isinstance(self.code, Stub) else self.code.trainer
        return bool(trainer) and isinstance(self.part("TrainingInput"), dict)

    @property
    def yields(self) -> bool:
        """Whether the output comes piece by piece."""
        return self.output.get("x-cog-array-type") == "iterator"

    @property
    def yields_files(self) -> bool:
        """Whether each piece of output is a file."""
        return self.yields and as_obj(self.output.get("items")).get("format") == "uri"

    def part(self, name: str) -> Json:
        """`Input`, `Output`, `TrainingInput` or another named schema; None when there is none."""
        return as_obj(as_obj(self.schema.get("components")).get("schemas")).get(name)


class LibraryModel(Struct, frozen=True):
    """A model that is there from the start. It cannot be changed or deleted through the API."""

    name: str
    description: str
    readme: str | None
    visibility: str
    github_url: str | None
    is_official: bool
    created_ns: int
    version_id: str
    source: Source
    owner: str = OWNER
    examples: tuple[Obj, ...] = ()
    earlier_id: str = ""
    """The version before, of a model that has one: the same code under an older schema."""
    earlier: Source | None = None

    @property
    def full_name(self) -> str:
        """`owner/name`."""
        return f"{self.owner}/{self.name}"


class Library(Struct):
    """All models and collections that are there from the start, by full name and slug, in order."""

    models: dict[str, LibraryModel] = field(default_factory=dict[str, LibraryModel])
    collections: dict[str, Obj] = field(default_factory=dict[str, Obj])
    any_name: bool = False
    """Whether a model of any name answers, a stub where nothing else does."""
    any_versions: dict[str, str] = field(default_factory=dict[str, str])
    """The names of the models whose versions were asked for by digits that nobody had described."""
    _made: set[str] = field(default_factory=set[str])

    def forget_invented(self) -> None:
        """Takes the models away that were made because somebody asked for them."""
        for full_name in self._made:
            self.models.pop(full_name, None)
        self._made.clear()
        self.any_versions.clear()

    def invented(self, owner: str, name: str) -> LibraryModel | None:
        """A stub under a name that nobody described; None where that is not wished."""
        if not self.any_name or owner == OWNER or not (_NAME.fullmatch(owner) and _NAME.fullmatch(name)):
            return None
        full_name = f"{owner}/{name}"
        if full_name not in self.models and len(self.models) < _MOST_MODELS:
            self._invent(owner, name, kind_of(full_name))
        return self.models.get(full_name)

    def invented_version(self, version_id: str, named: str, given: Obj) -> LibraryModel | None:
        """The stub that has this version, whose name is known, or else made up by what it is given."""
        if not self.any_name or len(self.any_versions) >= _MOST_MODELS:
            return None
        full_name = self.any_versions.get(version_id) or named or KNOWN_VERSIONS.get(version_id)
        if full_name is None:
            full_name = f"unknown/{kind_of_input(given)}-{version_id[:12]}"
            owner, _, name = full_name.partition("/")
            self._invent(owner, name, kind_of_input(given))
        owner, _, name = full_name.partition("/")
        model = self.models.get(full_name) or self.invented(owner, name)
        if model is not None:
            self.any_versions[version_id] = full_name
        return model

    def _invent(self, owner: str, name: str, kind: Kind) -> None:
        self._made.add(f"{owner}/{name}")
        self.models[f"{owner}/{name}"] = stub_model(owner, name, snapshot_of(owner, name, kind))


def load_library(cog_dirs: tuple[Path, ...], stand_ins: tuple[StandIn, ...] = (), *, any_name: bool = False) -> Library:
    """Reads the packaged models, then the user's, then gives models other names.

    ValueError says which folder is no Cog model, or which name cannot be given, and why.
    """
    library = Library(any_name=any_name)
    own = Path(str(files("tui.sandbox"))) / "models"
    folders = sorted(path.parent for path in own.glob("*/cog.yaml")) if own.is_dir() else []
    for number, folder in enumerate(folders):
        if (folder / "openapi_schema.json").is_file():
            library.models[f"{OWNER}/{folder.name}"] = _read_model(folder, folder.name, number)
    listing = own / "collections.json"
    if listing.is_file():
        for item in as_list(loads(listing.read_bytes())):
            collection = as_obj(item)
            library.collections[as_str(collection.get("slug"))] = collection
    for number, folder in enumerate(cog_dirs, start=len(folders)):
        name = re.sub(r"[^a-z0-9._-]+", "-", folder.resolve().name.lower()).strip("-.") or "model"
        library.models[f"{OWNER}/{name}"] = _read_model(folder.resolve(), name, number)
    there = dict(library.models)
    for stand_in in stand_ins:
        for model in _standing_in(stand_in, there):
            if model.full_name in library.models:
                raise ValueError(f"--as gives {model.full_name} to two models")
            library.models[model.full_name] = model
    return library


def _standing_in(stand_in: StandIn, there: Mapping[str, LibraryModel]) -> Iterator[LibraryModel]:
    """The target under the other name. Without a version it is official: programs run it by its name alone."""
    target, owner, name = stand_in.target, stand_in.owner, stand_in.name
    if target.endswith(".json"):
        yield from _stubs(stand_in)
        return
    model = there.get(target) or there.get(f"{OWNER}/{target}")
    if model is None and (Path(target) / "cog.yaml").is_file():
        model = _read_model(Path(target).resolve(), name, len(there))
    if model is None:
        known = ", ".join(one.name for one in there.values())
        raise ValueError(
            f"--as: {target} is neither a model of the sandbox ({known}) nor a folder with a cog.yaml"
            " nor a .json file with a schema"
        )
    made_up = hashlib.sha256(f"{owner}/{name} {model.version_id}".encode()).hexdigest()
    yield replace(
        model,
        owner=owner,
        name=name,
        description=f"{target} of the sandbox stands in for {owner}/{name}. {model.description}",
        visibility="public",
        is_official=not stand_in.version,
        version_id=stand_in.version or made_up,
        examples=(),
        earlier_id="",
        earlier=None,
    )


def _stubs(stand_in: StandIn) -> Iterator[LibraryModel]:
    """The models of a file: all under their own names, or one under the name that was given."""
    snapshots = read_snapshots(Path(stand_in.target))
    if stand_in.owner and len(snapshots) > 1:
        raise ValueError(f"--as: {stand_in.target} has {len(snapshots)} models: write --as {stand_in.target}")
    for snapshot in snapshots:
        owner, name = stand_in.owner or snapshot.owner, stand_in.name or snapshot.name
        if not owner or not name:
            raise ValueError(f"--as: {stand_in.target} names no model: write --as OWNER/NAME={stand_in.target}")
        official = not stand_in.version if snapshot.official is None else snapshot.official
        yield stub_model(
            owner, name, replace(snapshot, official=official, version_id=stand_in.version or snapshot.version_id)
        )


def stub_model(owner: str, name: str, snapshot: Snapshot) -> LibraryModel:
    """A model that gives outputs of a schema's shape."""
    full_name = f"{owner}/{name}"
    stub = make_stub(full_name, snapshot.description, snapshot.schema, snapshot.example)
    said = f"A stub of the sandbox stands in for {full_name}: its outputs are made up. {snapshot.description}"
    return LibraryModel(
        name=name,
        description=said.strip(),
        readme=None,
        visibility="public",
        github_url=None,
        is_official=snapshot.official is not False,
        created_ns=_BORN_NS - 10**15,
        version_id=snapshot.version_id or made_up_id(full_name, snapshot.schema),
        source=Source(snapshot.schema, stub),
        owner=owner,
    )


def _read_model(folder: Path, name: str, number: int) -> LibraryModel:
    source = read_source(folder)
    about_file = folder / "model.json"
    about = as_obj(loads(about_file.read_bytes())) if about_file.is_file() else {}
    readme = folder / "README.md"
    earlier_file = folder / "earlier_schema.json"
    earlier = replace(source, schema=as_obj(loads(earlier_file.read_bytes()))) if earlier_file.is_file() else None
    return LibraryModel(
        name=name,
        description=as_str(about.get("description"), f"The Cog model in {folder.name}, served by this sandbox"),
        readme=readme.read_text("utf-8", "replace") if readme.is_file() else None,
        visibility=as_str(about.get("visibility"), "public"),
        github_url=as_str(about.get("github_url")) or None,
        is_official=about.get("is_official") is True,
        created_ns=_BORN_NS - number * 60_000_000_000,
        version_id=_fingerprint(folder, source.schema),
        source=source,
        examples=tuple(as_obj(example) for example in as_list(about.get("examples"))),
        earlier_id=_fingerprint(folder, earlier.schema) if earlier is not None else "",
        earlier=earlier,
    )


def read_source(folder: Path) -> Source:
    """Reads `cog.yaml` and the schema beside it. ValueError when the folder is no Cog model that can be run."""
    config = folder / "cog.yaml"
    if not config.is_file():
        raise ValueError(f"{folder} is no Cog model: it has no cog.yaml")
    text = config.read_text("utf-8", "replace")
    runner = _entry(text, "run") or _entry(text, "predict")
    if runner is None:
        raise ValueError(f"{config} names neither `run:` nor `predict:`")
    candidates = [folder / ".cog" / "openapi_schema.json", folder / "openapi_schema.json"]
    schema_file = next((path for path in candidates if path.is_file()), None)
    try:
        schema = as_obj(loads(schema_file.read_bytes())) if schema_file is not None else _read_schema(folder)
    except ValueError as error:
        raise ValueError(f"{schema_file} is not JSON: {error}" if schema_file is not None else str(error)) from None
    limit = re.search(r"^concurrency:\s*\n(?:[ \t]+.*\n)*?[ \t]+max:\s*(\d+)", text, re.MULTILINE)
    return Source(schema, CogCode(folder, runner, _entry(text, "train"), int(limit[1]) if limit else 1))


def _read_schema(folder: Path) -> Obj:
    """The schema of a folder that Cog has not built yet, read from its source. ValueError says what is in the way."""
    from tui.cog.modules import CannotRead
    from tui.cog.source import read_source as read_code

    try:
        code = read_code(folder)
    except CannotRead as error:
        raise ValueError(f"{folder}: {error.finding.said(folder.resolve())}") from None
    if code.findings:
        said = "; ".join(finding.said(code.folder) for finding in code.findings)
        raise ValueError(f"{folder} has no .cog/openapi_schema.json, and its source does not tell all of it: {said}")
    return code.schema


def _entry(yaml: str, key: str) -> str | None:
    """A top-level `key: "file.py:Name"` of cog.yaml. The file needs no YAML parser for this one form."""
    match = re.search(rf"^{key}:[ \t]*[\"']?([^\s\"'#]+)", yaml, re.MULTILINE)
    return match[1] if match else None


def _fingerprint(folder: Path, schema: Obj) -> str:
    """The version id: 64 hex digits that change when, and only when, the model's code, data or schema does."""
    digest = hashlib.sha256(dumps(schema).encode())
    for path in sorted(_code_files(folder)):
        digest.update(str(path.relative_to(folder)).encode())
        facts = path.stat()
        if facts.st_size > _HASHED_BY_STAT:
            digest.update(f"{facts.st_size} {facts.st_mtime_ns}".encode())
        else:
            digest.update(path.read_bytes())
    return digest.hexdigest()


def _code_files(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.name in _NOT_CODE or path.name.startswith("."):
            continue
        if path.is_dir() and not path.is_symlink():
            yield from _code_files(path)
        elif path.is_file():
            yield path
