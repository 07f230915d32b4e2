"""Models and what belongs to them: from what is kept here first, from the API when that is missing or asked for."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Generic, TypeVar

import msgspec

from tui.api.decoding import decode, decode_each
from tui.api.errors import ApiError, NotFound
from tui.api.repeats import RepeatGuard
from tui.api.types import Collection, Model, Prediction, Version
from tui.forms import Form
from tui.services.session import Session
from tui.services.single_flight import SingleFlight
from tui.store.catalogue import light, raw_model
from tui.store.fold import raw_of
from tui.store.model_lists import ModelOrder, ShopWindow

T = TypeVar("T")

FRESH = timedelta(hours=1)
"""How long what is kept here counts as fresh."""
WINDOW_FRESH = timedelta(days=1)
"""How long what the collections of the shop window hold counts as fresh."""
WINDOW = (
    "official", "text-to-image", "language-models", "image-editing", "text-to-video", "super-resolution",
    "image-to-text", "audio-generation", "image-restoration", "diffusion-models",
)  # fmt: skip
"""The collections that the shop window is filled from, the most telling first."""
MOST_COLLECTIONS = 6


@dataclass(frozen=True, slots=True)
class Cached(Generic[T]):
    """A value and how old it is."""

    value: T
    age_seconds: float
    stale: bool
    """Whether it is old enough to be asked for again."""


class Catalogue:
    """Reads models through the store. What is asked for twice at once is asked once."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._client = session.client
        self._store = session.store
        self._secrets = session.secrets
        self._now = session.clock.now
        self._flights = SingleFlight()
        self._next: str | None = None
        self._at_end = False
        self._guard = RepeatGuard()
        self._missing: set[str] = set()
        """What the shop window lacked and was asked for once."""
        self._window_filled = False

    async def cached(
        self,
        text: str = "",
        limit: int = 1000,
        *,
        order: ModelOrder | None = None,
        within: Sequence[Model] | None = None,
    ) -> list[Model]:
        """The models kept here that match, without their schemas, by rank unless `order` says else.

        `within` are the only ones that may be found. Asks nothing of the API.
        """
        refs = None if within is None else [model.ref for model in within]
        return await self._store.models(self._session.account, text, limit, order=order, within=refs)

    async def shop_window(self, limit: int) -> ShopWindow:
        """What to show before anything is looked for. Asks nothing of the API."""
        return await self._store.shop_window(self._session.account, limit)

    async def fill_window(self, unknown: Sequence[str]) -> None:
        """Ask for what the shop window should show and lacks: `unknown` models, and those of some collections.

        The API lists its newest models first, which hardly anybody runs. What runs most is in its collections; where
        all models are known they need not be asked for. What is not there is left out. Raises an ApiError.
        """
        for ref in unknown:
            if ref not in self._missing:
                # Whoever asked may be gone when the answer comes: it is kept all the same.
                await self._flights.run(f"window {ref}", lambda ref=ref: self._ask_for_missing(ref))
        if self._at_end or self._window_filled:
            return
        listed = [one.slug for one in (await self.collections()).value]
        wanted = [slug for slug in WINDOW if slug in listed] + [slug for slug in listed if slug not in WINDOW]
        for slug in wanted[:MOST_COLLECTIONS]:
            with contextlib.suppress(NotFound):
                kept = await self.collection(slug)
                if kept.age_seconds > WINDOW_FRESH.total_seconds():
                    await self.collection(slug, refresh=True)
        self._window_filled = True

    async def _ask_for_missing(self, ref: str) -> None:
        with contextlib.suppress(NotFound):
            await self.model(ref)
        self._missing.add(ref)

    async def more(self, *, again: bool = False) -> list[Model] | None:
        """The next page of all models, into the cache; None after the last. `again` begins at the first page.

        Raises an ApiError.
        """
        return await self._flights.run("more", lambda: self._more(again=again))

    async def search(self, text: str) -> list[Model]:
        """What the API finds for `text`, best first, into the cache. Raises an ApiError."""
        return await self._flights.run(f"search {text}", lambda: self._search(text))

    async def model(self, ref: str, fresh: bool = False) -> Model:
        """A model with its schema: as kept here, where that has the schema and is fresh, else from the API.

        Without the network, what is kept here must do. `fresh` asks in any case. Raises an ApiError.
        """
        kept = await self._store.model(self._session.account, ref)
        if kept is not None and not fresh:
            version = kept[0].latest_version
            if version is not None and version.openapi_schema is not None and self._now() - kept[1] < FRESH:
                return kept[0]
        try:
            return await self._flights.run(f"model {ref}", lambda: self._fetch_model(ref))
        except NotFound:
            raise
        except ApiError:
            if kept is None or fresh:
                raise
            return kept[0]

    async def version(self, ref: str, version_id: str) -> Version:
        """One version with its schema; a version never changes. Raises an ApiError."""
        kept = await self._store.cache_get(self._session.account, "version", f"{ref}:{version_id}")
        if kept is not None:
            return decode(Version, kept.value)
        return await self._flights.run(f"version {ref}:{version_id}", lambda: self._fetch_version(ref, version_id))

    async def readme(self, ref: str, refresh: bool = False) -> Cached[str | None]:
        """A model's README in Markdown, or None. Raises an ApiError."""
        owner, name = _parts(ref)
        return await self._through(
            "readme",
            ref,
            refresh,
            lambda: self._client.readme(owner, name),
            lambda value: value,
            lambda value: value if isinstance(value, str) else None,
        )

    async def versions(self, ref: str, refresh: bool = False) -> Cached[tuple[Version, ...]]:
        """A model's versions, newest first, without their schemas. Raises an ApiError."""
        owner, name = _parts(ref)

        async def fetch() -> tuple[Version, ...]:
            return (await self._client.versions(owner, name).first()).results

        return await self._through(
            "versions",
            ref,
            refresh,
            fetch,
            lambda found: [_without(one.raw, "openapi_schema") for one in found],
            lambda value: decode_each(Version, value),
        )

    async def examples(self, ref: str, refresh: bool = False) -> Cached[tuple[Prediction, ...]]:
        """The predictions that the model's owner shows. Raises an ApiError."""
        owner, name = _parts(ref)

        async def fetch() -> tuple[Prediction, ...]:
            return (await self._client.examples(owner, name).first()).results

        return await self._through(
            "examples",
            ref,
            refresh,
            fetch,
            lambda found: [raw_of(self._secrets.redact(one)) for one in found],
            lambda value: decode_each(Prediction, value),
        )

    async def collections(self, refresh: bool = False) -> Cached[tuple[Collection, ...]]:
        """All collections, without their models. Raises an ApiError."""

        async def fetch() -> tuple[Collection, ...]:
            return tuple([one async for one in self._client.collections()])

        return await self._through(
            "collections",
            "",
            refresh,
            fetch,
            lambda found: [_without(one.raw, "models") for one in found],
            lambda value: decode_each(Collection, value),
        )

    async def collection(self, slug: str, refresh: bool = False) -> Cached[Collection]:
        """One collection with its models, which also go into the cache. Raises an ApiError."""

        async def fetch() -> Collection:
            found = await self._client.collection(slug)
            await self._store.save_models(self._session.account, found.models)
            return found

        return await self._through(
            "collection",
            slug,
            refresh,
            fetch,
            lambda found: {**found.raw, "models": [light(raw_model(one)) for one in found.models]},
            lambda value: decode(Collection, value),
        )

    async def aclose(self) -> None:
        """Cancel what is being asked."""
        await self._flights.aclose()

    # ---- asking

    async def _through(
        self,
        kind: str,
        ref: str,
        refresh: bool,
        fetch: Callable[[], Awaitable[T]],
        pack: Callable[[T], object],
        unpack: Callable[[object], T],
    ) -> Cached[T]:
        """What is kept under (kind, ref), or what `fetch` gets, which is kept then."""
        account = self._session.account
        if not refresh:
            kept = await self._store.cache_get(account, kind, ref)
            if kept is not None:
                age = self._now() - kept.fetched_at
                return Cached(unpack(kept.value), max(0.0, age.total_seconds()), age >= FRESH)

        async def asked() -> T:
            kept = pack(await fetch())
            await self._store.cache_set(account, kind, ref, kept)
            return unpack(kept)

        return Cached(await self._flights.run(f"{kind} {ref}", asked), 0.0, stale=False)

    async def _more(self, *, again: bool) -> list[Model] | None:
        if again:
            self._next, self._at_end, self._guard, self._window_filled = None, False, RepeatGuard(), False
        if self._at_end:
            return None
        pages = self._client.models()
        page = await (pages.first() if self._next is None else pages.page(self._next))
        await self._store.save_models(self._session.account, page.results)
        repeats = self._guard.ends(model.ref for model in page.results)
        self._at_end = page.next is None or page.next == self._next or repeats
        self._next = page.next
        return list(page.results)

    async def _search(self, text: str) -> list[Model]:
        page = await self._client.search_models(text).first()
        await self._store.save_models(self._session.account, page.results)
        return list(page.results)

    async def _fetch_model(self, ref: str) -> Model:
        owner, name = _parts(ref)
        found = await self._client.model(owner, name)
        account = self._session.account
        await self._store.save_models(account, [found])
        if found.latest_version is None or found.latest_version.openapi_schema is None:
            await self._store.cache_set(account, "model", found.ref, raw_model(found))
        else:
            await self._learn(ref, found.latest_version)
        return found

    async def _fetch_version(self, ref: str, version_id: str) -> Version:
        owner, name = _parts(ref)
        try:
            found = await self._client.version(owner, name, version_id)
        except NotFound as error:
            raise NotFound(_no_version(ref, version_id), status=error.status) from error
        if found.id and found.id != version_id:
            # What was read for another version would be judged by the wrong schema.
            raise NotFound(_no_version(ref, version_id), status=404)
        await self._store.cache_set(
            self._session.account, "version", f"{ref}:{version_id}", found.raw or msgspec.to_builtins(found)
        )
        await self._learn(ref, found)
        return found

    async def _learn(self, ref: str, version: Version) -> None:
        await self._secrets.learn(self._store, Form.parse(version.openapi_schema), ref, version.id)


def _no_version(ref: str, version_id: str) -> str:
    """Why there is no such version, for people who wrote `:latest`, a tag or a short id."""
    if version_id.lower() == "latest":
        return f"{ref} has no version named 'latest': write {ref} alone for its latest version."
    if len(version_id) < 64:
        return f"{ref} has no version {version_id!r}: a version's id has 64 digits and is written whole."
    return f"{ref} has no version {version_id[:12]}…: it was deleted, or is another model's."


def _parts(ref: str) -> tuple[str, str]:
    owner, _, name = ref.partition("/")
    return owner, name


def _without(raw: dict[str, object], *names: str) -> dict[str, object]:
    return {key: value for key, value in raw.items() if key not in names}
