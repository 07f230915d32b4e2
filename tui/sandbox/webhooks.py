"""Webhooks to clients: signed as Standard Webhooks, at most one per half second, the last one tried again."""

import asyncio
import base64
import contextlib
import hashlib
import hmac
import importlib
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from tui.sandbox.chaos import Strike
from tui.sandbox.live import Live
from tui.sandbox.names import new_id

if TYPE_CHECKING:
    import httpx

_PAUSE = 0.5
_OTHER_KEY = "whsec_" + base64.b64encode(b"not the key of this account").decode()
_PATIENCE = 60.0


def signature(key: str, webhook_id: str, timestamp: int, body: bytes) -> str:
    """`v1,` and the base64 of HMAC-SHA256 over `id.timestamp.body`, keyed by what `whsec_` hides.

    Source: docs/replicate.md, Webhooks.
    """
    secret = base64.b64decode(key.removeprefix("whsec_"))
    digest = hmac.new(secret, f"{webhook_id}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode()


class Webhooks:
    """Follows live jobs that asked for webhooks.

    `render` gives the body of a job as GET would answer it, `strike` what a plan of faults does to the next one.
    """

    def __init__(self, key: str, render: Callable[[Live], bytes], strike: Callable[[], Strike]) -> None:
        self._key = key
        self._render = render
        self._strike = strike
        self._client: httpx.AsyncClient | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def follow(self, live: Live) -> None:
        """Sends what this job asked for, from now to its end."""
        if live.job.webhook:
            starts: list[bytes] = []
            if "start" in live.job.webhook_events:
                # Taken at that moment: a quick job may have ended before this task is back.
                live.on_begin = lambda: starts.append(self._render(live))
            task = asyncio.create_task(self._follow(live, live.job.webhook, starts))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Gives what is under way a moment, then gives up."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=0.5)
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._client is not None:
            await self._client.aclose()

    async def drop(self) -> None:
        """Sends no more of what was asked for so far."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _follow(self, live: Live, url: str, starts: list[bytes]) -> None:
        job, outputs, logged, last = live.job, 0, 0, 0.0
        wanted = set(job.webhook_events)
        while not job.done:
            if starts:
                await self._send(url, new_id(), starts.pop())
                continue
            fresh = ("output" in wanted and live.outputs > outputs) or ("logs" in wanted and live.logged > logged)
            if not fresh:
                await live.next_change()
                continue
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(live.until_done(), max(0.0, last + _PAUSE - time.monotonic()))
            if not job.done:
                outputs, logged, last = live.outputs, live.logged, time.monotonic()
                await self._send(url, new_id(), self._render(live))
        if starts:
            await self._send(url, new_id(), starts.pop())
        if "completed" in wanted:
            await self._send_last(url, self._render(live))

    async def _send_last(self, url: str, body: bytes) -> None:
        webhook_id, wait, until = new_id(), 0.5, time.monotonic() + _PATIENCE
        while not await self._send(url, webhook_id, body) and time.monotonic() + wait < until:
            await asyncio.sleep(wait)
            wait *= 2

    async def _send(self, url: str, webhook_id: str, body: bytes) -> bool:
        """Whether it was taken with a 2xx, or lost on purpose. Redirects are not followed."""
        struck = self._strike()
        await asyncio.sleep(struck.latency)
        if struck.fault == "drop":
            return True
        if self._client is None:
            await asyncio.to_thread(importlib.import_module, "httpx")
        import httpx

        self._client = self._client or httpx.AsyncClient(timeout=5, follow_redirects=False, trust_env=False)
        now = int(time.time())
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "Replicate/1.0",
            "webhook-id": f"msg_{webhook_id}",
            "webhook-timestamp": str(now),
            "webhook-signature": signature(
                _OTHER_KEY if struck.fault == "forged" else self._key, f"msg_{webhook_id}", now, body
            ),
        }
        try:
            if struck.fault == "twice":
                await self._client.post(url, content=body, headers=headers)
            return (await self._client.post(url, content=body, headers=headers)).is_success
        except (httpx.HTTPError, httpx.InvalidURL, ValueError):
            return False
