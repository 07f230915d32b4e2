"""How the events of the services reach the console."""

from __future__ import annotations

import asyncio

from tui.forwarding import Forwarding
from tui.services.bus import ChatChanged, ChatText, Event, OutputText


def rebuilt(events: list[Event]) -> str:
    text = ""
    for event in events:
        if isinstance(event, ChatText | OutputText):
            text = event.delta if event.restarted else text + event.delta
            assert text == event.text
    return text


async def told(given: list[Event], text: str) -> None:
    async with asyncio.timeout(10):
        while rebuilt(given) != text:
            await asyncio.sleep(0)


async def test_a_burst_of_words_comes_as_few_events_that_add_up() -> None:
    given: list[Event] = []
    forward = Forwarding(given.append)
    for count in range(1, 501):
        forward(ChatText("talk", "turn", "ab" * count, "ab"))
    assert given == [ChatText("talk", "turn", "ab", "ab")], "the first words are shown at once"
    await told(given, "ab" * 500)
    assert len(given) == 2


async def test_what_began_anew_is_told_as_such() -> None:
    given: list[Event] = []
    forward = Forwarding(given.append)
    forward(OutputText("p", "one", "one", False))
    forward(OutputText("p", "one two", " two", False))
    forward(OutputText("p", "three", "three", False, restarted=True))
    forward(OutputText("p", "three four", " four", True))
    await told(given, "three four")
    assert given[-1] == OutputText("p", "three four", "three four", True, restarted=True)


async def test_no_other_event_overtakes_a_text() -> None:
    given: list[Event] = []
    forward = Forwarding(given.append)
    forward(ChatText("talk", "one", "a", "a"))
    forward(ChatText("talk", "one", "ab", "b"))
    forward(ChatText("talk", "two", "x", "x"))
    forward(ChatChanged("talk"))
    assert given == [
        ChatText("talk", "one", "a", "a"),
        ChatText("talk", "one", "ab", "b"),
        ChatText("talk", "two", "x", "x"),
        ChatChanged("talk"),
    ]
