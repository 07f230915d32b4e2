"""The only place that touches httpx: who gets the token, how bytes come and go, and what breaking them means.

Two clients: one for the API's origin (scheme, host and port), which alone has the token, and one for everywhere
else. No client follows a redirect by itself. No httpx exception leaves here: it would carry its request, and with
it the Authorization header.
"""

from __future__ import annotations

import contextlib
import http.cookiejar
import ipaddress
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Generator, Mapping

from tui.api.lazy_httpx import httpx

from .errors import ApiError, BadAnswer, NetworkError
from .text import clean_line
from .token import Token

MAX_ANSWER = 64 * 1024 * 1024
"""Bytes of an answer that are read into memory at most."""
CONNECT_SECONDS = 10.0
PUBLIC_HOST = "api.replicate.com"
"""The host that is asked where no setting names another."""

_NOT_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)
_BROKEN = (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError, UnicodeError)


class _Bearer(httpx.Auth):
    """Adds the token to a request for the API's own origin, and to no other."""

    def __init__(self, token: Token, home: tuple[str, str, int | None]) -> None:
        self._token = token
        self._home = home

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        if origin(request.url) == self._home:
            request.headers["Authorization"] = f"Bearer {self._token.reveal()}"
        yield request


class Transport:
    """Opens answers. One per Client."""

    def __init__(self, base_url: str, token: Token | None, timeout: float, user_agent: str) -> None:
        self._home = origin(httpx.URL(base_url))
        self._token = token
        self._timeout = timeout
        self._agent = user_agent
        self._clients: dict[bool, httpx.AsyncClient] = {}
        self._making = threading.Lock()

    def prepare(self) -> None:
        """Makes the client for the API's own origin; may be called in a thread, before the first request."""
        self._client(True)

    def parse(self, address: str) -> httpx.URL:
        """`address` as a URL. Raises BadAnswer where it is none, or neither http nor https."""
        shown = clean_line(address, 100)
        try:
            url = httpx.URL(address)
        except (httpx.InvalidURL, UnicodeError, ValueError, TypeError):
            url = None
        if url is None or url.scheme not in ("http", "https") or not url.host:
            raise BadAnswer(f"{shown!r} is not a web address, so it is not asked.")
        return url

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

    async def open(
        self,
        method: str,
        url: httpx.URL,
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes | AsyncIterator[bytes] | None = None,
        read_seconds: float | None = None,
    ) -> httpx.Response:
        """The answer's head; its body is still to be read, and the answer to be closed.

        Raises NetworkError; its `sent` tells whether the request may have reached the API.
        """
        client = self._client(self.is_home(url))
        timeout = httpx.Timeout(self._timeout, connect=min(CONNECT_SECONDS, self._timeout))
        if read_seconds is not None:
            timeout.read = read_seconds
        failure: ApiError
        try:
            request = client.build_request(method, url, headers=dict(headers or {}), content=content, timeout=timeout)
            return await client.send(request, stream=True)
        except _BROKEN as broken:
            failure = failure_from(broken, url, home=self.is_home(url))
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
                    raise BadAnswer(
                        f"The answer of {response.url.host} is larger than {limit // 1_000_000} MB, "
                        "so it was not read.",
                        status=response.status_code,
                    )
                chunks.append(chunk)
        return b"".join(chunks)

    async def chunks(self, response: httpx.Response) -> AsyncGenerator[bytes, None]:
        """The body as it comes, decompressed. Raises NetworkError where it breaks off."""
        parts = response.aiter_bytes()
        failure: ApiError | None = None
        try:
            while failure is None:
                try:
                    chunk = await anext(parts, None)
                except _BROKEN as broken:
                    failure = failure_from(broken, response.url, home=self.is_home(response.url))
                else:
                    if chunk is None:
                        return
                    yield chunk
        finally:
            await response.aclose()
        raise failure

    async def aclose(self) -> None:
        """Closes every connection."""
        clients = list(self._clients.values())
        self._clients.clear()
        for client in clients:
            await client.aclose()

    def _client(self, home: bool) -> httpx.AsyncClient:
        with self._making:
            return self._clients.get(home) or self._make_client(home)

    def _make_client(self, home: bool) -> httpx.AsyncClient:
        local = home and _is_loopback(self._home[1])
        client = self._clients[home] = httpx.AsyncClient(
            auth=_Bearer(self._token, self._home) if home and self._token else None,
            # An http origin never does TLS: the certificates, which take long to load, are left unread.
            verify=not (home and self._home[0] == "http"),
            trust_env=not local,
            follow_redirects=False,
            cookies=http.cookiejar.CookieJar(http.cookiejar.DefaultCookiePolicy(allowed_domains=[])),
            headers={"User-Agent": self._agent},
            limits=httpx.Limits(max_connections=64, max_keepalive_connections=16),
        )
        return client


def origin(url: httpx.URL) -> tuple[str, str, int | None]:
    """Scheme, host and port, with the scheme's own port made explicit."""
    port = url.port if url.port is not None else {"http": 80, "https": 443}.get(url.scheme)
    return url.scheme, url.host, port


def failure_from(broken: Exception, url: httpx.URL, *, home: bool) -> ApiError:
    """The error for an exception of httpx, in words, without any reference to the exception."""
    host = url.host if url.port is None else f"{url.host}:{url.port}"
    if isinstance(broken, httpx.DecodingError):
        return BadAnswer(f"The answer of {host} is garbled: {broken}")
    sent = not isinstance(broken, _NOT_SENT)
    timed_out = isinstance(broken, httpx.TimeoutException)
    if timed_out and sent:
        return NetworkError(f"{host} did not answer in time.", sent=True)
    reason = str(broken) or type(broken).__name__
    if not sent:
        late = " in time" if timed_out else ""
        # httpx says so of every address that was tried in vain, which is what the sentence says already.
        why = "" if timed_out or reason == "All connection attempts failed" else f" ({reason})"
        own = home and url.host != PUBLIC_HOST
        advice = "Check the network" + (" and REPLICATE_API_BASE_URL." if own else ".")
        return NetworkError(f"{host} was not reached{late}{why}. {advice}", sent=False)
    return NetworkError(f"The connection to {host} broke: {reason}", sent=True)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
