"""Collections, and the two ways to search."""

import re

from starlette.requests import Request
from starlette.responses import Response

from tui.sandbox.catalog import Model
from tui.sandbox.context import Sandbox, read_body
from tui.sandbox.jsons import Json, Obj, as_list, as_obj, as_str
from tui.sandbox.library import OWNER
from tui.sandbox.problems import not_found
from tui.sandbox.routes.shapes import MODEL_PAGE, cut_page, show_models


async def list_all(sandbox: Sandbox, request: Request) -> Response:
    """collections.list: one page has them all (docs/replicate.md, Pages and filters)."""
    results: list[Json] = [
        {key: collection.get(key) for key in ("name", "slug", "description")}
        for collection in sandbox.catalog.library.collections.values()
    ]
    return sandbox.answer(request, {"next": None, "previous": None, "results": results})


async def get(sandbox: Sandbox, request: Request) -> Response:
    """collections.get."""
    collection = sandbox.catalog.library.collections.get(request.path_params["slug"])
    if collection is None:
        raise not_found()
    models = [
        model
        for name in as_list(collection.get("models"))
        if (model := await sandbox.catalog.model(OWNER, as_str(name))) is not None
    ]
    shown: Obj = {key: collection.get(key) for key in ("name", "slug", "description", "full_description")}
    return sandbox.answer(request, {**shown, "models": await show_models(sandbox, request, models)})


async def search(sandbox: Sandbox, request: Request) -> Response:
    """search: models with scores, and collections. The sandbox has no documentation pages to find."""
    query = request.query_params.get("query", "")
    if not query.strip():
        return sandbox.answer(request, {"detail": 'Query parameter "query" is required'}, 400)
    limit = request.query_params.get("limit", "20")
    if not re.fullmatch(r"[0-9]{1,2}", limit) or not 1 <= int(limit) <= 50:
        return sandbox.answer(request, {"detail": 'Query parameter "limit" must be between 1 and 50'}, 400)
    found = (await _ranked(sandbox, query))[: int(limit)]
    shown = await show_models(sandbox, request, [model for _, model in found])
    models: list[Json] = [
        {
            "model": item,
            "metadata": {
                "generated_description": model.about.get("description"),
                "score": score,
                "tags": _tags(sandbox, model),
            },
        }
        for item, (score, model) in zip(shown, found, strict=True)
    ]
    collections: list[Json] = [
        {
            "name": collection.get("name"),
            "slug": collection.get("slug"),
            "description": collection.get("description"),
            "models": [f"{OWNER}/{as_str(name)}" for name in as_list(collection.get("models"))],
        }
        for collection in sandbox.catalog.library.collections.values()
        if _score(query, as_str(collection.get("name")), as_str(collection.get("description"))) > 0
    ]
    return sandbox.answer(request, {"query": query, "models": models, "collections": collections, "pages": []})


async def search_models(sandbox: Sandbox, request: Request) -> Response:
    """models.search: the method QUERY with the words as plain text."""
    query = (await read_body(request, 1024 * 1024)).decode("utf-8", "replace")
    models = [model for _, model in await _ranked(sandbox, query)]
    page, following, previous = cut_page(request, models, MODEL_PAGE, lambda model: model.full_name)
    shown = [as_obj(model) for model in await show_models(sandbox, request, page)]
    # Here alone the spec has a description always be a text.
    results: list[Json] = [{**model, "description": as_str(model["description"])} for model in shown]
    return sandbox.answer(request, {"next": following, "previous": previous, "results": results})


async def _ranked(sandbox: Sandbox, query: str) -> list[tuple[float, Model]]:
    """Public models that have any of the words, the best first; all of them for no words."""
    models = [model for model in await sandbox.catalog.models() if model.about.get("visibility") != "private"]
    if not _words(query):
        return [(0.0, model) for model in models]
    scored = [
        (
            _score(query, model.full_name, as_str(model.about.get("description")), as_str(model.about.get("readme"))),
            model,
        )
        for model in models
    ]
    found = [(score, model) for score, model in scored if score > 0]
    return sorted(found, key=lambda pair: (-pair[0], pair[1].full_name))


def _score(query: str, *texts: str) -> float:
    """How well texts fit, the first of them counting most."""
    words = _words(query)[:32]
    total = 0.0
    for weight, text in zip((4.0, 2.0, 1.0), texts, strict=False):
        there = set(_words(text))
        total += weight * sum(
            1.0 if word in there else 0.5 * any(other.startswith(word) for other in there) for word in words
        )
    return round(total / max(1, len(words)), 4)


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def _tags(sandbox: Sandbox, model: Model) -> list[Json]:
    return [
        slug
        for slug, collection in sandbox.catalog.library.collections.items()
        if model.owner == OWNER and model.name in as_list(collection.get("models"))
    ]
