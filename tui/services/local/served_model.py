"""A model at one port: Cog's own server as it is, and beside it, under /v1, Replicate's API for its clients."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import secrets
import socket
from pathlib import Path

import httpx
import uvicorn
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from tui.sandbox.server import Server
from tui.services.local.cog_server import CogServer
from tui.services.local.served_api import ServedApi, shown
from tui.services.local.served_files import ServedFiles
from tui.services.local.served_runs import ServedRuns
from tui.services.tasks import first_of

# What belongs to one connection alone, and what Cog's server has no use for: a token is the client's.
_NOT_PASSED_ON = {b"host", b"connection", b"content-length", b"transfer-encoding", b"authorization", b"cookie"}
_OF_THE_CONNECTION = {b"connection", b"transfer-encoding", b"keep-alive"}


class ServedModel:
    """Answers on a bound socket until `aclose`. The model's own server is somebody else's to start and end."""

    def __init__(self, server: CogServer, name: str, slots: int, listener: socket.socket, folder: Path) -> None:
        """`folder` takes what clients upload."""
        self.address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        self._listener = listener
        self._cog = server.address
        self._client = httpx.AsyncClient(
            timeout=httpx.Timeout(10, read=None), limits=httpx.Limits(max_connections=None), trust_env=False
        )
        secret = f"whsec_{base64.b64encode(secrets.token_bytes(24)).decode()}"
        self._runs = ServedRuns(server, slots, secret, lambda job: shown(job, self.address))
        self._api = ServedApi(name, server.schema, self._runs, ServedFiles(folder, self.address), secret).app()
        self._server = Server(
            uvicorn.Config(
                self._answer,
                interface="asgi3",
                log_config=None,
                log_level="error",
                access_log=False,
                lifespan="off",
                ws="none",
                server_header=False,
                date_header=False,
                timeout_graceful_shutdown=1,
            )
        )
        self._task: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Answer."""
        self._task = asyncio.create_task(self._server.serve([self._listener]))
        await self._server.ready.wait()

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        if str(scope["path"]).startswith("/v1/"):
            await self._api(scope, receive, send)
            return
        request = Request(scope, receive)
        body = await request.body()
        # Cog cancels what a client waits for that goes away, and knows of it by its own connection alone.
        await first_of(self._pass_on(request, body, send), _gone(receive))

    async def _pass_on(self, request: Request, body: bytes, send: Send) -> None:
        """Cog's answer, piece by piece as it comes."""
        target = bytes(request.scope["raw_path"]).decode("latin-1")
        query = f"?{request.url.query}" if request.url.query else ""
        headers = [(name, value) for name, value in request.headers.raw if name not in _NOT_PASSED_ON]
        asked = self._client.build_request(request.method, f"{self._cog}{target}{query}", headers=headers, content=body)
        try:
            answer = await self._client.send(asked, stream=True)
        except httpx.HTTPError as error:
            told = JSONResponse({"detail": f"The model's server does not answer: {type(error).__name__}"}, 502)
            await told(request.scope, request.receive, send)
            return
        async with contextlib.aclosing(answer):
            given = [(name, value) for name, value in answer.headers.raw if name.lower() not in _OF_THE_CONNECTION]
            await send({"type": "http.response.start", "status": answer.status_code, "headers": given})
            async for piece in answer.aiter_raw():
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body", "body": b""})

    async def aclose(self) -> None:
        """Answer no more."""
        await self._runs.aclose()
        if self._task is not None:
            self._server.should_exit = True
            await self._task
        self._listener.close()
        await self._client.aclose()


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
