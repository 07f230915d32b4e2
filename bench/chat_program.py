"""The program that bench_chat measures: the real console, into whose open conversation an answer streams at f9.

What streams goes the way of every answer from the services on: as events on their bus, one for each token.
"""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from bench.stream import END, paced, text

MODEL = "sandbox/guide"
QUESTION = "what is asked"


async def fill(home: Path, base_url: str, token: str, turns: int, tokens: int) -> None:
    """A conversation of so many turns, each answer of so many tokens, is kept in the home."""
    from tui.api.token import Token
    from tui.services.services import Services
    from tui.store.conversation import Turn

    services = await Services.open(
        base_url,
        Token(token),
        account=None,
        store_path=home / "data" / "store.db",
        outputs_dir=home / "data" / "outputs",
    )
    try:
        await services.identify()
        conversation = await services.chats.create(MODEL)
        await services.chats.rename(conversation.id, "measured")
        before: str | None = None
        for number in range(turns):
            asked = number % 2 == 0
            turn = Turn(
                id=f"{number:024x}",
                conversation_id=conversation.id,
                parent=before,
                role="user" if asked else "assistant",
                text=f"{QUESTION} {number}" if asked else text(tokens).replace(END, "").replace("Section", "Part"),
                model="" if asked else MODEL,
                metrics={} if asked else {"output_tokens": float(tokens), "predict_time": 20.0},
                created_at=datetime.now(UTC),
            )
            await services.store.chats.append(services.account, [turn], leaf=turn.id)
            before = turn.id
    finally:
        await services.aclose()


def program(tokens: int, rate: int) -> None:
    """The console at the chat that was kept last."""
    from textual.binding import Binding

    from tui.app import Console
    from tui.places import Place
    from tui.settings import load
    from tui.widgets.work import work

    class Program(Console):
        BINDINGS = [Binding("f9", "stream", priority=True)]

        def action_stream(self) -> None:
            work(self, "Stream", "stream", stream, self, tokens, rate)

    Program(load(), Place("chat")).run()


async def stream(app: object, tokens: int, rate: int) -> None:
    """An answer, as the services tell of one."""
    from tui.app import Console
    from tui.screens.chat import ChatScreen
    from tui.services.bus import ChatChanged, ChatText
    from tui.store.conversation import Turn

    assert isinstance(app, Console)
    screen, services = app.screen, app.services
    assert isinstance(screen, ChatScreen)
    assert services is not None
    assert screen.conversation is not None
    conversation = screen.conversation
    answer = Turn(
        id=uuid4().hex[:24],
        conversation_id=conversation.id,
        parent=conversation.leaf,
        role="assistant",
        text="",
        model=MODEL,
        state="streaming",
        created_at=datetime.now(UTC),
    )
    question = replace(answer, id=uuid4().hex[:24], role="user", text=QUESTION, state="done")
    answer = replace(answer, parent=question.id)
    await services.store.chats.append(services.account, [question, answer], leaf=answer.id)
    services.bus.publish(ChatChanged(conversation.id, answer))
    await asyncio.sleep(0.5)
    whole = ""
    async for token in paced(text(tokens), rate):
        whole += token
        services.bus.publish(ChatText(conversation.id, answer.id, whole, token))
    done = replace(answer, text=whole, state="done", metrics={"output_tokens": float(tokens)})
    await services.store.chats.change_turn(services.account, done)
    services.bus.publish(ChatChanged(conversation.id, done))


if __name__ == "__main__":
    program(int(sys.argv[1]), int(sys.argv[2]))
