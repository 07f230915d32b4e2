"""For Cog's processes, whose key is in the path, and for tests and tools, which show the token."""

import hmac

from starlette.requests import Request
from starlette.responses import Response

from tui.sandbox.context import Sandbox, read_object
from tui.sandbox.jsons import Json, Obj
from tui.sandbox.problems import not_found
from tui.sandbox.routes.files import send

_MOST_BODY = 2 * 1024 * 1024 * 1024


async def hook(sandbox: Sandbox, request: Request) -> Response:
    """A webhook of Cog's own."""
    _check_key(sandbox, request)
    sandbox.engine.hook(request.path_params["job_id"], await read_object(request, _MOST_BODY))
    return Response(status_code=200)


async def file(sandbox: Sandbox, request: Request) -> Response:
    """An input file, fetched by Cog."""
    _check_key(sandbox, request)
    stored = await sandbox.state.files.get(request.path_params["file_id"], "upload", "output", "weights", "input")
    if stored is None:
        raise not_found("File not found")
    return send(sandbox, stored)


async def requests(sandbox: Sandbox, request: Request) -> Response:
    """What was asked of the sandbox, the oldest first: method, path, operation, status (null: no answer was sent), and
    whether all that comes of it has ended.
    """
    seen: list[Json] = [*sandbox.requests]
    return sandbox.answer(request, seen)


async def processes(sandbox: Sandbox, request: Request) -> Response:
    """The process ids of the models' guards."""
    found: Obj = {name: [*pids] for name, pids in sandbox.engine.process_ids().items()}
    return sandbox.answer(request, found)


async def secrets(sandbox: Sandbox, request: Request) -> Response:
    """The secret that signs downloads of files, which Replicate's API does not give (docs/replicate.md, Operations)."""
    return sandbox.answer(request, {"files_signing_secret": sandbox.state.files_secret})


def _check_key(sandbox: Sandbox, request: Request) -> None:
    given = request.path_params["key"].encode("utf-8", "replace")
    if not hmac.compare_digest(given, sandbox.addresses.internal_key.encode()):
        raise not_found()
