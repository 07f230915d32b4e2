"""A Cog server that runs: what it takes, what it tells of a run, its cancellation; whoever has started it."""

from __future__ import annotations

import contextlib
import re
from collections.abc import AsyncGenerator
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tui.sandbox.cogclient import CogClient, CogError, Mode
from tui.sandbox.cogwire import Update
from tui.sandbox.jsons import Obj, as_obj, as_str

if TYPE_CHECKING:
    from tui.services.local.webhook_receiver import WebhookReceiver

READY = frozenset({"READY", "BUSY"})
BROKEN = frozenset({"SETUP_FAILED", "DEFUNCT", "UNHEALTHY"})
_HOST_AND_PORT = re.compile(r"[\w.-]+:\d{1,5}|\[[0-9A-Fa-f:]+\]:\d{1,5}")


class CannotAttach(Exception):
    """No Cog server answers at an address, or it is not ready; the text is for a person."""


def address_of(word: str) -> str | None:
    """The address of a server, from a URL or HOST:PORT; None for a word that is a folder."""
    text = word.rstrip("/")
    if text.startswith(("http://", "https://")):
        return text
    return f"http://{text}" if _HOST_AND_PORT.fullmatch(text) else None


def name_of(place: str) -> str:
    """What a model is called: host and port of a server, else the folder's name."""
    address = address_of(place)
    return re.sub(r"^https?://", "", address) if address else Path(place).name


class CogServer:
    """What is asked of one server. Its webhooks are taken only where it runs on this machine."""

    def __init__(self, address: str, schema: Obj, client: CogClient, receiver: WebhookReceiver | None) -> None:
        self.address = address
        self.schema = schema
        self._client = client
        self._receiver = receiver

    @property
    def follows(self) -> bool:
        """Whether logs and output come while a run goes on."""
        return _streams(self.schema) or self._receiver is not None

    @property
    def client(self) -> CogClient:
        """What speaks with it."""
        return self._client

    async def health(self) -> Obj:
        """What it says of itself; empty where it does not answer."""
        return await self._client.health()

    async def predict(self, id: str, given: Obj) -> AsyncGenerator[Update]:
        """What it tells of one run, to its end. Raises CogError when it dies in the middle."""
        async with contextlib.aclosing(self._client.predict(id, given)) as updates:
            async for update in updates:
                yield update

    async def cancel(self, id: str) -> None:
        """Ask the model to stop."""
        await self._client.cancel(id)

    async def aclose(self) -> None:
        """Ask nothing any more; the server goes on."""
        if self._receiver is not None:
            await self._receiver.aclose()
        await self._client.aclose()


async def connect(address: str, schema: Obj, mode: Mode) -> CogServer:
    """A server whose schema is known. Raises OSError where no webhooks can be taken."""
    receiver: WebhookReceiver | None = None
    streams = _streams(schema) and mode == "predict"
    if not streams and _is_here(address):
        # The console alone has no server: then logs and output come at the end.
        with contextlib.suppress(ImportError):
            from tui.services.local.webhook_receiver import WebhookReceiver

            receiver = WebhookReceiver()
            await receiver.open()
    client = CogClient(
        address, mode, streams=streams, yields=_yields(schema), hook_url=receiver.address if receiver else None
    )
    if receiver is not None:
        receiver.told = client.hook
    return CogServer(address, schema, client, receiver)


async def attach(address: str, mode: Mode) -> CogServer:
    """A server that runs already, asked for its health and its schema. Raises CannotAttach, OSError."""
    probe = CogClient(address, mode, streams=False, yields=False, hook_url=None)
    try:
        health = await probe.health()
        status = as_str(health.get("status"))
        if not status:
            raise CannotAttach(f"no Cog server answers at {address}")
        if status in BROKEN:
            logs = as_str(as_obj(health.get("setup")).get("logs")).strip()
            raise CannotAttach(f"the Cog server at {address} is {status}{f': {logs[-500:]}' if logs else ''}")
        if status not in READY:
            raise CannotAttach(f"the Cog server at {address} is {status}: it is not ready yet")
        schema = as_obj(await probe.look("/openapi.json"))
    finally:
        await probe.aclose()
    if mode == "train" and "/trainings" not in as_obj(schema.get("paths")):
        raise CannotAttach(f"the Cog server at {address} does not train")
    return await connect(address, schema, mode)


def _streams(schema: Obj) -> bool:
    operation = as_obj(as_obj(as_obj(schema.get("paths")).get("/predictions")).get("post"))
    return operation.get("x-cog-streaming") is True


def _yields(schema: Obj) -> bool:
    output = as_obj(as_obj(as_obj(schema.get("components")).get("schemas")).get("Output"))
    return output.get("x-cog-array-type") == "iterator"


def _is_here(address: str) -> bool:
    host = urlsplit(address).hostname or ""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


__all__ = ["BROKEN", "READY", "CannotAttach", "CogError", "CogServer", "address_of", "attach", "connect", "name_of"]
