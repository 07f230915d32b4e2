"""The only place that touches httpx: who gets the token, how bytes come and go, and what breaking them means.

Two clients: one for the API's origin (scheme, host and port), which alone has the token, and one for everywhere
else. No client follows a redirect by itself. No httpx exception leaves here: it would carry its request, and with
it the Authorization header. What a server quotes of the request's secrets is hidden before anybody reads it.
"""

from __future__ import annotations

import asyncio
import contextlib
import http.cookiejar
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Generator, Mapping
from typing import TYPE_CHECKING

from tui.api.lazy_httpx import httpx

from . import certificates
from .decoding import LARGE_ANSWER
from .errors import ApiError, BadAnswer, BadSetting, NetworkError
from .list_trimmer import ListTrimmer
from .proxies import Proxies, Proxy
from .public_addresses import check_public
from .scrubbing import Scrubber
from .text import clean_line
from .token import Token

if TYPE_CHECKING:
    import ssl

MAX_ANSWER = 64 * 1024 * 1024
"""Bytes of an answer that are read into memory at most."""
MAX_RECORD = 512 * 1024 * 1024
"""Bytes of one prediction or training that are read into memory at most: its output may be a film as a data URI."""
MAX_LIST = 1024 * 1024 * 1024
"""Bytes of a list that are looked through at most."""
UNTRIMMED = 4 * 1024 * 1024
"""Bytes of a list up to which it is taken as it is."""
CONNECT_SECONDS = 10.0
ROUNDS = 4
"""Rounds of the loop between two pieces of bodies."""
PUBLIC_HOST = "api.replicate.com"
"""The host that is asked where no setting names another."""
_PUBLIC_PATH = "/v1/"
"""What every path of the API begins with there."""

_NOT_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)
_BROKEN = (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError, UnicodeError)


class _Credentials(httpx.Auth):
    """Adds the token and the profile's headers to a request for the API's own origin, and to no other."""

    def __init__(self, token: Token | None, headers: Mapping[str, str], home: tuple[str, str, int | None]) -> None:
        self._token = token
        self._headers = headers
        self._home = home

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        if origin(request.url) == self._home:
            request.headers.update(self._headers)
            if self._token is not None:
                request.headers["Authorization"] = f"Bearer {self._token.reveal()}"
        yield request


class _Routes(httpx.AsyncBaseTransport):
    """Sends each request through the proxy that the environment names for it, or through none.

    httpx would read the environment by itself, and give up at the first entry that it cannot read.
    """

    def __init__(self, proxies: Proxies) -> None:
        self._proxies = proxies
        self._ways: dict[tuple[Proxy | None, bool], httpx.AsyncHTTPTransport] = {}
        self._trusted: ssl.SSLContext | None = None
        self._making = threading.Lock()

    def proxy_for(self, url: httpx.URL) -> Proxy | None:
        """The proxy that leads to `url`. Raises BadSetting."""
        return self._proxies.proxy_for(url.scheme, url.host, url.port)

    def prepare(self, url: httpx.URL) -> httpx.AsyncHTTPTransport:
        """The way to `url`. Blocks where its certificates are still to be read. Raises BadSetting."""
        proxy = self.proxy_for(url)
        # Where nothing does TLS, the certificates, which take long to read, are left unread.
        secure = url.scheme == "https" or (proxy is not None and proxy.url.startswith("https:"))
        with self._making:
            way = self._ways.get((proxy, secure))
            if way is None:
                if secure and self._trusted is None:
                    self._trusted = certificates.trusted()
                way = self._ways[proxy, secure] = self._make(proxy, secure)
        return way

    def _make(self, proxy: Proxy | None, secure: bool) -> httpx.AsyncHTTPTransport:
        try:
            return httpx.AsyncHTTPTransport(
                verify=self._trusted if secure and self._trusted is not None else False,
                proxy=_httpx_proxy(proxy, self._trusted) if proxy is not None else None,
                limits=httpx.Limits(max_connections=64, max_keepalive_connections=16),
                trust_env=False,
            )
        except ImportError:
            if proxy is None:
                raise
        # httpx comes without it in some distributions.
        raise BadSetting(proxy.variable, proxy.shown, "needs the package socksio, which is not installed")

    def is_ready(self, url: httpx.URL) -> bool:
        """Whether the way to `url` can be made without reading certificates."""
        return url.scheme == "http" or self._trusted is not None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self.is_ready(request.url):
            way = self.prepare(request.url)
        else:
            way = await asyncio.to_thread(self.prepare, request.url)
        return await way.handle_async_request(request)

    async def aclose(self) -> None:
        ways = list(self._ways.values())
        self._ways.clear()
        for way in ways:
            await way.aclose()


