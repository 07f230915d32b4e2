"""What is not under the API: event streams, outputs' files, and a page that says what this is."""

import hmac

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from tui.sandbox.context import Sandbox, origin_of
from tui.sandbox.live import replay
from tui.sandbox.problems import not_found
from tui.sandbox.routes.files import send
from tui.sandbox.streams import stream as stream_bytes

_ID_LENGTH = 26


async def stream(sandbox: Sandbox, request: Request) -> Response:
    """A prediction's events. The URL is its own permission."""
    key = request.path_params["key"]
    job_id, signature = key[:_ID_LENGTH], key[_ID_LENGTH:]
    expected = sandbox.addresses.sign(f"stream {job_id}")
    if not hmac.compare_digest(signature.encode("utf-8", "replace"), expected.encode()):
        raise not_found()
    job = await sandbox.state.job("prediction", job_id)
    if job is None:
        raise not_found()
    # One that is done may still be held as live for a moment: what a late listener hears must not depend on it.
    live = None if job.done else sandbox.state.live.get(job_id)
    source = live or (None if job.data_removed else replay(job))
    struck = sandbox.chaos.strike("stream")
    origin = origin_of(request)
    body = stream_bytes(
        source,
        lambda text: sandbox.addresses.outward(text, origin),
        sandbox.closing,
        int(struck.amount) if struck.fault == "cut" else None,
    )

    def broken() -> None:
        request.scope["sandbox.drop"]()

    async def whole():  # type: ignore[no-untyped-def]
        async for piece in body:
            if piece is None:
                broken()
                return
            yield piece

    headers = {"Cache-Control": "no-cache", "Content-Type": "text/event-stream; charset=utf-8"}
    return StreamingResponse(whole(), headers=headers)


async def download(sandbox: Sandbox, request: Request) -> Response:
    """An output's file, or a prediction's fetched input."""
    stored = await sandbox.state.files.get(request.path_params["key"], "output", "weights", "input")
    if stored is None or stored.name != request.path_params["filename"]:
        raise not_found("File not found")
    return send(sandbox, stored)


async def elsewhere(sandbox: Sandbox, request: Request) -> Response:
    """A file of another host that was not recorded."""
    raise not_found("File not found")


async def page(sandbox: Sandbox, request: Request) -> Response:
    """For a browser that was sent here."""
    return PlainTextResponse("This is a local sandbox of Replicate's API. It has no web pages; its API is under /v1.\n")
