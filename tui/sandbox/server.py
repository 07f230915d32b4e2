"""The front of the sandbox: Host, token, limits and faults around each operation, and uvicorn below it."""

import asyncio
import contextlib
import hmac
import re
import socket
import traceback
from collections.abc import Callable, Generator
from pathlib import Path
from typing import cast

import uvicorn
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from tui.sandbox.chaos import Chaos, Strike
from tui.sandbox.context import Sandbox
from tui.sandbox.control.journal import Entry
from tui.sandbox.options import RateLimit
from tui.sandbox.problems import Problem, invalid, not_found, planned
from tui.sandbox.ratelimit import throttled
from tui.sandbox.routes.table import FAULTY, OPERATIONS, Operation

_RESOURCES = frozenset(
    operation.path.split("/")[2] for operation in OPERATIONS if operation.path.startswith("/v1/")
)  # fmt: skip
_HIDDEN_FROM_LOG = frozenset({"_sandbox", "_internal"})
Transports = dict[tuple[str, int], asyncio.Transport]


class Dropped(Exception):
    """The connection was closed on purpose; there is nothing to answer."""


def create_app(sandbox: Sandbox, transports: Transports | None = None) -> ASGIApp:
    """The sandbox as an ASGI app. `transports` lets chaos drop the connection of a request."""
    return _Front(sandbox, transports if transports is not None else {})


class _Front:
    def __init__(self, sandbox: Sandbox, transports: Transports) -> None:
        self._sandbox = sandbox
        self._transports = transports
        self._routes = [(_compile(operation.path), operation) for operation in OPERATIONS]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        # A client whose base URL ends in /v1 while its paths begin with it is still understood.
        path = str(scope["path"]).replace("/v1/v1/", "/v1/", 1)
        if path.split("/", 2)[1:2] and path.split("/", 2)[1] in _RESOURCES:
            path = f"/v1{path}"
        scope["path"] = path
        query = bytes(scope["query_string"]).decode("latin-1")
        entry = Entry(str(scope["method"]), path, query, scope["headers"])
        scope["sandbox.operations"] = FAULTY
        journal = self._sandbox.journal

        async def taken() -> Message:
            message = await receive()
            if message["type"] == "http.request":
                entry.take(message.get("body", b""))
            return message

        request = Request(scope, taken)

        def drop() -> None:
            client = cast("tuple[str, int] | None", scope.get("client"))
            transport = self._transports.get(tuple(client[:2])) if client else None  # type: ignore[arg-type]
            if transport is not None:
                transport.abort()

        scope["sandbox.drop"] = drop
        scope["sandbox.origin"] = self._sandbox.addresses.origin_of(
            str(scope.get("scheme", "http")),
            request.headers.get("host", ""),
            (request.headers.get("x-forwarded-proto", ""), request.headers.get("x-forwarded-host", "")),
        )

        async def noted(message: Message) -> None:
            if message["type"] == "http.response.start":
                entry.status = message["status"]
            await send(message)

        try:
            if self._sandbox.options.cors and request.method == "OPTIONS":
                response = Response(status_code=204)
            else:
                response = await self._answer(request, entry, drop)
            if self._sandbox.options.cors:
                response.headers.update(_cors(request))
            await response(scope, receive, noted)
        except ClientDisconnect:
            pass
        except Dropped:
            await _closed(receive)
        finally:
            journal.ended(entry)

    async def _answer(self, request: Request, entry: Entry, drop: Callable[[], None]) -> Response:
        sandbox = self._sandbox
        struck = Strike()
        headers: dict[str, str] = {}
        operation: Operation | None = None
        try:
            if not sandbox.addresses.accepts(request.headers.get("host", "")):
                raise Problem(421, "This sandbox does not answer for that Host", "Misdirected request")
            operation, allowed = self._match(request)
            entry.operation = operation.id if operation else None
            if operation is None or operation.id not in _HIDDEN_FROM_LOG:
                sandbox.journal.add(entry)
            if operation is not None and operation.id not in {*_HIDDEN_FROM_LOG, "stream", "page"}:
                struck = self._strike(operation, request)
                request.scope["sandbox.strike"] = struck
                await _before(struck, drop)
            if operation is None or operation.access == "token":
                self._check_token(request)
                sandbox.addresses.remember(request.scope["sandbox.origin"])
            if operation is None:
                raise _unmatched(allowed)
            if operation.access == "token" and operation.id not in _HIDDEN_FROM_LOG:
                self._count(operation, headers)
            response = await self._handled(operation, request)
        except Problem as problem:
            response = problem.response()
        except (ClientDisconnect, Dropped):
            raise
        except Exception:  # noqa: BLE001 - the edge of a request: it gets an answer, the trace goes to stderr
            traceback.print_exc()
            response = Problem(500, "The sandbox made a mistake; its stderr says more", "Server error").response()
        response.headers.update(headers)
        if struck.fault == "lost":
            drop()
            raise Dropped
        return _Half(response, drop) if struck.fault == "half" else response

    async def _handled(self, operation: Operation, request: Request) -> Response:
        elsewhere = self._sandbox.elsewhere
        if elsewhere is not None and operation.id not in _HIDDEN_FROM_LOG:
            response = await elsewhere.answer(request)
            if response is not None:
                return response
        return await operation.handler(self._sandbox, request)

    def _strike(self, operation: Operation, request: Request) -> Strike:
        """What the plan, or else the request's own wish, does to it."""
        wish = request.headers.get("sandbox-chaos")
        if wish is None:
            return self._sandbox.chaos.strike(operation.id)
        try:
            plan = Chaos(",".join(f"{operation.id}:{fault.strip()}" for fault in wish.split(",")))
            plan.check(FAULTY)
        except ValueError as error:
            raise invalid(f"Sandbox-Chaos: {error}") from None
        return plan.strike(operation.id)

    def _match(self, request: Request) -> tuple[Operation | None, list[str]]:
        """The operation, or else the methods that the path knows."""
        allowed: list[str] = []
        for pattern, operation in self._routes:
            match = pattern.fullmatch(request.scope["path"])
            if match and operation.method == request.method:
                request.scope["path_params"] = match.groupdict()
                return operation, []
            if match and operation.id != "page":
                allowed.append(operation.method)
        return None, allowed

    def _check_token(self, request: Request) -> None:
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        expected = self._sandbox.token.encode()
        if scheme.lower() not in {"bearer", "token"} or not hmac.compare_digest(
            given.strip().encode("utf-8", "replace"), expected
        ):
            raise Problem(401, "You did not pass a valid authentication token", "Unauthenticated")

    def _count(self, operation: Operation, headers: dict[str, str]) -> None:
        sandbox = self._sandbox
        bucket = sandbox.creations if operation.counted else sandbox.others
        passed, left, reset = bucket.take()
        headers |= {"ratelimit-remaining": str(left), "ratelimit-reset": str(reset)}
        if not passed:
            problem = throttled(sandbox.options.create_limit if operation.counted else None, reset)
            problem.headers |= headers
            raise problem


