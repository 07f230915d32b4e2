"""A receiver of webhooks: verifies each, keeps it, answers, and only then hands it on. A plain ASGI application."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeAlias

from msgspec.structs import replace

from tui.api.decoding import is_object
from tui.api.errors import ApiError
from tui.api.text import clean_line
from tui.api.token import Token
from tui.api.webhooks import BadSignature, explain_mismatch, verify
from tui.services.bus import DeliveryChanged
from tui.services.session import Session
from tui.services.tasks import Tasks
from tui.services.webhooks.posting import TAKEN_UP, Posting
from tui.store.database import StoreError
from tui.store.deliveries import Delivery
from tui.store.rate_budgets import Bucket

Scope: TypeAlias = Mapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Mapping[str, Any]]]
Send: TypeAlias = Callable[[Mapping[str, Any]], Awaitable[None]]

MOST_BYTES = 32 * 1024 * 1024
"""A larger body is refused with 413."""
A_MINUTE = 3000.0
"""So many webhooks a minute are taken, and BURST at once; more are refused with 429."""
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
        self._posting = Posting(session, secret, told, failed)
        self._bucket = Bucket(BURST, session.clock.monotonic(), A_MINUTE, BURST)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http":
            status, text = await self._answer(scope, receive)
            headers = [(b"content-type", b"text/plain; charset=utf-8")]
            await send({"type": "http.response.start", "status": status, "headers": headers})
            await send({"type": "http.response.body", "body": f"{text}\n".encode()})

    async def start(self) -> None:
        """Hand on what an earlier one took and nobody got. Raises StoreError."""
        session = self._session
        deliveries, since = session.store.deliveries, session.clock.now() - TAKEN_UP
        for one in await deliveries.waiting(session.account, self._hand_on, since, "received") if self._hand_on else []:
            body = await deliveries.body(session.account, one.id)
            self._tasks.start(self._pass(one, body), one.id)

    async def aclose(self) -> None:
        """Hand on nothing any more. What is under way is taken up by the next one."""
        await self._tasks.aclose()

    async def _answer(self, scope: Scope, receive: Receive) -> tuple[int, str]:
        if scope["method"] != "POST":
            return 405, "Webhooks are POST requests."
        if self._bucket.take(self._session.clock.monotonic()) > 0:
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

    async def _keep(self, headers: Mapping[str, str], body: bytes) -> tuple[int, str]:
        session = self._session
        delivery = replace(
            _delivery(headers["webhook-id"], body, self._hand_on, session.clock.now()),
            last_try=datetime.fromtimestamp(int(headers["webhook-timestamp"]), UTC),
        )
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
            self._tasks.start(self._pass(delivery, body, onward), delivery.id)
        return 200, "Taken."

    async def _pass(self, delivery: Delivery, body: bytes, headers: Mapping[str, str] | None = None) -> None:
        """Hand it on as it came, or newly signed; the last one of a prediction is tried again for a minute."""
        try:
            await self._posting.repeat(delivery, body, retry=delivery.event == "completed", headers=headers)
        except ApiError as error:
            self._failed(f"{delivery.event} of {delivery.prediction_id} was not handed on: {error}")


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
