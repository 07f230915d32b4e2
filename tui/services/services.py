"""Everything that goes on over time, made once: the client, the store, and what works on them.

services = await Services.open(base_url, token, account=None, store_path=path, outputs_dir=folder)
try:
    await services.runs.resume()
    await services.chats.resume()
    await services.identify()
finally:
    await services.aclose()
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from tui.api.client import Client
from tui.api.token import Token
from tui.api.types import Prediction
from tui.forms import Form, OutputKind
from tui.forms.progress import progress as read_progress
from tui.services.chat.chats import Chats
from tui.services.deployments.deployments import Deployments
from tui.services.files.downloads import Downloads
from tui.services.models.catalogue import Catalogue
from tui.services.models.catalogue_copy import Copying
from tui.services.models.own_models import OwnModels
from tui.services.runs.runs import Runs
from tui.services.runs.trainings import Trainings
from tui.services.secret_inputs import Secrets
from tui.services.usage.prices import Prices
from tui.services.watching.text_follower import text_of
from tui.services.watching.watcher import Watcher
from tui.store.account_key import note_key
from tui.store.store import Store

from .bus import Bus, RateLimitChanged, Waiting
from .ownership import Ownership


class Services:
    """Make one with `await Services.open(…)`; end it with `await aclose()`."""

    def __init__(
        self,
        client: Client,
        store: Store,
        bus: Bus,
        ownership: Ownership,
        secrets: Secrets,
        *,
        account: str,
        known: bool,
        note: str,
        outputs_dir: Path,
        now: Callable[[], datetime],
        clock: Callable[[], float],
        sleep: Callable[[float], Awaitable[object]],
    ) -> None:
        self.client = client
        self.store = store
        self.bus = bus
        self.ownership = ownership
        self.secrets = secrets
        self.account = account
        """The key that everything is kept under. It changes once, when `identify` learns the user's name."""
        self.username: str | None = None
        """The user's name, once it is known."""
        self.now = now
        self.sleep = sleep
        self._account_given = known
        self._note = note
        self.catalogue = Catalogue(client, store, secrets, lambda: self.account, now)
        self.copying = Copying(client, store, lambda: self.account, sleep)
        self.watcher = Watcher(
            client, store, bus, lambda: self.account, is_text=self._is_text, now=now, clock=clock, sleep=sleep
        )
        self.deployments = Deployments(client, store, bus, lambda: self.account, now)
        self.prices = Prices(hardware_of=self.deployments.hardware_of)
        self.downloads = Downloads(client, store, bus, outputs_dir, lambda: self.account, sleep)
        self.runs = Runs(self)
        self.own_models = OwnModels(self)
        self.trainings = Trainings(self)
        self.chats = Chats(self, clock)
        client.on_rate_limit = lambda rate: bus.publish(RateLimitChanged(rate))
        client.on_wait = self._waiting

    @classmethod
    async def open(
        cls,
        base_url: str,
        token: Token | None,
        *,
        account: str | None,
        store_path: Path,
        outputs_dir: Path,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> Services:
        """Open the store and make the services; nothing is asked of the API.

        `account` is the key to keep everything under, where it is known ("sandbox"). Without it, it is the one
        that this token had at this address the last time. Raises StoreError, OSError, ValueError for no URL.
        """
        client = Client(base_url, token, sleep=sleep)
        secrets = Secrets()
        store = await Store.open(store_path, progress=_fraction, redact=secrets.redact, now=now)
        try:
            await secrets.load(store)
            ownership = await asyncio.to_thread(Ownership, store_path.with_name(f"{store_path.name}.consoles"))
            note = note_key(client.base_url, token)
            key = account or await store.meta_get("", note) or f"?{note[-12:]}@{_host(client.base_url)}"
        except BaseException:
            await store.close()
            raise
        services = cls(
            client,
            store,
            Bus(),
            ownership,
            secrets,
            account=key,
            known=account is not None,
            note=note,
            outputs_dir=outputs_dir,
            now=now,
            clock=clock,
            sleep=sleep,
        )
        await services.deployments.load()
        if not key.startswith("?"):
            services.username = key.partition("@")[0]
        return services

    async def identify(self) -> str:
        """Ask whose token it is. Returns the user's name; from now on everything is kept under it.

        What was kept before the name was known is joined to it. Raises an ApiError.
        """
        found = await self.client.account()
        self.username = found.username or self.username
        if not self._account_given and found.username:
            key = f"{found.username}@{_host(self.client.base_url)}"
            if key != self.account:
                old, self.account = self.account, key
                if old.startswith("?"):
                    await self.store.rename_account(old, key)
                await self.deployments.load()
                await self.runs.resume()
                await self.chats.resume()
            await self.store.meta_set("", self._note, key)
        return self.username or ""

    async def aclose(self) -> None:
        """End every task and connection, and close the store. What runs at Replicate goes on."""
        async with contextlib.AsyncExitStack() as stack:
            stack.push_async_callback(asyncio.to_thread, self.ownership.close)
            stack.push_async_callback(self.store.close)
            stack.push_async_callback(self.client.aclose)
            stack.push_async_callback(self.catalogue.aclose)
            stack.push_async_callback(self.deployments.aclose)
            stack.push_async_callback(self.watcher.aclose)
            stack.push_async_callback(self.downloads.aclose)
            stack.push_async_callback(self.runs.aclose)
            stack.push_async_callback(self.chats.aclose)

    async def _is_text(self, prediction: Prediction) -> bool:
        """Whether its model says that its output is text. Raises an ApiError."""
        if not prediction.model:
            return text_of(prediction.output) is not None
        model = await self.catalogue.model(prediction.model)
        form = Form.parse(model.latest_version.openapi_schema if model.latest_version else None)
        return form.output in (OutputKind.TEXT, OutputKind.TEXT_STREAM)

    def _waiting(self, seconds: float, reason: str) -> None:
        self.runs.waiting(seconds, reason)
        self.bus.publish(Waiting(seconds, reason))


def _fraction(logs: str) -> float | None:
    found = read_progress(logs)
    return found.fraction if found else None


def _host(base_url: str) -> str:
    return urlsplit(base_url).netloc
