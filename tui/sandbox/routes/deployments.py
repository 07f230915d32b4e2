"""Deployments: a version with instances of its own, whose number the user sets."""

import re
import sqlite3

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from tui.sandbox.catalog import Version
from tui.sandbox.context import OWNER_PROFILE, Sandbox, read_object
from tui.sandbox.jsons import Json, Obj, as_int, as_obj, as_str, dumps, loads
from tui.sandbox.library import OWNER
from tui.sandbox.names import now_ns, timestamp
from tui.sandbox.problems import Problem, invalid, not_found
from tui.sandbox.routes.account import SKUS
from tui.sandbox.routes.shapes import check, cut_page

_IDLE_BEFORE_DELETION = 15 * 60.0
_SIZES: Obj = {
    "min_instances": {"type": "integer", "minimum": 0, "maximum": 5},
    "max_instances": {"type": "integer", "minimum": 0, "maximum": 20},
}
_CHANGEABLE: Obj = {"version": {"type": "string"}, "hardware": {"type": "string"}, **_SIZES}
_CREATE: Obj = {
    "type": "object",
    "required": ["name", "model", "version", "hardware", "min_instances", "max_instances"],
    "properties": {"name": {"type": "string"}, "model": {"type": "string"}, **_CHANGEABLE},
}
_UPDATE: Obj = {"type": "object", "additionalProperties": False, "properties": _CHANGEABLE}


class Deployment(Struct, frozen=True):
    """One deployment; `release` is its current release as the API gives it."""

    owner: str
    name: str
    created_ns: int
    release: Obj
    changed_ns: int

    @property
    def full_name(self) -> str:
        """`owner/name`."""
        return f"{self.owner}/{self.name}"

    @property
    def sizes(self) -> tuple[int, int]:
        """The fewest and the most instances."""
        configuration = as_obj(self.release.get("configuration"))
        return as_int(configuration.get("min_instances")), as_int(configuration.get("max_instances"))

    def show(self) -> Obj:
        """The deployment as the API gives it."""
        return {"owner": self.owner, "name": self.name, "current_release": self.release}


async def list_page(sandbox: Sandbox, request: Request) -> Response:
    """deployments.list, the newest first."""
    deployments = sorted(await _all(sandbox), key=lambda deployment: -deployment.created_ns)
    page, following, previous = cut_page(request, deployments, 100, lambda deployment: deployment.full_name)
    results: list[Json] = [deployment.show() for deployment in page]
    return sandbox.answer(request, {"next": following, "previous": previous, "results": results})


async def get(sandbox: Sandbox, request: Request) -> Response:
    """deployments.get."""
    return sandbox.answer(request, (await _named(sandbox, request)).show())


async def create(sandbox: Sandbox, request: Request) -> Response:
    """deployments.create: answers 200, as the spec says."""
    body = await read_object(request)
    check(body, _CREATE)
    name, model = as_str(body["name"]), as_str(body["model"])
    if not re.fullmatch(r"[a-z0-9]+(?:[._-]+[a-z0-9]+)*", name) or len(name) > 63:
        raise invalid("The name may have lower-case letters, digits, and dots, dashes or underscores between", "/name")
    if any(deployment.name == name for deployment in await _all(sandbox)):
        raise Problem(409, "A deployment with that name already exists", "Conflict")
    version = await _version(sandbox, as_str(body["version"]))
    if version.model != model:
        raise invalid(f"{version.id[:12]}… is not a version of {model[:100]}", "/version")
    now = now_ns()
    deployment = Deployment(OWNER, name, now, _release(body, {}, version, 1), now)
    await _save(sandbox, deployment)
    await start(sandbox, deployment)
    return sandbox.answer(request, deployment.show())


async def update(sandbox: Sandbox, request: Request) -> Response:
    """deployments.update: each change is a new release."""
    deployment = await _named(sandbox, request)
    body = await read_object(request)
    check(body, _UPDATE)
    version = await _version(sandbox, as_str(body.get("version"), as_str(deployment.release.get("version"))))
    if version.model != deployment.release.get("model"):
        raise invalid(f"{version.id[:12]}… is a version of another model", "/version")
    number = as_int(deployment.release.get("number")) + 1
    release = _release(body, as_obj(deployment.release.get("configuration")), version, number)
    changed = Deployment(deployment.owner, deployment.name, deployment.created_ns, release, now_ns())
    await _save(sandbox, changed)
    await start(sandbox, changed)
    return sandbox.answer(request, changed.show())


