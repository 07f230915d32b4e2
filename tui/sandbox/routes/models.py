"""Models: listed, read, created, changed and deleted by Replicate's rules (docs/replicate.md, Operations)."""

import re

from starlette.requests import Request
from starlette.responses import Response

from tui.sandbox.catalog import Model
from tui.sandbox.context import Sandbox, origin_of, read_object
from tui.sandbox.jsons import Json, Obj, as_str
from tui.sandbox.library import OWNER
from tui.sandbox.names import now_ns
from tui.sandbox.problems import Problem, invalid
from tui.sandbox.routes.account import SKUS
from tui.sandbox.routes.shapes import MODEL_PAGE, check, cut_page, model_of, show_models

_TEXT: Obj = {"type": "string"}
_LINK: Obj = {"type": "string", "maxLength": 2048, "pattern": "^(https?://.*)?$"}
_CREATE: Obj = {
    "type": "object",
    "required": ["owner", "name", "visibility", "hardware"],
    "properties": {
        "owner": _TEXT,
        "name": _TEXT,
        "visibility": {"type": "string", "enum": ["public", "private"]},
        "hardware": _TEXT,
        "description": _TEXT,
        "cover_image_url": _LINK,
        "github_url": _LINK,
        "license_url": _LINK,
        "paper_url": _LINK,
    },
}
_UPDATE: Obj = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "description": _TEXT,
        "readme": _TEXT,
        "github_url": _LINK,
        "license_url": _LINK,
        "paper_url": _LINK,
        "weights_url": _LINK,
    },
}
_MOST_MODELS = 1000


async def list_page(sandbox: Sandbox, request: Request) -> Response:
    """models.list."""
    by = request.query_params.get("sort_by", "latest_version_created_at")
    direction = request.query_params.get("sort_direction", "desc")
    if by not in {"model_created_at", "latest_version_created_at"}:
        raise invalid(f"sort_by must be model_created_at or latest_version_created_at, not {by[:64]!r}")
    if direction not in {"asc", "desc"}:
        raise invalid(f"sort_direction must be asc or desc, not {direction[:64]!r}")
    latest = await sandbox.catalog.latest_versions()

    def moment(model: Model) -> tuple[int, str]:
        version = latest.get(model.full_name) if by == "latest_version_created_at" else None
        return (version.created_ns if version is not None else model.created_ns, model.full_name)

    models = [model for model in await sandbox.catalog.models() if model.about.get("visibility") != "private"]
    models.sort(key=moment, reverse=direction == "desc")
    page, following, previous = cut_page(request, models, MODEL_PAGE, lambda model: model.full_name)
    results: Json = await show_models(sandbox, request, page)
    return sandbox.answer(request, {"next": following, "previous": previous, "results": results})


async def get(sandbox: Sandbox, request: Request) -> Response:
    """models.get."""
    model = await model_of(sandbox, request)
    return sandbox.answer(request, (await show_models(sandbox, request, [model]))[0])


async def create(sandbox: Sandbox, request: Request) -> Response:
    """models.create."""
    body = await read_object(request)
    check(body, _CREATE)
    owner, name, hardware = as_str(body["owner"]), as_str(body["name"]), as_str(body["hardware"])
    if owner != OWNER:
        raise Problem(403, f"The owner must be {OWNER}, the account of this token", "Forbidden")
    if not re.fullmatch(r"[a-z0-9]+(?:[._-]+[a-z0-9]+)*", name) or len(name) > 200:
        raise invalid("The name may have lower-case letters, digits, and dots, dashes or underscores between", "/name")
    if hardware not in SKUS:
        raise invalid(f"{hardware[:64]} is not a valid hardware SKU. Your options are: {', '.join(SKUS)}", "/hardware")
    models = await sandbox.catalog.models()
    if any(model.full_name == f"{owner}/{name}" for model in models):
        raise Problem(409, "A model with that name and owner already exists", "Conflict")
    if len(models) >= _MOST_MODELS:
        raise invalid(f"An account can have {_MOST_MODELS} models")
    model = Model(owner, name, now_ns(), {key: value for key, value in body.items() if key in _properties(_CREATE)})
    await sandbox.catalog.save_model(model)
    return sandbox.answer(request, (await show_models(sandbox, request, [model]))[0], 201)


async def update(sandbox: Sandbox, request: Request) -> Response:
    """models.update."""
    model = await model_of(sandbox, request)
    body = await read_object(request)
    check(body, _UPDATE)
    _refuse_library(model)
    changed = Model(model.owner, model.name, model.created_ns, {**model.about, **body})
    await sandbox.catalog.save_model(changed)
    return sandbox.answer(request, (await show_models(sandbox, request, [changed]))[0])


async def delete(sandbox: Sandbox, request: Request) -> Response:
    """models.delete: one's own, private, with no versions."""
    model = await model_of(sandbox, request)
    _refuse_library(model)
    if model.about.get("visibility") != "private":
        raise Problem(403, "Only private models can be deleted", "Forbidden")
    if await sandbox.catalog.versions(model):
        raise Problem(403, "A model with versions cannot be deleted: delete its versions first", "Forbidden")
    await sandbox.catalog.delete_model(model)
    return Response(status_code=204)


async def examples(sandbox: Sandbox, request: Request) -> Response:
    """models.examples.list."""
    model = await model_of(sandbox, request)
    page, following, previous = cut_page(request, sandbox.examples.of(model.full_name), 100, lambda example: example.id)
    results: list[Json] = [sandbox.shown(example, origin_of(request)) for example in page]
    return sandbox.answer(request, {"next": following, "previous": previous, "results": results})


async def readme(sandbox: Sandbox, request: Request) -> Response:
    """models.readme.get: Markdown, or 404 with no body."""
    model = await model_of(sandbox, request)
    text = as_str(model.about.get("readme"))
    if not text:
        return Response(status_code=404)
    return Response(text.encode("utf-8", "replace"), media_type="text/plain")


def _properties(schema: Obj) -> Obj:
    found = schema["properties"]
    return found if isinstance(found, dict) else {}


def _refuse_library(model: Model) -> None:
    if model.library is not None:
        raise Problem(403, "This model is part of the sandbox and cannot be changed", "Forbidden")
