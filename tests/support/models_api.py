"""The models of the scripted API: pages of the newest, a search, collections, READMEs and examples."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tests.support.fake_api import Api, Request

SCHEMA = {
    "components": {
        "schemas": {"Input": {"type": "object", "properties": {"prompt": {"type": "string"}}}, "Output": {}},
    }
}


class Models:
    """`listed` comes page by page, newest first; the search finds all that `add` was told of."""

    def __init__(self, api: Api, page: int = 25) -> None:
        self._api = api
        self._page = page
        self.listed: list[str] = []
        self.searched: list[str] = []
        api.on["GET", "/v1/models"] = self._list
        api.on["QUERY", "/v1/models"] = self._search
        self.collect({})

    def add(
        self, ref: str, runs: int | None = 1, *, listed: bool = True, readme: str | None = None, **fields: Any
    ) -> None:
        """A model; without `listed` only the search, a collection and its own address know it."""
        owner, _, name = ref.partition("/")
        self._api.models[ref] = {
            "owner": owner,
            "name": name,
            "url": f"https://replicate.com/{ref}",
            "description": "",
            "visibility": "public",
            "run_count": runs,
            "is_official": False,
            "latest_version": {
                "id": "a" * 64, "created_at": "2026-01-01T00:00:00Z", "openapi_schema": SCHEMA, "cog_version": "0.16.0",
            },
            **fields,
        }  # fmt: skip
        if listed:
            self.listed.append(ref)
        words = f"# {name}\n\nWhat {name} is." if readme is None else readme

        async def answer(request: Request) -> None:
            if not words:
                request.answer({"detail": "not found"}, 404)
                return
            request.head(200, "text/plain", Content_Length=str(len(words.encode())))
            request.writer.write(words.encode())

        self._api.on["GET", f"/v1/models/{ref}/readme"] = answer

    def collect(self, collections: dict[str, Iterable[str]]) -> None:
        """The collections by their slugs."""

        async def all_of_them(request: Request) -> None:
            entries = [{"slug": slug, "name": slug.title(), "description": ""} for slug in collections]
            request.answer({"results": entries, "next": None, "previous": None})

        self._api.on["GET", "/v1/collections"] = all_of_them
        for slug, refs in collections.items():
            self._api.on["GET", f"/v1/collections/{slug}"] = self._collection(slug, list(refs))

    def _collection(self, slug: str, refs: list[str]) -> Any:
        async def answer(request: Request) -> None:
            models = [self._api.models[ref] for ref in refs]
            request.answer({"slug": slug, "name": slug.title(), "description": "", "models": models})

        return answer

    async def _list(self, request: Request) -> None:
        start = int(request.query.get("cursor", "0"))
        onward = start + self._page
        following = f"{self._api.base_url}/models?cursor={onward}" if onward < len(self.listed) else None
        found = [self._api.models[ref] for ref in self.listed[start:onward]]
        request.answer({"results": found, "next": following, "previous": None})

    async def _search(self, request: Request) -> None:
        text = request.body.decode()
        self.searched.append(text)
        words = text.lower().split()
        found = [
            model for ref, model in reversed(self._api.models.items())
            if all(word in f"{ref} {model['description']}".lower() for word in words)
        ]  # fmt: skip
        request.answer({"results": found[:20], "next": None, "previous": None})
