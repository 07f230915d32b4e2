"""The text of a live prediction that is open is read as it comes, whoever runs it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.services.conftest import TEXT, TEXT_SCHEMA, WORDS, Seen, opened
from tests.services.runs.test_cancellation import create_one
from tests.support.fake_api import Api, Request, sse
from tests.support.sandbox import run_sandbox
from tui.services.bus import Ended, OutputText, RecordChanged

CHUNKS = ["The", " sea", " is", "\nwide", "."]
WHOLE = "".join(CHUNKS)


async def quick(seconds: float) -> None:
    await asyncio.sleep(min(seconds, 0.02))


@pytest.fixture
async def watched(api: Api, tmp_path: Path) -> AsyncIterator[Seen]:
    api.models["acme/words"] = {
        "owner": "acme",
        "name": "words",
        "latest_version": {"id": "v" * 64, "openapi_schema": TEXT_SCHEMA},
    }
    async with opened(api.base_url, tmp_path, sleep=quick) as seen:
        yield seen


class Theirs:
    """A prediction that somebody else runs; its stream goes on as the test says."""

    def __init__(self, api: Api, *, origin: str | None = None, said: int = 2) -> None:
        self.api = api
        self.more = asyncio.Event()
        self.readers = self.opened = 0
        self.record: dict[str, Any] = api.put("theirs", "processing", output=CHUNKS[:said])
        self.record["urls"]["stream"] = (origin or api.origin) + "/stream"
        api.on["GET", "/stream"] = self.stream

    async def stream(self, request: Request) -> None:
        self.opened += 1
        self.readers += 1
        try:
            request.head(kind="text/event-stream")
            for number, chunk in enumerate(CHUNKS[:3]):
                request.writer.write(sse(chunk, f"1:{number}"))
            await request.writer.drain()
            wait, gone = asyncio.ensure_future(self.more.wait()), asyncio.ensure_future(request.reader_gone())
            await asyncio.wait({wait, gone}, return_when=asyncio.FIRST_COMPLETED)
            wait.cancel()
            gone.cancel()
            if self.more.is_set():
                self.finish()
                for number, chunk in enumerate(CHUNKS[3:], 3):
                    request.writer.write(sse(chunk, f"1:{number}"))
                request.writer.write(sse("{}", "1:99", "done"))
        finally:
            self.readers -= 1

    def finish(self) -> None:
        self.record.update(status="succeeded", output=CHUNKS, logs="x", completed_at=self.record["created_at"])


def check(seen: Seen) -> None:
    """Each event goes on from the one before, and the last one, and no other, is the end."""
    told = ""
    for event in seen.of(OutputText):
        told = event.delta if event.restarted else told + event.delta
        assert told == event.text and WHOLE.startswith(event.text)
    assert [event.done for event in seen.of(OutputText)].count(True) == 1
    assert seen.of(OutputText)[-1].done and told == WHOLE


async def test_the_text_of_another_ones_prediction_streams_while_it_is_open(api: Api, watched: Seen) -> None:
    theirs = Theirs(api)
    watched.services.watcher.see(True, "theirs")
    await watched.until(lambda: any(e.text == "".join(CHUNKS[:3]) for e in watched.of(OutputText)), "the stream")
    theirs.more.set()
    await watched.until(lambda: watched.of(Ended) and watched.of(OutputText)[-1].done, "the end")
    check(watched)
    assert theirs.opened == 1


async def test_a_stream_that_nobody_reads_any_more_is_closed(api: Api, watched: Seen) -> None:
    theirs = Theirs(api)
    watched.services.watcher.see(True, "theirs")
    await watched.until(lambda: theirs.readers == 1 and watched.of(OutputText), "the stream")
    watched.services.watcher.see(True, None)
    await watched.until(lambda: theirs.readers == 0, "its end")
    told = len(watched.of(OutputText))
    watched.services.watcher.see(True, "theirs")
    await watched.until(lambda: len(watched.of(OutputText)) > told, "the second reading")
    assert watched.of(OutputText)[told].restarted, "who has the first part already is given the whole again"
    theirs.more.set()
    await watched.until(lambda: watched.of(OutputText)[-1].done, "the end")
    check(watched)


async def test_a_text_without_a_stream_is_told_from_the_polls(api: Api, watched: Seen) -> None:
    theirs = Theirs(api)
    del theirs.record["urls"]["stream"]
    watched.services.watcher.see(True, "theirs")
    for count in (2, 4):
        theirs.record["output"] = CHUNKS[:count]
        await watched.until(lambda count=count: any(e.text == "".join(CHUNKS[:count]) for e in watched.of(OutputText)))
    theirs.finish()
    await watched.until(lambda: watched.of(OutputText)[-1].done, "the end")
    check(watched)
    assert theirs.opened == 0


async def test_a_stream_that_breaks_off_is_gone_on_with_by_polls(api: Api, watched: Seen) -> None:
    theirs = Theirs(api)

    async def broken(request: Request) -> None:
        theirs.opened += 1
        request.answer({"detail": "no"}, 404)

    api.on["GET", "/stream"] = broken
    watched.services.watcher.see(True, "theirs")
    await watched.until(lambda: theirs.opened == 1 and watched.of(OutputText), "a text")
    theirs.finish()
    await watched.until(lambda: watched.of(OutputText)[-1].done, "the end")
    check(watched)


async def test_the_token_goes_to_no_other_host_for_a_text(api: Api, watched: Seen) -> None:
    async with Api() as other:
        theirs = Theirs(api, origin=other.origin)
        headers: list[dict[str, str]] = []

        async def stream(request: Request) -> None:
            headers.append(request.headers)
            await theirs.stream(request)

        other.on["GET", "/stream"] = stream
        theirs.more.set()
        watched.services.watcher.see(True, "theirs")
        await watched.until(lambda: watched.of(OutputText) and watched.of(OutputText)[-1].done, "the end")
        assert headers and all("authorization" not in one for one in headers)
        check(watched)


async def test_the_own_run_that_is_open_is_read_once(api: Api, watched: Seen) -> None:
    theirs = Theirs(api)
    made = theirs.record

    async def create(request: Request) -> None:
        request.answer(made, 201)

    api.on["POST", "/v1/models/acme/words/predictions"] = create
    run = await watched.services.runs.start(WORDS, TEXT, {"prompt": "x"})
    await watched.until(lambda: watched.services.watcher.tracked, "the creation's answer")
    watched.services.watcher.see(True, "theirs")
    await watched.until(lambda: theirs.readers == 1 and api.count("GET", "/predictions/theirs") > 3, "the stream")
    theirs.more.set()
    assert (await watched.ended(run)).text == WHOLE
    assert theirs.opened == 1
    check(watched)


async def test_a_run_goes_on_with_what_was_read_before_its_creation_was_answered(api: Api, watched: Seen) -> None:
    theirs = Theirs(api)
    made = theirs.record

    async def create(request: Request) -> None:
        watched.services.watcher.see(True, "theirs")
        await watched.until(lambda: any(e.text == "".join(CHUNKS[:3]) for e in watched.of(OutputText)), "the reading")
        request.answer(made, 201)

    api.on["POST", "/v1/models/acme/words/predictions"] = create
    run = await watched.services.runs.start(WORDS, TEXT, {"prompt": "x"})
    await watched.until(lambda: theirs.opened == 2 and theirs.readers == 1, "the run's own stream, alone")
    theirs.more.set()
    assert (await watched.ended(run)).text == WHOLE
    check(watched)


async def test_what_is_no_text_is_not_streamed(api: Api, watched: Seen) -> None:
    theirs = Theirs(api)
    output = {"type": "array", "items": {"type": "string", "format": "uri"}, "x-cog-array-type": "iterator"}
    schema = {"components": {"schemas": {"Input": {"type": "object", "properties": {}}, "Output": output}}}
    api.models["acme/words"]["latest_version"]["openapi_schema"] = schema
    theirs.record["output"] = ["https://x/1.png"]
    watched.services.watcher.see(True, "theirs")
    await watched.until(lambda: api.count("GET", "/predictions/theirs") > 3)
    assert theirs.opened == 0 and not watched.of(OutputText)


async def test_a_real_text_that_another_console_started_is_read_to_its_end(tmp_path: Path) -> None:
    with run_sandbox(chaos="stream:cut=1x2@3") as sandbox:
        id = await asyncio.to_thread(create_one, sandbox, "bard", {"prompt": "The sea", "max_tokens": 60})
        async with opened(sandbox.base_url, tmp_path, token=sandbox.token, account=None) as seen:
            seen.services.watcher.see(True, id)
            await seen.until(lambda: any(e.record.id == id and e.record.row.whole for e in seen.of(RecordChanged)))
            record = await seen.services.store.get(seen.services.account, id)
            assert record is not None and record.prediction.status == "succeeded"
            texts = seen.of(OutputText)
            if texts:
                await seen.until(lambda: seen.of(OutputText)[-1].done, "the end of the text")
                assert seen.of(OutputText)[-1].text == "".join(record.prediction.output)  # type: ignore[arg-type]


async def test_a_stream_that_begins_in_the_middle_is_never_shown_as_the_beginning(api: Api, watched: Seen) -> None:
    theirs = Theirs(api, said=3)

    async def late(request: Request) -> None:
        """What was said before somebody listened is not in this stream."""
        theirs.opened += 1
        request.head(kind="text/event-stream")
        request.writer.write(sse(CHUNKS[3], "1:3"))
        await request.writer.drain()
        await theirs.more.wait()
        request.writer.write(sse("{}", "1:99", "done"))

    api.on["GET", "/stream"] = late
    watched.services.watcher.see(True, "theirs")
    await watched.until(lambda: theirs.opened and watched.of(OutputText), "a text")
    theirs.finish()
    theirs.more.set()
    await watched.until(lambda: watched.of(OutputText)[-1].done, "the end")
    check(watched)
