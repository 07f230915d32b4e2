"""Where the reader was in each conversation, and in which one at the last time."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, TypeAlias, cast

if TYPE_CHECKING:
    from tui.services.services import Services

PLACE = "chat place"
"""Under what the store keeps where the reader was."""
Place: TypeAlias = tuple[str, int]
"""A message and a line within it."""


class ReadingPlaces:
    """The places by conversation; None is the end, which is followed."""

    def __init__(self) -> None:
        self._places: dict[str, Place | None] = {}
        self._kept: object = None

    def of(self, conversation_id: str | None) -> Place | None:
        """Where to begin in a conversation."""
        return self._places.get(conversation_id or "")

    def note(self, conversation_id: str, place: Place | None) -> None:
        """The conversation is left at that place."""
        self._places[conversation_id] = place

    def forget(self, conversation_id: str) -> None:
        """The conversation is gone."""
        self._places.pop(conversation_id, None)

    async def load(self, services: Services) -> str | None:
        """Read the place of the last time; gives the conversation."""
        found = _parsed(await services.store.meta_get(services.account, PLACE))
        conversation_id = str(found["conversation"]) if found.get("conversation") else None
        message, offset = found.get("message"), found.get("offset")
        if conversation_id and message and isinstance(offset, int):
            self._places[conversation_id] = (str(message), offset)
        return conversation_id

    def changed(self, conversation_id: str, place: Place | None) -> bool:
        """Whether the reader is elsewhere than `keep` has kept."""
        return self._kept != (conversation_id, place)

    async def keep(self, services: Services, conversation_id: str, place: Place | None) -> None:
        """Keep the place for the next start."""
        self._kept = (conversation_id, place)
        message, offset = place or ("", 0)
        found = {"conversation": conversation_id, "message": message, "offset": offset}
        await services.store.meta_set(services.account, PLACE, json.dumps(found))


def _parsed(text: str | None) -> dict[str, object]:
    try:
        found: object = json.loads(text) if text else {}
    except ValueError:
        return {}
    return cast("dict[str, object]", found) if isinstance(found, dict) else {}
