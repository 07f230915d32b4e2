"""A creation is never sent twice: it is sent, and where its answer is lost, it is looked for.

Sending again is safe only while the request has not left, or after a refusal (429, another 4xx). After a broken
connection, a 5xx or an answer that cannot be read, the list since the send is searched for the same version with
the same input, and the match is adopted. Without one the outcome is unknown, and a person decides.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import time
from collections import Counter, OrderedDict
from collections.abc import AsyncGenerator, Awaitable, Callable, Container
from datetime import UTC, datetime, timedelta
from typing import TypeVar, cast

from tui.api.secret_marks import is_mark

from .core import Core
from .decoding import is_object
from .errors import ApiError, BadAnswer, NetworkError, OutcomeUnknown, ServerError
from .types import Creation, Page, Prediction, Target

P = TypeVar("P", bound=Prediction)

ALLOWANCE = 5.0
"""Seconds that the server's clock may differ from what its Date headers told."""
BLIND_ALLOWANCE = 120.0
"""Seconds that it may differ before it told anything."""
LOOKS = (0.5, 2.0, 5.0)
"""Seconds before each look: what was just created may take a moment to be listed."""
MAX_PAGES = 20
"""Pages that one look reads at most."""
REMEMBERED = 50_000

Send = Callable[[Callable[[], None]], Awaitable[P]]
"""Sends a creation once, calling what it is given before each try that may leave."""
ListSince = Callable[[datetime], AsyncGenerator[Page[P], None]]