class Transport:
    """Opens answers. One per Client."""

    def __init__(
        self,
        base_url: str,
        token: Token | None,
        timeout: float,
        user_agent: str,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self._address = httpx.URL(base_url)
        self._home = origin(self._address)
        own = headers or {}
        self._credentials = _Credentials(token, own, self._home)
        self.scrubber = Scrubber([*([token.reveal()] if token else []), *own.values()])
        """Hides the token and the profile's headers in what a server says."""
        self._timeout = timeout
        self._agent = user_agent
        self._routes = _Routes(Proxies())
        self._clients: dict[bool, httpx.AsyncClient] = {}
        self._turn = asyncio.Lock()
        self._making = threading.Lock()

    def prepare(self) -> None:
        """Makes the client for the API's own origin; may be called in a thread, before the first request.

        Raises BadSetting for a proxy or certificates that cannot be used.
        """
        self._routes.prepare(self._address)
        self._client(True)

    def parse(self, address: str) -> httpx.URL:
        """`address` as a URL, at the gateway if it is one of the API's own behind it.

        Raises BadAnswer where it is no address, or neither http nor https.
        """
        shown = clean_line(address, 100)
        try:
            url = httpx.URL(address)
        except (httpx.InvalidURL, UnicodeError, ValueError, TypeError):
            url = None
        if url is None or url.scheme not in ("http", "https") or not url.host:
            raise BadAnswer(f"{shown!r} is not a web address, so it is not asked.")
        return self._behind_gateway(url)

    def join(self, base: httpx.URL, address: str) -> httpx.URL:
        """Where a Location header in an answer of `base` leads. Raises BadAnswer as `parse` does."""
        try:
            return self.parse(str(base.join(address)))
        except (httpx.InvalidURL, UnicodeError, ValueError):
            pass
        return self.parse(address)

    def is_home(self, url: httpx.URL) -> bool:
        """Whether `url` is of the API's own origin."""
        return origin(url) == self._home

    async def check_public(self, url: httpx.URL) -> None:
        """Raises PrivateAddress where `url` may not be asked without a person's word."""
        await check_public(url, self._address, through_proxy=self._routes.proxy_for(url) is not None)

    async def open(
        self,
        method: str,
        url: httpx.URL,
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes | AsyncIterator[bytes] | None = None,
        read_seconds: float | None = None,
        token: bool = True,
    ) -> httpx.Response:
        """The answer's head; its body is still to be read, and the answer to be closed.

        Without `token` not even the API's own origin gets it. Raises BadSetting, and NetworkError; its `sent` tells
        whether the request may have reached the API.
        """
        client = self._client(token and self.is_home(url))
        timeout = httpx.Timeout(self._timeout, connect=min(CONNECT_SECONDS, self._timeout))
        if read_seconds is not None:
            timeout.read = read_seconds
        failure: ApiError
        try:
            request = client.build_request(method, url, headers=dict(headers or {}), content=content, timeout=timeout)
            response = await client.send(request, stream=True)
            self._scrub_headers(response)
            return response
        except _BROKEN as broken:
            failure = self._failure(broken, url)
        # Outside of the except clause, so that the error does not drag the request along as its context.
        raise failure

    async def read(self, response: httpx.Response, limit: int = MAX_ANSWER) -> bytes:
        """The whole body. Raises BadAnswer beyond `limit` bytes, NetworkError where it breaks off."""
        chunks: list[bytes] = []
        size = 0
        async with contextlib.aclosing(self.chunks(response)) as parts:
            async for chunk in parts:
                size += len(chunk)
                if size > limit:
                    raise too_large(response, limit)
                chunks.append(chunk)
        content = b"".join(chunks)
        return (
            await asyncio.to_thread(self.scrubber.body, content) if size > LARGE_ANSWER else self.scrubber.body(content)
        )

    async def read_list(self, response: httpx.Response, limit: int = MAX_ANSWER) -> bytes:
        """The body of a list, as `read` gives it; a large one without its oversized values, never held whole."""
        trimmer: ListTrimmer | None = None
        kept, fresh = bytearray(), bytearray()
        async with contextlib.aclosing(self.chunks(response)) as parts:
            async for chunk in parts:
                fresh += chunk
                if len(fresh) < UNTRIMMED:
                    continue
                trimmer = trimmer or ListTrimmer()
                kept += await asyncio.to_thread(trimmer.feed, bytes(fresh))
                fresh.clear()
                if len(kept) > limit or response.num_bytes_downloaded > MAX_LIST:
                    raise too_large(response, limit)
        kept += trimmer.feed(bytes(fresh)) if trimmer else fresh
        return await asyncio.to_thread(self.scrubber.body, bytes(kept))

    async def chunks(self, response: httpx.Response) -> AsyncGenerator[bytes, None]:
        """The body as it comes, decompressed, with whatever it quotes. Raises NetworkError where it breaks off."""
        parts = response.aiter_bytes()
        failure: ApiError | None = None
        try:
            while failure is None:
                try:
                    chunk = await anext(parts, None)
                except _BROKEN as broken:
                    failure = self._failure(broken, response.url)
                else:
                    if chunk is None:
                        return
                    yield chunk
                    await self._take_turn()
        finally:
            await response.aclose()
        raise failure

    async def _take_turn(self) -> None:
        """Let the loop go on before the next piece of any body.

        Where several files come at once, what takes several rounds of the loop, as a key does, would else wait in each
        of them for a piece of every file.
        """
        async with self._turn:
            for _ in range(ROUNDS):
                await asyncio.sleep(0)

    async def aclose(self) -> None:
        """Closes every connection."""
        clients = list(self._clients.values())
        self._clients.clear()
        for client in clients:
            await client.aclose()

    def _behind_gateway(self, url: httpx.URL) -> httpx.URL:
        """A gateway hands on what the API says, the API's own addresses included: they are asked for at the gateway."""
        path = url.raw_path.decode("ascii")
        if url.host != PUBLIC_HOST or self._address.host == PUBLIC_HOST or not path.startswith(_PUBLIC_PATH):
            return url
        return httpx.URL(str(self._address) + path.removeprefix(_PUBLIC_PATH.rstrip("/")))

    def _client(self, home: bool) -> httpx.AsyncClient:
        with self._making:
            return self._clients.get(home) or self._make_client(home)

    def _make_client(self, home: bool) -> httpx.AsyncClient:
        client = self._clients[home] = httpx.AsyncClient(
            auth=self._credentials if home else None,
            transport=self._routes,
            trust_env=False,
            follow_redirects=False,
            cookies=http.cookiejar.CookieJar(http.cookiejar.DefaultCookiePolicy(allowed_domains=[])),
            headers={"User-Agent": self._agent},
        )
        return client

    def _scrub_headers(self, response: httpx.Response) -> None:
        raw = response.headers.raw
        scrubbed = [(name, self.scrubber.body(value)) for name, value in raw]
        if scrubbed != raw:
            response.headers = httpx.Headers(scrubbed)

    def _failure(self, broken: Exception, url: httpx.URL) -> ApiError:
        reason = self.scrubber.text(str(broken)) or type(broken).__name__
        return failure_from(broken, url, home=self.is_home(url), reason=reason, proxy=self._routes.proxy_for(url))


def _httpx_proxy(proxy: Proxy, trusted: ssl.SSLContext | None) -> httpx.Proxy:
    return httpx.Proxy(proxy.url, ssl_context=trusted if proxy.url.startswith("https:") else None)


def origin(url: httpx.URL) -> tuple[str, str, int | None]:
    """Scheme, host and port, with the scheme's own port made explicit."""
    port = url.port if url.port is not None else {"http": 80, "https": 443}.get(url.scheme)
    return url.scheme, url.host, port


def too_large(response: httpx.Response, limit: int) -> BadAnswer:
    """The error for an answer of more than `limit` bytes."""
    return BadAnswer(
        f"The answer of {response.url.host} is larger than {limit // 1_000_000} MB, so it was not read.",
        status=response.status_code,
    )


def failure_from(
    broken: Exception, url: httpx.URL, *, home: bool, reason: str | None = None, proxy: Proxy | None = None
) -> ApiError:
    """The error for an exception of httpx, in words, without any reference to the exception.

    `reason` is what the exception says, where that may be shown.
    """
    host = url.host if url.port is None else f"{url.host}:{url.port}"
    reason = reason or str(broken) or type(broken).__name__
    if isinstance(broken, httpx.DecodingError):
        return BadAnswer(f"The answer of {host} is garbled: {reason}")
    sent = not isinstance(broken, _NOT_SENT)
    timed_out = isinstance(broken, httpx.TimeoutException)
    if timed_out and sent:
        return NetworkError(f"{host} did not answer in time.", sent=True)
    if not sent:
        return NetworkError(_not_reached(host, reason, url, home, timed_out, proxy), sent=False)
    return NetworkError(f"The connection to {host} broke: {reason}", sent=True)


def _not_reached(host: str, reason: str, url: httpx.URL, home: bool, timed_out: bool, proxy: Proxy | None) -> str:
    """The sentence for a connection that did not come to be, and what to do."""
    late = " in time" if timed_out else ""
    # httpx says so of every address that was tried in vain, which is what the sentence says already.
    why = "" if timed_out or reason == "All connection attempts failed" else f" ({reason})"
    if "CERTIFICATE_VERIFY_FAILED" in reason:
        named = certificates.chosen()
        trusts = f"{named[0]} names {named[1]}" if named else "the system's certificates are trusted"
        return (
            f"{host} was not reached{why}: {trusts}, and its certificate is of none of them. "
            "Let SSL_CERT_FILE name a PEM file that has the one of your network."
        )
    if proxy is not None:
        return (
            f"{host} was not reached{late} through {proxy.shown}{why}. Check {proxy.variable}, which names this proxy."
        )
    own = home and url.host != PUBLIC_HOST
    advice = "Check the network" + (" and REPLICATE_API_BASE_URL." if own else ".")
    return f"{host} was not reached{late}{why}. {advice}"
