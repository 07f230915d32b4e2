"""Byte for byte, the answer that is kept is the joined output of its prediction, whatever happens to its stream."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.conftest import write_talker
from tests.services.conftest import Seen, opened
from tests.support.chat_api import Model, Talk
from tests.support.fake_api import Api, Request, sse
from tests.support.sandbox import run_sandbox
from tui.services.bus import OutputText
from tui.services.watching.text_follower import text_of
from tui.store.conversation import Turn

ALPHABET = [" the", " quick", "\n\n", "", "é", " 東京", "```py\n", "\t", " 🙂", "|a|b|\n", "  ", "$x^2$", "\\", "."]


def pieces(chance: random.Random) -> list[str]:
    return [chance.choice(ALPHABET) for _ in range(chance.randint(0, 60))]


class Wild(Model):
    """Streams that break off, begin anew, skip, come late, or are refused, while the prediction knows better."""

    def __init__(self, api: Api, chance: random.Random) -> None:
        super().__init__(api)
        self.chance = chance
        self.answer = lambda given: pieces(chance)
        self.thinking: set[asyncio.Task[None]] = set()

    async def create(self, request: Request) -> None:
        await super().create(request)
        task = asyncio.create_task(self.think(self.talks[-1]), name="Api._think")
        self.thinking.add(task)
        task.add_done_callback(self.thinking.discard)

    async def think(self, talk: Talk) -> None:
        """The model goes on, whether or not anybody listens."""
        while talk.record["status"] not in ("canceled", "succeeded"):
            await asyncio.sleep(0.02)
            self.go_on(talk, talk.said + 1)

    async def stream(self, request: Request, talk: Talk) -> None:
        chance, record = self.chance, talk.record
        if chance.random() < 0.1:
            request.answer({"detail": "gone"}, chance.choice([404, 500, 503]))
            self.go_on(talk, len(talk.pieces))
            return
        last = request.headers.get("last-event-id")
        start = int(last.split(":")[1]) + 1 if last and chance.random() < 0.7 else 0
        if last and chance.random() < 0.2:
            # What was said while nobody listened is not in this stream.
            start = min(len(talk.pieces), start + chance.randint(1, 4))
        request.head(kind="text/event-stream; charset=utf-8")
        for number, piece in enumerate(talk.pieces[start:], start):
            if record["status"] == "canceled":
                break
            if chance.random() < 0.04:
                request.drop()
                self.go_on(talk, number + chance.randint(0, 5))
                return
            self.go_on(talk, number + 1 + (chance.randint(0, 6) if chance.random() < 0.3 else 0))
            if chance.random() < 0.2:
                await asyncio.sleep(chance.random() * 0.01)
            request.writer.write(sse(piece, f"17:{number}"))
            await request.writer.drain()
        self.go_on(talk, len(talk.pieces))
        request.writer.write(sse("{}", "17:9999999", "done"))

    def go_on(self, talk: Talk, count: int) -> None:
        """The model has said `count` pieces, whoever listens."""
        if talk.record["status"] in ("canceled", "succeeded"):
            return
        talk.said = max(talk.said, min(count, len(talk.pieces)))
        talk.record.update(status="processing", output=talk.pieces[: talk.said])
        if talk.said == len(talk.pieces):
            talk.record.update(status="succeeded", completed_at=talk.record["created_at"], logs="x")


async def converse(seen: Seen, model: str, count: int, chance: random.Random, ask: Any, stops: float) -> list[Turn]:
    """So many questions, four at once, some of them stopped at a random moment. Returns the answers as kept."""
    chats = seen.services.chats
    gate = asyncio.Semaphore(4)

    async def one(number: int) -> Turn:
        async with gate:
            text, parameters = ask(number)
            talk = await chats.create(model, parameters=parameters)
            answer = await chats.send(talk.id, text)
            if chance.random() < stops:
                goal = chance.randint(0, 12)
                while (now := await chats.turn(answer.id)).live and len(now.text) < goal:
                    await asyncio.sleep(0.003)
                await chats.stop(answer.id)
            async with asyncio.timeout(50):
                return await chats.wait(answer.id)

    return list(await asyncio.gather(*(one(number) for number in range(count))))


async def check(seen: Seen, answers: list[Turn]) -> None:
    for answer in answers:
        assert answer.state in ("done", "canceled"), answer
        kept = await seen.services.store.chats.turn("ada@here", answer.id)
        assert kept is not None and (kept.prediction_id is not None or kept.state == "canceled"), kept
        if kept.prediction_id is None:
            assert kept.text == "", "it was stopped before it was sent"
            continue
        record = await seen.services.client.prediction(kept.prediction_id)
        assert kept.text == (text_of(record.output) or ""), kept
        assert not kept.live and record.is_terminal
        rebuilt = ""
        for event in seen.of(OutputText):
            if event.run_id == answer.id:
                rebuilt = event.delta if event.restarted else rebuilt + event.delta
                assert rebuilt == event.text
        assert rebuilt == kept.text or kept.state == "canceled"


async def wild(api: Api, tmp_path: Path, count: int, seed: int) -> None:
    chance = random.Random(seed)
    model = Wild(api, chance)
    async with opened(api.base_url, tmp_path, sleep=lambda s: asyncio.sleep(min(s, 0.02))) as seen:
        answers = await converse(seen, "acme/words", count, chance, lambda number: (f"question {number}", {}), 0.25)
        await check(seen, answers)
        assert len(model.talks) == sum(answer.prediction_id is not None for answer in answers)
        assert count < 100 or {answer.state for answer in answers} == {"done", "canceled"}


async def test_wild_streams_leave_the_output_and_nothing_else(api: Api, tmp_path: Path) -> None:
    await wild(api, tmp_path, 12, 3)


@pytest.mark.long
@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", range(2))
async def test_two_hundred_wild_streams_leave_the_output_and_nothing_else(api: Api, tmp_path: Path, seed: int) -> None:
    await wild(api, tmp_path, 200, seed)


async def broken(tmp_path: Path, count: int, seed: int) -> None:
    """Real streams of a real model, cut on purpose, over an API that fails on purpose."""
    chance = random.Random(seed)
    plan = f"stream:cut=0.6@4, predictions.get:503=0.05, predictions.create:latency=0.2@50ms; seed={seed}"
    folder = write_talker(tmp_path)

    def ask(number: int) -> tuple[str, dict[str, object]]:
        words = " ".join(
            chance.choice(["one", "two\nthree", "vier", "五", "[/]"]) for _ in range(chance.randint(1, 40))
        )
        return f"{number} {words}", {"pause": chance.choice([0.0, 0.002, 0.01])}

    options = ["--rate-limit", "100000/1s", "--other-rate-limit", "100000/1s"]
    with run_sandbox(cog=[folder], chaos=plan, options=options) as sandbox:
        async with opened(sandbox.base_url, tmp_path / "home", token=sandbox.token) as seen:
            answers = await converse(seen, "sandbox/talker", count, chance, ask, 0.25)
            await check(seen, answers)
            created = sandbox.get("/v1/predictions")["results"] if count <= 100 else answers
            assert len(created) == len([answer for answer in answers if answer.prediction_id or count > 100])


@pytest.mark.timeout(120)
async def test_real_streams_that_are_cut_leave_the_output_and_nothing_else(tmp_path: Path) -> None:
    await broken(tmp_path, 12, 20261121)


@pytest.mark.long
@pytest.mark.timeout(600)
async def test_two_hundred_real_streams_that_are_cut_leave_the_output_and_nothing_else(tmp_path: Path) -> None:
    await broken(tmp_path, 200, 7)
