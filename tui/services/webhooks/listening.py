"""A receiver of webhooks: verifies each, keeps it, answers, and only then hands it on. A plain ASGI application."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeAlias

from tui.api.decoding import is_object
from tui.api.errors import ApiError
from tui.api.text import clean_line
from tui.api.token import Token
from tui.api.webhook_posts import Receipt
from tui.api.webhooks import BadSignature, explain_mismatch, verify
from tui.services.bus import DeliveryChanged
from tui.services.session import Session
from tui.services.tasks import Tasks
from tui.services.webhooks.posting import FIRST_WAIT, LONGEST
from tui.store.database import StoreError
from tui.store.deliveries import Delivery

Scope: TypeAlias = Mapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Mapping[str, Any]]]
Send: TypeAlias = Callable[[Mapping[str, Any]], Awaitable[None]]

MOST_BYTES = 32 * 1024 * 1024
"""A larger body is refused with 413."""
A_SECOND = 50.0
"""So many webhooks a second are taken, and BURST at once; more are refused with 429."""
BURST = 200.0
_HANDED_ON = ("content-type", "webhook-id", "webhook-timestamp", "webhook-signature")


class Listening:
    """Takes webhooks of one account. Nothing is answered with a 2xx before it is on the disk."""

    def __init__(
        self,
        session: Session,
        secret: Token,
        told: Callable[[Delivery], None],
        failed: Callable[[str], None],
        *,
        hand_on: str = "",
    ) -> None:
        """`told` is called with each webhook that came, and again when the one at `hand_on` has answered."""
        self._session = session
        self._secret = secret
        self._told = told
        self._failed = failed
        self._hand_on = hand_on
        self._tasks = Tasks("webhooks received")
        self._tokens, self._filled = BURST, session.clock.monotonic()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http":
            status, text = await self._answer(scope, receive)
            headers = [(b"content-type", b"text/plain; charset=utf-8")]
            await send({"type": "http.response.start", "status": status, "headers": headers})
            await send({"type": "http.response.body", "body": f"{text}\n".encode()})

    async def aclose(self) -> None:
        """Hand on nothing any more."""
        await self._tasks.aclose()

    async def _answer(self, scope: Scope, receive: Receive) -> tuple[int, str]:
        if scope["method"] != "POST":
            return 405, "Webhooks are POST requests."
        if not self._admit():
            return 429, "Too many webhooks at once."
        body = await _body(receive)
        if body is None:
            return 413, f"A webhook of more than {MOST_BYTES // 1024 // 1024} MB is not taken."
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        try:
            verify(self._secret, headers, body, now=self._session.clock.now().timestamp())
        except BadSignature as error:
            reason = explain_mismatch(self._secret, headers, body)
            self._failed(" ".join(part for part in ("A webhook was refused.", str(error), reason) if part))
            return 401, str(error)
        return await self._keep(headers, body)

    def _admit(self) -> bool:
        now = self._session.clock.monotonic()
        self._tokens = min(BURST, self._tokens + (now - self._filled) * A_SECOND)
        self._filled = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True

    async def _keep(self, headers: Mapping[str, str], body: bytes) -> tuple[int, str]:
        session = self._session
        delivery = _delivery(headers["webhook-id"], body, self._hand_on, session.clock.now())
        try:
            new = await session.store.deliveries.add(session.account, delivery, body, durable=True)
        except StoreError as error:
            self._failed(f"A webhook was not taken, because it cannot be kept: {error}")
            return 503, "It cannot be kept now."
        if not new:
            return 200, "It came before."
        self._told(delivery)
        session.bus.publish(DeliveryChanged(delivery))
        if self._hand_on:
            onward = {name: headers[name] for name in _HANDED_ON if name in headers}
            self._tasks.start(self._pass(delivery, onward, body), delivery.id)
        return 200, "Taken."

    async def _pass(self, delivery: Delivery, headers: Mapping[str, str], body: bytes) -> None:
        """Hand it on as it came; the last one of a prediction is tried again for a minute."""
        session, wait = self._session, FIRST_WAIT
        until = session.clock.monotonic() + LONGEST
        while True:
            try:
                receipt = await session.client.post_webhook(self._hand_on, headers, body)
            except ApiError as error:
                receipt = Receipt(None, 0.0, str(error))
            again = delivery.event == "completed" and session.clock.monotonic() + wait < until
            state = "taken" if receipt.taken else "waiting" if again else "refused"
            delivery = replace(
                delivery,
                state=state,
                attempts=delivery.attempts + 1,
                code=receipt.status,
                seconds=receipt.seconds,
                problem=receipt.problem,
            )
            try:
                await session.store.deliveries.tell(session.account, delivery)
            except StoreError as error:
                self._failed(str(error))
            self._told(delivery)
            session.bus.publish(DeliveryChanged(delivery))
            if state != "waiting":
                return
            await session.clock.sleep(wait)
            wait *= 2


async def _body(receive: Receive) -> bytes | None:
    """The whole body; None for one that is too large."""
    parts, size = list[bytes](), 0
    while True:
        message = await receive()
        part = bytes(message.get("body", b""))
        size += len(part)
        if size > MOST_BYTES:
            return None
        parts.append(part)
        if not message.get("more_body", False):
            return b"".join(parts)


def _delivery(webhook_id: str, body: bytes, hand_on: str, now: datetime) -> Delivery:
    """What a body tells of its prediction, as far as it can be read."""
    try:
        value: object = json.loads(body)
    except (ValueError, RecursionError):
        value = None
    said = value if is_object(value) else {}

    def text(name: str) -> str:
        found = said.get(name)
        return clean_line(found, 80) if isinstance(found, str) else ""

    status = text("status")
    ended = status in ("succeeded", "failed", "canceled", "aborted")
    event = "completed" if ended else "output" if said.get("output") else "logs" if said.get("logs") else "start"
    return Delivery(
        id=clean_line(webhook_id, 120),
        way="received",
        event=event,
        prediction_id=text("id"),
        status=status,
        url=hand_on,
        created_at=now,
        state="waiting" if hand_on else "taken",
    )
