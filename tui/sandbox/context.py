"""One sandbox: its parts put together, and what every route needs to answer."""

import asyncio
import json
import secrets
from collections.abc import Callable
from typing import Protocol

from starlette.requests import Request
from starlette.responses import Response

from tui.sandbox.addresses import Addresses
from tui.sandbox.catalog import Catalog
from tui.sandbox.chaos import Chaos
from tui.sandbox.control.answers import Answers
from tui.sandbox.control.journal import Journal
from tui.sandbox.examples import Examples
from tui.sandbox.inputs import Inputs
from tui.sandbox.jsons import Json, Obj, dumps, loads
from tui.sandbox.library import OWNER, load_library
from tui.sandbox.live import Live
from tui.sandbox.options import Options
from tui.sandbox.predictions import Engine
from tui.sandbox.problems import Problem
from tui.sandbox.ratelimit import Bucket
from tui.sandbox.records import Job, show
from tui.sandbox.state import State
from tui.sandbox.webhooks import Webhooks

JSON_LIMIT = 64 * 1024 * 1024
_DEPTH_LIMIT = 100


class Elsewhere(Protocol):
    """What answers in the sandbox's place: the real API, or a recording of it."""

    async def answer(self, request: Request) -> Response | None:
        """The answer; None for what the sandbox shall answer itself."""
        ...


class Sandbox:
    """Everything that one running sandbox has. Made before the loop runs; `begin` and `close` belong on it."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.chaos = Chaos(options.chaos)
        library = load_library(options.cog_dirs, options.stand_ins, any_name=options.any_name)
        self.state = State(options.state, file_retention=options.file_retention)
        self.token = options.token or self.state.remembered("token", "r8_sandbox_" + secrets.token_hex(16))
        self.addresses = Addresses(self.state.secret, options.host, options.allowed_hosts, options.public_url)
        self.catalog = Catalog(self.state.database, library, self.state.files)
        self.examples = Examples(library, self.state, self.addresses)
        self.inputs = Inputs(self.addresses, self.state.files, private=options.private_inputs)
        self.webhooks = Webhooks(self.state.webhook_key, self._webhook_body, lambda: self.chaos.strike("webhook"))
        self.engine = Engine(self.state, self.catalog, self.inputs, self.addresses, self.webhooks, options)
        self.engine.on_success = self._learn
        self.creations = Bucket(options.create_limit)
        self.others = Bucket(options.other_limit)
        self.journal = Journal()
        self.answers = Answers()
        self.closing = asyncio.Event()
        self.elsewhere: Elsewhere | None = None
        self.on_reset: Callable[[], None] = lambda: None
        self._tasks: set[asyncio.Task[None]] = set()

    async def begin(self, port: int, tls_port: int | None = None) -> None:
        """After it listens, before it answers."""
        self.addresses.port, self.addresses.tls_port = port, tls_port
        self._own(asyncio.create_task(self._sweep()))
        self.engine.prepare()

    async def close(self) -> None:
        """Ends models, webhooks and chores, and keeps what is known."""
        self.closing.set()
        unfinished = await self.engine.close()
        await self.webhooks.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.to_thread(self.state.close, unfinished)

    async def reset(self) -> None:
        """Everything as it was at the start: nothing was run, made, uploaded or asked."""
        await self.webhooks.drop()
        await self.engine.reset()
        await self.state.clear()
        self.catalog.library.forget_invented()
        self.chaos = Chaos(self.options.chaos)
        self.answers.clear()
        self.on_reset()
        self.creations, self.others = Bucket(self.options.create_limit), Bucket(self.options.other_limit)
        self.journal = Journal()

    def _own(self, task: asyncio.Task[None]) -> None:
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _sweep(self) -> None:
        """Removes old data, often enough that a short retention is kept."""
        pause = min(30.0, max(0.2, self.options.retention / 4))
        while True:
            await self.state.remove_old_data(self.options.retention)
            await asyncio.sleep(pause)

    def _learn(self, job: Job) -> None:
        if self.examples.of(job.model):
            self._own(asyncio.create_task(self.examples.learn(job)))

    def _webhook_body(self, live: Live) -> bytes:
        origin = self.addresses.origin
        return self.addresses.outward(dumps(self.shown(live.job, origin)), origin).encode()

    def shown(self, job: Job, origin: str, *, with_logs: bool = True) -> Obj:
        """The job as the API gives it."""
        return show(job, origin, self.stream_url(job, origin), with_logs=with_logs)

    def stream_url(self, job: Job, origin: str) -> str | None:
        """Where its events are; a stream of files lies under /v1/files/, by which the Node client knows it."""
        if job.kind != "prediction" or not job.streams:
            return None
        key = job.id + self.addresses.sign(f"stream {job.id}")
        return f"{origin}/v1/files/stream-{key}" if job.streams == "files" else f"{origin}/v1/streams/{key}"

    def answer(
        self, request: Request, body: Json, status: int = 200, headers: dict[str, str] | None = None
    ) -> Response:
        """JSON with the URLs that fit the address the client used."""
        text = self.addresses.outward(dumps(body), origin_of(request))
        return Response(text + "\n", status, headers=headers, media_type="application/json")


OWNER_PROFILE: Obj = {
    "type": "user",
    "username": OWNER,
    "name": "Local sandbox",
    "github_url": "https://github.com/replicate",
}


def origin_of(request: Request) -> str:
    """The address by which the client reached the sandbox, as the front worked it out."""
    return str(request.scope["sandbox.origin"])


async def read_body(request: Request, limit: int = JSON_LIMIT) -> bytes:
    """The whole body. Problem 413 as soon as it is known to be larger than `limit` bytes."""
    declared = request.headers.get("content-length", "0")
    too_large = Problem(413, f"The body must be less than {limit // (1024 * 1024)}MB in size")
    if declared.isdecimal() and int(declared) > limit:
        raise too_large
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > limit:
            raise too_large
    return bytes(body)


async def read_object(request: Request, limit: int = JSON_LIMIT) -> Obj:
    """The body as a JSON object. Problem 400 says what it is instead."""
    raw = await read_body(request, limit)
    try:
        value = loads(raw) if len(raw) < 1_000_000 else await asyncio.to_thread(loads, raw)
    except (ValueError, UnicodeDecodeError) as error:
        raise Problem(400, f"JSON parse error - {error}", "Bad request") from None
    if not isinstance(value, dict):
        raise Problem(400, "Invalid data. Expected a JSON object.", "Bad request")
    if rb"\ud" in raw.lower() and not _is_text(raw.decode()):
        raise Problem(400, "JSON parse error - lone surrogate in a string", "Bad request")
    if _too_deep(value):
        raise Problem(400, f"The body is nested more than {_DEPTH_LIMIT} levels deep", "Bad request")
    return value


def _is_text(raw: str) -> bool:
    """Whether every escaped surrogate has its other half. What has not can be no text for a model or a database."""
    try:
        json.dumps(loads(raw), ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def _too_deep(value: Json) -> bool:
    level: list[Json] = [value]
    for _ in range(_DEPTH_LIMIT):
        inner: list[Json] = []
        for item in level:
            inner += item.values() if isinstance(item, dict) else item if isinstance(item, list) else ()
        level = [item for item in inner if isinstance(item, dict | list)]
        if not level:
            return False
    return True
