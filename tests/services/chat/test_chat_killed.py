"""kill -9 at any point of a question and its answer: the conversation is there, and goes on, and is sent once."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.services.conftest import opened
from tests.support.paths import ROOT
from tests.support.sandbox import RunningSandbox, run_sandbox
from tui.services.watching.text_follower import text_of

# A console that asks one question and dies at a point of its own choosing, as a power cut would have it.
CHILD = """
import asyncio, os, signal, sys
from pathlib import Path
from tui.api.client import Client
from tui.api.token import Token
from tui.services.bus import OutputText
from tui.services.runs.run_driver import Driver
from tui.services.services import Services
from tui.store.conversations import Chats as ChatStore

base_url, token, home, point, more = sys.argv[1:]

def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

def after(owner, name):
    real = getattr(owner, name)
    async def wrapped(*args, **kwargs):
        result = await real(*args, **kwargs)
        die()
        return result
    setattr(owner, name, wrapped)

if point == "while it is typed":
    after(ChatStore, "change")
elif point == "before it is sent":
    after(ChatStore, "append")
elif point == "after it was sent":
    after(Client, "create_prediction")
elif point == "at its end":
    real = ChatStore.change_turn
    async def change_turn(self, account, turn, **options):
        if not turn.live:
            die()
        await real(self, account, turn, **options)
    ChatStore.change_turn = change_turn

async def main():
    services = await Services.open(
        base_url, Token(token), account="ada@here", store_path=Path(home) / "kept.db",
        outputs_dir=Path(home) / "outputs",
    )
    if point == "in the answer":
        services.bus.subscribe(lambda event: die() if isinstance(event, OutputText) and len(event.text) > 40 else None)
    chats = services.chats
    talk = await chats.create("sandbox/guide", parameters={"delay": 0.03})
    await chats.save_draft(talk.id, "How do I cancel a prediction?")
    sending = asyncio.create_task(chats.send(talk.id, "How do I cancel a prediction?"))
    await asyncio.sleep(0)
    # What stands in the composer is kept once more, as a timer does it just after enter.
    await chats.save_draft(talk.id, "How do I cancel a prediction?" + more)
    turn = await sending
    await chats.wait(turn.id)
    print("survived", flush=True)

asyncio.run(main())
"""


@pytest.fixture(scope="module")
def own_sandbox() -> Iterator[RunningSandbox]:
    with run_sandbox() as running:
        yield running


@pytest.mark.parametrize(
    ("point", "state", "more"),
    [
        ("while it is typed", "", ""),
        ("before it is sent", "failed", ""),
        ("before it is sent", "failed", " And then?"),
        ("after it was sent", "done", ""),
        ("in the answer", "done", " And then?"),
        ("at its end", "done", ""),
    ],
)
async def test_a_conversation_survives_a_kill(
    own_sandbox: RunningSandbox, tmp_path: Path, point: str, state: str, more: str
) -> None:
    listed = {one["id"] for one in own_sandbox.get("/v1/predictions")["results"]}
    child = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-c", CHILD, own_sandbox.base_url, own_sandbox.token, str(tmp_path), point, more],
        cwd=ROOT,
        capture_output=True,
        timeout=50,
    )
    assert child.returncode == -9, child.stderr.decode()
    async with opened(own_sandbox.base_url, tmp_path, token=own_sandbox.token) as seen:
        chats = seen.services.chats
        (talk,) = await chats.conversations()
        if not state:
            assert talk.draft == "How do I cancel a prediction?" and talk.turns == 0
            return
        question, answer = await chats.branch(talk.id)
        assert question.text == talk.title == "How do I cancel a prediction?"
        assert talk.draft == more, "what is offered again is what was not sent"
        assert answer.live == (point != "at its end")
        if point in ("in the answer", "at its end"):
            assert answer.text, "what had come is there before anything is asked"
        await seen.services.runs.resume()
        await chats.resume()
        async with asyncio.timeout(50):
            ended = await chats.wait(answer.id)
        assert ended.state == state, ended
        created = {one["id"] for one in own_sandbox.get("/v1/predictions")["results"]} - listed
        if state == "failed":
            assert created == set() and ended.error and "Nothing was created" in ended.error
            return
        assert created == {ended.prediction_id}
        record = await seen.services.client.prediction(ended.prediction_id or "")
        assert ended.text == text_of(record.output) and len(ended.text) > 40
        assert ended.metrics["output_tokens"] > 10
        assert await seen.services.store.chats.unfinished("ada@here") == []
