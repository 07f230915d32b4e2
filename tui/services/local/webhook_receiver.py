"""Takes the webhooks of a Cog server that runs on this machine: what it tells of runs that it cannot stream."""

from __future__ import annotations

import asyncio
import hmac
import secrets
import socket
from collections.abc import Callable

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tui.sandbox.jsons import Obj, as_obj, loads
from tui.sandbox.server import Server


class WebhookReceiver:
    """A receiver on a port of its own; its addresses hold a key, so that nobody else is heard."""

    def __init__(self) -> None:
        self.told: Callable[[str, Obj], bool] = lambda id, body: False
        """Is given the run's id and the body, and says whether the run is known."""
        self._key = secrets.token_urlsafe(16)
        self._port = 0
        self._server: Server | None = None
        self._task: asyncio.Task[None] | None = None

    def address(self, id: str) -> str:
        """Where the webhooks of a run go."""
        return f"http://127.0.0.1:{self._port}/{self._key}/{id}"

    async def open(self) -> None:
        """Listen. Raises OSError."""
        listener = socket.create_server(("127.0.0.1", 0))
        self._port = int(listener.getsockname()[1])
        app = Starlette(routes=[Route("/{key}/{id}", self._take, methods=["POST"])])
        config = uvicorn.Config(
            app, log_config=None, access_log=False, lifespan="off", ws="none", timeout_graceful_shutdown=1
        )
        self._server = Server(config)
        self._task = asyncio.create_task(self._server.serve([listener]))
        await self._server.ready.wait()

    async def _take(self, request: Request) -> Response:
        if not hmac.compare_digest(request.path_params["key"].encode("utf-8", "replace"), self._key.encode()):
            return Response(status_code=404)
        try:
            body = as_obj(loads(await request.body()))
        except ValueError:
            return Response(status_code=400)
        return Response(status_code=200 if self.told(request.path_params["id"], body) else 404)

    async def aclose(self) -> None:
        """Listen no more."""
        if self._server is not None and self._task is not None:
            self._server.should_exit = True
            await self._task
