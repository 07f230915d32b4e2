"""A text that streams arrives whole, once, whatever happens to the stream."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.services.conftest import TEXT, WORDS, Seen, opened
from tests.support.fake_api import Api, Request, sse
from tests.support.sandbox import run_sandbox
from tui.api.client import Target
from tui.api.types import Prediction, decode
from tui.forms import Form
from tui.services.bus import OutputText
from tui.services.watching.text_follower import REOPENS
from tui.store.records import RunIntent

CHUNKS = ["The", " quick", "", " brown\nfox", " – über", " jumps", "\n\n", "over it", "."]
WHOLE = "".join(CHUNKS)


class Streamed:
    """A prediction of which the API knows more with each event that was sent."""

    def __init__(self, api: Api, *, resume: str = "goes on", ids: bool = True) -> None:
        self.api, self.resume, self.ids = api, resume, ids
        self.cuts: list[int] = []
        self.opened = 0
        api.on["POST", "/v1/models/acme/words/predictions"] = self.create
        api.on["GET", "/stream"] = self.stream
        self.record: dict[str, Any] = {}

    async def create(self, request: Request) -> None:
        self.record = self.api.create(request)
        self.record["urls"]["stream"] = self.api.origin + "/stream"
        request.answer(self.record, 201)

    def tell(self, count: int) -> None:
        self.record["status"] = "processing"
        self.record["output"] = CHUNKS[:count]

    async def stream(self, request: Request) -> None:
        self.opened += 1
        last = request.headers.get("last-event-id")
        start = 0
        if self.opened > 1 and self.resume == "goes on" and last:
            start = int(last.split(":")[1]) + 1
        elif self.opened > 1 and self.resume == "from now":
            # What was produced while nobody listened is not in this stream.
            start = len(self.record["output"] or []) + 2
            self.tell(start)
        cut = self.cuts.pop(0) if self.cuts else None
        request.head(kind="text/event-stream; charset=utf-8")
        request.writer.write(b": hi\n\n")
        for number, chunk in enumerate(CHUNKS[start:], start):
            if cut is not None and number - start >= cut:
                request.drop()
                return
            self.tell(max(number + 1, len(self.record["output"] or [])))
            request.writer.write(sse(chunk, f"17:{number}" if self.ids else None))
            await request.writer.drain()
        self.finish()
        request.writer.write(sse("{}", "17:99", "done"))

    def finish(self) -> None:
        self.record.update(status="succeeded", output=CHUNKS, completed_at=self.record["created_at"], logs="x")


def check(seen: Seen) -> None:
    """Every event's text is a beginning of the whole, none is shorter than the one before, the last is all of it."""
    texts = seen.of(OutputText)
    assert texts[-1].text == WHOLE and texts[-1].done
    rebuilt = ""
    for event in texts:
        assert WHOLE.startswith(event.text)
        assert not event.restarted
        rebuilt += event.delta
        assert rebuilt == event.text
    assert [event.done for event in texts].count(True) == 1


async def test_the_text_at_the_end_is_the_output_joined(api: Api, seen: Seen) -> None:
    Streamed(api)
    run = await seen.ended(await seen.services.runs.start(WORDS, TEXT, {"prompt": "x"}))
    assert (run.state, run.text) == ("done", WHOLE)
    assert run.record is not None and run.record.prediction.output == CHUNKS
    check(seen)


@pytest.mark.parametrize("resume", ["goes on", "begins anew", "from now"])
@pytest.mark.parametrize("cuts", [[0], [1], [4], [2, 1], [3, 0, 1, 0, 2], [1] * 12])
async def test_a_stream_that_is_cut_loses_and_doubles_nothing(
    api: Api, tmp_path: Path, resume: str, cuts: list[int]
) -> None:
    streamed = Streamed(api, resume=resume)
    streamed.cuts = list(cuts)

    waits = 0

    async def sleep(seconds: float) -> None:
        nonlocal waits
        waits += 1
        await asyncio.sleep(min(seconds, 0.01))
        if waits > 80:
            # The stream was given up, and the prediction is polled.
            streamed.finish()

    async with opened(api.base_url, tmp_path, sleep=sleep) as seen:
        run = await seen.ended(await seen.services.runs.start(WORDS, TEXT, {"prompt": "x"}))
        assert (run.state, run.text) == ("done", WHOLE)
        check(seen)
        assert streamed.opened == len(cuts) + 1 or resume == "from now" or len(cuts) > REOPENS


async def test_a_stream_without_ids_is_polled_after_a_cut(api: Api, tmp_path: Path) -> None:
    streamed = Streamed(api, ids=False)
    streamed.cuts = [4]
    async with opened(api.base_url, tmp_path, sleep=lambda s: asyncio.sleep(min(s, 0.01))) as seen:
        run = await seen.services.runs.start(WORDS, TEXT, {"prompt": "x"})
        await seen.until(lambda: any(e.text == "".join(CHUNKS[:4]) for e in seen.of(OutputText)))
        streamed.tell(6)
        await seen.until(lambda: any(e.text == "".join(CHUNKS[:6]) for e in seen.of(OutputText)))
        streamed.finish()
        assert (await seen.ended(run)).text == WHOLE
        assert streamed.opened == 1
        check(seen)


