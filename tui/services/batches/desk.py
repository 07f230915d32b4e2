"""The batches that this console works on, beside everything else that it does.

A batch goes on until it has ended, is paused, or the console is closed; whoever goes on with it later loses nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from tui.api.errors import ApiError
from tui.api.types import Target
from tui.forms import Form
from tui.services.batches.batches import BatchError, Batches, targets_of
from tui.services.bus import BatchChanged
from tui.services.models.catalogue import Catalogue
from tui.services.models.endpoint import endpoint
from tui.services.session import Session
from tui.services.tasks import Tasks
from tui.store.batch import Batch
from tui.store.database import StoreError


class BatchDesk:
    """Works on batches in the background. One for a console."""

    def __init__(self, session: Session, batches: Batches, catalogue: Catalogue) -> None:
        self._session = session
        self._batches = batches
        self._catalogue = catalogue
        self._tasks = Tasks("batches")
        self._pauses: dict[str, asyncio.Event] = {}
        self.trouble: dict[str, str] = {}
        """Why a batch could not be gone on with, in a sentence."""

    @property
    def at_work(self) -> frozenset[str]:
        """The batches that are being worked on here."""
        return frozenset(self._pauses)

    async def state(self, batch: Batch) -> str:
        """As `Batches.state`; "pausing" while nothing more is sent and what is live is waited for."""
        state = await self._batches.state(batch)
        pause = self._pauses.get(batch.id)
        return "pausing" if state == "running" and pause is not None and pause.is_set() else state

    def go_on(self, batch_id: str, hidden: Mapping[str, object] | None = None, *, send_unknown: bool = False) -> None:
        """Go on with a batch. `hidden` are the secrets that every row gets; see `Batches.work` for `send_unknown`."""
        if batch_id in self._pauses:
            return
        self._pauses[batch_id] = asyncio.Event()
        self.trouble.pop(batch_id, None)
        self._tasks.start(self._work(batch_id, hidden or {}, send_unknown=send_unknown), batch_id)

    def pause(self, batch_id: str) -> None:
        """Send nothing more of a batch; what is live comes to its end."""
        if (pause := self._pauses.get(batch_id)) is not None:
            pause.set()

    async def cancel(self, batch_id: str) -> None:
        """End a batch: what is live of it is canceled. Raises BatchError, StoreError."""
        await self._batches.ask_to_cancel(batch_id)
        # Who works on it sees that; where nobody does, it is done here.
        self.go_on(batch_id)

    async def aclose(self) -> None:
        """Stop. What was sent runs on, and is taken up when the batch goes on."""
        await self._tasks.aclose()

    async def _work(self, batch_id: str, hidden: Mapping[str, object], *, send_unknown: bool) -> None:
        batch: Batch | None = None
        try:
            batch = await self._batches.get(batch_id)
            batch = await self._batches.work(
                batch_id,
                await self._runnables(batch),
                hidden=hidden,
                tell=lambda now: self._session.bus.publish(BatchChanged(now)),
                send_unknown=send_unknown,
                pause=self._pauses[batch_id],
            )
        except (ApiError, BatchError, StoreError) as error:
            what = f"{batch.model}: " if isinstance(error, ApiError) and batch is not None else ""
            self.trouble[batch_id] = f"{what}{error}"
        finally:
            self._pauses.pop(batch_id, None)
            if batch is not None:
                self._session.bus.publish(BatchChanged(batch))

    async def _runnables(self, batch: Batch) -> list[tuple[Target, Form]]:
        found: list[tuple[Target, Form]] = []
        for target in targets_of(batch):
            sent_to, version = await endpoint(self._session.client, self._catalogue, target)
            found.append((sent_to, Form.parse(version.openapi_schema if version else None)))
        return found
