"""Operations on the account and on what Replicate offers: hardware, collections, search, the webhook secret."""

from __future__ import annotations

from .decoding import decode, decode_each
from .errors import BadAnswer
from .operations import Operations
from .pages import Pages
from .token import Token
from .types import Account, Collection, Hardware, SearchResults


class CatalogOperations(Operations):
    """account.get, hardware.list, collections.*, search, webhooks.default.secret.get."""

    async def account(self) -> Account:
        """Whose token this is."""
        return decode(Account, await self._core.get_object(self._core.url("account")))

    async def hardware(self) -> tuple[Hardware, ...]:
        """What models can run on. Prices are not in the API (docs/replicate.md, Deployments and hardware)."""
        answer = await self._core.request("GET", self._core.url("hardware"))
        value = await self._core.value_of(answer)
        if not isinstance(value, list):
            raise BadAnswer("The answer is no list of hardware.", status=answer.status)
        return decode_each(Hardware, value)  # pyright: ignore[reportUnknownArgumentType]: any JSON

    def collections(self) -> Pages[Collection]:
        """Every collection, without its models."""
        return Pages(self._core, Collection, self._core.url("collections"))

    async def collection(self, slug: str) -> Collection:
        """One collection with its models."""
        answer = await self._core.request("GET", self._core.url("collections", slug))
        value = await self._core.object_of(answer)
        return await self._core.worked(len(answer.body), lambda: decode(Collection, value))

    async def search(self, query: str, limit: int = 20) -> SearchResults:
        """Models, collections and pages of the documentation. `limit`, 1 to 50, is for the models."""
        params = {"query": query, "limit": str(min(max(limit, 1), 50))}
        answer = await self._core.request("GET", self._core.url("search"), params=params)
        value = await self._core.object_of(answer)
        return await self._core.worked(len(answer.body), lambda: decode(SearchResults, value))

    async def webhook_secret(self) -> Token:
        """The secret ("whsec_…") that signs webhooks (docs/replicate.md, Webhooks)."""
        value = await self._core.get_object(self._core.url("webhooks", "default", "secret"))
        key = value.get("key")
        if not isinstance(key, str) or not key.strip():
            raise BadAnswer("The answer holds no secret.")
        try:
            return Token(key)
        except ValueError:
            pass
        raise BadAnswer("The answer holds a secret that cannot be one.")
