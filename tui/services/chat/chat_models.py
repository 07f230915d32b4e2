"""Which models can be chatted with, as far as their schemas were seen; and the one to begin with."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from tui.api.errors import ApiError
from tui.services.chat.can_chat import Fit, fitness
from tui.store.filter_query import Query

if TYPE_CHECKING:
    from tui.api.types import Model
    from tui.services.models.catalogue import Catalogue
    from tui.services.session import Session

LANGUAGE = "language-models"
"""Replicate's collection of models to chat with (docs/replicate.md, Pages and filters)."""
LOOKED_AT = 200
"""The newest predictions among which a model that was chatted with is looked for."""
TRIED = 40
"""Of so many models the schema is read to find one to begin with."""
ASKED = 8
"""Of so many models that were run lately the schema is asked for, where none is known to be one to begin with."""


class ChatModels:
    """Judges models by their schemas: only these tell whether one takes a question and answers with text."""

    def __init__(self, session: Session, catalogue: Catalogue) -> None:
        self._session = session
        self._catalogue = catalogue

    async def kept(self, ref: str) -> tuple[Model, Fit] | None:
        """A model whose schema is kept here, with the verdict; nothing is asked of the API. Raises StoreError."""
        found = await self._session.store.model(self._session.account, ref)
        if found is None:
            return None
        version = found[0].latest_version
        if version is None or version.openapi_schema is None:
            return None
        return found[0], fitness(version.openapi_schema, ref)

    async def asked(self, ref: str) -> tuple[Model, Fit]:
        """A model with the verdict, asked for where its schema is not kept here. Raises an ApiError."""
        known = await self.kept(ref)
        if known is not None:
            return known
        model = await self._catalogue.model(ref)
        version = model.latest_version
        return model, fitness(version.openapi_schema if version is not None else None, ref)

    async def collected(self) -> Sequence[Model]:
        """Replicate's language models, the most run first; asked for once. Empty where they cannot be had."""
        try:
            found = (await self._catalogue.collection(LANGUAGE)).value.models
        except ApiError:
            return ()
        return sorted(found, key=lambda model: -(model.run_count or 0))

    async def to_begin_with(self) -> str:
        """The model that was run last and can be chatted with, else an official language model; "" for none known.

        It is a suggestion: nothing is run.
        """
        used = await self._used()
        return await self._first(used) or await self._official() or await self._first_asked(used)

    async def _used(self) -> list[str]:
        rows = await self._session.store.rows(self._session.account, Query(kind="prediction"), LOOKED_AT)
        return list(dict.fromkeys(row.model for row in rows if row.model))

    async def _first_asked(self, refs: Sequence[str]) -> str:
        """The first of some whose schemas are asked for, since no other model is known to be one to chat with."""
        for ref in refs[:ASKED]:
            with contextlib.suppress(ApiError):
                if _will_do(await self.asked(ref)):
                    return ref
        return ""

    async def _official(self) -> str:
        for model in await self.collected():
            if model.is_official and _will_do(await self.kept(model.ref), unseen=True):
                return model.ref
        known = await self._catalogue.cached()
        official = sorted((m for m in known if m.is_official), key=lambda model: -(model.run_count or 0))
        return await self._first(model.ref for model in official)

    async def _first(self, refs: Iterable[str]) -> str:
        for ref in list(refs)[:TRIED]:
            if _will_do(await self.kept(ref)):
                return ref
        return ""


def _will_do(known: tuple[Model, Fit] | None, *, unseen: bool = False) -> bool:
    """Whether one can begin with that model by writing; `unseen` is the answer where its schema is not kept."""
    return unseen if known is None else known[1].can and not known[1].needs_file
