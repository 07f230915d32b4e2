"""The Files API: uploads that predictions can take as inputs."""

import base64
import hashlib
import hmac
import re
import time

from starlette.requests import Request
from starlette.responses import FileResponse, Response

from tui.sandbox.context import Sandbox, origin_of, read_body
from tui.sandbox.files import MAX_BYTES, StoredFile
from tui.sandbox.jsons import Json, Obj, loads
from tui.sandbox.library import OWNER
from tui.sandbox.multipart import Part, boundary_of, parse
from tui.sandbox.problems import Problem, not_found

_TOO_LARGE = "Files must be less than 100MB in size"
_FORM_SLACK = 1024 * 1024


async def list_all(sandbox: Sandbox, request: Request) -> Response:
    """files.list: one page has them all, as recorded (docs/replicate.md, Pages and filters)."""
    results: list[Json] = [stored.show(origin_of(request)) for stored in await sandbox.state.files.uploads()]
    return sandbox.answer(request, {"next": None, "previous": None, "results": results})


async def create(sandbox: Sandbox, request: Request) -> Response:
    """files.create: multipart with `content`, and `filename`, `type`, `metadata` if wished."""
    boundary = boundary_of(request.headers.get("content-type", ""))
    if boundary is None:
        raise Problem(415, "Send the file as multipart/form-data", "Unsupported media type")
    try:
        body = await read_body(request, MAX_BYTES + _FORM_SLACK)
        parts = {part.name: part for part in parse(body, boundary)}
    except ValueError as error:
        raise Problem(400, f"Multipart form parse error - {error}", "Bad request") from None
    except Problem as problem:
        raise Problem(413, _TOO_LARGE, "Content too large") if problem.status == 413 else problem from None
    content = parts.get("content")
    if content is None:
        raise Problem(400, "Missing content", "Bad request")
    if len(content.content) > MAX_BYTES:
        raise Problem(413, _TOO_LARGE, "Content too large")
    name = _text(parts, "filename") or content.filename or "file"
    if len(name) > 255:
        raise Problem(400, "The filename must have at most 255 characters", "Bad request")
    kind = _text(parts, "type") or content.content_type or "application/octet-stream"
    if not re.fullmatch(r"[\w.+-]+/[\w.+-]+(\s*;[ -~]*)?", kind):
        raise Problem(400, f"{kind[:64]!r} is not a media type", "Bad request")
    stored = await sandbox.state.files.add("upload", content.content, name, kind, metadata=_metadata(parts))
    return sandbox.answer(request, stored.show(origin_of(request)), 201)


def _text(parts: dict[str, Part], name: str) -> str:
    return bytes(parts[name].content).decode("utf-8", "replace").strip() if name in parts else ""


def _metadata(parts: dict[str, Part]) -> Obj:
    if "metadata" not in parts:
        return {}
    try:
        value = loads(bytes(parts["metadata"].content))
    except (ValueError, UnicodeDecodeError):
        value = None
    if not isinstance(value, dict):
        raise Problem(400, "The metadata must be a JSON object", "Bad request")
    return value


async def get(sandbox: Sandbox, request: Request) -> Response:
    """files.get."""
    return sandbox.answer(request, (await _upload(sandbox, request)).show(origin_of(request)))


async def delete(sandbox: Sandbox, request: Request) -> Response:
    """files.delete."""
    stored = await _upload(sandbox, request)
    await sandbox.state.files.remove([stored.id])
    return Response(status_code=204)


async def download(sandbox: Sandbox, request: Request) -> Response:
    """files.download: by a signature in place of the token."""
    query = request.query_params
    owner, expiry, given = query.get("owner", ""), query.get("expiry", ""), query.get("signature", "")
    message = f"{owner} {request.path_params['file_id']} {expiry}".encode("utf-8", "replace")
    digest = hmac.new(sandbox.state.files_secret.encode(), message, hashlib.sha256).digest()
    signed = hmac.compare_digest(base64.b64encode(digest), given.replace(" ", "+").encode("utf-8", "replace"))
    current = re.fullmatch(r"[0-9]{1,15}", expiry) is not None and int(expiry) > time.time()
    if not signed or not current or owner != OWNER:
        raise not_found("File not found")
    stored = await _upload(sandbox, request)
    return send(sandbox, stored)


async def _upload(sandbox: Sandbox, request: Request) -> StoredFile:
    stored = await sandbox.state.files.get(request.path_params["file_id"], "upload")
    if stored is None:
        raise not_found("File not found")
    return stored


def send(sandbox: Sandbox, stored: StoredFile) -> Response:
    """The bytes, whole or the ranges asked for. Nothing of them is run in a browser."""
    headers = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox"}
    path = sandbox.state.files.path(stored.id)
    if not path.is_file():
        raise not_found("File not found")
    return FileResponse(path, headers=headers, media_type=stored.content_type)