async def delete(sandbox: Sandbox, request: Request) -> Response:
    """deployments.delete: only when offline and unused for 15 minutes, or for `--retention` if that is shorter."""
    deployment = await _named(sandbox, request)
    pause = min(_IDLE_BEFORE_DELETION, sandbox.options.retention)
    idle = now_ns() - max(deployment.changed_ns, await _last_used(sandbox, deployment))
    online = deployment.sizes[0] > 0 or sandbox.engine.process_ids().get(f"deployment {deployment.full_name}")
    if online or idle < pause * 1e9:
        raise Problem(
            400,
            f"A deployment can be deleted when it has been offline and unused for {pause / 60:g} minutes",
            "Deployment is in use",
        )
    await sandbox.engine.undeploy(deployment.full_name)
    query = "DELETE FROM deployments WHERE owner = ? AND name = ?"
    await sandbox.state.database.run(lambda db: db.execute(query, (deployment.owner, deployment.name)))
    return Response(status_code=204)


async def start_all(sandbox: Sandbox) -> None:
    """After a restart: the instances that each deployment keeps warm."""
    for deployment in await _all(sandbox):
        if await sandbox.catalog.version(as_str(deployment.release.get("version"))) is not None:
            await start(sandbox, deployment)


async def start(sandbox: Sandbox, deployment: Deployment) -> None:
    """Brings the instances to what the release says."""
    version = await _version(sandbox, as_str(deployment.release.get("version")))
    least, most = deployment.sizes
    number = as_int(deployment.release.get("number"))
    await sandbox.engine.deploy(deployment.full_name, version, number, least, most)


async def deployed_version(sandbox: Sandbox, owner: str, name: str) -> Version:
    """The version that a deployment runs; Problem 404 when there is no such deployment."""
    for deployment in await _all(sandbox):
        if deployment.full_name == f"{owner}/{name}":
            return await _version(sandbox, as_str(deployment.release.get("version")))
    raise not_found()


async def deployed_versions(sandbox: Sandbox) -> set[str]:
    """The versions that deployments run."""
    return {as_str(deployment.release.get("version")) for deployment in await _all(sandbox)}


def _release(body: Obj, before: Obj, version: Version, number: int) -> Obj:
    configuration: Obj = {key: body.get(key, before.get(key)) for key in ("hardware", "min_instances", "max_instances")}
    hardware = as_str(configuration["hardware"])
    if hardware not in SKUS:
        raise invalid(f"{hardware[:64]} is not a valid hardware SKU. Your options are: {', '.join(SKUS)}", "/hardware")
    least, most = (int(float(str(configuration[key]))) for key in ("min_instances", "max_instances"))
    if least > most:
        raise invalid("min_instances must not be greater than max_instances", "/min_instances")
    configuration |= {"min_instances": least, "max_instances": most}
    return {
        "number": number,
        "model": version.model,
        "version": version.id,
        "created_at": timestamp(now_ns()),
        "created_by": OWNER_PROFILE,
        "configuration": configuration,
    }


async def _version(sandbox: Sandbox, version_id: str) -> Version:
    version = await sandbox.catalog.version(version_id)
    if version is None:
        raise invalid(f"{version_id[:64]!r} is not a version that exists", "/version")
    return version


async def _named(sandbox: Sandbox, request: Request) -> Deployment:
    wanted = f"{request.path_params['owner']}/{request.path_params['name']}"
    for deployment in await _all(sandbox):
        if deployment.full_name == wanted:
            return deployment
    raise not_found()


async def _all(sandbox: Sandbox) -> list[Deployment]:
    rows = await sandbox.state.database.run(lambda db: db.execute("SELECT * FROM deployments").fetchall())
    return [_from_row(row) for row in rows]


def _from_row(row: sqlite3.Row) -> Deployment:
    body = as_obj(loads(row["body"]))
    release = as_obj(body.get("release"))
    return Deployment(row["owner"], row["name"], row["created_ns"], release, as_int(body.get("changed_ns")))


async def _save(sandbox: Sandbox, deployment: Deployment) -> None:
    body: Obj = {"release": deployment.release, "changed_ns": deployment.changed_ns}
    row = (deployment.owner, deployment.name, deployment.created_ns, dumps(body))
    query = "INSERT OR REPLACE INTO deployments VALUES (?, ?, ?, ?)"
    await sandbox.state.database.run(lambda db: db.execute(query, row))


async def _last_used(sandbox: Sandbox, deployment: Deployment) -> int:
    query = "SELECT max(coalesce(completed_ns, created_ns)) AS last FROM jobs WHERE deployment = ?"
    name = deployment.full_name
    row = await sandbox.state.database.run(lambda db: db.execute(query, (name,)).fetchone())
    return as_int(row["last"])
