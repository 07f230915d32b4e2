"""The client: one account at one API address, with every operation as a method."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from types import TracebackType

from .catalog_operations import CatalogOperations
from .core import Core, CreationLimit
from .creation import Creations
from .deployment_operations import DeploymentOperations
from .file_operations import FileOperations
from .model_operations import ModelOperations
from .pages import Pages as Pages
from .prediction_operations import PredictionOperations
from .streams import IDLE_SECONDS, stream
from .token import Token
from .types import Event, RateLimit
from .types import Target as Target
from .webhook_posts import Receipt, post


class Client(CatalogOperations, ModelOperations, PredictionOperations, DeploymentOperations, FileOperations):
    """Replicate's HTTP API, for one event loop. An async context manager, or to be closed with `aclose()`.

    A 429 is waited for as told, up to 10 times and 5 minutes in all. What changes nothing, or the same however
    often it is sent, is tried again after a broken connection or a 5xx, up to 3 times. A creation is never sent
    twice (see `creation`). No connection is opened, and httpx not imported, before the first request.
    """

    def __init__(
        self,
        base_url: str,
        token: Token | None,
        *,
        timeout: float = 30.0,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        read_only: bool = False,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """`base_url` is as `address.normal_base_url` takes it, or ValueError; `timeout` is in seconds of silence.

        With `read_only`, only what changes nothing is sent; the rest raises ReadOnly. `headers` go to the API's own
        origin, as the token does.
        """
        self._core = Core(base_url, token, timeout=timeout, sleep=sleep, read_only=read_only, headers=headers)
        self._creations = Creations(self._core)

    @property
    def base_url(self) -> str:
        """The API's address: a bare host with /v1, or one with a path of its own as it stands."""
        return self._core.base_url

    @property
    def rate_limit(self) -> RateLimit:
        """What the API last said of its limits."""
        return self._core.rate_limit

    @property
    def on_rate_limit(self) -> Callable[[RateLimit], None] | None:
        """Called with the limits when they changed."""
        return self._core.on_rate_limit

    @on_rate_limit.setter
    def on_rate_limit(self, callback: Callable[[RateLimit], None] | None) -> None:
        self._core.on_rate_limit = callback

    @property
    def on_wait(self) -> Callable[[float, str], None] | None:
        """Called with the seconds and the reason before each wait between two tries."""
        return self._core.on_wait

    @on_wait.setter
    def on_wait(self, callback: Callable[[float, str], None] | None) -> None:
        self._core.on_wait = callback

    def limit_creations(self, limit: CreationLimit) -> None:
        """From now on `limit` says when a creation may leave."""
        self._core.creation_limit = limit

    def stream(
        self, url: str, last_event_id: str | None = None, *, idle: float = IDLE_SECONDS
    ) -> AsyncGenerator[Event, None]:
        """See `streams.stream`."""
        return stream(self._core, url, last_event_id, idle)

    async def post_webhook(self, url: str, headers: Mapping[str, str], body: bytes) -> Receipt:
        """See `webhook_posts.post`."""
        return await post(self._core, url, headers, body)

    async def aclose(self) -> None:
        """Closes every connection."""
        await self._core.aclose()

    async def __aenter__(self) -> Client:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()
