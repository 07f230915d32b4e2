"""The console's webhooks: what is delivered while it is open, and what was delivered before."""

from __future__ import annotations

import asyncio
import json
import shlex
from collections.abc import Callable
from typing import cast
from urllib.parse import urlsplit

from tui.api.decoding import is_object
from tui.api.errors import NotFound
from tui.api.token import Token
from tui.api.types import Prediction
from tui.api.webhooks import signed_headers
from tui.services.session import Session
from tui.services.watching.watcher import Watcher
from tui.services.webhooks.due_events import Due, body_of, event_named
from tui.services.webhooks.forwarding import Forwarding, Route
from tui.services.webhooks.posting import Posting
from tui.store.deliveries import Delivery

_ADDRESS = "webhooks: address"


class WebhookDesk:
    """One per console. What it delivers is published as DeliveryChanged."""

    def __init__(self, session: Session, watcher: Watcher) -> None:
        self._session = session
        self._watcher = watcher
        self._forwarding: Forwarding | None = None
        self._turn = asyncio.Lock()
        self._secret: Token | None = None
        self.route: Route | None = None
        """Where webhooks are delivered; None while none are."""
        self.trouble = ""
        """What kept the last webhook back, in words."""

    # ---- forwarding

    async def last_address(self) -> str:
        """The address that was forwarded to last; empty for none. Raises StoreError."""
        return await self._session.store.meta_get(self._session.account, _ADDRESS) or ""

    async def forward(self, route: Route) -> None:
        """Deliver to an address from now on, and to no other. Raises ApiError and StoreError."""
        # A second call waits for the first: two at once would deliver everything twice.
        async with self._turn:
            await self._stop()
            forwarding = Forwarding(self._session, self._watcher, route, lambda _: None, self._failed)
            try:
                await forwarding.start()
                await self._session.store.meta_set(self._session.account, _ADDRESS, route.url)
            except BaseException:
                await forwarding.aclose()
                raise
            self._forwarding, self.route, self.trouble = forwarding, route, ""

    async def stop(self) -> None:
        """Deliver nothing any more. What is under way is taken up by the next to forward there."""
        async with self._turn:
            await self._stop()

    async def _stop(self) -> None:
        forwarding, self._forwarding, self.route = self._forwarding, None, None
        if forwarding is not None:
            await forwarding.aclose()

    def _failed(self, why: str) -> None:
        self.trouble = why

    # ---- one by one

    async def send(self, prediction_id: str, url: str, event: str = "completed") -> Delivery:
        """Deliver one webhook, newly signed, once. Raises ApiError and StoreError."""
        found = await self._prediction(prediction_id)
        return await self._post(prediction_id, url, Due(event_named(event), found.status, body_of(found)))

    async def send_again(self, delivery: Delivery, url: str) -> Delivery:
        """Deliver the same body once more, newly signed. Raises ApiError and StoreError."""
        body = await self.body(delivery.id)
        due = Due(event_named(delivery.event), delivery.status, body)
        return await self._post(delivery.prediction_id, url, due)

    async def _post(self, prediction_id: str, url: str, due: Due) -> Delivery:
        posting = Posting(self._session, await self.secret(), unkept=self._failed)
        return await posting.post(url, prediction_id, due, way="sent", retry=False)

    async def _prediction(self, id: str) -> Prediction:
        kept = await self._session.store.get(self._session.account, id)
        if kept is not None and kept.row.whole:
            return kept.prediction
        try:
            return await self._session.client.prediction(id)
        except NotFound:
            return await self._session.client.training(id)

    # ---- what was delivered

    async def newest(self, limit: int) -> list[Delivery]:
        """The newest deliveries. Raises StoreError."""
        return await self._session.store.deliveries.newest(self._session.account, limit)

    async def body(self, id: str) -> bytes:
        """What was sent. Raises StoreError."""
        return await self._session.store.deliveries.body(self._session.account, id)

    async def before(self, delivery: Delivery) -> bytes:
        """The body of the delivery of the same prediction before; empty where there is none. Raises StoreError."""
        deliveries, account = self._session.store.deliveries, self._session.account
        earlier = await deliveries.before(account, delivery)
        return b"" if earlier is None else await deliveries.body(account, earlier.id)

    async def secret(self) -> Token:
        """The secret that signs, asked for once. Raises ApiError."""
        if self._secret is None:
            self._secret = await self._session.client.webhook_secret()
        return self._secret

    async def headers(self, delivery: Delivery, body: bytes) -> dict[str, str]:
        """The headers that it was signed with at its last try. Raises ApiError."""
        return signed_headers(await self.secret(), delivery.id, body, int(delivery.tried_at.timestamp()))

    async def aclose(self) -> None:
        """Stop delivering."""
        await self.stop()


def changes(before: bytes, body: bytes) -> list[tuple[str, str]]:
    """What a body says that the one before did not: the name of each field that changed, and how."""
    old, new = _object(before), _object(body)
    found: list[tuple[str, str]] = []
    for name in dict.fromkeys([*old, *new]):
        was, now = old.get(name), new.get(name)
        if was != now:
            found.append((name, _how(was, now)))
    return found


def parsed(body: bytes) -> object:
    """The JSON value of a body; its text where it is none."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return body.decode("utf-8", "replace")


def _object(body: bytes) -> dict[str, object]:
    value = parsed(body)
    return value if is_object(value) else {}


def _how(was: object, now: object) -> str:
    if isinstance(was, str) and isinstance(now, str) and was and now.startswith(was):
        return f"{len(now) - len(was):,} letters more"
    before, after = _length(was), _length(now)
    if 0 < before < after:
        return f"{after - before:,} more, {after:,} in all"
    return f"{_short(was)} → {_short(now)}"


def _length(value: object) -> int:
    """How many items a list has; 0 for what is none."""
    return len(cast("list[object]", value)) if isinstance(value, list) else 0


def _short(value: object) -> str:
    if value is None or value in ("", [], {}):
        return "nothing"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    line = " ".join(text.split())
    return line if len(line) <= 80 else line[:79] + "…"


def written(url: str, headers: dict[str, str], body: bytes) -> Callable[[str], str]:
    """What writes a request in a language: "curl", or "http", as it goes over the line."""
    languages = {"http": as_request, "curl": as_curl}
    return lambda language: languages[language](url, headers, body)


def as_request(url: str, headers: dict[str, str], body: bytes) -> str:
    """The request as it goes over the line, as text to read."""
    parts = urlsplit(url)
    path = parts.path or "/"
    lines = [f"POST {path}{'?' + parts.query if parts.query else ''} HTTP/1.1", f"Host: {parts.netloc}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    lines.append(f"Content-Length: {len(body)}")
    return "\n".join([*lines, "", body.decode("utf-8", "replace")])


def as_curl(url: str, headers: dict[str, str], body: bytes) -> str:
    """The same as a command of the shell, byte by byte."""
    parts = [f"curl -X POST {shlex.quote(url)}"]
    parts += [f"-H {shlex.quote(f'{name}: {value}')}" for name, value in headers.items()]
    parts.append(f"--data-binary {shlex.quote(body.decode('utf-8', 'replace'))}")
    return " \\\n  ".join(parts)
