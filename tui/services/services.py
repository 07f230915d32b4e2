"""Makes all services once, each with what it needs, and closes them. Only this module knows all of them.

services = await Services.connected(settings, connection)
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
from collections.abc import Mapping
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tui.api.client import Client
from tui.api.token import Token
from tui.api.types import Prediction
from tui.forms import Form, OutputKind
from tui.forms.progress import progress as read_progress
from tui.services.bus import AccountIdentified, Bus, RateLimitChanged, Waiting
from tui.services.chat.chat_models import ChatModels
from tui.services.chat.chats import Chats
from tui.services.database_redaction import Secrets
from tui.services.deployments.deployments import Deployments
from tui.services.files.downloads import Downloads
from tui.services.files.previews import Previews
from tui.services.models.catalogue import Catalogue
from tui.services.models.catalogue_copy import CatalogueCopy
from tui.services.models.own_models import OwnModels
from tui.services.ownership import Ownership, consoles_of
from tui.services.rate_budget import RateBudget
from tui.services.runs.runs import Runs
from tui.services.runs.trainings import Trainings
from tui.services.session import Clock, Session
from tui.services.single_flight import SingleFlight
from tui.services.usage.budget import Budgets
from tui.services.usage.cost import Costs
from tui.services.usage.past import PastTimes
from tui.services.usage.prices import Prices
from tui.services.usage.usage import Usages
from tui.services.watching.text_follower import text_of
from tui.services.watching.watcher import Watcher
from tui.settings.budget import Budget
from tui.settings.prices import PriceTable
from tui.store.account_key import note_key
from tui.store.store import Store

if TYPE_CHECKING:
    from tui.connection import Connection
    from tui.services.batches.batches import Batches
    from tui.services.batches.desk import BatchDesk
    from tui.services.files.uploaded_files import UploadedFiles
    from tui.services.webhooks.desk import WebhookDesk
    from tui.settings import Settings


class Services:
    """Make one with `await Services.open(…)`; end it with `await aclose()`."""

    def __init__(
        self,
        session: Session,
        outputs_dir: Path,
        previews_dir: Path,
        prices: PriceTable,
        budget: Budget,
        *,
        note: str | None,
    ) -> None:
        """`note` is where the account's key is noted in the store; None where the key was given."""
        self.session = session
        self._note = note
        self._flights = SingleFlight()
        self.catalogue = Catalogue(session)
        self.copying = CatalogueCopy(session)
        self.watcher = Watcher(session, is_text=self._is_text)
        self.deployments = Deployments(session)
        self.prices = Prices(prices, self.deployments.hardware_of)
        self.past = PastTimes(session)
        self.costs = Costs(self.prices, self.past)
        self.usage = Usages(session, self.prices, self.deployments)
        self.budget = Budgets(session, self.usage, budget)
        self.downloads = Downloads(session, outputs_dir)
        self.previews = Previews(session, previews_dir)
        self.runs = Runs(session, self.watcher, self.downloads)
        self.own_models = OwnModels(session, self.catalogue)
        self.trainings = Trainings(session, self.catalogue, self.runs)
        self.chats = Chats(session, self.catalogue, self.runs)
        self.chat_models = ChatModels(session, self.catalogue)
        session.client.on_rate_limit = lambda rate: session.bus.publish(RateLimitChanged(rate))
        session.client.on_wait = self._waiting
        session.client.limit_creations(RateBudget(session, self._waiting))

    @classmethod
    async def connected(cls, settings: Settings, connection: Connection) -> Services:
        """Open the services for a connection, as the settings say. Raises what `open` raises."""
        return await cls.open(
            connection.base_url,
            connection.token,
            account=connection.account_hint,
            store_path=settings.paths.store_file,
            outputs_dir=settings.paths.outputs,
            previews_dir=settings.paths.previews,
            prices=settings.prices,
            budget=settings.budget,
            read_only=settings.read_only,
            headers=connection.headers,
        )

    @classmethod
    async def open(
        cls,
        base_url: str,
        token: Token | None,
        *,
        account: str | None,
        store_path: Path,
        outputs_dir: Path,
        previews_dir: Path | None = None,
        prices: PriceTable | None = None,
        budget: Budget | None = None,
        read_only: bool = False,
        headers: Mapping[str, str] | None = None,
        clock: Clock | None = None,
    ) -> Services:
        """Open the store and make the services; nothing is asked of the API.

        `account` is the key to keep everything under, where it is known ("sandbox"). Without it, it is the one
        that this token had at this address the last time. Files to look at are kept in `previews_dir`, or beside the
        store. With `read_only` the client sends no change; `headers` go to the API with each request. Raises
        StoreError, OSError, ValueError for no URL.
        """
        clock = clock or Clock()
        client = Client(base_url, token, sleep=clock.sleep, read_only=read_only, headers=headers)
        secrets = Secrets()
        store = await Store.open(
            store_path, progress=_fraction, redact=secrets.redact, question=_question, now=clock.now
        )
        try:
            await secrets.load(store)
            ownership = await asyncio.to_thread(Ownership, consoles_of(store_path))
            note = note_key(client.base_url, token)
            key = account or await store.meta_get("", note) or f"?{note[-12:]}@{_host(client.base_url)}"
        except BaseException:
            await store.close()
            raise
        username = None if key.startswith("?") else key.partition("@")[0]
        session = Session(client, store, Bus(), secrets, ownership, clock, key, username)
        services = cls(
            session,
            outputs_dir,
            previews_dir or store_path.parent / "previews",
            prices or PriceTable(),
            budget or Budget(),
            note=None if account else note,
        )
        await services.deployments.load()
        return services

    # ---- what few consoles ever use: imported when it is asked for first, which spares the others a megabyte

    @cached_property
    def batches(self) -> Batches:
        """What runs over many rows."""
        from tui.services.batches.batches import Batches

        return Batches(self.session, self.runs, self.downloads, self.prices)

    @cached_property
    def batch_desk(self) -> BatchDesk:
        """The batches that this console works on."""
        from tui.services.batches.desk import BatchDesk

        return BatchDesk(self.session, self.batches, self.catalogue)

    @cached_property
    def files(self) -> UploadedFiles:
        """What the account keeps at the Files API."""
        from tui.services.files.uploaded_files import UploadedFiles

        return UploadedFiles(self.session)

    @cached_property
    def webhooks(self) -> WebhookDesk:
        """What is delivered from here."""
        from tui.services.webhooks.desk import WebhookDesk

        return WebhookDesk(self.session, self.watcher)

    @property
    def uploads_at_work(self) -> int:
        """How many files are being uploaded by themselves."""
        return self.files.on_their_way if "files" in vars(self) else 0

    @property
    def batches_at_work(self) -> int:
        """How many batches this console works on."""
        return len(self.batch_desk.at_work) if "batch_desk" in vars(self) else 0

    @property
    def client(self) -> Client:
        """The API."""
        return self.session.client

    @property
    def store(self) -> Store:
        """What is kept on this machine."""
        return self.session.store

    @property
    def bus(self) -> Bus:
        """Where changes are published."""
        return self.session.bus

    @property
    def account(self) -> str:
        """The key that everything is kept under; see `Session.account`."""
        return self.session.account

    @property
    def username(self) -> str | None:
        """The user's name, once it is known."""
        return self.session.username

    def now(self) -> datetime:
        """The date and time, aware, UTC."""
        return self.session.clock.now()

    async def identify(self) -> str:
        """Ask whose token it is. Returns the user's name; from now on everything is kept under it.

        What was kept before the name was known is joined to it. Raises an ApiError.
        """
        session = self.session
        found = await session.client.account()
        session.username = found.username or session.username
        if self._note is not None and found.username:
            key = f"{found.username}@{_host(session.client.base_url)}"
            if key != session.account:
                old, session.account = session.account, key
                if old.startswith("?"):
                    await session.store.rename_account(old, key)
                await self.deployments.load()
                session.bus.publish(AccountIdentified(key))
                await self.runs.resume()
                await self.chats.resume()
            await session.store.meta_set("", self._note, key)
        return session.username or ""

    async def take_over(self) -> None:
        """Take up what consoles and commands have left behind that ended since the start. Raises StoreError."""
        # What is claimed must be taken up: a caller who is cancelled ends none of it.
        await self._flights.run("take over", self._take_over)

    async def _take_over(self) -> None:
        if taken := await self.runs.take_over():
            await self.chats.resume(taken)

    async def aclose(self) -> None:
        """End every task and connection, and close the store. What runs at Replicate goes on."""
        async with contextlib.AsyncExitStack() as stack:
            stack.push_async_callback(asyncio.to_thread, self.session.ownership.close)
            stack.push_async_callback(self.session.store.close)
            stack.push_async_callback(self.session.client.aclose)
            stack.push_async_callback(self.catalogue.aclose)
            stack.push_async_callback(self.deployments.aclose)
            stack.push_async_callback(self.watcher.aclose)
            stack.push_async_callback(self.downloads.aclose)
            stack.push_async_callback(self.previews.aclose)
            stack.push_async_callback(self.runs.aclose)
            stack.push_async_callback(self.chats.aclose)
            for name in ("batch_desk", "webhooks", "files"):
                if name in vars(self):
                    stack.push_async_callback(vars(self)[name].aclose)
            stack.push_async_callback(self._flights.aclose)

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


def _question(prompt: str) -> str | None:
    from tui.services.chat.model_families import last_question

    return last_question(prompt)


def _host(base_url: str) -> str:
    return urlsplit(base_url).netloc