class _Half(Response):
    """Sends half of an answer's body, a file's as well, and breaks off."""

    def __init__(self, whole: Response, drop: Callable[[], None]) -> None:
        super().__init__(None, whole.status_code)
        self._whole = whole
        self._drop = drop

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        left = 0

        async def halved(message: Message) -> None:
            nonlocal left
            if message["type"] == "http.response.start":
                headers = dict(message["headers"])
                left = int(headers.get(b"content-length", b"0")) // 2
                await send(message)
                return
            piece = message.get("body", b"")[:left]
            left -= len(piece)
            await send({"type": "http.response.body", "body": piece, "more_body": True})
            if left == 0:
                asyncio.get_running_loop().call_later(0.01, self._drop)
                raise Dropped

        await self._whole(scope, receive, halved)


def _cors(request: Request) -> dict[str, str]:
    """Headers that let a page of any origin read the answer. The token is still asked for."""
    asked = request.headers.get("access-control-request-headers", "authorization, content-type, prefer, cancel-after")
    return {
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Allow-Methods": "GET, HEAD, POST, PUT, PATCH, DELETE, QUERY, OPTIONS",
        "Access-Control-Allow-Headers": asked,
        "Access-Control-Expose-Headers": "Location, Preference-Applied, Retry-After, ratelimit-remaining",
        "Access-Control-Max-Age": "600",
    }


async def _closed(receive: Receive) -> None:
    """Waits for the connection's end: until then uvicorn would log that the answer is not whole."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(1):
            while (await receive())["type"] != "http.disconnect":
                pass


async def _before(struck: Strike, drop: Callable[[], None]) -> None:
    """The faults that come before the request is processed."""
    if struck.latency:
        await asyncio.sleep(struck.latency)
    match struck.fault:
        case "drop":
            drop()
            raise Dropped
        case "429":
            raise throttled(None, max(1, round(struck.amount)))
        case "credit":
            raise throttled(RateLimit(6, burst=1), max(1, round(struck.amount)))
        case str(code) if code.isdecimal():
            raise planned(int(code))
        case _:
            return


def _unmatched(allowed: list[str]) -> Problem:
    if not allowed:
        return not_found()
    methods = ", ".join(sorted(set(allowed)))
    return Problem(405, f"Method not allowed. Allowed: {methods}", "Method not allowed", headers={"Allow": methods})


def _compile(path: str) -> re.Pattern[str]:
    pieces = re.split(r"\{(\w+)\}", path)
    kinds = {"rest": ".+"}
    return re.compile(
        "".join(
            f"(?P<{piece}>{kinds.get(piece, '[^/]+')})" if at % 2 else re.escape(piece)
            for at, piece in enumerate(pieces)
        )
    )


class Server(uvicorn.Server):
    """uvicorn without its signal handlers: who runs it decides how it ends. `ready` is set once it answers."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Starts to answer."""
        await super().startup(sockets)
        self.ready.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Nothing is captured."""
        yield


def listen(host: str, port: int) -> socket.socket:
    """A bound socket. OSError when the port is taken; port 0 takes any."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # With the protocol named, asyncio turns Nagle's algorithm off for the connections.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(2048)
        listener.setblocking(False)
    except OSError:
        listener.close()
        raise
    return listener


def make_server(sandbox: Sandbox, certificate: Path | None = None) -> Server:
    """uvicorn around the sandbox (docs/replicate.md, Cog's runtime); with TLS if a certificate is given."""
    transports: Transports = {}

    class Protocol(H11Protocol):
        """Remembers each connection's transport for as long as it is open."""

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            if self.client is not None:
                transports[self.client] = transport

        def connection_lost(self, exc: Exception | None) -> None:
            if self.client is not None:
                transports.pop(self.client, None)
            super().connection_lost(exc)

    config = uvicorn.Config(
        create_app(sandbox, transports),
        http=Protocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=1,
        timeout_keep_alive=75,
        ssl_certfile=certificate,
        ssl_keyfile=certificate,
    )
    return Server(config)
