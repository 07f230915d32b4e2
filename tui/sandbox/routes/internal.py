"""For Cog's processes, whose key is in the path."""

import hmac

from starlette.requests import Request
from starlette.responses import Response

from tui.sandbox.context import Sandbox, read_object
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


def _check_key(sandbox: Sandbox, request: Request) -> None:
    given = request.path_params["key"].encode("utf-8", "replace")
    if not hmac.compare_digest(given, sandbox.addresses.internal_key.encode()):
        raise not_found()
