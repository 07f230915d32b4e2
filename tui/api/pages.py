"""Lists that come in pages: their `next` addresses are followed as given, one page at a time.

Source: docs/replicate.md, Pages and filters.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping
from typing import Generic, TypeVar

import msgspec

from .core import Answer, Core, Size
from .decoding import decode_each, is_object
from .errors import BadAnswer
from .list_trimmer import without_marks
from .repeats import RepeatGuard
from .types import Page

S = TypeVar("S", bound=msgspec.Struct)


class Pages(Generic[S]):
    """A list at the API. `async for item in pages` asks for a page when the one before is used up."""

    def __init__(
        self,
        core: Core,
        kind: type[S],
        address: str,
        *,
        params: Mapping[str, str | None] | None = None,
        query: str | None = None,
        notice: Callable[[S], None] | None = None,
    ) -> None:
        """`query` makes each request a QUERY with this text as its body. `notice` is shown every item."""
        self._core = core
        self._kind = kind
        self._address = address
        self._params = {name: value for name, value in (params or {}).items() if value is not None}
        self._query = query
        self._notice = notice

    async def first(self) -> Page[S]:
        """The first page. Raises an ApiError."""
        return await self._page(self._address, self._params)

    async def page(self, url: str) -> Page[S]:
        """The page at a `next` or `previous` address. Raises an ApiError."""
        return await self._page(url, None)

    async def pages(self) -> AsyncGenerator[Page[S], None]:
        """Every page, from the first. Ends at an address that was there before, and where the list repeats itself.

        Raises an ApiError.
        """
        page = await self.first()
        seen: set[str] = set()
        guard = RepeatGuard()
        while True:
            yield page
            if not page.next or page.next in seen or guard.ends(_identity(item) for item in page.results):
                return
            seen.add(page.next)
            page = await self.page(page.next)

    async def __aiter__(self) -> AsyncGenerator[S, None]:
        async for page in self.pages():
            for item in page.results:
                yield item

    async def _page(self, address: str, params: Mapping[str, str] | None) -> Page[S]:
        if self._query is None:
            answer = await self._core.request("GET", address, params=params, size=Size.LIST)
        else:
            content = self._query.encode("utf-8", "replace")
            answer = await self._core.request(
                "QUERY",
                address,
                params=params,
                body=lambda: content,
                headers={"Content-Type": "text/plain; charset=utf-8"},
            )
        page = await self._core.worked(len(answer.body), lambda: decode_page(self._kind, answer))
        if self._notice is not None:
            for item in page.results:
                self._notice(item)
        return page


def _identity(item: object) -> str:
    """What tells an item of a list from the others."""
    for name in ("id", "ref", "slug", "sku"):
        found: object = getattr(item, name, None)
        if isinstance(found, str) and found:
            return found
    return repr(item)


def decode_page(kind: type[S], answer: Answer) -> Page[S]:
    """The page that an answer holds; a bare list is one too. Raises BadAnswer for anything else."""
    value = answer.json()
    without_marks(value.get("results") if is_object(value) else value)
    if isinstance(value, list):
        return Page(results=decode_each(kind, value))  # pyright: ignore[reportUnknownArgumentType]: any JSON
    if not is_object(value) or not isinstance(value.get("results", []), list):
        raise BadAnswer("The answer is no page of a list.", status=answer.status)
    following, previous = value.get("next"), value.get("previous")
    return Page(
        results=decode_each(kind, value.get("results")),
        next=following if isinstance(following, str) and following else None,
        previous=previous if isinstance(previous, str) and previous else None,
        raw=value,
    )
