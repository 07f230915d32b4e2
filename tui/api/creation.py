"""A creation is sent once, and never taken for another's.

Sending again is safe only while the request has not left, or after a refusal (429, another 4xx). After a broken
connection, a 5xx or an answer that cannot be read the outcome is unknown. Here nothing is adopted: another process of
this account may have sent the same. `look` says what may be it; services.runs.adoption knows the other runs, and
decides.
"""

from __future__ import annotations

import contextlib
from collections import OrderedDict
from collections.abc import AsyncGenerator, Awaitable, Callable
from datetime import datetime, timedelta
from typing import TypeVar

from msgspec import Struct

from .clock import steady
from .core import Core
from .errors import ApiError, BadAnswer, NetworkError, NotFound, OutcomeUnknown, ServerError
from .recognition import Likeness, recognise
from .same_bytes import same_bytes
from .types import Creation, Page, Prediction

P = TypeVar("P", bound=Prediction)

CLOCKS_DIFFER = 0.25
"""Seconds that the clocks of two machines of the server may differ."""
MAX_PAGES = 50
"""Pages that one look reads at most."""
REMEMBERED = 50_000

Send = Callable[[Callable[[], None]], Awaitable[P]]
"""Sends a creation once, calling what it is given before each try that may leave."""
ListSince = Callable[[datetime], AsyncGenerator[Page[P], None]]


class Candidate(Struct, frozen=True):
    """A listed prediction that may be the one that was asked for."""

    prediction: Prediction
    created_at: datetime
    sure: bool
    """Whether target and input are the same, and not only may be."""


class Sighting(Struct, frozen=True):
    """What a look found, oldest first."""

    candidates: tuple[Candidate, ...]
    complete: bool
    """Whether the list was read to its end: what was not read may hold more."""


class Creations:
    """Sends creations, and looks for those whose answers were lost."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._seen: OrderedDict[str, float] = OrderedDict()

    def notice(self, prediction: Prediction) -> None:
        """Remembers when an id was first seen: what was there before a send is not what was sent."""
        if prediction.id and prediction.id not in self._seen:
            self._seen[prediction.id] = steady()
            if len(self._seen) > REMEMBERED:
                self._seen.popitem(last=False)

    async def create(self, creation: Creation, send: Send[P]) -> P:
        """What was created. Raises the refusal, or OutcomeUnknown where nobody knows."""
        sent = steady()

        def leaves() -> None:
            nonlocal sent
            sent = steady()

        lost: ApiError
        try:
            created = await send(leaves)
            if created.id:
                self.notice(created)
                return created
            lost = BadAnswer("The answer names no id.")
        except NetworkError as error:
            if not error.sent:
                raise
            lost = error
        except (ServerError, BadAnswer) as error:
            lost = error
        raise OutcomeUnknown(
            f"The {creation.kind} of {creation.target} was sent, but its answer was lost: it may be running all the "
            f"same. ({lost})",
            request=creation,
            sent=sent,
            lost=steady(),
            status=lost.status,
        )

    async def look(
        self,
        creation: Creation,
        since: datetime,
        until: datetime,
        list_since: ListSince[P],
        get: Callable[[str], Awaitable[P]],
        *,
        sent: float | None = None,
    ) -> Sighting:
        """What was created between two times of the server's clock and may be it. Raises an ApiError.

        What was seen before the mark `sent` is not what was sent then.
        """
        since -= timedelta(seconds=CLOCKS_DIFFER)
        listed: list[P] = []
        complete = True
        async with contextlib.aclosing(list_since(since)) as pages:
            count = 0
            async for page in pages:
                count += 1
                listed += page.results
                if page.results and _time(page.results[-1], since) < since:
                    break
                if count >= MAX_PAGES:
                    complete = not page.next
                    break
        found: list[Candidate] = []
        for item in {item.id: item for item in listed if item.id}.values():
            created = _time(item, since)
            if not since <= created <= until:
                continue
            if sent is not None and self._seen.get(item.id, sent) < sent:
                continue
            likeness, whole = await self._likeness(creation, item, get)
            if likeness is not Likeness.OTHER:
                found.append(Candidate(whole, created, likeness is Likeness.SAME and item.created_at is not None))
        return Sighting(tuple(sorted(found, key=lambda one: (one.created_at, one.prediction.id))), complete)

    async def _likeness(
        self, creation: Creation, item: P, get: Callable[[str], Awaitable[P]]
    ) -> tuple[Likeness, Prediction]:
        likeness, pairs = recognise(creation, item)
        whole: Prediction = item
        if likeness is Likeness.MAYBE and not pairs and not item.data_removed:
            # A list may leave out the input, or the deployment.
            try:
                whole = await get(item.id)
            except NotFound:
                return Likeness.MAYBE, item
            likeness, pairs = recognise(creation, whole)
        if likeness is Likeness.MAYBE and pairs:
            told = [await same_bytes(self._core, pair) for pair in pairs]
            if False in told:
                likeness = Likeness.OTHER
            elif None not in told:
                likeness = Likeness.SAME
        return likeness, whole


def _time(item: Prediction, otherwise: datetime) -> datetime:
    return item.created_at or otherwise
