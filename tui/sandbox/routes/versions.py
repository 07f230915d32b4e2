"""Versions of a model."""

from starlette.requests import Request
from starlette.responses import Response

from tui.sandbox.context import Sandbox
from tui.sandbox.jsons import Json
from tui.sandbox.problems import Problem
from tui.sandbox.routes.deployments import deployed_versions
from tui.sandbox.routes.shapes import MODEL_PAGE, cut_page, model_of, show_version, version_of


async def list_page(sandbox: Sandbox, request: Request) -> Response:
    """models.versions.list, the newest first."""
    model = await model_of(sandbox, request)
    versions = await sandbox.catalog.versions(model)
    page, following, previous = cut_page(request, versions, MODEL_PAGE, lambda version: version.id)
    results: list[Json] = [show_version(version) for version in page]
    return sandbox.answer(request, {"next": following, "previous": previous, "results": results})


async def get(sandbox: Sandbox, request: Request) -> Response:
    """models.versions.get."""
    _, version = await version_of(sandbox, request)
    return sandbox.answer(request, show_version(version))


async def delete(sandbox: Sandbox, request: Request) -> Response:
    """models.versions.delete: one's own, private, not deployed; its predictions and their files go with it."""
    model, version = await version_of(sandbox, request)
    if model.library is not None:
        raise Problem(403, "This version is part of the sandbox and cannot be deleted", "Forbidden")
    if model.about.get("visibility") != "private":
        raise Problem(403, "Only versions of private models can be deleted", "Forbidden")
    if version.id in await deployed_versions(sandbox):
        raise Problem(403, "A version that a deployment uses cannot be deleted", "Forbidden")
    await sandbox.catalog.delete_version(version)
    return Response(status_code=202)
