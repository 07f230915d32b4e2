"""What the palette finds beside commands: models, predictions, trainings, conversations and deployments by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from tui import wording
from tui.navigation import Place
from tui.widgets.picker import Row

if TYPE_CHECKING:
    from tui.services.services import Services

MODELS = 20
"""How many models are shown at most."""
OTHERS = 6
"""How many of the rest, of each kind."""


class Found(Struct, frozen=True):
    """One thing, and where it is."""

    row: Row
    place: Place

    def has(self, words: str) -> bool:
        """Whether every word is in what is shown of it."""
        shown = f"{self.row.words} {self.row.note}".casefold()
        return all(word in shown for word in words.casefold().split())


async def find_places(services: Services, words: str) -> list[Found]:
    """What is known here by that name. Asks nothing of the API."""
    models = await services.catalogue.cached(words, limit=MODELS)
    found = [
        Found(Row(model.ref, model.ref, (model.description or "")[:200]), Place("model", model.ref)) for model in models
    ]
    return [
        *found,
        *await _deployments(services, words),
        *await _conversations(services, words),
        *await _records(services, words),
    ]


async def _deployments(services: Services, words: str) -> list[Found]:
    found = [
        Found(
            Row(f"deployment {one.ref}", one.ref, f"deployment of {one.current_release.model}"),
            Place("deployments", one.ref),
        )
        for one in await services.deployments.kept()
        if one.current_release is not None
    ]
    return [one for one in found if one.has(words)][:OTHERS]


async def _conversations(services: Services, words: str) -> list[Found]:
    return [
        Found(
            Row(
                f"chat {one.id}",
                one.title or "a new conversation",
                f"chat with {one.model}, {wording.age(one.updated_at)} ago",
            ),
            Place("chat", one.id),
        )
        for one in (await services.chats.conversations(words))[:OTHERS]
    ]


async def _records(services: Services, words: str) -> list[Found]:
    from tui.store.filter_query import Query

    rows = await services.store.rows(services.account, Query.parse(words, kind=None), OTHERS)
    return [
        Found(
            Row(
                f"{row.kind} {row.id}",
                f"{row.model or row.kind} {row.id[:8]}",
                f"{row.kind} {row.status}, {wording.age(row.created_at)} ago · {wording.one_line(row.summary, 80)}",
            ),
            Place("trainings" if row.kind == "training" else "predictions", row.id),
        )
        for row in rows
    ]
