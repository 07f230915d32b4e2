"""The whole catalogue is copied page by page, goes on after a stop, and later only as far as something changed."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from tests.services.conftest import TEXT_SCHEMA, Seen
from tests.support.fake_api import START, Api, Request
from tui.api.errors import ApiError
from tui.services.models.catalogue_copy import CatalogueCopy, Copied
from tui.services.session import Clock


def model(number: int, age: int | None = None) -> dict[str, Any]:
    """A model whose version is so many hours old."""
    made = START - timedelta(hours=number if age is None else age)
    version = {"id": f"v{number}", "created_at": made.isoformat(), "openapi_schema": TEXT_SCHEMA}
    return {"owner": "acme", "name": f"m{number}", "run_count": 1, "latest_version": version}


class Listing:
    """Pages of two models at /v1/models, newest version first; `fail` is a page that breaks."""

    def __init__(self, api: Api, *models: dict[str, Any]) -> None:
        self.models, self.fail, self.forgets = list(models), -1, False
        self.asked: list[int] = []
        self._api = api
        api.on["GET", "/v1/models"] = self.answer

    async def answer(self, request: Request) -> None:
        page = int(request.query.get("cursor", "0"))
        self.asked.append(page)
        if page == self.fail:
            return request.answer({"detail": "not now"}, 403)
        if page and self.forgets:
            return request.answer({"detail": "unknown cursor"}, 404)
        found = self.models[page * 2 : page * 2 + 2]
        more = len(self.models) > page * 2 + 2
        following = f"{self._api.base_url}/models?cursor={page + 1}" if more else None
        return request.answer({"results": found, "next": following, "previous": None})


def copying(seen: Seen) -> CatalogueCopy:
    """A copy that does not wait between two pages."""
    return CatalogueCopy(replace(seen.services.session, clock=Clock(sleep=lambda seconds: asyncio.sleep(0))))


async def names(seen: Seen) -> set[str]:
    return {found.name for found in await seen.services.catalogue.cached()}


async def test_everything_is_copied_without_schemas_and_each_page_is_told(api: Api, seen: Seen) -> None:
    Listing(api, *map(model, range(5)))
    told: list[Copied] = []
    done = await copying(seen).run(told.append)
    assert (done.models, done.pages, done.whole, done.done) == (5, 3, True, True)
    assert [far.models for far in told] == [2, 4, 5]
    assert await names(seen) == {f"m{n}" for n in range(5)}
    kept = await seen.services.store.model(seen.services.account, "acme/m3")
    assert kept is not None and kept[0].latest_version is not None
    assert kept[0].latest_version.openapi_schema is None


async def test_a_copy_that_broke_off_goes_on_with_the_page_that_is_missing(api: Api, seen: Seen) -> None:
    listing = Listing(api, *map(model, range(6)))
    listing.fail = 2
    with pytest.raises(ApiError):
        await copying(seen).run(lambda far: None)
    assert await names(seen) == {"m0", "m1", "m2", "m3"}
    listing.fail, listing.asked = -1, []
    done = await copying(seen).run(lambda far: None)
    assert listing.asked == [2]
    assert (done.models, done.whole) == (6, True)


async def test_a_copy_that_is_cancelled_keeps_what_came(api: Api, seen: Seen) -> None:
    listing = Listing(api, *map(model, range(6)))
    copy = copying(seen)
    task: asyncio.Task[Copied]

    def stop(far: Copied) -> None:
        task.cancel()

    task = asyncio.ensure_future(copy.run(stop))
    with pytest.raises(asyncio.CancelledError):
        await task
    listing.asked = []
    await copying(seen).run(lambda far: None)
    assert listing.asked == [1, 2]


async def test_the_next_copy_asks_only_as_far_as_something_changed(api: Api, seen: Seen) -> None:
    listing = Listing(api, *map(model, range(1, 9)))
    await copying(seen).run(lambda far: None)
    listing.asked = []
    await copying(seen).run(lambda far: None)
    assert listing.asked == [0]
    listing.models = [model(n, age=-n) for n in (100, 101, 102)] + listing.models
    listing.asked = []
    done = await copying(seen).run(lambda far: None)
    assert listing.asked == [0, 1, 2]
    assert not done.whole
    assert {"m100", "m101", "m102", "m8"} <= await names(seen)


async def test_an_address_that_the_api_has_forgotten_begins_the_copy_again(api: Api, seen: Seen) -> None:
    listing = Listing(api, *map(model, range(6)))
    listing.fail = 1
    with pytest.raises(ApiError):
        await copying(seen).run(lambda far: None)
    listing.fail, listing.forgets, listing.asked = -1, True, []
    with pytest.raises(ApiError):
        await copying(seen).run(lambda far: None)
    assert listing.asked[:2] == [1, 0]
