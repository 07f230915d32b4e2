"""A receiver of webhooks: how fast it takes them, what it keeps before it answers, and what it cannot keep."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from standardwebhooks import Webhook

from tests.services.conftest import Seen, Time, opened
from tests.support.fake_api import Api
from tests.support.receiver import CUT, receiving
from tests.support.webhook_api import SECRET
from tui.api.token import Token
from tui.api.webhooks import signed_headers
from tui.services.webhooks.listening import Listening

BODY = b'{"id": "p1", "status": "processing", "output": ["a"]}'


class Receiver:
    """A listening one, and what it told."""

    def __init__(self, seen: Seen, time: Time, hand_on: str = "") -> None:
        self.time = time
        self.told: list[tuple[str, str, str]] = []
        self.failures: list[str] = []
        self.listening = Listening(
            seen.services.session,
            Token(SECRET),
            lambda one: self.told.append((one.id, one.event, one.prediction_id)),
            self.failures.append,
            hand_on=hand_on,
        )
        self.client = httpx.AsyncClient(transport=httpx.ASGITransport(self.listening), base_url="http://hook")

    async def post(self, id: str, body: bytes = BODY) -> int:
        headers = signed_headers(Token(SECRET), id, body, int(self.time.now().timestamp()))
        return (await self.client.post("/", content=body, headers=headers)).status_code


@asynccontextmanager
async def listening(api: Api, home: Path, hand_on: str = "") -> AsyncIterator[Receiver]:
    # The judge of signatures has the machine's clock, and this process may have begun long ago.
    time = Time(datetime.now(UTC))
    async with opened(api.base_url, home, monotonic=time.clock, now=time.now, sleep=time.sleep) as seen:
        found = Receiver(seen, time, hand_on)
        await found.listening.start()
        yield found
        await found.client.aclose()
        await found.listening.aclose()


@pytest.fixture
async def receiver(api: Api, tmp_path: Path) -> AsyncIterator[Receiver]:
    async with listening(api, tmp_path) as found:
        yield found


async def test_no_more_are_taken_than_200_at_once_and_50_a_second(receiver: Receiver) -> None:
    answers = [await receiver.post(f"msg_{number}") for number in range(201)]
    assert answers == [200] * 200 + [429]
    receiver.time.passed += 1
    answers = [await receiver.post(f"more_{number}") for number in range(51)]
    assert answers == [200] * 50 + [429]
    assert len(receiver.told) == 250


async def test_one_that_comes_twice_is_told_once(receiver: Receiver) -> None:
    assert [await receiver.post("msg_1"), await receiver.post("msg_1"), await receiver.post("msg_2")] == [200] * 3
    assert receiver.told == [("msg_1", "output", "p1"), ("msg_2", "output", "p1")]


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b'{"id": "p1", "status": "processing"}', ("msg_1", "start", "p1")),
        (b'{"id": "p1", "status": "processing", "logs": "x"}', ("msg_1", "logs", "p1")),
        (b'{"id": "p1", "status": "aborted"}', ("msg_1", "completed", "p1")),
        (b"[]", ("msg_1", "start", "")),
        (b"no json", ("msg_1", "start", "")),
        (b'{"id": "p\\u001b[31m1", "status": 3}', ("msg_1", "start", "p1")),
    ],
)
async def test_what_it_tells_of_is_read_from_the_body(
    receiver: Receiver, body: bytes, told: tuple[str, str, str]
) -> None:
    assert await receiver.post("msg_1", body) == 200
    assert receiver.told == [told]


async def test_what_cannot_be_kept_is_not_answered_with_200(receiver: Receiver, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "kept.db") as database:
        database.execute("DROP TABLE deliveries")
    assert await receiver.post("msg_1") == 503
    assert receiver.told == [] and "cannot be kept" in receiver.failures[0]


async def test_what_was_taken_and_not_handed_on_is_handed_on_by_the_next(api: Api, tmp_path: Path) -> None:
    ended = b'{"id": "p1", "status": "succeeded"}'
    with receiving() as program:
        program.answers = [CUT] * 9
        async with listening(api, tmp_path, program.url) as first:
            assert await first.post("msg_1", ended) == 200
            await asyncio.to_thread(program.until, lambda: program.taken)
        program.answers.clear()
        before = len(program.taken)
        async with listening(api, tmp_path, program.url) as second:
            await asyncio.to_thread(program.until, lambda: len(program.taken) > before)
            # It is told once the answer is noted.
            while not second.told:
                await asyncio.sleep(0.01)
        async with listening(api, tmp_path, program.url):
            pass
        async with listening(api, tmp_path) as alone:
            assert alone.told == []
    assert [(one.id, one.body) for one in program.taken[before:]] == [("msg_1", ended)]
    again = program.taken[-1]
    assert Webhook(SECRET).verify(again.body, again.headers) == {"id": "p1", "status": "succeeded"}
