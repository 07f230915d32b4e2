"""Models come from here first, from the API when needed, and without the network from here all the same."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.services.conftest import FILES_SCHEMA, TEXT_SCHEMA, Seen, opened
from tests.support.fake_api import START, Api, Request
from tests.support.sandbox import RunningSandbox
from tui.api.errors import ApiError, NotFound

ME = "ada@here"


def model(name: str, schema: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    version = {"id": f"{name}-v1", "created_at": START.isoformat(), "openapi_schema": schema or TEXT_SCHEMA}
    return {"owner": "acme", "name": name, "run_count": 1, "latest_version": version, **fields}


def listed(api: Api, *pages: list[dict[str, Any]]) -> None:
    async def answer(request: Request) -> None:
        number = int(request.query.get("cursor", "0"))
        following = f"{api.base_url}/models?cursor={number + 1}" if number + 1 < len(pages) else None
        request.answer({"results": pages[number], "next": following, "previous": None})

    api.on["GET", "/v1/models"] = answer


async def test_pages_come_into_the_cache_one_by_one_until_the_end(api: Api, seen: Seen) -> None:
    listed(api, [model("a"), model("b")], [model("c")])
    catalogue = seen.services.catalogue
    assert await catalogue.cached() == []
    first = await catalogue.more()
    assert first is not None and [m.name for m in first] == ["a", "b"]
    second = await catalogue.more()
    assert second is not None and [m.name for m in second] == ["c"]
    assert await catalogue.more() is None
    assert [m.name for m in await catalogue.cached()] == ["a", "b", "c"]
    again = await catalogue.more(again=True)
    assert again is not None and len(again) == 2


async def test_a_model_of_the_list_opens_without_another_request(api: Api, seen: Seen) -> None:
    listed(api, [model("a")])
    await seen.services.catalogue.more()
    found = await seen.services.catalogue.model("acme/a")
    assert found.latest_version is not None and found.latest_version.openapi_schema == TEXT_SCHEMA
    assert api.seen == [("GET", "/v1/models")]


async def test_an_old_model_is_asked_for_again_and_without_a_network_it_must_do(api: Api, tmp_path: Path) -> None:
    now = [START]
    async with opened(api.base_url, tmp_path, now=lambda: now[0], sleep=lambda s: asyncio.sleep(0)) as seen:
        catalogue = seen.services.catalogue
        api.models["acme/a"] = model("a")
        await catalogue.model("acme/a")
        now[0] += timedelta(hours=2)
        api.models["acme/a"] = model("a", FILES_SCHEMA)
        newer = await catalogue.model("acme/a")
        assert newer.latest_version is not None and newer.latest_version.openapi_schema == FILES_SCHEMA
        now[0] += timedelta(hours=2)
        api.down = True
        assert (await catalogue.model("acme/a")).latest_version == newer.latest_version
        with pytest.raises(ApiError):
            await catalogue.model("acme/a", fresh=True)
        with pytest.raises(ApiError):
            await catalogue.model("acme/never-seen")


async def test_a_model_that_is_not_there_is_not_found(seen: Seen) -> None:
    with pytest.raises(NotFound):
        await seen.services.catalogue.model("acme/none")
    with pytest.raises(NotFound):
        await seen.services.catalogue.model("no-slash")


async def test_those_who_ask_at_once_ask_once(api: Api, seen: Seen) -> None:
    api.models["acme/a"] = model("a")
    found = await asyncio.gather(*(seen.services.catalogue.model("acme/a") for _ in range(5)))
    assert len({m.ref for m in found}) == 1
    assert len(api.seen) == 1


async def test_one_who_no_longer_waits_does_not_end_it_for_the_others(api: Api, seen: Seen) -> None:
    gate = asyncio.Event()

    async def slow(request: Request) -> None:
        await gate.wait()
        request.answer(model("a"))

    api.on["GET", "/v1/models/acme/a"] = slow
    one = asyncio.ensure_future(seen.services.catalogue.model("acme/a"))
    two = asyncio.ensure_future(seen.services.catalogue.model("acme/a"))
    await seen.until(lambda: api.seen)
    one.cancel()
    await asyncio.gather(one, return_exceptions=True)
    gate.set()
    assert (await two).name == "a"


async def test_everything_about_a_real_model_is_kept_with_its_age(sandbox: RunningSandbox, tmp_path: Path) -> None:
    async with opened(sandbox.base_url, tmp_path, token=sandbox.token) as seen:
        catalogue = seen.services.catalogue
        readme = await catalogue.readme("sandbox/fractal")
        assert readme.value and not readme.stale and readme.age_seconds == 0
        versions = await catalogue.versions("sandbox/fractal")
        assert versions.value and versions.value[0].openapi_schema is None
        version = await catalogue.version("sandbox/fractal", versions.value[0].id)
        assert version.openapi_schema
        examples = await catalogue.examples("sandbox/fractal")
        assert examples.value and examples.value[0].input
        collections = await catalogue.collections()
        assert collections.value
        collection = await catalogue.collection(collections.value[0].slug)
        assert collection.value.models and collection.value.models[0].owner == "sandbox"
        found = await catalogue.search("fractal")
        assert "fractal" in [m.name for m in found]
        assert (await catalogue.cached("fractal"))[0].name == "fractal"
    asked = len(sandbox.requests())
    later = {"now": lambda: seen.services.now() + timedelta(hours=3)}
    async with opened(sandbox.base_url, tmp_path, token=sandbox.token, **later) as again:
        catalogue = again.services.catalogue
        kept = await catalogue.readme("sandbox/fractal")
        assert kept.value == readme.value and kept.stale and kept.age_seconds > 3600
        assert (await catalogue.versions("sandbox/fractal")).value[0].id == versions.value[0].id
        assert (await catalogue.version("sandbox/fractal", versions.value[0].id)).openapi_schema
        assert (await catalogue.examples("sandbox/fractal")).value[0].input == examples.value[0].input
        assert [c.slug for c in (await catalogue.collections()).value] == [c.slug for c in collections.value]
        assert len((await catalogue.collection(collections.value[0].slug)).value.models) == len(collection.value.models)
        assert len(sandbox.requests()) == asked, "all of it was kept here"
        fresh = await catalogue.readme("sandbox/fractal", refresh=True)
        assert not fresh.stale
        assert len(sandbox.requests()) == asked + 1


async def test_a_model_without_a_readme_has_none(api: Api, seen: Seen) -> None:
    assert (await seen.services.catalogue.readme("acme/a")).value is None
    assert (await seen.services.catalogue.readme("acme/a")).value is None
    assert len(api.seen) == 1


async def test_models_that_repeat_themselves_under_new_cursors_end(api: Api, seen: Seen) -> None:
    cursors = iter(range(1000))

    async def again(request: Request) -> None:
        following = f"{api.base_url}/models?cursor=again{next(cursors)}"
        request.answer({"results": [model("a")], "next": following, "previous": None})

    api.on["GET", "/v1/models"] = again
    pages = [await seen.services.catalogue.more() for _ in range(6)]
    assert [page is None for page in pages] == [False, False, False, False, True, True]


async def test_a_model_that_is_not_there_is_asked_for_once_though_whoever_asked_has_gone(api: Api, seen: Seen) -> None:
    asked, told = asyncio.Event(), asyncio.Event()

    async def gone(request: Request) -> None:
        asked.set()
        await told.wait()
        request.answer({"detail": "Not found."}, 404)

    async def none(request: Request) -> None:
        request.answer({"results": [], "next": None, "previous": None})

    api.on["GET", "/v1/models/acme/gone"] = gone
    api.on["GET", "/v1/collections"] = none
    catalogue = seen.services.catalogue
    first = asyncio.ensure_future(catalogue.fill_window(["acme/gone"]))
    await asked.wait()
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    told.set()
    for _ in range(2):
        await seen.until(lambda: "acme/gone" in catalogue._missing)
        await catalogue.fill_window(["acme/gone"])
    assert api.seen.count(("GET", "/v1/models/acme/gone")) == 1
