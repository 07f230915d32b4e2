"""How soon more of a streaming text is told, by a clock that passes only while the loop waits."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import AsyncIterator, Coroutine
from itertools import pairwise
from typing import Any, cast

from tui.api.client import Client
from tui.api.types import Event
from tui.services.watching.text_follower import TextFollower

PIECE = "four"
FRAME = 1 / 15


class Clocked(asyncio.SelectorEventLoop):
    """A loop for which each wait is over at once, and took as long as it would have."""

    def __init__(self) -> None:
        self.now = 1000.0
        loop = self

        class Selector(selectors.SelectSelector):
            def select(self, timeout: float | None = None) -> Any:
                assert timeout is not None, "waits for what never comes"
                loop.now += timeout
                return super().select(0)

        super().__init__(Selector())

    def time(self) -> float:
        return self.now


def play(steps: Coroutine[Any, Any, None], loop: Clocked) -> None:
    try:
        loop.run_until_complete(steps)
    finally:
        loop.close()


class Speaking:
    """An API that says a thousand pieces a second, and what is told of them."""

    def __init__(self, loop: Clocked, pieces: int) -> None:
        self.loop, self.pieces = loop, pieces
        self.came: list[float] = []
        self.told: list[tuple[float, int]] = []
        """When it was told that so many pieces had come."""

    async def stream(self, url: str, last_id: str | None) -> AsyncIterator[Event]:
        began = self.loop.now
        for number in range(self.pieces):
            self.came.append(began + (number + 1) / 1000)
            # What came while nobody looked is read at once.
            if (wait := self.came[-1] - self.loop.now) > 0:
                await asyncio.sleep(wait)
            yield Event(kind="output", data=PIECE, id=f"1:{number}")
        yield Event(kind="done", data="{}")

    async def follow(self) -> None:
        def tell(text: str) -> None:
            self.told.append((self.loop.now, len(text) // len(PIECE)))

        assert await TextFollower(cast(Client, self), "/stream", ask=_nothing, tell=tell).run()

    def latest(self) -> float:
        """Seconds for which the piece that waited longest was not told."""
        return max(
            next(told for told, count in self.told if count > number) - came for number, came in enumerate(self.came)
        )


async def _nothing() -> None:
    return None


def test_a_thousand_pieces_a_second_are_told_fifteen_times_a_second() -> None:
    loop = Clocked()
    speaking = Speaking(loop, 3000)
    play(speaking.follow(), loop)
    assert speaking.told[0][0] - speaking.came[0] < 0.001, "the first at once"
    assert 40 <= len(speaking.told) <= 3 * 15 + 2
    assert speaking.latest() < FRAME + 0.002


def test_a_telling_that_was_late_does_not_put_off_what_came_meanwhile() -> None:
    loop = Clocked()
    speaking = Speaking(loop, 1000)

    async def busy() -> None:
        """Once the console does something else, from just before a telling is due until the next nearly is."""
        follows = asyncio.ensure_future(speaking.follow())
        while len(speaking.told) < 4:
            await asyncio.sleep(0.001)
        await asyncio.sleep(FRAME - 0.01)
        loop.now += FRAME
        await follows

    play(busy(), loop)
    moments = [told for told, _ in speaking.told]
    gaps = [later - earlier for earlier, later in pairwise(moments)]
    late = max(gaps)
    assert late > FRAME * 1.5, "it was busy when a telling was due"
    assert late + gaps[gaps.index(late) + 1] < 2 * FRAME + 0.002, "the next is told when it would have been"
    assert speaking.latest() < late + 0.003


def test_texts_side_by_side_are_told_at_the_same_moments() -> None:
    loop = Clocked()
    one, other = Speaking(loop, 1000), Speaking(loop, 1000)

    async def both() -> None:
        follows = asyncio.ensure_future(one.follow())
        await asyncio.sleep(0.0405)
        await asyncio.gather(follows, other.follow())

    play(both(), loop)
    moments = {round(told, 4) for told, _ in one.told[1:]}
    shared = [told for told, _ in other.told[1:-1] if round(told, 4) in moments]
    assert len(shared) >= len(other.told) - 4
