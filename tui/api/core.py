"""Sends requests: the retry rules, waiting for rate limits, redirects, size limits, errors."""

from __future__ import annotations

import asyncio
import json
import random
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Protocol, TypeVar
from urllib.parse import quote, urlencode

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from tui.api import problem_details as problems
from tui.api import rate_limits as limits

from .address import normal_base_url
from .clock import ServerClock, steady
from .decoding import LARGE_ANSWER, is_object
from .errors import ApiError, BadAnswer, NetworkError, NotFound, RateLimited, ReadOnly, ServerError
from .text import clean_line
from .token import Token
from .types import RateLimit

if TYPE_CHECKING:
    import httpx

    from .transport import Transport

T = TypeVar("T")
Body = Callable[[], "bytes | AsyncIterator[bytes]"]

MAX_RETRIES = 3
"""How often a request that may be repeated is sent again after a broken connection or a 5xx."""
MAX_WAITS = 10
"""How often one request waits for a rate limit."""
MAX_WAIT_SECONDS = 300.0
"""How long one request waits for rate limits in all."""
MAX_REDIRECTS = 5
READING = frozenset({"GET", "HEAD", "QUERY"})
"""The methods that change nothing: the only ones that leave a read-only client."""


class Repeat(Enum):
    """Whether a request may be sent again when it is not known what became of it."""

    SAFELY = "safely"
    """It changes nothing, or the same however often it is sent."""
    NEVER = "never"
    """It makes something: it is sent again only when it has surely not been carried out."""


class Size(Enum):
    """How much an answer may be."""

    USUAL = "usual"
    RECORD = "record"
    """One prediction or training, with its input and output."""
    LIST = "list"
    """A page of records, of which what is oversized is left out."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that was read to its end."""

    status: int
    headers: Mapping[str, str]
    """Looked up without regard to case."""
    body: bytes = field(repr=False)
    address: str

    def json(self) -> object:
        """The body as a JSON value. Raises BadAnswer with what it says instead."""
        try:
            return msgspec.json.decode(self.body)
        except (msgspec.MsgspecError, RecursionError, UnicodeError):
            # The strict and quick decoder refuses what the standard library takes: lone surrogates, NaN.
            pass
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            kind = clean_line(self.headers.get("content-type", ""), 60) or "no content type"
            said = problems.readable(kind, self.body)
        raise BadAnswer(
            f"The answer is not JSON ({kind}){': ' + said if said else ', and empty'}.",
            status=self.status,
            detail=said or None,
        )


