"""Replicate's API for one served model: what the official clients ask for predictions, files and the model itself.

Whatever model, version or deployment a client names, this one answers, so that a program runs unchanged.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from collections.abc import Awaitable, Callable
from typing import Literal

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from tui.sandbox.context import read_object
from tui.sandbox.jsons import Json, Obj, as_obj, as_str, dumps
from tui.sandbox.library import COG_VERSION
from tui.sandbox.live import Live
from tui.sandbox.names import new_id, now_ns, timestamp
from tui.sandbox.problems import Problem, not_found, refused_fields
from tui.sandbox.records import Job, show
from tui.sandbox.routes.predictions import REQUEST, VERSION_REQUEST, add_webhook, wait_of
from tui.sandbox.routes.shapes import check
from tui.sandbox.streams import stream
from tui.sandbox.validation import faults
from tui.services.local.served_files import ServedFiles
from tui.services.local.served_runs import ServedRuns

_NOT_HERE = "cog serve answers for predictions, files and its one model; replicate-tui sandbox has all of the API"
_MODEL = "/v1/models/{owner}/{name}"
_PREDICTION = "/v1/predictions/{id}"
_FILE = "/v1/files/{id}"


class ServedApi:
    """The operations, each answered as Replicate does. No token is asked for: Cog's own server asks for none."""

    def __init__(self, name: str, schema: Obj, runs: ServedRuns, files: ServedFiles, secret: str) -> None:
        """`name` is the model's where a client names none; `secret` is what webhooks are signed by."""
        self._name = name
        self._schema = schema
        self._runs = runs
        self._files = files
        self._secret = secret
        self._born = now_ns()
        self._version = hashlib.sha256(dumps(schema).encode()).hexdigest()

    def app(self) -> Starlette:
        """All of it as an ASGI app."""
        posts: dict[str, Callable[[Request], Awaitable[Response]]] = {
            "/v1/predictions": self._create,
            f"{_MODEL}/predictions": self._create,
            "/v1/deployments/{owner}/{name}/predictions": self._create,
            f"{_PREDICTION}/cancel": self._cancel,
            "/v1/files": self._upload,
        }
        gets: dict[str, Callable[[Request], Awaitable[Response]]] = {
            "/v1/predictions": self._list,
            _PREDICTION: self._get,
            "/v1/streams/{id}": self._stream,
            # A stream of files lies here, by which the Node client knows it.
            "/v1/files/stream-{id}": self._stream,
            "/v1/files": self._list_files,
            _FILE: self._get_file,
            f"{_FILE}/download/{{name}}": self._download,
            _MODEL: self._get_model,
            f"{_MODEL}/versions": self._list_versions,
            f"{_MODEL}/versions/{{version}}": self._get_version,
            "/v1/webhooks/default/secret": self._get_secret,
        }
        routes = [Route(path, handler, methods=["POST"]) for path, handler in posts.items()]
        routes += [Route(path, handler, methods=["GET"]) for path, handler in gets.items()]
        routes.append(Route(_FILE, self._delete_file, methods=["DELETE"]))
        return Starlette(routes=routes, exception_handlers={Problem: _problem, HTTPException: _not_here})

    # ---- predictions

    async def _create(self, request: Request) -> Response:
        body = await read_object(request)
        named = f"{request.path_params['owner']}/{request.path_params['name']}" if request.path_params else ""
        check(body, REQUEST if named else VERSION_REQUEST)
        wait, given = wait_of(request), as_obj(body["input"])
        found = faults(given, as_obj(as_obj(self._schema["components"])["schemas"])["Input"], self._schema, "input")
        if found:
            raise refused_fields(found)
        job = self._job(named, as_str(body.get("version")), given)
        add_webhook(job, body)
        young, headers = self._shown(job, request), {"Location": f"{_origin(request)}/v1/predictions/{job.id}"}
        live = self._runs.begin(job, as_obj(self._files.reachable(given)))
        if wait is None:
            return JSONResponse(young, 201, headers)
        headers["Preference-Applied"] = f"wait={wait:g}"
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(live.until_done(), wait)
        # One that is not ready in time is told as it was when it began: clients take any other status for the end.
        return JSONResponse(self._shown(job, request) if job.done else young, 201 if job.done else 202, headers)

    def _job(self, named: str, version: str, given: Obj) -> Job:
        """The prediction of a model by its name, or by a version as `ID`, `OWNER/NAME:ID` or `OWNER/NAME`."""
        model, _, id = version.rpartition(":") if ":" in version else (version, "", "")
        if "/" not in model:
            model, id = named, id or model
        return Job(
            new_id(),
            "prediction",
            model or f"local/{self._name}",
            id or self._version,
            given,
            now_ns(),
            streams=self._streams(),
        )

    def _streams(self) -> Literal["", "text", "files"]:
        output = as_obj(as_obj(as_obj(self._schema.get("components")).get("schemas")).get("Output"))
        if output.get("x-cog-array-type") != "iterator":
            return ""
        return "files" if as_obj(output.get("items")).get("format") == "uri" else "text"

    def _shown(self, job: Job, request: Request) -> Obj:
        return shown(job, _origin(request))

    def _live(self, request: Request) -> Live:
        live = self._runs.lives.get(request.path_params["id"])
        if live is None:
            raise not_found()
        return live

    async def _get(self, request: Request) -> Response:
        return JSONResponse(self._shown(self._live(request).job, request))

    async def _cancel(self, request: Request) -> Response:
        live = self._live(request)
        await self._runs.cancel(live)
        return JSONResponse(self._shown(live.job, request))

    async def _list(self, request: Request) -> Response:
        return _page([self._shown(live.job, request) for live in reversed(self._runs.lives.values())])

    async def _stream(self, request: Request) -> Response:
        pieces = stream(self._live(request), str, self._runs.closing, None)
        whole = (piece async for piece in pieces if piece is not None)
        return StreamingResponse(whole, headers={"Cache-Control": "no-cache", "Content-Type": "text/event-stream"})

    # ---- files

    async def _upload(self, request: Request) -> Response:
        return JSONResponse((await self._files.take(request)).show(_origin(request)), 201)

    async def _list_files(self, request: Request) -> Response:
        return _page([stored.show(_origin(request)) for stored in self._files.stored.values()])

    async def _get_file(self, request: Request) -> Response:
        return JSONResponse(self._files.find(request.path_params["id"]).show(_origin(request)))

    async def _download(self, request: Request) -> Response:
        stored = self._files.find(request.path_params["id"])
        return FileResponse(self._files.path(stored), media_type=stored.content_type)

    async def _delete_file(self, request: Request) -> Response:
        await self._files.remove(self._files.find(request.path_params["id"]))
        return Response(status_code=204)

    # ---- the model

    def _shown_version(self, id: str) -> Obj:
        return {
            "id": id,
            "created_at": timestamp(self._born),
            "cog_version": COG_VERSION,
            "openapi_schema": self._schema,
        }

    async def _get_version(self, request: Request) -> Response:
        return JSONResponse(self._shown_version(request.path_params["version"]))

    async def _list_versions(self, request: Request) -> Response:
        return _page([self._shown_version(self._version)])

    async def _get_model(self, request: Request) -> Response:
        owner, name = request.path_params["owner"], request.path_params["name"]
        return JSONResponse(
            {
                "url": f"{_origin(request)}/{owner}/{name}",
                "owner": owner,
                "name": name,
                "description": f"The Cog model in {self._name}, served on this machine",
                "visibility": "private",
                "is_official": False,
                "github_url": None,
                "paper_url": None,
                "license_url": None,
                "run_count": len(self._runs.lives),
                "cover_image_url": None,
                "default_example": None,
                "latest_version": self._shown_version(self._version),
            }
        )

    async def _get_secret(self, request: Request) -> Response:
        return JSONResponse({"key": self._secret})


def shown(job: Job, origin: str) -> Obj:
    """A prediction as the API gives it, with its stream where it has one."""
    places = {"": None, "text": f"{origin}/v1/streams/{job.id}", "files": f"{origin}/v1/files/stream-{job.id}"}
    found = show(job, origin, places[job.streams])
    # There is no page about it on this machine.
    as_obj(found["urls"]).pop("web")
    return found


def _origin(request: Request) -> str:
    return str(request.base_url).rstrip("/")


def _page(results: list[Obj]) -> Response:
    told: list[Json] = [*results]
    return JSONResponse({"next": None, "previous": None, "results": told})


async def _problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    return error.response()


async def _not_here(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return Problem(error.status_code, f"{error.detail}: {_NOT_HERE}", headers=dict(error.headers or {})).response()
