"""A change whose answer was lost is sent once more only when a person says so, and looked for as often as asked."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from textual.app import App
from textual.pilot import Pilot

from tests.support.screen import screen_text, until
from tui.screens.dialogs.lost_answer import carry_out
from tui.services.outcome import Applied, Unsure
from tui.toolkit.workers import work

LOST = Unsure("It was sent, and nobody knows whether it arrived.")
SEEN = Unsure("It is not there so far.")
DONE = Applied("made")


class Changing(App[None]):
    """Carries out one change. What each send and each look gives is a test's."""

    def __init__(self, sends: Sequence[Applied[str] | Unsure], looks: Sequence[Applied[str] | Unsure]) -> None:
        super().__init__()
        self._sends, self._looks = list(sends), list(looks)
        self.did: list[str] = []
        self.ended: list[Applied[str] | Unsure] = []

    def on_mount(self) -> None:
        work(self, "Changing", "changing", self._change)

    async def _change(self) -> None:
        self.ended.append(await carry_out(self, self._send, self._look))

    async def _send(self) -> Applied[str] | Unsure:
        self.did.append("send")
        return self._sends.pop(0)

    async def _look(self) -> Applied[str] | Unsure:
        self.did.append("look")
        return self._looks.pop(0)


class Person:
    """Answers the questions."""

    def __init__(self, app: Changing, pilot: Pilot[Any]) -> None:
        self._app, self._pilot = app, pilot

    async def answers(self, key: str, question: str) -> None:
        await until(self._pilot, lambda: question in screen_text(self._app))
        await self._pilot.press(key)

    async def sees_the_end(self) -> Applied[str] | Unsure:
        await until(self._pilot, lambda: self._app.ended)
        return self._app.ended[0]


@asynccontextmanager
async def changing(app: Changing) -> AsyncIterator[Person]:
    async with app.run_test(size=(100, 30)) as pilot:
        yield Person(app, pilot)


async def test_an_answer_that_came_is_no_question() -> None:
    app = Changing([DONE], [])
    async with changing(app) as person:
        assert await person.sees_the_end() == DONE
    assert app.did == ["send"]


async def test_it_is_looked_for_as_often_as_asked_and_never_sent_by_that() -> None:
    app = Changing([LOST], [SEEN, DONE])
    async with changing(app) as person:
        await person.answers("l", "nobody knows whether it arrived")
        await person.answers("l", "It is not there so far.")
        assert await person.sees_the_end() == DONE
    assert app.did == ["send", "look", "look"]


async def test_it_is_sent_once_more_where_a_person_says_so_and_asked_about_again_where_that_is_lost_too() -> None:
    app = Changing([LOST, LOST, DONE], [])
    async with changing(app) as person:
        await person.answers("s", "The answer was lost")
        await person.answers("s", "The answer was lost")
        assert await person.sees_the_end() == DONE
    assert app.did == ["send", "send", "send"]


async def test_left_as_it_is_nothing_is_sent_and_the_outcome_stays_unknown() -> None:
    for key in ("b", "escape", "enter"):
        # Under enter lies what does nothing.
        app = Changing([LOST], [])
        async with changing(app) as person:
            await person.answers(key, "The answer was lost")
            assert await person.sees_the_end() == LOST
        assert app.did == ["send"]