class Creations:
    """What this client has created, and what it has seen, so that nothing is adopted that belongs to another."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._seen: OrderedDict[str, float] = OrderedDict()
        self._claimed: OrderedDict[str, None] = OrderedDict()
        self._in_flight: Counter[str] = Counter()
        self._settled = asyncio.Condition()
        self._looking = asyncio.Lock()

    def notice(self, prediction: Prediction) -> None:
        """Remembers when an id was first seen: what was there before a send is not what was sent."""
        if prediction.id and prediction.id not in self._seen:
            self._seen[prediction.id] = time.monotonic()
            if len(self._seen) > REMEMBERED:
                self._seen.popitem(last=False)

    async def create(
        self,
        creation: Creation,
        send: Send[P],
        list_since: ListSince[P],
        get: Callable[[str], Awaitable[P]],
    ) -> P:
        """What was created. Raises the refusal, or OutcomeUnknown where nobody knows."""
        sent = [time.monotonic()]
        lost: ApiError
        async with self._flight(_fingerprint(creation)):
            try:
                created = await send(lambda: sent.__setitem__(0, time.monotonic()))
                if created.id:
                    self._claim(created)
                    return created
                lost = BadAnswer("The answer names no id.")
            except NetworkError as error:
                if not error.sent:
                    raise
                lost = error
            except (ServerError, BadAnswer) as error:
                lost = error
        # The clock of the send: this machine's now, less the time since then.
        local = datetime.now(UTC) - timedelta(seconds=time.monotonic() - sent[0])
        found = await self._look_patiently(creation, local, sent[0], list_since, get)
        if found is not None:
            return found
        raise OutcomeUnknown(
            f"The {creation.kind} of {creation.target.ref} was sent, but its answer was lost, and it is not in the "
            f"list: it may be running all the same. ({lost})",
            request=creation,
            sent_at=self._server_time(local),
            status=lost.status,
        )

    async def find(
        self,
        creation: Creation,
        sent_at: datetime,
        list_since: ListSince[P],
        get: Callable[[str], Awaitable[P]],
        *,
        known: Container[str] = (),
        allowance: float = ALLOWANCE,
        seen_before: float | None = None,
    ) -> P | None:
        """The oldest listed match since `sent_at` that nothing else has claimed; it is claimed now."""
        since = sent_at - timedelta(seconds=allowance)
        async with self._looking:
            candidates: list[P] = []
            async with contextlib.aclosing(list_since(since)) as pages:
                count = 0
                async for page in pages:
                    count += 1
                    candidates += [item for item in page.results if _is_target(item, creation.target)]
                    oldest = page.results[-1].created_at if page.results else None
                    if count >= MAX_PAGES or (oldest is not None and oldest < since):
                        break
            for item in sorted(candidates, key=lambda item: item.created_at or since):
                if item.id in self._claimed or item.id in known or not item.id:
                    continue
                if item.created_at is not None and item.created_at < since:
                    continue
                if seen_before is not None and self._seen.get(item.id, seen_before) < seen_before:
                    continue
                whole = item if is_object(item.raw.get("input")) else await get(item.id)
                if same_input(creation.input, whole.raw.get("input")):
                    self._claim(whole)
                    return whole
        return None

    async def _look_patiently(
        self,
        creation: Creation,
        local: datetime,
        sent: float,
        list_since: ListSince[P],
        get: Callable[[str], Awaitable[P]],
    ) -> P | None:
        fingerprint = _fingerprint(creation)
        for delay in LOOKS:
            await self._core.wait(delay, "looking for a creation whose answer was lost")
            async with self._settled:
                # A twin whose answer is still to come may own the only match.
                await self._settled.wait_for(lambda: not self._in_flight[fingerprint])
            try:
                if self._core.clock_offset is None:
                    # Any answer tells the server's clock, without which only a wide window is safe.
                    async with contextlib.aclosing(list_since(local - timedelta(seconds=BLIND_ALLOWANCE))) as pages:
                        await anext(pages, None)
                allowance = BLIND_ALLOWANCE if self._core.clock_offset is None else ALLOWANCE
                moment = self._server_time(local)
                found = await self.find(creation, moment, list_since, get, allowance=allowance, seen_before=sent)
            except NetworkError:
                return None
            except ApiError:
                continue
            if found is not None:
                return found
        return None

    def _server_time(self, local: datetime) -> datetime:
        return local + timedelta(seconds=self._core.clock_offset or 0.0)

    def _claim(self, prediction: Prediction) -> None:
        self.notice(prediction)
        self._claimed[prediction.id] = None
        if len(self._claimed) > REMEMBERED:
            self._claimed.popitem(last=False)

    @contextlib.asynccontextmanager
    async def _flight(self, fingerprint: str) -> AsyncGenerator[None, None]:
        """Counts a creation as under way."""
        self._in_flight[fingerprint] += 1
        try:
            yield
        finally:
            self._in_flight[fingerprint] -= 1
            if not self._in_flight[fingerprint]:
                del self._in_flight[fingerprint]
            async with self._settled:
                self._settled.notify_all()


def same_input(sent: object, listed: object) -> bool:
    """Whether an input as listed is the one that was sent.

    Files sent as data URIs may be listed as links, and secrets as a mark; everything else must be equal.
    """
    if isinstance(sent, str) and isinstance(listed, str):
        if sent == listed or is_mark(sent) or is_mark(listed):
            return True
        return sent.startswith("data:") and listed.startswith(("http://", "https://", "data:"))
    if is_object(sent) and is_object(listed):
        return sent.keys() == listed.keys() and all(same_input(sent[key], listed[key]) for key in sent)
    if isinstance(sent, list | tuple) and isinstance(listed, list | tuple):
        one, other = cast("list[object]", sent), cast("list[object]", listed)
        return len(one) == len(other) and all(map(same_input, one, other))
    if isinstance(sent, bool) or isinstance(listed, bool):
        return sent is listed
    return sent == listed


def _is_target(item: Prediction, target: Target) -> bool:
    if target.deployment:
        return item.deployment is None or item.deployment.lower() in (target.name.lower(), target.ref.lower())
    if target.version and not target.official:
        version = target.version.rsplit(":", 1)[-1]
        return item.version in ("", version) or (item.version == "hidden" and _is_model(item, target))
    # An official model hides its version; before 2025 it named an internal model and a "d-…" version
    # (docs/replicate.md, Predictions).
    return _is_model(item, target) or item.version.startswith(("d-", "dp-"))


def _is_model(item: Prediction, target: Target) -> bool:
    return not item.model or item.model.lower() == target.ref.lower()


def _fingerprint(creation: Creation) -> str:
    """The same for two creations that could be taken for each other, without holding their input."""
    text = json.dumps([creation.kind, creation.target.ref, creation.input], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()