class Core:
    """One API address with one token, its connections and what is known of its limits and clock."""

    def __init__(
        self,
        base_url: str,
        token: Token | None,
        *,
        timeout: float,
        sleep: Callable[[float], Awaitable[object]],
        read_only: bool = False,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.base_url = normal_base_url(base_url)
        self.token = token
        self.read_only = read_only
        self._headers = headers
        self.timeout = timeout
        self.sleep = sleep
        self.rate_limit = RateLimit()
        self.on_rate_limit: Callable[[RateLimit], None] | None = None
        self.on_wait: Callable[[float, str], None] | None = None
        self.creation_limit: CreationLimit | None = None
        self.clock = ServerClock()
        self._held: dict[str, float] = {}
        self._transport: Transport | None = None
        self._opening = threading.Lock()

    @property
    def transport(self) -> Transport:
        """The connections, opened (and httpx imported) when first asked for."""
        if self._transport is None:
            from .transport import Transport

            with self._opening:
                if self._transport is None:
                    transport = Transport(self.base_url, self.token, self.timeout, user_agent(), self._headers)
                    transport.prepare()
                    self._transport = transport
        return self._transport

    async def ready(self) -> None:
        """Imports httpx and reads the certificates in a thread: on the loop they would hold up the first screen."""
        if self._transport is None:
            await asyncio.to_thread(lambda: self.transport)

    async def aclose(self) -> None:
        """Closes every connection. A later request opens new ones."""
        if self._transport is not None:
            await self._transport.aclose()

    def url(self, *parts: str) -> str:
        """The address of an operation from the parts of its path, each quoted. Raises NotFound for "" and dots."""
        if any(part in ("", ".", "..") for part in parts):
            raise NotFound(f"Not found: {clean_line('/'.join(parts), 100)!r} names nothing.")
        return "/".join([self.base_url, *(quote(part, safe="") for part in parts)])

    async def request(
        self,
        method: str,
        address: str,
        *,
        repeat: Repeat = Repeat.SAFELY,
        params: Mapping[str, str] | None = None,
        body: Body | None = None,
        streams: bool = False,
        headers: Mapping[str, str] | None = None,
        read_seconds: float | None = None,
        bucket: str = "other",
        on_send: Callable[[], None] | None = None,
        size: Size = Size.USUAL,
    ) -> Answer:
        """The answer with a status below 300, after as many tries as the rules allow.

        `body` makes the body anew for each try; `streams` says that it comes piece by piece. `bucket` is the rate
        limit that the request counts against: "create" or "other". `on_send` is called before each try.
        Raises an ApiError; ReadOnly before anything else happens.
        """
        if self.read_only and method not in READING:
            raise ReadOnly(method)
        await self.ready()
        url = self.transport.parse(address)
        if params:
            url = url.copy_merge_params(dict(params))
        call = _Call(method, url, body, headers, read_seconds, bucket, streams, size)
        patience = _Patience(repeat)
        await self._hold(bucket, patience)
        limit = self.creation_limit if bucket == "create" else None
        while True:
            number = await limit.admit() if limit is not None else 0
            if on_send is not None:
                on_send()
            failure: ApiError
            try:
                answer = await self._once(call)
                left = limits.remaining(answer.headers)
                if limit is not None and left is not None and answer.status != _THROTTLED:
                    await limit.told(left, number)
                if answer.status < 300:
                    return answer
                failure = problems.error_from(answer.status, answer.headers, answer.body)
                told = limits.told_wait(answer.headers, None) if isinstance(failure, ServerError) else None
            except NetworkError as broken:
                failure, told = broken, None
            delay = patience.delay(failure, told)
            if delay is None:
                raise failure
            if isinstance(failure, RateLimited):
                self._held[bucket] = time.monotonic() + delay
                if limit is not None:
                    await limit.refused(delay, failure.detail or "")
                self._set_rate_limit(waiting_until=self._held[bucket])
            await self.wait(delay, "rate limit" if isinstance(failure, RateLimited) else str(failure))

    async def get_object(self, address: str, params: Mapping[str, str] | None = None) -> dict[str, object]:
        """The JSON object at `address`. Raises an ApiError."""
        return await self.object_of(await self.request("GET", address, params=params))

    async def delete(self, address: str) -> None:
        """Deletes what is at `address`. Gone after a try whose answer was lost counts as deleted."""
        tries = 0

        def count() -> None:
            nonlocal tries
            tries += 1

        try:
            await self.request("DELETE", address, on_send=count)
        except NotFound:
            if tries < 2:
                raise

    async def object_of(self, answer: Answer) -> dict[str, object]:
        """The JSON object that an answer holds. Raises BadAnswer."""
        value = await self.value_of(answer)
        if not is_object(value):
            raise BadAnswer(f"The answer is a {type(value).__name__} and no object.", status=answer.status)
        return value

    async def value_of(self, answer: Answer) -> object:
        """The JSON value that an answer holds. Raises BadAnswer."""
        return await self.worked(len(answer.body), answer.json)

    async def worked(self, size: int, work: Callable[[], T]) -> T:
        """What `work` returns; worked out in a thread where it concerns many bytes."""
        return await asyncio.to_thread(work) if size > LARGE_ANSWER else work()

    async def wait(self, seconds: float, reason: str) -> None:
        """Waits, and says so."""
        if self.on_wait is not None:
            self.on_wait(seconds, reason)
        await self.sleep(seconds)

    def note(self, url: httpx.URL, headers: Mapping[str, str], bucket: str, sent: float) -> None:
        """Learns the limits and the clock from an answer of the API's own host; `sent` is the mark of its request."""
        if not self.transport.is_home(url):
            return
        moment = limits.server_time(headers)
        if moment is not None:
            self.clock.learn(moment, sent, steady())
        left = limits.remaining(headers)
        if left is None:
            return
        if bucket == "create":
            self._set_rate_limit(creations_remaining=left)
            return
        reset = limits.reset_in(headers)
        self._set_rate_limit(remaining=left, reset_at=None if reset is None else time.monotonic() + reset)

    async def open_following(
        self,
        address: str,
        headers: Mapping[str, str],
        read_seconds: float | None = None,
        allow: Callable[[httpx.URL], Awaitable[None]] | None = None,
        token: bool = True,
    ) -> httpx.Response:
        """The open answer at an address that need not be the API's; its redirects are followed.

        The token goes with it to the API's own origin only, and without `token` nowhere. `allow` is asked before each
        address, and may raise. Raises NetworkError, and BadAnswer for a redirect that leads from https to http or in a
        circle. The status is the caller's to look at.
        """
        await self.ready()
        url = self.transport.parse(address)
        for _ in range(MAX_REDIRECTS + 1):
            if allow is not None:
                await allow(url)
            response = await self.transport.open("GET", url, headers=headers, read_seconds=read_seconds, token=token)
            target = response.headers.get("location")
            if response.status_code not in (301, 302, 303, 307, 308) or not target:
                return response
            await response.aclose()
            onward = self.transport.join(url, target)
            if url.scheme == "https" and onward.scheme == "http":
                raise BadAnswer(f"{url.host} redirects from https to http, which is not followed.")
            url = onward
        raise BadAnswer(f"{url.host} redirects in a circle.")

    async def _once(self, call: _Call) -> Answer:
        """One try, with redirects within the API's origin followed for a GET. Raises NetworkError, BadAnswer."""
        # What may be large takes as long as it takes: only its standstills are timed.
        whole = None if call.streams or call.size is not Size.USUAL else 4 * (call.read_seconds or self.timeout)
        for _ in range(MAX_REDIRECTS + 1):
            answer: Answer | None = None
            try:
                async with asyncio.timeout(whole):
                    answer = await self._exchange(call)
            except TimeoutError:
                pass
            if answer is None:
                raise NetworkError(f"{call.url.host} did not answer in full within {whole:.0f} s.", sent=True)
            target = answer.headers.get("location") if 300 <= answer.status < 400 else None
            if not target or call.method not in ("GET", "HEAD"):
                return answer
            onward = self.transport.join(call.url, target)
            if not (self.transport.is_home(call.url) and self.transport.is_home(onward)):
                return answer
            call = replace(call, url=onward)
        raise BadAnswer(f"{call.url.host} redirects in a circle.")

    async def _exchange(self, call: _Call) -> Answer:
        sent = steady()
        response = await self.transport.open(
            call.method,
            call.url,
            headers={"Accept": "application/json", **(call.headers or {})},
            content=call.body() if call.body is not None else None,
            read_seconds=call.read_seconds,
        )
        try:
            self.note(call.url, response.headers, call.bucket, sent)
            content = await self._read(response, call.size)
        finally:
            await response.aclose()
        return Answer(response.status_code, response.headers, content, str(call.url))

    async def _read(self, response: httpx.Response, size: Size) -> bytes:
        if size is Size.LIST:
            return await self.transport.read_list(response)
        if size is Size.RECORD:
            from .transport import MAX_RECORD

            return await self.transport.read(response, MAX_RECORD)
        return await self.transport.read(response)

    async def _hold(self, bucket: str, patience: _Patience) -> None:
        """Waits while an earlier answer's rate limit holds for requests of this kind."""
        seconds = self._held.get(bucket, 0.0) - time.monotonic()
        if seconds > 0:
            patience.waited += seconds
            await self.wait(seconds + random.uniform(0, 0.25), "rate limit")  # noqa: S311 - spreads requests

    def _set_rate_limit(self, **changes: float | int | None) -> None:
        rate = msgspec.structs.replace(self.rate_limit, **changes)
        if rate != self.rate_limit:
            self.rate_limit = rate
            if self.on_rate_limit is not None:
                self.on_rate_limit(rate)


_THROTTLED = 429


class _Call(Struct, frozen=True):
    """One request, as often as it is sent."""

    method: str
    url: httpx.URL
    body: Body | None
    headers: Mapping[str, str] | None
    read_seconds: float | None
    bucket: str
    streams: bool
    size: Size


class CreationLimit(Protocol):
    """Lets creations leave at the rate that the account may have, together with other processes."""

    async def admit(self) -> int:
        """Return when one creation may leave, with its number."""
        ...

    async def told(self, left: int, number: int) -> None:
        """The answer to creation `number` says how many more may leave at once."""

    async def refused(self, seconds: float, words: str) -> None:
        """A creation was refused with a 429 that asks to wait."""


class _Patience:
    """How long one request goes on trying."""

    def __init__(self, repeat: Repeat) -> None:
        self.repeat = repeat
        self.waited = 0.0
        self.waits = 0
        self.retries = 0

    def delay(self, failure: ApiError, told: float | None) -> float | None:
        """Seconds until the next try after `failure`, or None when it is the last word."""
        if isinstance(failure, RateLimited):
            self.waits += 1
            # A limit that says nothing of its length is waited for longer each time.
            wait = max(failure.retry_after, 0.1 * 2**self.waits)
            if self.waits >= MAX_WAITS or self.waited + wait > MAX_WAIT_SECONDS:
                return None
            self.waited += wait
            return wait + random.uniform(0, 0.25)  # noqa: S311 - spreads requests, guards nothing
        if not self._may_repeat(failure) or self.retries >= MAX_RETRIES:
            return None
        self.retries += 1
        if told is not None and told <= 60:
            return told
        return backoff(self.retries)

    def _may_repeat(self, failure: ApiError) -> bool:
        if isinstance(failure, NetworkError):
            return self.repeat is Repeat.SAFELY or not failure.sent
        if isinstance(failure, ServerError):
            return self.repeat is Repeat.SAFELY and failure.status not in (501, 505)
        return False


def backoff(tries: int) -> float:
    """Seconds until the next try after `tries` failures: longer each time, and never the same for all."""
    return 0.5 * 2 ** (tries - 1) * random.uniform(0.5, 1.5)  # noqa: S311 - spreads requests, guards nothing


def with_params(address: str, params: Mapping[str, str]) -> str:
    """`address` with a query."""
    return f"{address}?{urlencode(params)}"


def json_body(value: object) -> Callable[[], bytes]:
    """The body of a request. Raises ValueError for numbers that JSON has not."""
    content = json.dumps(value, allow_nan=False).encode()
    return lambda: content


JSON_HEADERS = {"Content-Type": "application/json"}


def user_agent() -> str:
    """What requests call themselves."""
    from tui import __version__

    return f"replicate-tui/{__version__}"
