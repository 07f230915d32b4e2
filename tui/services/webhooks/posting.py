"""Signs a webhook, writes it down, posts it, and notes what its receiver said."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Coroutine, Mapping
from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from tui.api.token import Token
from tui.api.webhooks import signed_headers
from tui.services.bus import DeliveryChanged
from tui.services.session import Session
from tui.services.webhooks.due_events import Due
from tui.store.database import StoreError
from tui.store.deliveries import Delivery, Way

FIRST_WAIT = 0.5
LONGEST = 60.0
"""Seconds after which the last webhook is given up: "about a minute" (docs/replicate.md, Webhooks)."""
TAKEN_UP = timedelta(hours=1)
"""What was left undelivered for longer is not delivered any more: Replicate deletes the data after an hour."""
_AT_ONCE = 32


class Posting:
    """Delivers to one account's addresses."""

    def __init__(
        self,
        session: Session,
        secret: Token,
        told: Callable[[Delivery], None] = lambda _: None,
        unkept: Callable[[str], None] = lambda _: None,
    ) -> None:
        """`told` is called with each delivery once its receiver has answered, `unkept` when it cannot be noted."""
        self._session = session
        self._secret = secret
        self._told = told
        self._unkept = unkept
        self._free = asyncio.Semaphore(_AT_ONCE)

    async def post(self, url: str, prediction_id: str, due: Due, *, way: Way = "forwarded", retry: bool) -> Delivery:
        """Deliver a webhook for the first time; with `retry` until it is taken, or for a minute.

        Raises BadAnswer for what is no web address, BadSetting, ReadOnly, and BadSignature for a bad secret.
        """
        delivery = Delivery(
            id=f"msg_{secrets.token_hex(13)}",
            way=way,
            event=due.event,
            prediction_id=prediction_id,
            status=due.status,
            url=url,
            created_at=self._session.clock.now(),
        )
        await self._keep(self._session.store.deliveries.add(self._session.account, delivery, due.body))
        return await self.repeat(delivery, due.body, retry=retry)

    async def repeat(
        self, delivery: Delivery, body: bytes, *, retry: bool, headers: Mapping[str, str] | None = None
    ) -> Delivery:
        """Deliver what is written down, under the id that it has: with these headers, or newly signed at each try.

        Raises as `post` does.
        """
        clock, wait = self._session.clock, FIRST_WAIT
        until = clock.monotonic() + LONGEST
        while True:
            last = not retry or clock.monotonic() + wait >= until
            delivery = await self._once(delivery, body, headers or self._signed(delivery, body), last=last)
            if delivery.state != "waiting":
                return delivery
            await clock.sleep(wait)
            wait *= 2

    def _signed(self, delivery: Delivery, body: bytes) -> dict[str, str]:
        return signed_headers(self._secret, delivery.id, body, int(self._session.clock.now().timestamp()))

    async def _once(self, delivery: Delivery, body: bytes, headers: Mapping[str, str], *, last: bool) -> Delivery:
        session = self._session
        async with self._free:
            receipt = await session.client.post_webhook(delivery.url, headers, body)
        state = "taken" if receipt.taken else "refused" if last else "waiting"
        delivery = replace(
            delivery,
            state=state,
            attempts=delivery.attempts + 1,
            code=receipt.status,
            seconds=receipt.seconds,
            problem=receipt.problem,
            last_try=datetime.fromtimestamp(int(headers["webhook-timestamp"]), UTC),
        )
        await self._keep(session.store.deliveries.tell(session.account, delivery))
        session.bus.publish(DeliveryChanged(delivery))
        self._told(delivery)
        return delivery

    async def _keep(self, note: Coroutine[object, object, object]) -> None:
        """A full disk keeps no webhook back."""
        try:
            await note
        except StoreError as error:
            self._unkept(str(error))