@pytest.mark.parametrize("status", [404, 500])
async def test_a_stream_that_cannot_be_opened_is_polled(api: Api, tmp_path: Path, status: int) -> None:
    streamed = Streamed(api)

    async def refuse(request: Request) -> None:
        streamed.opened += 1
        request.answer({"detail": "no"}, status)

    api.on["GET", "/stream"] = refuse
    async with opened(api.base_url, tmp_path, sleep=lambda s: asyncio.sleep(min(s, 0.01))) as seen:
        run = await seen.services.runs.start(WORDS, TEXT, {"prompt": "x"})
        await seen.until(lambda: streamed.opened >= 1)
        streamed.tell(3)
        await seen.until(lambda: any(e.text == "".join(CHUNKS[:3]) for e in seen.of(OutputText)))
        streamed.finish()
        assert (await seen.ended(run)).text == WHOLE
        check(seen)


async def test_a_thousand_pieces_make_few_events(api: Api, seen: Seen) -> None:
    streamed = Streamed(api)
    pieces = [f"w{number} " for number in range(3000)]

    async def stream(request: Request) -> None:
        request.head(kind="text/event-stream")
        for number, piece in enumerate(pieces):
            request.writer.write(sse(piece, f"1:{number}"))
        streamed.record.update(status="succeeded", output=pieces, logs="")
        request.writer.write(sse("{}", "1:x", "done"))

    api.on["GET", "/stream"] = stream
    run = await seen.ended(await seen.services.runs.start(WORDS, TEXT, {"prompt": "x"}))
    assert run.text == "".join(pieces)
    assert len(seen.of(OutputText)) < 60


async def test_a_prediction_that_fails_in_the_middle_keeps_the_text_that_came(api: Api, seen: Seen) -> None:
    streamed = Streamed(api)

    async def stream(request: Request) -> None:
        request.head(kind="text/event-stream")
        request.writer.write(sse("so far", "1:0") + sse('{"detail": "boom"}', "1:1", "error"))
        streamed.record.update(status="failed", output=None, error="boom", logs="")
        request.writer.write(sse('{"reason": "error"}', "1:2", "done"))

    api.on["GET", "/stream"] = stream
    run = await seen.ended(await seen.services.runs.start(WORDS, TEXT, {"prompt": "x"}))
    assert (run.state, run.error, run.text) == ("failed", "boom", "so far")
    kept = await seen.services.store.run("ada@here", run.id)
    assert kept is not None and kept.text == "so far"


async def test_a_real_stream_that_is_cut_again_and_again_ends_whole(tmp_path: Path) -> None:
    with run_sandbox(chaos="stream:cut=1x3@2") as sandbox:
        async with opened(sandbox.base_url, tmp_path, token=sandbox.token, account=None) as seen:
            model = await seen.services.catalogue.model("sandbox/bard")
            assert model.latest_version is not None
            form = Form.parse(model.latest_version.openapi_schema)
            target = Target("sandbox", "bard", model.latest_version.id)
            checked = form.check({"prompt": "The sea", "max_tokens": 60})
            checked = checked if checked.ok else form.check({"prompt": "The sea"})
            assert checked.ok, checked
            run = await seen.ended(await seen.services.runs.start(target, form, checked.input))
            assert run.state == "done", run.error
            assert run.record is not None
            assert run.text == "".join(run.record.prediction.output)  # type: ignore[arg-type]
            texts = seen.of(OutputText)
            assert all(run.text.startswith(event.text) for event in texts)
            assert "".join(event.delta for event in texts) == run.text
            assert sandbox.count("predictions.create") == 1


async def test_a_run_of_an_earlier_console_is_not_shown_from_the_middle(api: Api, tmp_path: Path) -> None:
    record = api.put("p", "processing")
    record["urls"]["stream"] = api.origin + "/stream"
    more = asyncio.Event()

    async def late(request: Request) -> None:
        """What was said before this console listened is not in this stream."""
        record["output"] = CHUNKS[:4]
        request.head(kind="text/event-stream")
        request.writer.write(sse(CHUNKS[3], "17:3"))
        await request.writer.drain()
        await more.wait()
        request.writer.write(sse("{}", "17:99", "done"))

    api.on["GET", "/stream"] = late
    async with opened(api.base_url, tmp_path, sleep=lambda s: asyncio.sleep(min(s, 0.01))) as seen:
        store, now = seen.services.store, seen.services.now()
        options = {"official": True, "output": "text_stream"}
        await store.begin_run("ada@here", RunIntent("r", "acme/words", {"prompt": "x"}, now, options=options))
        await store.bind_run("ada@here", "r", decode(Prediction, record), now)
        await seen.services.runs.resume()
        await seen.until(lambda: seen.of(OutputText), "a text")
        record.update(status="succeeded", output=CHUNKS, completed_at=record["created_at"], logs="x")
        more.set()
        assert (await seen.services.runs.wait("r")).text == WHOLE
        check(seen)
