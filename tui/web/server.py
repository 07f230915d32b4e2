"""Serves the console to browsers that were let in, and nothing at all to any other.

textual-serve has the terminal for the page and the protocol between page and console; its own server knows no reader
from another, starts consoles in a shell, fetches a font from elsewhere, and shows what is downloaded as its own page.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote, urlsplit

import textual_serve
from aiohttp import WSCloseCode, WSMsgType, web
from textual_serve.download_manager import DownloadManager

from tui.web.admission import Admission
from tui.web.page_console import PageConsole

FAREWELL = 2.0
"""Seconds for a browser to take note of the end."""
MOST_CELLS = 1_000
"""Columns and rows of the largest page."""
REFUSED = (
    "Nothing is shown here. The address that opens the console stands where `replicate-tui serve` runs; "
    "each is good for one browser.\n"
)
_WRONG_PASSWORD = 1.0
"""Seconds that a wrong password takes."""
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self'; "
        "img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # A page that is opened from here gets no hold of this one.
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_SHOWN = ("image/png", "image/jpeg", "image/gif", "image/webp", "image/avif", "text/plain", "audio/", "video/")
"""What a browser shows at once: nothing of it runs. Anything else it saves."""
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class ConsoleServer:
    """The pages. `argv` is the command line of a console."""

    def __init__(self, argv: Sequence[str], admission: Admission, *, cookie: str, secure: bool) -> None:
        """`cookie` is its name: browsers know hosts by it, not ports. `secure` is whether it is served by TLS."""
        self._argv = argv
        self._admission = admission
        self._cookie, self._secure = cookie, secure
        self._downloads = DownloadManager()
        self._open: set[web.WebSocketResponse] = set()

    def application(self) -> web.Application:
        """All that is served."""

        @web.middleware
        async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
            return await self._guard(request, handler)

        app = web.Application(middlewares=[guard])
        app.router.add_get("/", self._page)
        app.router.add_post("/", self._enter)
        app.router.add_get("/ws", self._console)
        app.router.add_get("/download/{key}", self._download)
        app.router.add_static("/static", Path(textual_serve.__file__).parent / "static")
        app.router.add_get("/page/{name}", self._file)
        app.on_shutdown.append(self._end)
        return app

    # ---- who may read

    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Nothing for a stranger, not even which paths there are."""
        if not self._is_in(request) and not self._may_enter(request):
            return web.Response(status=403, text=REFUSED, headers=_HEADERS)
        try:
            response = await handler(request)
        except web.HTTPException as error:
            error.headers.update(_HEADERS)
            raise
        if not response.prepared:
            response.headers.update({name: _HEADERS[name] for name in _HEADERS if name not in response.headers})
        return response

    def _is_in(self, request: web.Request) -> bool:
        return self._admission.is_in(request.cookies.get(self._cookie, ""))

    def _may_enter(self, request: web.Request) -> bool:
        return request.path == "/" and self._admission.knows(request.query.get("token", ""))

    async def _page(self, request: web.Request) -> web.StreamResponse:
        if self._may_enter(request):
            if self._admission.wants_password:
                return _html("password.html")
            return self._let_in(self._admission.let_in(request.query["token"]))
        return _html("console.html") if not request.query.get("token") else web.HTTPSeeOther("/")

    async def _enter(self, request: web.Request) -> web.StreamResponse:
        form = await request.post()
        password, token = form.get("password", ""), request.query.get("token", "")
        session = self._admission.let_in(token, password if isinstance(password, str) else "")
        if session is None:
            await asyncio.sleep(_WRONG_PASSWORD)
        return self._let_in(session)

    def _let_in(self, session: str | None) -> web.StreamResponse:
        if session is None:
            return web.Response(status=403, text=REFUSED)
        response = web.HTTPSeeOther("/")
        response.set_cookie(self._cookie, session, httponly=True, samesite="Lax", secure=self._secure, path="/")
        return response

    # ---- what they get

    async def _file(self, request: web.Request) -> web.StreamResponse:
        kinds = {"page.js": "text/javascript", "page.css": "text/css"}
        name = request.match_info["name"]
        if name not in kinds:
            raise web.HTTPNotFound
        return web.Response(text=_text(name), content_type=kinds[name])

    async def _console(self, request: web.Request) -> web.StreamResponse:
        """The console of one page, until either ends."""
        # Cookies go along with what another page of this host asks; only a browser tells who asks, and cannot lie.
        if urlsplit(request.headers.get("Origin", "")).netloc != request.host:
            return web.Response(status=403, text=REFUSED)
        socket = web.WebSocketResponse(heartbeat=15, timeout=FAREWELL)
        await socket.prepare(request)
        console = PageConsole(
            self._argv,
            write_bytes=socket.send_bytes,
            write_str=socket.send_str,
            close=socket.close,
            download_manager=self._downloads,
        )
        self._open.add(socket)
        try:
            await console.start(_cells(request.query.get("width"), 80), _cells(request.query.get("height"), 24))
            await _hand_on(socket, console)
        finally:
            self._open.discard(socket)
            await asyncio.shield(console.stop())
        return socket

    async def _download(self, request: web.Request) -> web.StreamResponse:
        """A file that a console hands to its reader."""
        key = request.match_info["key"]
        try:
            found = await self._downloads.get_download_metadata(key)
        except KeyError:
            raise web.HTTPNotFound from None
        shown = found.mime_type.startswith(_SHOWN)
        response = web.StreamResponse(headers=_HEADERS)
        response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
        if shown and found.mime_type.startswith(("image/", "audio/", "video/")):
            # The browser wraps it into a page of its own, whose styles and source are this address.
            response.headers["Content-Security-Policy"] = (
                "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'; sandbox"
            )
        response.headers["Content-Type"] = found.mime_type if shown else "application/octet-stream"
        response.headers["Content-Disposition"] = (
            f"{'inline' if shown else 'attachment'}; filename*=UTF-8''{quote(found.file_name, safe='')}"
        )
        await response.prepare(request)
        async for piece in self._downloads.download(key):
            await response.write(piece)
        await response.write_eof()
        return response

    async def _end(self, app: web.Application) -> None:
        """Tell the pages; their consoles end with them."""
        await asyncio.gather(*(one.close(code=WSCloseCode.GOING_AWAY) for one in list(self._open)))


async def _hand_on(socket: web.WebSocketResponse, console: PageConsole) -> None:
    """Give the console what the page sends, until the page has gone. What is no message of a page is passed over."""
    async for message in socket:
        if message.type is not WSMsgType.TEXT:
            continue
        try:
            kind, *given = cast("list[Any]", json.loads(cast(str, message.data)))
            if kind == "stdin":
                await console.send_bytes(str(given[0]).encode("utf-8", "replace"))
            elif kind == "resize":
                await console.set_terminal_size(_cells(given[0]["width"], 80), _cells(given[0]["height"], 24))
            elif kind == "ping":
                await socket.send_json(["pong", given[0]])
            elif kind == "focus":
                await console.focus()
            elif kind == "blur":
                await console.blur()
        except (ValueError, TypeError, KeyError, IndexError):
            logging.getLogger("tui").warning("a page sent what is no message")


def _cells(value: object, otherwise: int) -> int:
    """A number of columns or rows that a page says it has."""
    try:
        return min(max(int(cast(Any, value)), 1), MOST_CELLS)
    except (TypeError, ValueError):
        return otherwise


def _text(name: str) -> str:
    return (files("tui.web") / "pages" / name).read_text("utf-8")


def _html(name: str) -> web.Response:
    return web.Response(text=_text(name), content_type="text/html")
