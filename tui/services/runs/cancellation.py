"""Cancels predictions and trainings, one or many: paced, tried again, each outcome told.

To cancel twice is to cancel once (docs/replicate.md, Cancel), so that whatever may have been lost is simply sent again.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator, Iterable

from tui.api.errors import ApiError, NetworkError, RateLimited, ServerError
from tui.api.types import Prediction
from tui.services.session import Session
from tui.services.watching.watcher import Watcher
from tui.store.database import StoreError
from tui.store.records import Kind, Record

AT_ONCE = 4
"""Cancellations that are under way at the same time."""
TRIES = 6
"""Tries for each of many, each of which the client repeats by itself a few times."""

Outcome = tuple[str, Record | ApiError]


class Canceling:
    """Asks the API to cancel, and folds its answers in."""

    def __init__(self, session: Session, watcher: Watcher) -> None:
        self._client = session.client
        self._watcher = watcher
        self._sleep = session.clock.sleep

    async def one(self, prediction_id: str, kind: Kind) -> Record | None:
        """Cancel it. Returns its record as it is then. Raises an ApiError."""
        cancel = self._client.cancel_training if kind == "training" else self._client.cancel_prediction
        found: Prediction = await cancel(prediction_id)
        record = await self._watcher.keep(found, kind)
        if not found.is_terminal:
            self._watcher.track(prediction_id, kind)
        return record

    async def many(self, items: Iterable[tuple[str, Kind]]) -> AsyncGenerator[Outcome, None]:
        """Cancel each once, `AT_ONCE` at a time. Who stops reading stops what was not begun yet."""
        waiting = list(dict.fromkeys(items))
        outcomes: asyncio.Queue[Outcome] = asyncio.Queue()

        async def work() -> None:
            while waiting:
                prediction_id, kind = waiting.pop(0)
                outcomes.put_nowait((prediction_id, await self._patiently(prediction_id, kind)))

        count = len(waiting)
        tasks = [asyncio.ensure_future(work()) for _ in range(min(AT_ONCE, count))]
        try:
            for _ in range(count):
                yield await outcomes.get()
        finally:
            waiting.clear()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _patiently(self, prediction_id: str, kind: Kind) -> Record | ApiError:
        for tries in range(1, TRIES + 1):
            try:
                record = await self.one(prediction_id, kind)
                return record or ApiError(f"The answer to canceling {prediction_id} names nothing.")
            except (NetworkError, ServerError, RateLimited) as error:
                if tries == TRIES:
                    return error
                await self._sleep(0.5 * 2**tries * random.uniform(0.5, 1.0))  # noqa: S311 - spreads requests
            except ApiError as error:
                return error
            except StoreError as error:
                return ApiError(f"It was canceled, but that could not be written down: {error}")
        raise AssertionError("unreachable")
