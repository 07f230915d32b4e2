"""How models, versions and pages are shown, and what several resources ask of a request."""

import base64
import hashlib
from collections.abc import Callable, Sequence
from typing import TypeVar
from urllib.parse import urlencode

from starlette.requests import Request

from tui.sandbox.catalog import Model, Version
from tui.sandbox.context import Sandbox, origin_of
from tui.sandbox.jsons import Json, Obj
from tui.sandbox.library import COG_VERSION
from tui.sandbox.names import decode_cursor, encode_cursor, timestamp
from tui.sandbox.problems import Problem, not_found, refused_fields
from tui.sandbox.validation import faults

T = TypeVar("T")
MODEL_PAGE = 25
JOB_PAGE = 100


def show_version(version: Version) -> Obj:
    """A version as the API gives it."""
    return {
        "id": version.id,
        "created_at": timestamp(version.created_ns),
        "cog_version": COG_VERSION,
        "openapi_schema": version.source.schema,
    }


async def show_models(sandbox: Sandbox, request: Request, models: Sequence[Model]) -> list[Json]:
    """Models as the API gives them, with their newest versions, default examples and run counts."""
    latest = await sandbox.catalog.latest_versions()
    counts = await sandbox.state.run_counts()
    origin = origin_of(request)
    shown: list[Json] = []
    for model in models:
        examples = sandbox.examples.of(model.full_name)
        version = latest.get(model.full_name)
        shown.append(
            {
                "url": f"{origin}/{model.full_name}",
                "owner": model.owner,
                "name": model.name,
                "description": model.about.get("description"),
                "visibility": model.about.get("visibility", "public"),
                "is_official": model.official,
                "github_url": model.about.get("github_url") or None,
                "paper_url": model.about.get("paper_url") or None,
                "license_url": model.about.get("license_url") or None,
                "run_count": counts.get(model.full_name, 0),
                "cover_image_url": model.about.get("cover_image_url") or None,
                "default_example": sandbox.shown(examples[0], origin) if examples else None,
                "latest_version": show_version(version) if version is not None else None,
            }
        )
    return shown


async def model_of(sandbox: Sandbox, request: Request) -> Model:
    """The model that the path names; Problem 404 when there is none."""
    model = await sandbox.catalog.model(request.path_params["owner"], request.path_params["name"])
    if model is None:
        raise not_found()
    return model


async def version_of(sandbox: Sandbox, request: Request) -> tuple[Model, Version]:
    """The model and version that the path names; Problem 404 when there is none."""
    model = await model_of(sandbox, request)
    version = await sandbox.catalog.version(request.path_params["version_id"], model.full_name)
    if version is None or version.model != model.full_name:
        raise not_found()
    return model, version


def check(body: Obj, schema: Obj) -> None:
    """Problem 422 with `invalid_fields` when the body is not what an operation takes."""
    found = faults(body, schema, schema, "")
    if found:
        raise refused_fields(found)


def page_url(request: Request, cursor: str | None) -> str | None:
    """The address of another page of the same list."""
    if cursor is None:
        return None
    query = [(key, value) for key, value in request.query_params.multi_items() if key != "cursor"]
    return f"{origin_of(request)}{request.url.path}?{urlencode([*query, ('cursor', cursor)])}"


def cut_page(
    request: Request, items: Sequence[T], size: int, key: Callable[[T], str]
) -> tuple[list[T], str | None, str | None]:
    """One page of a list that lies in memory: the items, and the URLs of the next and previous page."""
    cursor = request.query_params.get("cursor")
    start = 0
    if cursor is not None:
        try:
            position, backwards = decode_cursor(cursor)
        except ValueError as error:
            raise Problem(400, str(error), "Bad request") from None
        marks = [_mark(key(item)) for item in items]
        at = marks.index(position) if position in marks else len(marks) - 1
        start = max(0, at - size) if backwards else at + 1
        if backwards:
            size = min(size, at)
    page = list(items[start : start + size])
    after = encode_cursor(_mark(key(page[-1]))) if page and start + size < len(items) else None
    before = encode_cursor(_mark(key(page[0])), backwards=True) if page and start > 0 else None
    return page, page_url(request, after), page_url(request, before)


def _mark(key: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(key.encode("utf-8", "replace")).digest()[:12]).decode()
